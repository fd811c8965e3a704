"""What gives way: its owner is told that something is proposed, who proposed it is told the answer. Each once."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from portfolio.relief.models import Proposal
from reporting.alerts.models import Rule
from reporting.alerts.recipients import MANAGER, PMO, RESOURCES, Directory, projects
from reporting.alerts.services.events import Event

TOLD_FOR = timedelta(days=14)
ANSWERS = (Proposal.State.ACCEPTED, Proposal.State.REFUSED, Proposal.State.OUTDATED)
OF_PEOPLE = (Proposal.Kind.SWAP, Proposal.Kind.REINFORCE)
FIELDS = ("pk", "kind", "state", "project_id", "subject", "proposed_by_id", "answered_by_id")


def proposed(directory: Directory, on: date) -> Iterator[Event]:
    """R04: the project manager, else its PMO; the resource managers (else the PMO) of what is theirs."""
    rows = Proposal.objects.filter(state=Proposal.State.PROPOSED, proposed_at__date__gte=on - TOLD_FOR)
    found = list(rows.order_by("pk").values(*FIELDS))
    about = projects({row["project_id"] for row in found if row["project_id"]})
    for row in found:
        to = owners(directory, row, about.get(row["project_id"])) - {row["proposed_by_id"]}
        yield Event(Rule.PROPOSED, f"{Rule.PROPOSED}:{row['pk']}", to, row["project_id"], told=told(row))


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
            key = f"{Rule.SETTLED}:{row['pk']}:{row['state']}"
            yield Event(Rule.SETTLED, key, [user], row["project_id"], told=told(row))


def owners(directory: Directory, row: dict[str, Any], project: dict[str, Any] | None) -> set[int]:
    if project is None:
        return set(directory.holders[RESOURCES] or directory.holders[PMO])
    if row["kind"] in OF_PEOPLE:
        return directory.of_role(RESOURCES, project) or directory.of_role(PMO, project)
    return directory.named(MANAGER, project) or directory.of_role(PMO, project)


def told(row: dict[str, Any]) -> dict[str, Any]:
    return {"proposal": row["pk"], "kind": row["kind"], "status": row["state"], "subject": row["subject"]}
