"""Figures a project takes from its parts when the file gives none for itself: earliest start, latest end, sums of money. Pure.

A figure is taken only where every part has it: a sum over some of the parts would look like a whole. Otherwise it stays
unknown, hence grey, and the import says how many parts are silent.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from projects.exchange.numbers import MOST
from projects.exchange.problems import Problem, shorten
from projects.exchange.profiles import Profile, RollUp
from projects.exchange.records import ProjectRecord, Reading

_HOW: dict[str, Callable[[Iterable[Any]], Any]] = {
    "min": min,
    "max": max,
    "sum": lambda amounts: sum(amounts, Decimal(0)),
    "closed": lambda _days: "closed",
}


def apply(reading: Reading, profile: Profile) -> None:
    """Fill the records of `reading` by the profile's rules, in their order; findings go to its problems."""
    for rule in profile.roll_up:
        of_milestones = rule.source.startswith("milestone.")
        parts = _milestones(reading) if of_milestones else _children(reading)
        entity, field = rule.to.split(".")
        key = (None, field, "", "")
        for ref, found in parts.items():
            record = reading.records[ref]
            known = record.budget.get(key) if entity == "amount" else record.values.get(field)
            if known is not None and not rule.replaces:
                continue
            if entity == "amount":
                told = [part.budget.get(key) for part in found] if _one_currency(found) else []
                record.budget[key] = _figure(rule, told)
            else:
                told = [part.values.get(rule.source.partition(".")[2]) for part in found]
                figure = _figure(rule, told)
                own = record.values.get(rule.own.partition(".")[2]) if rule.own and figure is not None else None
                if figure is not None or not rule.replaces:
                    record.values[field] = own if own is not None else figure
            if not of_milestones:
                _report(reading, record, rule, told)
    _check_sums(reading)


def _check_sums(reading: Reading) -> None:
    """Each amount fits, but what the rows, months or parts of a project add up to may be larger than a figure can be."""
    for record in reading.records.values():
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for (_month, kind, _cost_type, _category), amount in record.budget.items():
            sums[kind] += abs(amount or Decimal(0))
        largest = max(sums.values(), default=Decimal(0))
        if largest > MOST:
            at, shown = record.row, shorten(largest)
            reading.problems.append(
                Problem("amount_too_large", at, value=shown, sheet=record.sheet, record_row=record.row)
            )


def _children(reading: Reading) -> dict[str, Sequence[Any]]:
    """{reference of a project that can have parts: its parts}, in the file's order; a part has none of its own.

    A project that lost its last part is there too, without any, so that figures it took from them before are emptied.
    """
    children: dict[str, list[ProjectRecord]] = defaultdict(list)
    sheets = {record.sheet for record in reading.records.values() if record.parent_ref}
    for record in reading.records.values():
        if record.parent_ref in reading.records:
            children[record.parent_ref].append(record)
        elif not record.parent_ref and not record.known_only and record.sheet not in sheets:
            children.setdefault(record.ref, [])
    return dict(children)


def _milestones(reading: Reading) -> dict[str, Sequence[Any]]:
    """{reference of a project: its milestones}."""
    return {record.ref: list(record.milestones.values()) for record in reading.records.values() if record.milestones}


def _one_currency(parts: Sequence[ProjectRecord]) -> bool:
    """Whether the amounts of these parts can be added."""
    return len({part.values.get("currency") for part in parts}) <= 1


def _figure(rule: RollUp, told: Sequence[Any]) -> Any:
    """The figure of all parts; None when one of them has none."""
    return _HOW[rule.how](told) if told and all(value is not None for value in told) else None


def _report(reading: Reading, record: ProjectRecord, rule: RollUp, told: Sequence[Any]) -> None:
    """Say where some parts have a figure and others do not: the project's own then stays unknown."""
    missing = sum(1 for value in told if value is None)
    if rule.to == "project.actual_end" or not 0 < missing < len(told):  # a part still running says nothing wrong
        return
    params = {"missing": missing, "count": len(told), "field": rule.to}
    name = str(record.values.get("name", record.ref))
    problem = Problem(
        "part_without_figure", row=record.row, sheet=record.sheet, value=name, params=params, warning=True
    )
    reading.problems.append(problem)
