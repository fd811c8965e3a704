"""Computing levellings: one at a time a worker, outside any transaction, in a loan that is renewed as long as it goes on.

A worker that is killed leaves its loan to run out; the next one begins anew, and comes to the same plan. Only a worker that has
something to compute imports this (`tasks`): the engine takes a second and 90 MB to load.
"""

import logging
import time

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from pmo_portal.core import work
from pmo_portal.core.models import Work
from portfolio.capacity.leveling.portfolio import Plan, Progress
from portfolio.relief.levelled import levelled
from portfolio.relief.models import Leveling
from portfolio.relief.selectors.landscape import landscape
from portfolio.relief.services.runs import KIND

HELD_SECONDS = (
    60  # until a worker that says nothing is taken for dead; the engine is compiled once, which takes some seconds
)
LOOK_SECONDS = 1.0  # between two words about the progress
FAILED = gettext_noop("It could not be computed. Try again, or tell who runs the portal.")

log = logging.getLogger(__name__)
State = Leveling.State


def drain(*, seconds: float = 300.0) -> int:
    """Compute what waits until nothing does, or for about `seconds`; returns how many were done with."""
    done, stop = 0, time.monotonic() + seconds
    while time.monotonic() < stop:
        leases = work.lease(KIND, limit=1)
        if not leases:
            break
        done += attempt(leases[0])
    work.bury(KIND)
    give_up()
    return done


def attempt(held: work.Lease) -> int:
    work.renew(KIND, held, seconds=HELD_SECONDS)
    try:
        solve(held)
    except Exception as error:  # the job runner: what is wrong with one levelling must not stop the others
        if not connection.is_usable():
            connection.close()
            return 0  # the loan runs out by itself
        log.exception("levelling %d could not be computed", held.subject_id)
        work.fail(KIND, held, error=f"{type(error).__name__}: {error}")
        return 0
    return 1


def solve(held: work.Lease) -> None:
    """Read, compute, check, store. What was cancelled meanwhile is dropped."""
    run = Leveling.objects.select_related("asked_by", "node").filter(pk=held.subject_id).first()
    if run is None or run.state not in Leveling.OPEN:
        with transaction.atomic():
            work.finish(KIND, [held])
        return
    Leveling.objects.filter(pk=run.pk, state__in=Leveling.OPEN).update(
        state=State.RUNNING, started_at=timezone.now(), share=0.0
    )
    land = landscape(run, reader=run.asked_by, today=timezone.localdate())
    watcher = Watcher(run.pk, held)
    plan, told = levelled(land, seed=run.seed, moves=run.moves, watch=watcher)
    if watcher.lost:
        return  # somebody else has it now
    with transaction.atomic():
        rows = Leveling.objects.filter(pk=run.pk, state=State.RUNNING)
        rows.update(state=State.DONE, finished_at=timezone.now(), share=1.0, result=told, **figures(plan))
        work.finish(KIND, [held])


def figures(plan: Plan | None) -> dict[str, object]:
    if plan is None:
        return {"rule": "", "rule_cost": 0.0, "cost": 0.0, "lower": 0.0}
    return {"rule": plan.rule, "rule_cost": plan.rule_cost, "cost": plan.cost, "lower": plan.lower}


class Watcher:
    """Tells the progress once a second, and stops the search when it was cancelled or the loan went to somebody else."""

    def __init__(self, pk: int, held: work.Lease) -> None:
        self.pk, self.held, self.last, self.lost = pk, held, 0.0, False

    def __call__(self, progress: Progress) -> bool:
        now = time.monotonic()
        if now - self.last < LOOK_SECONDS and progress.share < 1:
            return True
        self.last = now
        going = Leveling.objects.filter(pk=self.pk, state=State.RUNNING).update(
            share=min(progress.share, 0.99), cost=progress.cost, rule_cost=progress.rule_cost
        )
        self.lost = not work.renew(KIND, self.held, seconds=HELD_SECONDS)
        return bool(going) and not self.lost


def give_up() -> None:
    """What was tried too often is said to have failed."""
    dead = Work.objects.filter(kind=KIND, state=Work.State.DEAD).values("subject_id")
    Leveling.objects.filter(pk__in=dead, state__in=Leveling.OPEN).update(
        state=State.FAILED, error=FAILED, finished_at=timezone.now()
    )
