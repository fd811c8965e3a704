"""The day a file's facts are of: by its own column, a year in its headers, its name, its latest event, or its profile."""

import re
from collections import Counter
from datetime import date

from projects.exchange import dates
from projects.exchange.columns import Mapped
from projects.exchange.profiles import DateRule
from projects.exchange.records import Reading
from projects.exchange.table import Sheet, is_empty


def find(rule: DateRule, sheet: Sheet, mapped: Mapped, file_name: str) -> date | None:
    """The day, or None when only the rows themselves (`rule.latest`) or the caller can tell."""
    return (
        _by_column(rule, sheet, mapped)
        or _by_header(rule, mapped)
        or (None if rule.latest else fallback(rule, file_name))
    )


def fallback(rule: DateRule, file_name: str) -> date | None:
    """What the file's name or the profile says when its content says nothing."""
    for pattern in rule.file_name:
        if found := pattern.search(file_name):
            return _complete(rule, found[1])
    return rule.fixed


def _complete(rule: DateRule, text: str) -> date | None:
    """A full date as it is; a year with the rule's month and day."""
    if re.fullmatch(r"\d\d", text):
        text = f"20{text}"
    day = dates.parse(text, dates.DateStyle())
    if day is None:
        return None
    return day.first if day.first == day.last else date(day.first.year, rule.month, rule.day)


def _by_column(rule: DateRule, sheet: Sheet, mapped: Mapped) -> date | None:
    for pattern in rule.column:
        for index, text in enumerate(mapped.folded):
            if text and pattern.search(text):
                cells = Counter(row.at(index) for row in sheet.rows[1:] if not is_empty(row.at(index)))
                if cells:
                    cell = cells.most_common(1)[0][0]
                    return cell if isinstance(cell, date) else _complete(rule, str(cell).strip())
    return None


def _by_header(rule: DateRule, mapped: Mapped) -> date | None:
    for pattern in rule.header:
        for text in mapped.folded:
            if found := pattern.search(text):
                return _complete(rule, found[1])
    return None


def latest(reading: Reading, rule: DateRule, today: date) -> date | None:
    """The latest day that the named fields reach, never after today."""
    days: list[date] = []
    for record in reading.records.values():
        for target in rule.latest:
            entity, _, field = target.partition(".")
            parts = [record.values] if entity == "project" else [part.values for part in record.milestones.values()]
            days.extend(day for part in parts if isinstance(day := part.get(field), date) and day <= today)
    return max(days, default=None)
