"""Asking for a levelling and giving it up. Workers find it in `core.work`; the bell only wakes one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import editing, work
from pmo_portal.core.doorbell import doorbell
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User, Work
from portfolio.relief.models import Leveling
from projects.hierarchy.models import Node

KIND = "leveling"
TASK = "portfolio.relief.tasks.level_waiting"
MOST_MOVES = 200_000
MOST_OPEN = 3  # of one person
MOST_HELD = 2000
KEPT = 30  # of one person: older ones go


class TooManyRuns(DomainError):
    """One's own levellings fill the queue already."""

    status = 409


def ask(
    *,
    by: User,
    at: datetime,
    node: Node | None = None,
    seed: int = 1,
    moves: int = 5000,
    hold_must_wins: bool = True,
    held: Sequence[int] = (),
) -> Leveling:
    """Queue a levelling of what this user sees (below `node`)."""
    with editing.writing():
        if Leveling.objects.filter(asked_by=by, state__in=Leveling.OPEN).count() >= MOST_OPEN:
            raise TooManyRuns(_("Your levellings are still being computed: wait for one, or cancel it."))
        row = Leveling(
            asked_by=by, asked_at=at, node=node, seed=seed, moves=min(moves, MOST_MOVES), hold_must_wins=hold_must_wins,
            held=sorted(set(held))[:MOST_HELD],
        )  # fmt: skip
        row.save(force_insert=True)
        old = Leveling.objects.filter(asked_by=by).exclude(state__in=Leveling.OPEN).values_list("pk", flat=True)
        Leveling.objects.filter(pk__in=list(old[KEPT:])).delete()
        work.want(KIND, [row.pk])
        transaction.on_commit(ring, robust=True)
        return row


def ring() -> None:
    doorbell.ring(TASK)


def cancel(*, run: Leveling, at: datetime) -> bool:
    """Give it up, waiting or under way; False when it was over already. Nothing of it is kept."""
    rows = Leveling.objects.filter(pk=run.pk, state__in=Leveling.OPEN)
    return bool(rows.update(state=Leveling.State.CANCELLED, finished_at=at))


def waiting_before(run: Leveling) -> int:
    """How many stand in the queue before this one."""
    rows: Any = Leveling.objects.filter(state__in=Leveling.OPEN, pk__lt=run.pk)
    return int(rows.count())


def waits() -> bool:
    """Whether anything is to be done now."""
    rows = Work.objects.filter(kind=KIND, state=Work.State.LIVE, next_try__lte=timezone.now())
    return any(row.wanted > row.done for row in rows)
