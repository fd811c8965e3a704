"""Which photograph the day of a freeze shows: one of each project, whoever freezes or revises at the same moment."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from importlib import import_module
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from pmo_portal.core import audit
from pmo_portal.core.editing import Busy
from projects.hierarchy.models import Node, Project
from reporting.health.as_of_models import HealthAsOf, HealthFrozen
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.services import clock, correcting, freezing, periods
from tests import make

DAY = date(2026, 11, 10)
NEWER, OLDER = date(2026, 11, 1), date(2026, 10, 1)
WHY = "The supplier's letter came after the freeze."


def at(hour: int, day: date = DAY) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour))


def opened(node: Node, since: date) -> ReportingPeriod:
    """The first period of a calendar, collected until the day."""
    period = periods.plan(make.calendar(node, since=since), on=DAY)[0]
    period = periods.open_period(period, by=None, on=DAY, at=at(8))
    ReportingPeriod.objects.filter(pk=period.pk).update(due_on=DAY, review_until=DAY, opens_on=DAY)
    return ReportingPeriod.objects.get(pk=period.pk)


def reported(project: Project, period: ReportingPeriod, level: str) -> None:
    told = {"state": "submitted", "submitted_at": at(9), "declared": level, "key_message": "As told"}
    assert StatusReport.objects.filter(project=project, period=period).update(**told) == 1


def freeze(period: ReportingPeriod, hour: int) -> ReportingPeriod:
    return freezing.freeze(period, by=None, on=DAY, at=at(hour))


def revise(project: Project, period: ReportingPeriod, level: str, hour: int, by: Any = None) -> None:
    changes = {"declared": level, "key_message": "Corrected", "declared_reason": WHY, "declared_evidence": "milestone"}
    report = StatusReport.objects.current().get(project=project, period=period)
    correcting.revise(report=report, by=by or make.user(role="pmo"), changes=changes, reason=WHY, at=at(hour))


def moved(project: Project, node: Node) -> None:
    Project.objects.filter(pk=project.pk).update(node=node, portfolio=node)


def shown(day: date = DAY) -> list[tuple[str, int]]:
    """What the day shows of its projects: one of each."""
    return list(HealthAsOf.objects.on(day).order_by("pk").values_list("declared", "period_id"))


def same_days(first: str, second: str) -> tuple[Project, ReportingPeriod, ReportingPeriod]:
    """A project that reported here and, moved the same day, for the same days there; '' is silence. Both froze."""
    here, there = make.portfolio("HERE"), make.portfolio("THERE")
    project = make.project(node=here, state="executing")
    periods_of = []
    for hour, (node, level) in enumerate(((here, first), (there, second)), 11):
        moved(project, node)
        period = opened(node, NEWER)
        if level:
            reported(project, period, level)
        periods_of.append(freeze(period, hour))
    return project, periods_of[0], periods_of[1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "second", "shows"), [("red", "green", 1), ("red", "", 0), ("", "green", 1), ("", "", 1)]
)
def test_of_two_reports_of_the_same_days_silence_does_not_take_over(first: str, second: str, shows: int) -> None:
    found = same_days(first, second)
    assert shown() == [((first, second)[shows], found[1 + shows].pk)]


@pytest.mark.django_db
def test_a_revision_takes_the_place_of_what_it_revises_and_no_other() -> None:
    project, here, there = same_days("red", "green")
    revise(project, here, "amber", 13)
    assert shown() == [("green", there.pk)]
    revise(project, there, "amber", 12)  # whatever its clock says
    assert shown() == [("amber", there.pk)]


# At the same moment


def beside(work: Callable[[], None], meanwhile: Callable[[], None]) -> list[Exception]:
    """`work` in a transaction that ends only once `meanwhile`, in another thread, waits for it; what that one raised."""
    failed: list[Exception] = []

    def run() -> None:
        try:
            meanwhile()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    with transaction.atomic():
        work()
        thread.start()
        for _wait in range(200):
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    break
            time.sleep(0.01)
        else:
            raise AssertionError("it does not wait")
    thread.join()
    return failed


@pytest.fixture
def older() -> tuple[Project, ReportingPeriod, ReportingPeriod]:
    """A project that froze in October's period and is about to in November's, of another portfolio, on one day."""
    here, there = make.portfolio("HERE"), make.portfolio("THERE")
    project = make.project(node=here, state="executing")
    first = opened(here, OLDER)
    reported(project, first, "red")
    first = freeze(first, 11)
    moved(project, there)
    second = opened(there, NEWER)
    reported(project, second, "green")
    return project, first, second


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("revision_first", [True, False])
def test_a_freeze_and_a_revision_at_once_leave_one_photograph(older: Any, revision_first: bool) -> None:
    project, first, second = older
    pmo = make.user(role="pmo")
    freezes, revises = (lambda: freeze(second, 12)), (lambda: revise(project, first, "amber", 12, pmo))
    assert beside(*((revises, freezes) if revision_first else (freezes, revises))) == []
    assert shown() == [("green", second.pk)]
    chain = {row.pk: row.replaces_id for row in HealthFrozen.objects.filter(frozen_on=DAY)}
    assert len(chain) == len(set(chain.values())) == (3 if revision_first else 2)
    assert HealthAsOf.objects.at_freeze(first).get(project=project).declared == "amber"


@pytest.mark.django_db(transaction=True)
def test_two_freezes_of_a_project_at_once_leave_one_photograph(older: Any) -> None:
    project, _first, second = older
    third = opened(make.portfolio("THIRD"), NEWER)
    StatusReport.objects.create(project=project, period=third)
    assert beside(lambda: freeze(second, 12), lambda: freeze(third, 12)) == []
    assert shown() == [("green", second.pk)]


@pytest.mark.django_db
def test_who_is_always_too_late_is_asked_to_try_again(older: Any) -> None:
    project, _first, second = older
    freeze(second, 12)
    last = HealthFrozen.objects.filter(project=project).order_by("pk").last()
    assert last is not None
    tries = []

    def once() -> None:
        tries.append(1)
        with transaction.atomic(), audit.rewriting_history():
            HealthFrozen.objects.filter(pk=last.pk).update(replaces=None)

    with pytest.raises(Busy):
        freezing.repeated(once)
    assert len(tries) == freezing.TRIES


# Periods nobody could report in


@pytest.mark.django_db
def test_a_period_that_was_overtaken_greys_no_day() -> None:
    node = make.portfolio()
    project = make.project(node=node, state="executing", declared="green", key_message="All well")
    calendar = make.calendar(node, since=date(2026, 3, 1))
    clock.move_on(on=DAY, at=at(6))
    past = calendar.periods.filter(state="frozen")
    assert past.count() == 7, "March to September, in one run"
    assert not HealthFrozen.objects.filter(frozen_on__isnull=False).exists()
    assert shown() == []
    told = [HealthAsOf.objects.at_freeze(one).get(project=project).declared for one in past]
    assert told == [""] * 7, "their own pages tell the silence"
    revise(project, past.order_by("-starts_on")[0], "amber", 12)
    assert shown() == []
    later = DAY + timedelta(days=20)
    clock.move_on(on=later, at=at(6, later))  # October was asked for, late, and nobody answered
    assert shown(later) == [("", calendar.periods.get(starts_on=OLDER).pk)]


@pytest.mark.django_db
def test_what_froze_before_loses_the_day_where_nobody_could_report() -> None:
    """The migration, on rows as they were written before it: silence, and two that follow one."""
    project, first, second = same_days("red", "green")
    node = make.portfolio("LATE")
    silent = make.project(node=node, state="executing")
    make.calendar(node, since=date(2026, 9, 1))
    clock.move_on(on=DAY, at=at(6))
    revise(project, first, "amber", 13)
    mine, theirs = HealthFrozen.objects.filter(project=project, period=first).order_by("pk")
    with connection.schema_editor() as editor, audit.rewriting_history():
        editor.execute("DROP INDEX frozen_one_goes_on")
        HealthFrozen.objects.filter(pk=theirs.pk).update(frozen_on=DAY)
        HealthFrozen.objects.filter(project=silent).update(frozen_on=DAY)
    migration = import_module("reporting.migrations.0016_one_photograph_holds_a_day")
    with connection.schema_editor(atomic=False) as editor:
        migration.take_the_day_away(None, editor)
    kept = HealthFrozen.objects.filter(frozen_on=DAY)
    assert set(kept.values_list("pk", flat=True)) == {mine.pk, theirs.pk}
    assert second.pk not in kept.values_list("period", flat=True), "the later one keeps it"
