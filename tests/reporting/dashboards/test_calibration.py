"""Declared against computed over the periods: sums of gaps, what became of them, and for the PMO alone."""

from datetime import date, datetime
from typing import Any

import pytest
from django.utils import timezone

from projects.hierarchy.models import Project
from reporting.dashboards.selectors.calibration import calibrations
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.services import freezing, periods
from tests import make
from tests.cast import World
from tests.projects.test_pages import client_of

pytestmark = pytest.mark.django_db


def noon(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, 12))


@pytest.fixture
def last(world: World, ben: Any, eve: Any) -> ReportingPeriod:
    """Two months. Ben declares green twice, then amber, of what is computed red; eve declares what is computed."""
    facts = {"baseline_start": date(2026, 1, 1), "baseline_end": date(2026, 12, 1), "state": "planning"}
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=date(2027, 12, 1), **facts)
    calm = make.project("CALM", node=world.rail, forecast_end=date(2026, 12, 1), **facts)
    calendar = make.calendar(world.north, since=date(2026, 9, 1))
    for month, said in ((9, "green"), (10, "amber")):
        day = date(2026, month, 25)
        Project.objects.update(data_date=day)
        period = periods.open_period(periods.plan(calendar, on=day)[0], by=None, on=day, at=noon(day))
        for project, author, level in ((world.tram, ben, said), (calm, eve, "green")):
            rows = StatusReport.objects.filter(period=period, project=project)
            rows.update(state="submitted", submitted_at=noon(day), declared=level, author=author)
        freezing.freeze(period, by=None, on=day, at=noon(day))
    return period


def test_sums_over_sums_and_what_became_of_the_optimistic_ones(last: ReportingPeriod, ada: Any, ben: Any) -> None:
    whole, rows = calibrations(ada, last)
    assert (whole.compared, whole.gaps, whole.mean, whole.optimistic, whole.lowered) == (4, 3, 0.75, 2, 1)
    assert {row.author_id: (row.compared, row.optimistic, row.lowered) for row in rows}[ben.pk] == (2, 2, 1)


def test_the_page_is_for_the_pmo_and_opens_the_reports(
    last: ReportingPeriod, ada: Any, ben: Any, cleo: Any, omar: Any
) -> None:
    path = f"/collection/periods/{last.pk}/calibration/"
    page = client_of(ada).get(path).content.decode()
    report = StatusReport.objects.get(period=last, project__code="TRAM")
    assert f'href="/reports/{report.pk}/"' in page
    assert "0.75" in page
    assert [client_of(who).get(path).status_code for who in (ben, cleo, omar)] == [403, 403, 404]
