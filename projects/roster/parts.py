"""What a line of people says of more than the person: what they can do, when they work, what a day costs, where they belong.

A file adds and changes; what it does not name stays (docs/decisions/0220). What begins on no day of its own begins on `on`, and
only where it differs from what holds on that day, so that the same file tomorrow changes nothing.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core.editing import InvalidFields, clean
from projects.exchange.table import Row
from projects.exchange.words import fold
from projects.resources.models import PersonSkill, Rate, WorkPattern
from projects.resources.models.calendar import DAYS
from projects.resources.week import in_words
from projects.roster import values as cells
from projects.roster.columns import Columns
from projects.roster.known import Known
from projects.roster.lines import Line, Part
from projects.roster.values import BadCell

LEVEL = re.compile(r"^(?P<name>.*?\S)[\s:=(/–-]+(?:niveau|level|niv\.?)?\s*(?P<level>\d+)\s*\)?$", re.IGNORECASE)
WHOLE = 100
Given = dict[str, Any] | None  # fields of the person themself


def listed(text: str, known: Mapping[str, Sequence[Any]]) -> list[str]:
    """The names in a cell: apart by semicolons, bars or lines, by commas too where the whole is no name (with a level)."""
    found: list[str] = []
    for one in re.split(r"[;|\n]", text):
        said = LEVEL.match(one.strip())
        whole = fold(one) in known or (said is not None and fold(said["name"]) in known)
        found += [one] if whole or "," not in one else one.split(",")
    return [name for one in found if (name := one.strip())]


def the_one(text: str, known: Mapping[str, Sequence[Any]]) -> Any:
    """What is called so; BadCell for nothing and for several."""
    found = known.get(fold(text), ())
    if len(found) == 1:
        return found[0]
    told = {"value": text[:60]}
    if found:
        raise BadCell(_("Several are called “%(value)s”: write the code of the one you mean.") % told)
    raise BadCell(_("“%(value)s” is not known here. Create it first, or correct it.") % told)


def skills(line: Line, columns: Columns, row: Row, known: Known, on: date) -> Given:
    """“Java 4; SQL 2”: a skill without a level keeps the one they have, and is level 3 where it is new."""
    told = columns.text(row, "skills")
    if not told:
        return None
    held = known.skills.get(line.record.pk, {}) if line.record.pk else {}
    before, after, meant = [], [], set()
    for text in listed(told, known.called_skills):
        said = None if fold(text) in known.called_skills else LEVEL.match(text)
        skill = the_one(said["name"] if said else text, known.called_skills)
        level = int(said["level"]) if said else None
        if level is not None and not 1 <= level <= 5:
            raise BadCell(_("“%(value)s”: levels go from 1 (beginner) to 5 (expert).") % {"value": text[:60]})
        if skill.pk in meant:
            raise BadCell(_("“%(value)s” is named twice: keep one of the two.") % {"value": skill.label[:60]})
        meant.add(skill.pk)
        mine = held.get(skill.pk)
        if mine is None:
            line.parts.append(Part(PersonSkill(skill=skill, level=level or 3)))
            after.append(f"{skill.label} {level or 3}")
        elif level is not None and level != mine.level:
            before.append(f"{skill.label} {mine.level}")
            after.append(f"{skill.label} {level}")
            mine.level = level
            line.parts.append(Part(mine, ("level",)))
    if after:
        line.changes["skills"] = ("; ".join(before), "; ".join(after))
    return None


def pattern(line: Line, columns: Columns, row: Row, known: Known, on: date) -> Given:
    """A week from a column for each day, or from the days in words; and the share kept for daily operations."""
    told = {day: columns.at(row, day) for day in DAYS if columns.text(row, day)}
    words = columns.text(row, "week")
    run = cells.per_cent(columns.at(row, "percent_run")) if columns.text(row, "percent_run") else None
    if not told and not words and run is None:
        return None
    starts = columns.day(row, "pattern_from")
    begins = starts or on
    begun = [one for one in known.patterns.get(line.record.pk, ()) if one.starts_on <= begins]
    now = begun[-1] if begun else None
    usual = now.shares if now else known.week_of(line.record)
    week = tuple(cells.part_of_a_day(told.get(day)) for day in DAYS) if told else cells.week(words) if words else usual
    wanted = {
        **dict(zip(DAYS, week, strict=True)),
        "percent_run": (now.percent_run if now else 0) if run is None else run,
    }
    holds = {**dict(zip(DAYS, usual, strict=True)), "percent_run": now.percent_run if now else 0}
    if wanted == holds:
        return None
    fields = tuple(name for name, value in wanted.items() if value != holds[name])
    before = in_words(usual) + (f" ({now.percent_run} %)" if now and now.percent_run else "")
    if now is not None and now.starts_on == begins:
        part = Part(now, fields)
        for name, value in wanted.items():
            setattr(now, name, value)
    else:
        part = Part(WorkPattern(starts_on=begins, **wanted))
    _clean(part.row, (*wanted, "starts_on"), line, "pattern")
    line.parts.append(part)
    share = f" ({wanted['percent_run']} %)" if wanted["percent_run"] else ""
    line.changes["pattern"] = (before if line.record.pk else None, f"{in_words(week)}{share} · {begins.isoformat()}")
    return None


def rate(line: Line, columns: Columns, row: Row, known: Known, on: date) -> Given:
    """Dated where the file says from when, or where they have dated rates; else their standing one."""
    if not columns.text(row, "daily_rate"):
        return None
    amount = cells.money(columns.at(row, "daily_rate"))
    starts = columns.day(row, "rate_from")
    currency = columns.text(row, "rate_currency").upper()
    mine = known.rates.get(line.record.pk, [])
    if starts is None and not mine:
        return {"daily_rate": amount} | ({"rate_currency": currency} if currency else {})
    begins = starts or on
    begun = [one for one in mine if one.starts_on <= begins]
    now = begun[-1] if begun else None
    holds = (now.daily_rate, now.currency) if now else (line.record.daily_rate, line.record.rate_currency)
    currency = currency or holds[1]
    if holds == (amount, currency) and (now is not None or starts is None):
        return None
    before = None if holds[0] is None else f"{holds[0]} {holds[1]}"
    if now is not None and now.starts_on == begins:
        now.daily_rate, now.currency = amount, currency
        part = Part(now, ("daily_rate", "currency"))
    else:
        part = Part(Rate(starts_on=begins, daily_rate=amount, currency=currency))
    _clean(part.row, ("starts_on", "daily_rate", "currency"), line, "rate")
    line.parts.append(part)
    line.changes["rate"] = (before, f"{amount} {currency} · {begins.isoformat()}")
    return None


def _clean(row: Any, names: Sequence[str], line: Line, field: str) -> None:
    try:
        clean(row, names)
    except InvalidFields as invalid:
        line.errors[field] = next(iter(invalid.errors.values()))[0]


def units(line: Line, names: Sequence[str], shares: str, known: Known) -> None:
    """One unit without a share is taken over where the person has none or one; who is shared by several is then left as they
    are. With shares, or several units, these are all of theirs."""
    if not names:
        return
    found = [the_one(name, known.called_units) for name in names]
    told = [cells.share(one.strip()) for one in re.split(r"[;|,\n]", shares) if one.strip()]
    held = {one.unit_id: one for one in known.units.get(line.record.pk, [])} if line.record.pk else {}
    if len(found) == 1 and not told and (len(held) > 1 or found[0].pk in held):
        return
    if len(found) > 1 and not told and set(held) == {one.pk for one in found}:
        return
    if len(told) != len(found) and (told or len(found) > 1):
        words = _("Several units need a share each, in the same order: “50; 50” beside “%(units)s”.")
        raise BadCell(words % {"units": "; ".join(names)[:60]})
    if len({one.pk for one in found}) < len(found) or sum(told) > WHOLE:
        raise BadCell(_("The shares of a person in their units come to 100 at most, each unit once."))
    former = next(iter(held.values())).percent if len(held) == 1 else WHOLE
    wanted = list(zip(found, told or [former], strict=True))
    if {one.pk: percent for one, percent in wanted} == {pk: one.percent for pk, one in held.items()}:
        return
    line.units = wanted
    before = _in_words([(one.unit, one.percent) for one in held.values()])
    line.changes["unit"] = (before or None, _in_words(wanted))


def _in_words(shares: Sequence[tuple[Any, int]]) -> str:
    if len(shares) == 1 and shares[0][1] == WHOLE:
        return str(shares[0][0].label)
    return "; ".join(f"{unit.label} {percent} %" for unit, percent in shares)
