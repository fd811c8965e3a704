"""The status form as its writer, its readers and those who may not see it meet it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from projects.hierarchy.models import Project
from reporting.status.api.report_fields import dimension_of
from reporting.status.models import StatusReport
from reporting.status.services import freezing
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.projects.test_pages import client_of
from tests.reporting.dashboards.pages import compute
from tests.reporting.status.reports import opened, report_of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def report(world: World) -> StatusReport:
    Project.objects.filter(pk=world.tram.pk).update(
        state="executing", declared="green", key_message="On our way", baseline_start=TODAY - timedelta(days=100),
        baseline_end=TODAY + timedelta(days=100), forecast_end=TODAY + timedelta(days=100), data_date=TODAY,
    )  # fmt: skip
    make.budget_line(world.tram, kind="revised", amount=98765, month=None)
    make.budget_line(world.tram, kind="forecast", amount=98765, month=None)
    make.risk(world.tram, title="Supplier", probability=1, impact=2, last_reviewed_on=TODAY)
    opened(world.north)
    return report_of(world.tram)


def fields(report: StatusReport, client: Any, **typed: str) -> dict[str, str]:
    """What a browser sends of the page: what it saw, and what was typed."""
    form = client.get(f"/reports/{report.pk}/").context["form"]
    seen = {f"was.{name}": value for name, value in form.seen}
    return seen | dict(form.seen) | {k.replace("__", "."): v for k, v in typed.items()}


def test_the_project_leads_to_its_report(report: StatusReport, world: World, ben: Any, ada: Any) -> None:
    assert client_of(ben).get(f"/projects/{world.tram.pk}/report/").headers["Location"] == f"/reports/{report.pk}/"
    answer = client_of(ada).get(f"/projects/{world.harbour.pk}/report/")
    assert answer.headers["Location"] == f"/projects/{world.harbour.pk}/status/"


def test_two_clicks_when_there_is_nothing_to_report(report: StatusReport, ben: Any) -> None:
    client = client_of(ben)
    assert "Nothing to report, I confirm" in client.get(f"/reports/{report.pk}/").content.decode()
    assert client.post(f"/reports/{report.pk}/", {"action": "renew"}).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.way) == ("submitted", "renew")
    assert "On our way" in client.get(f"/reports/{report.pk}/").content.decode()


def test_without_scripts_the_whole_form_is_one_post(report: StatusReport, ben: Any) -> None:
    client = client_of(ben)
    sent = fields(
        report, client, key_message="A new message", declared="amber_green", percent_complete="40", action="submit"
    )
    assert client.post(f"/reports/{report.pk}/", sent).status_code == 302
    report.refresh_from_db()
    assert (report.state, report.key_message, report.way) == ("submitted", "A new message", "express")


def test_what_is_missing_is_said_and_one_click_lets_it_pass(report: StatusReport, ben: Any) -> None:
    client = client_of(ben)
    answer = client.post(f"/reports/{report.pk}/", fields(report, client, cost="amber", action="submit"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="VR-05:cost_comment"' in page
    sent = fields(report, client, action="submit") | {"confirm": ["VR-05:cost_comment"]}
    assert client.post(f"/reports/{report.pk}/", sent).status_code == 302
    report.refresh_from_db()
    assert report.confirmed == {"VR-05:cost_comment": "shown"}


def test_each_field_is_saved_by_itself(report: StatusReport, ben: Any) -> None:
    client = client_of(ben)
    answer = client.post(f"/reports/{report.pk}/draft/", {"summary": "Well", "was.summary": ""})
    assert answer.status_code == 200
    assert "Draft saved at" in answer.content.decode()
    answer = client.post(f"/reports/{report.pk}/draft/", {"summary": "Mine", "was.summary": ""})
    assert answer.status_code == 409
    assert "“Mine”" in answer.content.decode()
    assert "“Well”" in answer.content.decode()
    assert client.post(f"/reports/{report.pk}/draft/", {"etc": "x", "was.etc": ""}).status_code == 422
    report.refresh_from_db()
    assert report.summary == "Well"


def test_who_may_do_what(report: StatusReport, world: World, ada: Any, ben: Any, cleo: Any, omar: Any) -> None:
    url = f"/reports/{report.pk}/"
    assert client_of(omar).get(url).status_code == 404
    reader = client_of(cleo)
    assert "report is not submitted yet" in reader.get(url).content.decode()
    assert reader.post(f"{url}draft/", {"summary": "x", "was.summary": ""}).status_code == 403
    assert reader.post(url, {"action": "renew"}).status_code == 403
    client_of(ben).post(url, {"action": "renew"})
    StatusReport.objects.filter(pk=report.pk).update(confidential_note="between us", etc=98766)
    page = reader.get(url).content.decode()
    assert "On our way" in page
    assert "between us" not in page
    assert not any(amount in page for amount in ("98766", "98,766", "98 766"))
    assert "between us" in client_of(ada).get(url).content.decode()


def test_what_is_computed_stands_beside_what_was_declared(report: StatusReport, ben: Any, cleo: Any) -> None:
    """Before the freeze as it is now, then as it was frozen (BR-21)."""
    client_of(ben).post(f"/reports/{report.pk}/", {"action": "renew"})
    Project.objects.filter(pk=report.project_id).update(forecast_end=TODAY + timedelta(days=190))
    compute()
    assert "Very optimistic" in client_of(cleo).get(f"/reports/{report.pk}/").content.decode()
    Project.objects.filter(pk=report.project_id).update(forecast_end=TODAY + timedelta(days=100))
    freezing.freeze(report.period, by=None, on=TODAY, at=timezone.now())
    page = client_of(cleo).get(f"/reports/{report.pk}/").content.decode()
    assert "Aligned" in page
    assert "Very optimistic" not in page


def test_people_that_are_missing_stand_beside_what_is_declared(report: StatusReport, ben: Any) -> None:
    make.allocation(report.project, months={TODAY.replace(day=1): 10})
    compute()
    page = client_of(ben).get(f"/reports/{report.pk}/").content.decode()
    assert 'data-for="resources" data-computed="red"' in page
    assert f'href="/projects/{report.project_id}/team/"' in page.partition('data-for="resources"')[0][-900:]
    item = f"status-reports/{report.pk}/"
    seen = Api(ben).get(item)
    assert seen.json()["computed_resources"] == "red"
    told = Api(ben).patch(item, {"resources": "green"}, version=seen["ETag"]).json()
    assert "resources_reason" in {one["path"] for one in told["findings"] if one["rule"] == "VR-03"}
    freezing.freeze(report.period, by=None, on=TODAY, at=timezone.now())
    make.allocation(report.project, months={TODAY.replace(day=1): (90, 90)}, status="confirmed", answered_on=TODAY,
                    person=make.person())  # fmt: skip
    compute()
    assert Api(ben).get(item).json()["computed_resources"] == "red"
    assert dimension_of(1, None, "red") == "grey"  # frozen before people were part of health


def test_a_frozen_report_is_read_only(report: StatusReport, ben: Any) -> None:
    freezing.freeze(report.period, by=None, on=TODAY, at=timezone.now())
    client = client_of(ben)
    assert "silence is kept as silence" in client.get(f"/reports/{report.pk}/").content.decode()
    assert client.post(f"/reports/{report.pk}/draft/", {"summary": "x", "was.summary": ""}).status_code == 422


def test_the_statements_of_the_form_do_not_grow(
    report: StatusReport, world: World, ben: Any, django_assert_max_num_queries: Any
) -> None:
    """Session, user, report, project, facts (5), limits, milestones, risks, past reports, issues."""
    client = client_of(ben)
    client.get(f"/reports/{report.pk}/")
    for _number in range(25):
        make.milestone(world.tram)
        make.risk(world.tram)
    with django_assert_max_num_queries(18):
        client.get(f"/reports/{report.pk}/")
