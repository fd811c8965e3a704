"""Periods move with the clock: planned, opened, closed, frozen; whatever was missed is caught up."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from projects.hierarchy.models import Node
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.services import calendars, clock
from tests import make

pytestmark = pytest.mark.django_db


def at(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def days(start: date, end: date) -> Sequence[date]:
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


def states(node: Node) -> list[tuple[date, str]]:
    rows = ReportingPeriod.objects.filter(calendar__node=node).order_by("starts_on")
    return list(rows.values_list("starts_on", "state"))


@pytest.fixture
def portfolio() -> Node:
    return make.portfolio("PTF")


def test_a_month_from_upcoming_to_frozen(portfolio: Node) -> None:
    project = make.project(node=portfolio)
    calendar = make.calendar(portfolio, since=date(2026, 11, 1))
    seen: dict[str, date] = {}
    for day in days(date(2026, 11, 20), date(2026, 12, 10)):
        clock.move_on(on=day, at=at(day))
        seen.setdefault(calendar.periods.get(starts_on=date(2026, 11, 1)).state, day)
    assert seen == {
        "upcoming": date(2026, 11, 20),
        "open": date(2026, 11, 24),
        "review": date(2026, 12, 3),
        "frozen": date(2026, 12, 8),
    }
    assert StatusReport.objects.get(project=project).state == "not_reported"
    assert states(portfolio)[1] == (date(2026, 12, 1), "upcoming")


def test_asking_again_changes_nothing(portfolio: Node) -> None:
    make.project(node=portfolio)
    make.calendar(portfolio, since=date(2026, 11, 1))
    assert clock.move_on(on=date(2026, 11, 24), at=at(date(2026, 11, 24))) == 1
    before = list(ReportingPeriod.objects.order_by("pk").values())
    assert clock.move_on(on=date(2026, 11, 24), at=at(date(2026, 11, 24))) == 0
    assert list(ReportingPeriod.objects.order_by("pk").values()) == before
    assert StatusReport.objects.count() == 1


def test_a_clock_that_goes_back_undoes_nothing(portfolio: Node) -> None:
    make.project(node=portfolio)
    make.calendar(portfolio, since=date(2026, 11, 1))
    clock.move_on(on=date(2026, 12, 3), at=at(date(2026, 12, 3)))
    clock.move_on(on=date(2026, 10, 1), at=at(date(2026, 10, 1)))
    assert states(portfolio)[0] == (date(2026, 11, 1), "open")  # opened late, so it is due later
    assert states(portfolio) == sorted(set(states(portfolio)))


def test_a_period_that_opens_late_leaves_as_much_time(portfolio: Node) -> None:
    calendar = make.calendar(portfolio, since=date(2026, 11, 1))
    make.project(node=portfolio)
    clock.move_on(on=date(2026, 12, 14), at=at(date(2026, 12, 14)))
    row = calendar.periods.get(starts_on=date(2026, 11, 1))
    assert (row.state, row.due_on, row.review_until) == ("open", date(2026, 12, 16), date(2026, 12, 21))


def test_after_an_outage_of_months_only_the_last_period_is_collected(portfolio: Node) -> None:
    make.calendar(portfolio, since=date(2026, 7, 1))
    project = make.project(node=portfolio)
    clock.move_on(on=date(2026, 11, 25), at=at(date(2026, 11, 25)))
    assert [state for _day, state in states(portfolio)[:6]] == ["frozen"] * 4 + ["open", "upcoming"]
    assert set(
        StatusReport.objects.filter(project=project, period__state="frozen").values_list("state", flat=True)
    ) == {"not_reported"}


def test_who_reports_where(portfolio: Node) -> None:
    programme = make.programme("PRG", parent=portfolio)
    whole, inside = make.project(node=portfolio), make.project(node=programme)
    make.project(node=portfolio, parent=whole)
    make.project(node=portfolio, state="closed")
    make.calendar(portfolio, since=date(2026, 11, 1))
    own = make.calendar(programme, since=date(2026, 11, 1), cadence="weekly")
    clock.move_on(on=date(2026, 11, 25), at=at(date(2026, 11, 25)))
    assert set(StatusReport.objects.filter(period__calendar__node=portfolio).values_list("project", flat=True)) == {
        whole.pk
    }
    assert set(StatusReport.objects.filter(period__calendar=own).values_list("project", flat=True)) == {inside.pk}


def test_a_project_that_starts_meanwhile_is_asked_too(portfolio: Node) -> None:
    make.calendar(portfolio, since=date(2026, 11, 1))
    clock.move_on(on=date(2026, 11, 24), at=at(date(2026, 11, 24)))
    late = make.project(node=portfolio)
    clock.move_on(on=date(2026, 11, 25), at=at(date(2026, 11, 25)))
    assert StatusReport.objects.get(project=late).state == "not_started"


def test_a_project_that_moves_is_asked_once(portfolio: Node) -> None:
    other = make.portfolio("OTHER")
    project = make.project(node=portfolio)
    make.calendar(portfolio, since=date(2026, 11, 1))
    make.calendar(other, since=date(2026, 11, 1))
    clock.move_on(on=date(2026, 11, 24), at=at(date(2026, 11, 24)))
    project.node, project.portfolio = other, other
    project.save()
    clock.move_on(on=date(2026, 11, 25), at=at(date(2026, 11, 25)))
    assert StatusReport.objects.get(project=project).period.calendar.node == portfolio


def test_a_period_without_projects_freezes(portfolio: Node) -> None:
    make.calendar(portfolio, since=date(2026, 11, 1))
    for day in (date(2026, 11, 24), date(2026, 12, 3), date(2026, 12, 8)):
        clock.move_on(on=day, at=at(day))
    assert states(portfolio)[0] == (date(2026, 11, 1), "frozen")


def test_a_change_of_cadence_begins_where_the_last_period_ends(portfolio: Node) -> None:
    pmo = make.user(role="pmo")
    calendar = calendars.create_calendar(by=pmo, on=date(2026, 11, 24), node=portfolio, since=date(2026, 11, 1))
    clock.move_on(on=date(2026, 11, 24), at=at(date(2026, 11, 24)))
    calendar.refresh_from_db()
    changed = {"cadence": "quarterly"}
    calendars.update_calendar(
        calendar=calendar, by=pmo, version=calendar.version, changes=changed, on=date(2026, 11, 24)
    )
    spans = calendar.periods.order_by("starts_on").values_list("starts_on", "ends_on", "state")
    assert list(spans)[:3] == [
        (date(2026, 11, 1), date(2026, 11, 30), "open"),
        (date(2026, 12, 1), date(2026, 12, 31), "upcoming"),
        (date(2027, 1, 1), date(2027, 3, 31), "upcoming"),
    ]
