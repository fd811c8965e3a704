"""A freeze keeps what was reported for ever, in one instant; the database refuses every change of it."""

from datetime import date, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from pmo_portal.core.errors import DomainError
from projects.hierarchy.models import Project
from reporting.health.selectors import subjects
from reporting.status import snapshots
from reporting.status.models import ReportingCalendar, ReportingPeriod, Snapshot, StatusReport
from reporting.status.services import freezing, periods
from tests import make

TODAY = date(2026, 12, 8)
NOW = datetime(2026, 12, 8, 6, 0, tzinfo=timezone.get_default_timezone())


def opened(projects: int = 1, **fields: Any) -> ReportingPeriod:
    """An open period of a portfolio with this many projects."""
    node = make.portfolio()
    for _number in range(projects):
        make.project(node=node, **{"state": "executing", **fields})
    calendar = make.calendar(node, since=date(2026, 11, 1))
    period = periods.plan(calendar, on=date(2026, 11, 24))[0]
    return periods.open_period(period, by=None, on=date(2026, 11, 24), at=NOW)


def submitted(report: StatusReport, **fields: Any) -> StatusReport:
    told = {"state": "submitted", "submitted_at": NOW, "declared": "green", "key_message": "All well", **fields}
    StatusReport.objects.filter(pk=report.pk).update(**told)
    report.refresh_from_db()
    return report


@pytest.mark.django_db
def test_what_was_said_and_what_was_computed_are_kept_and_stay() -> None:
    period = opened(forecast_end=date(2027, 3, 1), baseline_start=date(2026, 1, 1), baseline_end=date(2026, 12, 1))
    report = submitted(period.reports.get())
    Project.objects.filter(pk=report.project_id).update(sponsor=make.person("Ada Martin"), percent_complete=40)
    make.milestone(report.project, name="Go live", forecast_date=date(2027, 2, 1), baseline_date=date(2026, 12, 1))
    make.risk(report.project, title="Supplier", probability=5, impact=5)
    freezing.freeze(period, by=None, on=TODAY, at=NOW)
    kept = Snapshot.objects.get(report=report)
    assert (kept.declared, kept.declared_rag, kept.computed, kept.gap) == ("green", "green", "red", 2)
    assert kept.content["report"]["key_message"] == "All well"
    assert kept.content["health"]["slip_days"] == 90
    named = kept.content["project"]
    assert (named["sponsor_name"], named["percent_complete"], named["scale"]) == ("Ada Martin", "40.00", "pilote")
    assert [one["name"] for one in kept.content["milestones"]] == ["Go live"]
    assert [one["title"] for one in kept.content["risks"]] == ["Supplier"]
    assert kept.digest == snapshots.digest(kept.content)
    before = Snapshot.objects.filter(pk=kept.pk).values().get()
    Project.objects.update(name="Another name", forecast_end=date(2030, 1, 1))
    report.project.milestones.all().delete()
    freezing.freeze(period, by=None, on=date(2027, 1, 1), at=timezone.now())
    assert Snapshot.objects.filter(pk=kept.pk).values().get() == before


