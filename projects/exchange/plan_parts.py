"""The dry run of what hangs off a project: milestones, budget lines, risks. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pmo_portal.core.blank import is_blank
from projects.exchange import first_published
from projects.exchange.records import PartRecord, ProjectRecord
from projects.exchange.state import KnownPart, KnownProject
from projects.exchange.targets import PEOPLE
from projects.exchange.words import fold

_PEOPLE = frozenset({*PEOPLE, "owner"})
_ORDER = frozenset({"position"})  # given once, when the row is made


@dataclass(slots=True)
class PartPlan:
    """What happens to one milestone, budget line or risk."""

    kind: str  # milestone, budget, risk
    action: str  # create, update, delete
    ref: str
    label: str
    row: int
    id: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def milestone_parts(
    record: ProjectRecord, known: KnownProject | None, *, clears: bool, later: bool = False
) -> list[PartPlan]:
    """Milestones by reference, then by code or name where people made them in the portal; those not named stay.

    `later`: an edition after the stored one, so that the dates published first become the baseline.
    """
    stored = known.milestones if known else ()
    return _parts("milestone", "name", record.milestones.values(), stored, clears, later)


def risk_parts(record: ProjectRecord, known: KnownProject | None, *, clears: bool) -> list[PartPlan]:
    """Risks, in the same way."""
    return _parts("risk", "title", record.risks.values(), known.risks if known else (), clears)


def _parts(
    kind: str,
    title: str,
    records: Iterable[PartRecord],
    known: Iterable[KnownPart],
    clears: bool,
    later: bool = False,
) -> list[PartPlan]:
    by_ref = {part.ref: part for part in known if part.ref}
    by_hand = {fold(text): part for part in known if not part.ref for text in (part.code, part.name) if text}
    plans: list[PartPlan] = []
    for record in records:
        label = str(record.values[title])
        stored = by_ref.get(record.ref) or by_hand.get(fold(record.ref)) or by_hand.get(fold(label))
        if stored is None:
            values = {name: value for name, value in record.values.items() if value is not None}
            plans.append(
                PartPlan(kind, "create", record.ref, label, record.row, values={**values, "external_ref": record.ref})
            )
            continue
        first = first_published.milestone_dates(record.values, stored.values) if later else {}
        wanted = {**record.values, "external_ref": record.ref, **first}
        changes = _changes(wanted, {**stored.values, "external_ref": stored.ref}, clears)
        if changes:
            plans.append(PartPlan(kind, "update", record.ref, label, record.row, id=stored.id, changes=changes))
    return plans


def _changes(wanted: Mapping[str, Any], stored: Mapping[str, Any], clears: bool) -> dict[str, tuple[Any, Any]]:
    changes: dict[str, tuple[Any, Any]] = {}
    for name, value in wanted.items():
        old = stored.get(name)
        if name in _ORDER or (value is None and not clears):
            continue
        if not same(name, old, value):
            changes[name] = (old, "" if value is None and isinstance(old, str) else value)
    return changes


def same(name: str, old: Any, new: Any) -> bool:
    """Whether a cell says what is stored already; people are the same whatever the case and accents of their names."""
    if name in _PEOPLE and old and new:
        return fold(str(old)) == fold(str(new))
    return bool(old == new or (is_blank(old) and is_blank(new)))


def budget_parts(
    record: ProjectRecord, known: KnownProject | None, *, clears: bool, first: bool = False, later: bool = False
) -> list[PartPlan]:
    """Budget lines by month, kind, cost type and category; a figure the file withdraws is deleted where blanks clear.

    `first`: the cost published first is the budget, and what a `later` edition says is held against it.
    """
    stored = known.budget if known else {}
    told = first_published.costs(record.budget, stored, later=later) if first else record.budget
    plans: list[PartPlan] = []
    for key, amount in told.items():
        month, kind, cost_type, category = key
        label = f"{kind} {month:%Y-%m}" if month else kind
        found = stored.get(key)
        if amount is None:
            if found and clears:
                gone = {"month": month, "kind": kind, "cost_type": cost_type, "category": category, "amount": found[1]}
                changes = {name: (value, None) for name, value in gone.items()}
                plans.append(PartPlan("budget", "delete", label, label, record.row, id=found[0], changes=changes))
        elif found is None:
            values = {"month": month, "kind": kind, "cost_type": cost_type, "category": category, "amount": amount}
            plans.append(PartPlan("budget", "create", label, label, record.row, values=values))
        elif found[1] != amount:
            plans.append(
                PartPlan(
                    "budget", "update", label, label, record.row, id=found[0], changes={"amount": (found[1], amount)}
                )
            )
    return plans
