"""What gives way: who may answer is told that something is proposed, who proposed it is told the answer. Each once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from portfolio.relief.models import Proposal
from portfolio.relief.selectors.proposals import is_theirs
from projects.access.policy import EDIT_PROJECT, POLICY, REQUEST_ALLOCATION
from reporting.alerts.models import Notification, Rule
from reporting.alerts.recipients import MANAGER, PMO, RESOURCES, Directory, projects
from reporting.alerts.services.events import Event

TOLD_FOR = timedelta(days=14)
ANSWERS = (Proposal.State.ACCEPTED, Proposal.State.REFUSED, Proposal.State.OUTDATED)
ANSWERERS = POLICY[EDIT_PROJECT] & POLICY[REQUEST_ALLOCATION]  # of what a project does (`may_answer` of relief)
OF_PEOPLE = (Proposal.Kind.SWAP, Proposal.Kind.REINFORCE)
FIELDS = ("pk", "kind", "state", "project_id", "subject", "proposed_by_id", "answered_by_id")


def proposed(directory: Directory, on: date) -> Iterator[Event]:
    """R04: the project manager, else who else may answer; the resource managers (else the PMO) of what is theirs."""
    rows = Proposal.objects.filter(state=Proposal.State.PROPOSED, proposed_at__date__gte=on - TOLD_FOR)
    found = list(rows.order_by("pk").values(*FIELDS))
    about = projects({row["project_id"] for row in found if row["project_id"]})
    for row in found:
        to = owners(directory, row, about.get(row["project_id"]))
        [key] = keys(row["pk"], row["state"])
        yield Event(Rule.PROPOSED, key, to, row["project_id"], told=told(row))


def settled(directory: Directory, on: date) -> Iterator[Event]:
    """R05: who proposed it, unless they answered themselves; of a project as long as they see it."""
    rows = Proposal.objects.filter(state__in=ANSWERS, answered_at__date__gte=on - TOLD_FOR)
    found = list(rows.order_by("pk").values(*FIELDS))
    about = projects({row["project_id"] for row in found if row["project_id"]})
    for row in found:
        user = row["proposed_by_id"]
        if user not in directory.users or user == row["answered_by_id"]:
            continue
        if row["project_id"] is None or directory.sees(user, about[row["project_id"]]):
            [key] = keys(row["pk"], row["state"])
            yield Event(Rule.SETTLED, key, [user], row["project_id"], told=told(row))


def keys(pk: int, state: str) -> list[str]:
    """The key of what is told of a proposal in this state; none of one that was withdrawn."""
    if state == Proposal.State.PROPOSED:
        return [f"{Rule.PROPOSED}:{pk}"]
    return [f"{Rule.SETTLED}:{pk}:{state}"] if state in ANSWERS else []


def put_away(at: datetime) -> None:
    """What was answered, withdrawn or taken back since needs nobody any more; what nobody read of it goes."""
    unseen = Notification.objects.filter(rule__in=(Rule.PROPOSED, Rule.SETTLED), seen_at__isnull=True)
    about = list(unseen.values_list("told__proposal", flat=True).distinct())
    states = Proposal.objects.filter(pk__in=about).values_list("pk", "state")
    over = unseen.exclude(key__in=[key for pk, state in states for key in keys(pk, state)])
    over.filter(mailed_at__isnull=True).delete()
    over.update(seen_at=at)


def owners(directory: Directory, row: dict[str, Any], project: dict[str, Any] | None) -> set[int]:
    """The first of these circles in which anybody but who proposed it may answer."""
    by = row["proposed_by_id"]
    return next((to for one in circles(directory, row, project) if (to := one - {by})), set())


def circles(directory: Directory, row: dict[str, Any], project: dict[str, Any] | None) -> Iterator[set[int]]:
    if project is None:
        yield from (answering(directory, row, directory.holders[RESOURCES]), directory.holders[PMO])
        return
    if row["kind"] in OF_PEOPLE:
        yield from (answering(directory, row, directory.of_role(RESOURCES, project)), directory.of_role(PMO, project))
        return
    place = (project["pk"], project["path"], project["confidential"])
    yield {user for user in directory.named(MANAGER, project) if directory.access[user].roles_at(*place) & ANSWERERS}
    for role in (PMO, "portfolio_manager", MANAGER):
        yield directory.of_role(role, project)


def answering(directory: Directory, row: dict[str, Any], holders: set[int]) -> set[int]:
    """Those of these resource managers who answer for the people it is about."""
    if not any(grant.unit for pk in holders for grant in directory.access[pk].grants):
        return holders
    proposal = Proposal.objects.select_related("project").get(pk=row["pk"])
    return {pk for pk in holders if is_theirs(directory.users[pk], proposal)}


def told(row: dict[str, Any]) -> dict[str, Any]:
    return {"proposal": row["pk"], "kind": row["kind"], "status": row["state"], "subject": row["subject"]}