@pytest.mark.django_db
def test_silence_is_kept_as_silence() -> None:
    period = opened(declared="green", key_message="Of last month")
    report = period.reports.get()
    StatusReport.objects.filter(pk=report.pk).update(state="draft", declared="green", key_message="Half written")
    freezing.freeze(period, by=None, on=TODAY, at=NOW)
    report.refresh_from_db()
    kept = report.snapshot
    assert (report.state, kept.is_reported, kept.declared, kept.declared_rag) == ("not_reported", False, "", "grey")
    assert kept.content["report"] == {}


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE reporting_snapshot SET gap = 0", "DELETE FROM reporting_snapshot"])
def test_the_database_refuses_to_change_a_snapshot(statement: str) -> None:
    period = opened()
    freezing.freeze(period, by=None, on=TODAY, at=NOW)
    with pytest.raises(DatabaseError, match=r"never changed|permission denied"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.django_db
def test_what_has_not_opened_does_not_freeze() -> None:
    calendar = make.calendar(make.portfolio(), since=date(2026, 11, 1))
    with pytest.raises(DomainError):
        freezing.freeze(periods.plan(calendar, on=date(2026, 11, 1))[0], by=None, on=TODAY, at=NOW)


@pytest.mark.django_db
def test_the_statements_of_a_freeze_do_not_grow_with_the_projects(django_assert_max_num_queries: Any) -> None:
    one, many = opened(1), opened(40)
    with django_assert_max_num_queries(100) as alone:
        freezing.freeze(one, by=None, on=TODAY, at=NOW)
    with django_assert_max_num_queries(100) as crowd:
        freezing.freeze(many, by=None, on=TODAY, at=NOW)
    assert len(crowd) <= len(alone)


@pytest.mark.django_db
def test_money_and_the_note_are_for_those_who_may_see_them() -> None:
    period = opened()
    report = submitted(period.reports.get(), confidential_note="between us", etc=1000)
    make.budget_line(report.project, kind="revised", amount=5000)
    freezing.freeze(period, by=None, on=TODAY, at=NOW)
    kept = Snapshot.objects.get(report=report)
    whole = snapshots.shown_to(kept, make.user(role="pmo"))
    assert (whole["money"]["budget"], whole["money"]["etc"], whole["confidential"]["note"]) == (
        "5000.00",
        "1000.00",
        "between us",
    )
    bare = str(snapshots.shown_to(kept, make.user(role="viewer")))
    assert "5000" not in bare
    assert "between us" not in bare


@pytest.mark.django_db(transaction=True)
def test_two_freezes_at_once_keep_everything_once() -> None:
    period, together, failed = opened(30), Barrier(2), []

    def run() -> None:
        try:
            together.wait()
            freezing.freeze(period, by=None, on=TODAY, at=NOW)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Snapshot.objects.filter(period=period).count() == 30
    period.refresh_from_db()
    assert (period.state, period.frozen_at) == ("frozen", NOW)


@pytest.mark.django_db
def test_amber_that_lasts_with_an_unchanged_plan_is_red_where_the_calendar_says_so() -> None:
    """BR-24. The third freeze finds two amber ones; a re-planned end begins the count again, at once."""
    node, day = make.portfolio(), date(2026, 9, 10)
    facts = {"baseline_start": date(2026, 1, 1), "baseline_end": date(2027, 1, 1), "forecast_end": date(2027, 2, 1)}
    project = make.project(node=node, state="planning", data_date=date(2026, 9, 1), **facts)
    calendar = make.calendar(node, since=date(2026, 9, 1), ambers_before_red=2)
    seen = []
    for month in (9, 10, 11, 12):
        day = date(2026, month, 25)
        now = datetime(2026, month, 25, 12, tzinfo=timezone.get_default_timezone())
        if month == 12:
            Project.objects.update(baseline_end=date(2027, 1, 2))
        Project.objects.update(data_date=day)
        period = periods.plan(calendar, on=day)[0]
        freezing.freeze(periods.open_period(period, by=None, on=day, at=now), by=None, on=day, at=now)
        kept = Snapshot.objects.get(period=period, project=project)
        seen.append((kept.computed, [one["code"] for one in kept.content["health"]["reasons"]][-1]))
    assert seen == [("amber", "worst"), ("amber", "worst"), ("red", "amber_too_long"), ("amber", "worst")]
    assert ambers(project) == (1, 2)
    make.budget_line(project, kind="revised", amount=100, month=None)  # the plan is also its money
    assert ambers(project) == (0, 2)


def ambers(project: Project) -> tuple[int, int]:
    """How many count of a project, and how many are too many."""
    facts = subjects([project.pk], on=TODAY)[0].facts
    return facts.ambers, facts.ambers_limit


@pytest.mark.django_db
def test_how_many_ambers_are_too_many_is_said_by_the_nearest_calendar_of_today() -> None:
    """Whatever the calendars of the reports said: below a programme its own, elsewhere that of the new place."""
    node, elsewhere = make.portfolio(), make.portfolio("ELSE")
    programme = make.programme("PRG", parent=node)
    project = make.project(node=programme, state="executing")
    calendar = make.calendar(node, since=date(2026, 11, 1), ambers_before_red=2)
    period = periods.plan(calendar, on=date(2026, 11, 24))[0]
    periods.open_period(period, by=None, on=date(2026, 11, 24), at=NOW)
    submitted(period.reports.get(), declared="amber")
    freezing.freeze(period, by=None, on=TODAY, at=NOW)
    assert ambers(project) == (1, 2)
    nearer = make.calendar(programme, since=date(2027, 1, 1), ambers_before_red=0)
    assert ambers(project)[1] == 0
    ReportingCalendar.objects.filter(pk=nearer.pk).update(ambers_before_red=3)
    assert ambers(project) == (1, 3)
    ReportingCalendar.objects.filter(pk=nearer.pk).update(is_active=False)
    assert ambers(project) == (1, 2), "a paused calendar asks nothing where another one runs"
    project.refresh_from_db()
    project.node = elsewhere
    project.save()
    assert ambers(project)[1] == 0
    make.calendar(elsewhere, ambers_before_red=1)
    assert ambers(project) == (1, 1), "reports made elsewhere count"
