"""The PMO's cockpit: figures that open their rows, the review, the freeze, the calendars; for who may, and of what they see."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from projects.hierarchy.models import Project
from reporting.alerts.models import Notification
from reporting.health.models import ProjectHealth
from reporting.status.models import ReportingCalendar, ReportingPeriod, StatusReport
from reporting.status.services import freezing
from reporting.status.services.correcting import revise
from tests import make
from tests.cast import World
from tests.projects.test_pages import client_of
from tests.reporting.dashboards.pages import compute
from tests.reporting.status.reports import opened

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def period(world: World) -> ReportingPeriod:
    made = opened(world.north)
    StatusReport.objects.filter(project=world.tram).update(
        state="submitted", submitted_at=NOW, declared="green", entry_seconds=90
    )
    compute()
    return made


def test_the_figures_and_the_rows_behind_them(world: World, period: ReportingPeriod, ada: Any) -> None:
    make.project("QUIET", node=world.rail, state="executing")
    StatusReport.objects.create(project=world.tram.__class__.objects.get(code="QUIET"), period=period)
    answer = client_of(ada).get("/collection/")
    told = answer.context["collected"]
    assert (told.asked, told.received, told.coverage, told.timely, told.entry) == (2, 1, 50.0, 50.0, (90.0, 90.0))
    assert {tab.name: tab.count for tab in told.tabs} == {
        "all": 2, "missing": 1, "review": 1, "correct": 0, "challenge": 0, "late": 0,
    }  # fmt: skip
    rows = client_of(ada).get("/collection/?show=missing").context["collected"].rows
    assert [row.project.code for row in rows] == ["QUIET"]


def test_nobody_counts_what_they_do_not_see(world: World, period: ReportingPeriod) -> None:
    make.project("HID", node=world.rail, state="executing", confidentiality="confidential")
    StatusReport.objects.create(project=world.tram.__class__.objects.get(code="HID"), period=period)
    wide = make.user("wide", role="pmo", on=world.rail)
    assert client_of(wide).get("/collection/").context["collected"].asked == 2
    world.tram.__class__.objects.filter(code="HID").update(node=world.south, portfolio=world.south)
    narrow = make.user("narrow", role="pmo", on=world.rail)
    assert "HID" not in client_of(narrow).get("/collection/").content.decode()


def test_a_report_is_validated_or_sent_back(world: World, period: ReportingPeriod, ada: Any) -> None:
    report, client = StatusReport.objects.get(project=world.tram), client_of(ada)
    assert client.post(f"/collection/reports/{report.pk}/", {"action": "correct", "comment": " "}).status_code == 422
    client.post(f"/collection/reports/{report.pk}/", {"action": "correct", "comment": "Which date?"})
    report.refresh_from_db()
    assert (report.state, report.review_comment, report.reviewer) == ("to_correct", "Which date?", ada)
    assert client.post(f"/collection/reports/{report.pk}/", {"action": "validate"}).status_code == 422
    StatusReport.objects.filter(pk=report.pk).update(state="submitted")
    client.post(f"/collection/reports/{report.pk}/", {"action": "validate"})
    report.refresh_from_db()
    assert report.state == "validated"


def test_the_steps_of_a_period(world: World, period: ReportingPeriod, ada: Any) -> None:
    client = client_of(ada)
    client.post(f"/collection/periods/{period.pk}/", {"action": "close"})
    period.refresh_from_db()
    assert period.state == "review"
    client.post(f"/collection/periods/{period.pk}/", {"action": "freeze"})
    period.refresh_from_db()
    assert period.state == "frozen"
    page = client.get(f"/collection/?period={period.pk}").content.decode()
    assert "Freeze the period for ever" not in page
    report = StatusReport.objects.get(project=world.tram)
    assert client.post(f"/collection/reports/{report.pk}/", {"action": "validate"}).status_code == 422
    kept = report.snapshot.computed
    ProjectHealth.objects.update(computed="red" if kept != "red" else "amber")
    (row,) = client.get(f"/collection/?period={period.pk}").context["collected"].rows
    assert row.computed.computed == kept


def test_only_the_pmo_runs_it(world: World, period: ReportingPeriod, ben: Any, cleo: Any, omar: Any) -> None:
    report = StatusReport.objects.get(project=world.tram)
    for user, status in ((ben, 403), (cleo, 403), (omar, 404)):
        client = client_of(user)
        assert client.get("/collection/").status_code == 403
        assert client.post(f"/collection/reports/{report.pk}/", {"action": "validate"}).status_code == status
        assert client.post(f"/collection/periods/{period.pk}/", {"action": "freeze"}).status_code == status
        assert client.get("/settings/reporting/").status_code == 403
    assert not StatusReport.objects.exclude(state="submitted").filter(pk=report.pk).exists()


def test_a_calendar_is_previewed_then_saved(world: World, ada: Any) -> None:
    client, since = client_of(ada), timezone.localdate().replace(day=1)
    url = f"/settings/reporting/{world.north.code}/"
    sent = {"cadence": "monthly", "since": since.isoformat(), "opens_before": 4, "due_after": 2, "review_days": 3,
            "country": "FR", "ambers_before_red": 0, "is_active": "on"}  # fmt: skip
    answer = client.post(url, {**sent, "preview": "1"})
    assert len(answer.context["spans"]) == 6
    assert not ReportingCalendar.objects.exists()
    assert client.post(url, {**sent, "country": "ZZ"}).status_code == 422
    long_ago = client.post(url, {**sent, "since": (since - timedelta(days=400)).isoformat()})
    assert "Nobody can report on what is long over" in long_ago.context["form"].errors["since"][0]
    assert not ReportingCalendar.objects.exists()
    assert client.post(url, sent).status_code == 302
    held = ReportingCalendar.objects.get(node=world.north)
    assert held.periods.count() == 3
    assert client.post(url, {**sent, "due_after": 5, "version": held.version}).status_code == 302
    assert client.post(url, {**sent, "due_after": 6, "version": held.version}).status_code == 409
    held.refresh_from_db()
    assert held.due_after == 5
    ReportingCalendar.objects.update(since=since - timedelta(days=400))  # one that has run for years stays as it is
    old = {**sent, "since": (since - timedelta(days=400)).isoformat(), "due_after": 4, "version": held.version + 1}
    assert client.post(url, old).status_code == 302


def test_hygiene_opens_what_is_to_be_fixed_and_fixes_it(world: World, period: ReportingPeriod, ada: Any) -> None:
    Project.objects.filter(pk=world.tram.pk).update(sponsor=None, forecast_end=None)
    make.person("Zoé")
    client, fix = client_of(ada), f"/collection/periods/{period.pk}/fix/"
    answer = client.get("/collection/?fix=sponsor")
    assert {name: count for name, _words, count in answer.context["hygiene"]}["sponsor"] == 1
    sent = {f"version-{world.tram.pk}": str(answer.context["fix"].projects[0].version)}
    refused = client.post(fix, sent | {"question": "sponsor"} | {f"value-{world.tram.pk}": "Nobody"})
    assert refused.status_code == 422
    assert "Nobody is called “Nobody”" in refused.content.decode()
    assert client.post(fix, sent | {"question": "sponsor"} | {f"value-{world.tram.pk}": "zoé"}).status_code == 302
    assert Project.objects.get(pk=world.tram.pk).sponsor.name == "Zoé"
    stale = client.post(fix, sent | {"question": "forecast"} | {f"value-{world.tram.pk}": "2027-01-31"})
    assert stale.status_code == 422
    assert Project.objects.get(pk=world.tram.pk).forecast_end is None
    assert client.post(fix, {"question": "milestone"}).status_code == 404
    assert f'href="/projects/{world.tram.pk}/milestones/"' in client.get("/collection/?fix=milestone").content.decode()


def test_what_raises_no_question_is_validated_at_once(world: World, period: ReportingPeriod, ada: Any) -> None:
    doubtful = make.project("DOUBT", node=world.rail, state="executing")
    for project in (doubtful, make.project("WELL", node=world.rail, state="executing")):
        StatusReport.objects.create(
            project=project, period=period, state="submitted", submitted_at=NOW, declared="green"
        )
    compute()
    ProjectHealth.objects.update(computed="green")
    ProjectHealth.objects.filter(project=doubtful).update(computed="amber")
    client = client_of(ada)
    assert "Validate the 2 reports that raise no question" in client.get("/collection/?show=review").content.decode()
    assert client.post(f"/collection/periods/{period.pk}/", {"action": "validate"}).status_code == 302
    states = dict(StatusReport.objects.values_list("project__code", "state"))
    assert states == {world.tram.code: "validated", "WELL": "validated", "DOUBT": "submitted"}


def test_a_revision_neither_undoes_what_was_received_nor_makes_it_late(
    world: World, period: ReportingPeriod, ada: Any
) -> None:
    freezing.freeze(period, by=None, on=timezone.localdate(), at=NOW)
    client, path = client_of(ada), f"/collection/?period={period.pk}"
    first = client.get(path).context["collected"]
    row = StatusReport.objects.get(project=world.tram)
    revise(
        report=row,
        by=ada,
        changes={"declared": "amber", "key_message": "Late"},
        reason="The letter came afterwards.",
        at=NOW,
    )
    again = client.get(path).context["collected"]
    assert (first.received, first.timely) == (again.received, again.timely) == (1, 100.0)
    assert client.get("/collection/?period=²").status_code == 404


def test_a_frozen_period_says_what_it_kept(world: World, period: ReportingPeriod, ada: Any) -> None:
    Project.objects.filter(pk=world.tram.pk).update(name="As it was", name_en="")
    freezing.freeze(period, by=None, on=timezone.localdate(), at=NOW)
    Project.objects.filter(pk=world.tram.pk).update(name="Renamed")
    page = client_of(ada).get(f"/collection/?period={period.pk}").content.decode()
    assert "As it was" in page
    assert "Renamed" not in page
    assert "Data hygiene" not in page


def test_who_was_reminded_and_when(world: World, period: ReportingPeriod, ada: Any, ben: Any) -> None:
    for number, stage in enumerate(("soon", "eve", "frozen_pmo")):
        Notification.objects.create(
            user=ben, rule="A01", key=str(number), project=world.tram, period=period, told={"stage": stage}, at=NOW
        )
    told = client_of(ada).get("/collection/").context["collected"]
    assert (told.reminders.sent, told.reminders.people, told.reminders.last) == (2, 1, NOW)
    assert [row.reminded_at for row in told.rows] == [NOW]


def test_without_a_calendar_the_page_says_what_to_do(world: World, ada: Any) -> None:
    assert "/settings/reporting/" in client_of(ada).get("/collection/").content.decode()


def test_the_statements_do_not_grow(
    world: World, period: ReportingPeriod, ada: Any, django_assert_max_num_queries: Any
) -> None:
    """Session, user, periods, counts, seconds, rows with their projects, reminders of each and of all, reviews, hygiene."""
    client = client_of(ada)
    for number in range(30):
        project = make.project(f"M{number}", node=world.rail, state="executing")
        StatusReport.objects.create(
            project=project, period=period, state="submitted", submitted_at=NOW - timedelta(hours=number)
        )
    compute()
    with django_assert_max_num_queries(12):
        assert len(client.get("/collection/").context["collected"].rows) == 31
