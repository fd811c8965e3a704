"""The sums of `RollupFields` computed from photographs in one SQL: for readers whose rights no stored sum matches, for past
days, and for the groups of a filtered list. The same definitions as `services.rollups.contribution`, tested against it.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When

from projects.hierarchy.models import Project
from reporting.health.models import Rollup

MONEY = ("budget", "budget_known", "eac", "eac_known", "compared", "compared_budget", "compared_eac", "actual")
_COLOURS = ("green", "amber", "red", "grey")


def aggregates(currency: str, when: Q | None = None) -> dict[str, Any]:
    """{field of RollupFields: aggregate over photographs}; money counts only in `currency`, the others are counted apart.

    `when` keeps only some of the photographs, so that several days can be counted in one pass.
    """
    every = when or Q(project_id__isnull=False)
    active = every & Q(state__in=Project.ACTIVE)
    own = every & Q(currency=currency)
    both = own & Q(budget__isnull=False, eac__isnull=False)
    found: dict[str, Any] = {
        "projects": _count(every),
        "active": _count(active),
        "hold": _count(every & Q(state=Project.State.SUSPENDED)),
        "optimistic": _count(active & Q(gap__gt=0)),
        "late": _count(active & Q(slip_days__gt=0)),
        "slip_known": _count(active & Q(slip_days__isnull=False)),
        "slip_days": _sum("slip_days", active),
        "open_risks": _sum("open_risks", active),
        "high_risks": _count(active & Q(risk="red")),
        "other_currency": _count(every & ~Q(currency=currency)),
        "compared": _count(both),
        "compared_budget": _sum("budget", both),
        "compared_eac": _sum("eac", both),
        "actual": _sum("actual", own),
    }
    for colour in _COLOURS:
        found[colour] = _count(active & Q(computed=colour))
        found[f"declared_{colour}"] = _count(active & Q(declared_rag=colour))
    for figure in ("budget", "eac"):
        found[figure] = _sum(figure, own)
        found[f"{figure}_known"] = _count(own & Q(**{f"{figure}__isnull": False}))
    return found


def sums_of(rows: QuerySet[Any], currency: str) -> Rollup:
    """The sums of these photographs, as an unsaved `Rollup`: one query."""
    return as_rollup(rows.order_by().aggregate(**_named(currency)))


def sums_by(rows: QuerySet[Any], key: str, currency: str, only: Collection[str] = ()) -> dict[Any, Rollup]:
    """The sums of each group of these photographs (`only` some fields: the others stay zero): one query."""
    grouped = rows.order_by().values(key).annotate(**_named(currency, only))
    return {row.pop(key): as_rollup(row) for row in grouped}


def without_money(sums: dict[str, Any]) -> dict[str, Any]:
    """Sums of `RollupFields` where no currency is common: what `aggregates("")` counts."""
    return sums | dict.fromkeys(MONEY, 0) | {"other_currency": sums["projects"]}


def as_rollup(row: dict[str, Any]) -> Rollup:
    return Rollup(**{name.removeprefix("sum_"): value for name, value in row.items()})


def health_order() -> Case:
    """Worst first, then what nobody can judge, on track, on hold, finished: the order of the health column."""
    ranks = {"red": 0, "amber": 1, "grey": 2, "green": 3}
    return Case(
        When(state=Project.State.SUSPENDED, then=Value(4)),
        When(state__in=(Project.State.CLOSED, Project.State.STOPPED), then=Value(5)),
        *(When(computed=colour, then=Value(rank)) for colour, rank in ranks.items()),
        default=Value(2),
        output_field=IntegerField(),
    )


def _named(currency: str, only: Collection[str] = ()) -> dict[str, Any]:
    """The aggregates under names that no column has."""
    return {f"sum_{name}": one for name, one in aggregates(currency).items() if not only or name in only}


def _count(condition: Q) -> Count:
    return Count("project_id", filter=condition)


def _sum(field: str, condition: Q) -> Sum:
    return Sum(field, filter=condition, default=0)
