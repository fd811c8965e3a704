"""Whether what waits may still be accepted: nothing it was computed from is another since, and its months have not begun."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _

from portfolio.relief.later import Dated
from portfolio.relief.models import Proposal
from portfolio.relief.selectors.conflict import SHORT, Work, still_short, works_of
from portfolio.relief.selectors.dates import dates_of
from projects.hierarchy.models import Project
from projects.planning.models import Milestone
from projects.resources.models import Allocation, Person, Role, Unit

Kind = Proposal.Kind


def as_computed(row: Proposal, *, on: date) -> bool:
    """Whether it is still to be accepted: its months have not begun, the requests and dates are those it was computed from,
    and capacity is still missing."""
    return not what_changed(row, on=on)


def what_changed(row: Proposal, *, on: date) -> str:
    """Why it can no longer be accepted, in words; '' when it can."""
    steps = row.steps
    if begun(row, on=on):
        return _("A month it changes has begun, or a date it names has passed.")
    wanted = {one["id"]: one["version"] for one in steps.get("allocations", ())}
    if steps.get("allocation"):
        wanted[steps["allocation"]] = steps["version"]
    if dict(Allocation.objects.filter(pk__in=wanted).values_list("pk", "version")) != wanted:
        return _("A request it moves was changed, answered or withdrawn.")
    dates = {one["id"]: one["version"] for one in steps.get("milestones", ()) if one["id"]}
    if dict(Milestone.objects.filter(pk__in=dates).values_list("pk", "version")) != dates:
        return _("A milestone it moves was changed or deleted.")
    if steps.get("person") and not Person.objects.filter(pk=steps["person"]).exists():
        return _("Who could do it is no longer there.")
    if row.kind == Kind.REINFORCE and not still_wanted(row, on=on):
        return _("Nothing is short there any more.")
    if row.project is None:
        return ""
    if not row.project.goes_on:
        return _("The project is over.")
    if steps.get("mark") and steps["mark"] != mark_now(row, date.fromisoformat(steps["since"])):
        return _("Requests or dates of the project changed.")
    return ""


def held_now(row: Proposal) -> dict[str, Any]:
    """The versions of the requests and dates that accepting changes, and the mark of its project: other ones once any moved."""
    steps = row.steps
    requests = [one["id"] for one in steps.get("allocations", ())] + [steps.get("allocation", 0)]
    dates = [one["id"] for one in steps.get("milestones", ()) if one["id"]]
    return {
        "allocations": versions_of(Allocation, requests),
        "milestones": versions_of(Milestone, dates),
        "mark": mark_now(row, date.fromisoformat(steps["since"])) if steps.get("mark") else None,
    }


def versions_of(model: type[Allocation | Milestone], ids: Sequence[int]) -> list[list[int]]:
    rows: Any = model.objects.filter(pk__in=ids).order_by("pk")
    return [list(pair) for pair in rows.values_list("pk", "version")]


def computed_now(row: Proposal) -> dict[str, Any]:
    """Its steps, as computed from what there is now: for what was taken back, and is as it was in all but its versions."""
    steps, now = {name: value for name, value in row.steps.items() if name != "after"}, held_now(row)
    for name in ("allocations", "milestones"):
        versions = dict(now[name])
        if name in steps:
            steps[name] = [{**one, "version": versions.get(one["id"], one["version"])} for one in steps[name]]
    if steps.get("allocation"):
        steps["version"] = dict(now["allocations"]).get(steps["allocation"], steps["version"])
    return {**steps, "mark": now["mark"]} if now["mark"] else steps


def begun(row: Proposal, *, on: date) -> bool:
    """Whether a month that was still to come when it was proposed has begun, or a date it names has passed."""
    first = first_month(row.steps)
    if first is not None and first <= on:
        under_way = first == on.replace(day=1) and first <= timezone.localdate(row.proposed_at)
        if not under_way:
            return True
    return any(date.fromisoformat(one["to"]) < on for one in row.steps.get("milestones", ()) if one["id"])


def first_month(steps: dict[str, Any]) -> date | None:
    """The first month that it changes anything in."""
    months = set(steps.get("part", ()))
    for one in steps.get("allocations", ()):
        before, after = months_in(one["before"]), months_in(one["after"])
        months |= {month.isoformat() for month in {*before, *after} if before.get(month) != after.get(month)}
    if steps.get("first_month"):
        months.add(steps["first_month"])
    return date.fromisoformat(min(months)) if months else None


def mark_now(row: Proposal, since: date) -> str:
    """The mark of its project as it is (`mark_of`)."""
    project = cast(Project, row.project)
    works = works_of(Allocation.objects.filter(project=project)) if row.kind == Kind.SHIFT else {}
    return mark_of(works.get(project.pk, ()), dates_of([project])[project.pk], since)


def still_wanted(row: Proposal, *, on: date) -> bool:
    """Whether the role and the unit of a reinforcement exist, and its cell is short."""
    steps = row.steps
    if not Role.objects.filter(pk=steps["role"]).exists():
        return False
    if steps["unit"] and not Unit.objects.filter(pk=steps["unit"]).exists():
        return False
    return (still_short(row, on=on) or 0.0) >= SHORT


def months_in(told: dict[str, str]) -> dict[date, Decimal]:
    return {date.fromisoformat(month): Decimal(amount) for month, amount in told.items()}


def mark_of(works: Sequence[Work], dates: Sequence[Dated], since: date) -> str:
    """A mark of the requests and dates of a project from a month on: another one once any was added, changed or removed."""
    requests = [
        (work.row.pk, work.row.version)
        for work in works
        if any(month >= since for month in {*work.asked, *work.counted})
    ]
    days = [(one.pk or 0, one.version if one.pk else 0, one.day.isoformat()) for one in dates if one.day >= since]
    return blake2b(repr((sorted(requests), sorted(days))).encode(), digest_size=8).hexdigest()
