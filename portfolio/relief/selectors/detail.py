"""The steps of a proposal as they are shown: real dates and amounts, with the requests as far as the reader knows of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from portfolio.relief.models import Proposal
from portfolio.relief.selectors.between import name_of, seen_by
from portfolio.relief.selectors.naming import named, names_of
from portfolio.relief.selectors.proposals import steps_for
from projects.resources.models import Allocation, AllocationMonth


def detail(row: Proposal, *, reader: Any) -> dict[str, Any]:
    """`steps` and `request_given`, the request that changes hands: a statement, one for what others wait for, one for names of
    milestones, one for months.

    `given_up`: the requests of which something was never granted. What was granted moves, the rest is not asked any more.
    """
    steps = steps_for(reader, row.steps, row.state)
    dates = steps.get("milestones", ())
    ids = [one["id"] for one in steps.get("allocations", ())]
    ids += [steps["allocation"]] if steps.get("allocation") else []
    seen = Allocation.objects.visible_to(reader).filter(pk__in=ids).select_related("role", "person", "unit", "skill")
    requests = {one.pk: one for one in seen} if ids else {}
    shown = {
        "milestones": [
            {**one, "from": date.fromisoformat(one["from"]), "to": date.fromisoformat(one["to"])}
            for one in named(dates, names_of(dates))
        ],
        "changes": [
            (
                requests.get(one["id"]),
                {"before": different(one["before"], one["after"]), "after": different(one["after"], one["before"])},
            )
            for one in steps.get("allocations", ())
        ],
        "forecasts": any(one["id"] for one in dates),
        "beyond": steps.get("beyond", False),
        "late": late_for_others(steps.get("dependencies", ()), reader=reader),
        "part": months_of(steps.get("part", {})),
        "name": steps.get("name", ""),
        "fte": Decimal(steps.get("fte") or 0),
    }
    moves = row.kind in (Proposal.Kind.FLOAT, Proposal.Kind.SHIFT) and row.state == Proposal.State.PROPOSED
    shown["given_up"] = never_granted(requests.values()) if moves else set()
    shown |= {name: date.fromisoformat(steps[name]) for name in ("first_month", "last_month") if steps.get(name)}
    return {"steps": shown, "request_given": requests.get(steps.get("allocation", 0))}


def never_granted(requests: Iterable[Allocation]) -> set[int]:
    """Those that were confirmed with less than they ask, in a month that has not begun."""
    confirmed = [one.pk for one in requests if one.status == Allocation.Status.CONFIRMED]
    if not confirmed:
        return set()
    months = AllocationMonth.objects.filter(allocation__in=confirmed, month__gt=timezone.localdate())
    return set(months.filter(granted__lt=F("asked")).values_list("allocation", flat=True))


def late_for_others(told: Sequence[Mapping[str, Any]], *, reader: Any) -> list[dict[str, Any]]:
    """What would come after other projects need it, with the names this reader may know; what came meanwhile is left out."""
    seen = seen_by(reader, [one["id"] for one in told], today=timezone.localdate())
    found = []
    for one in told:
        known, to = seen.get(one["id"]), date.fromisoformat(one["to"]) if one["to"] else None
        if known is not None and known.row.is_open:
            days = (to - known.row.needed_by).days if to else 0
            found.append({"name": name_of(known), "to": to, "days": days, "home": known.home})
    return [one for one in found if one["to"] is None or one["days"] > 0]


def different(told: Mapping[str, str], other: Mapping[str, str]) -> list[tuple[date, Decimal]]:
    """The months that are not the same on the other side."""
    return months_of(
        {month: amount for month, amount in told.items() if Decimal(other.get(month, "0")) != Decimal(amount)}
    )


def months_of(told: Mapping[str, str]) -> list[tuple[date, Decimal]]:
    return [(date.fromisoformat(month), Decimal(amount)) for month, amount in sorted(told.items())]
