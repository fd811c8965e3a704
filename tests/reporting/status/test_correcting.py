"""The PMO's own hand: words corrected under review where the calendar says so, and revisions of what is frozen."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone, translation

from pmo_portal.core.editing import InvalidFields
from pmo_portal.core.errors import DomainError, NotAllowed, StaleVersion
from pmo_portal.core.models import Work
from projects.hierarchy.models import Project
from projects.hierarchy.telling import value_in_words
from reporting.health.models import ProjectHealth
from reporting.health.services.refresh import KIND
from reporting.status import snapshots
from reporting.status.models import ReportingCalendar, ReportingPeriod, Snapshot, StatusReport
from reporting.status.services import freezing
from reporting.status.services.correcting import edit_under_review, revise
from reporting.status.services.drafts import Change, save_draft
from reporting.status.services.review import ask_correction
from reporting.status.services.submitting import submit
from tests.cast import World
from tests.projects.test_pages import client_of
from tests.reporting.dashboards.pages import compute
from tests.reporting.status.reports import healthy, opened, report_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
TODAY, NOW = timezone.localdate(), timezone.now()
WHY = "The supplier's letter came after the freeze."


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def report(world: World) -> StatusReport:
    project = healthy(world.north, name="Ferry")
    opened(world.north)
    row = report_of(project)
    StatusReport.objects.filter(pk=row.pk).update(
        state="submitted", submitted_at=NOW, declared="green", key_message="All is well", trend="flat", etc=700
    )
    return report_of(project)


def frozen(report: StatusReport) -> StatusReport:
    freezing.freeze(report.period, by=None, on=TODAY, at=NOW)
    report.refresh_from_db()
    return report


def test_a_revision_stands_beside_what_was_frozen(report: StatusReport, ada: Any) -> None:
    first = frozen(report)
    kept = Snapshot.objects.filter(report=first).values().get()
    second = revise(
        report=first, by=ada, changes={"declared": "red", "key_message": "The supplier failed"}, reason=WHY, at=NOW
    )
    assert (second.revision, second.state, second.key_message) == (2, "frozen", "The supplier failed")
    assert second.author_id == first.author_id
    again = Snapshot.objects.get(report=second)
    assert (again.declared, again.declared_rag, again.gap, again.computed) == ("red", "red", -2, "green")
    assert again.content["report"]["revision_reason"] == WHY
    facts = [key for key in again.content if key not in ("report",)]
    assert {key: again.content[key] for key in facts} == {key: kept["content"][key] for key in facts}
    assert again.digest == snapshots.digest(again.content) != kept["digest"]
    assert Snapshot.objects.filter(report=first).values().get() == kept
    with pytest.raises(DomainError, match="meanwhile"):
        revise(report=first, by=ada, changes={"declared": "amber"}, reason=WHY, at=NOW)


def test_silence_becomes_a_late_report(report: StatusReport, ada: Any) -> None:
    StatusReport.objects.filter(pk=report.pk).update(state="draft", submitted_at=None, declared="", key_message="Half")
    first = frozen(report)
    with pytest.raises(InvalidFields):
        revise(report=first, by=ada, changes={"key_message": "Told by phone"}, reason=WHY, at=NOW)
    second = revise(
        report=first, by=ada, changes={"declared": "amber", "key_message": "Told by phone"}, reason=WHY, at=NOW
    )
    assert (second.author, second.summary, second.submitted_at) == (ada, "", NOW)
    assert [one.is_reported for one in Snapshot.objects.filter(project=first.project).order_by("revision")] == [
        False,
        True,
    ]


def test_what_a_revision_is_refused_for(report: StatusReport, ada: Any, ben: Any) -> None:
    with pytest.raises(DomainError, match="Only a frozen report"):
        revise(report=report, by=ada, changes={"declared": "red"}, reason=WHY, at=NOW)
    first = frozen(report)
    with pytest.raises(DomainError, match="15 characters"):
        revise(report=first, by=ada, changes={"declared": "red"}, reason="typo", at=NOW)
    with pytest.raises(NotAllowed):
        revise(report=first, by=ben, changes={"declared": "red"}, reason=WHY, at=NOW)
    with pytest.raises(InvalidFields):
        revise(report=first, by=ada, changes={"etc": "0"}, reason=WHY, at=NOW)
    assert (
        StatusReport.objects.filter(project=first.project).count()
        == Snapshot.objects.filter(project=first.project).count()
        == 1
    )


def test_under_review_the_calendar_decides(report: StatusReport, ada: Any, ben: Any) -> None:
    with pytest.raises(NotAllowed, match="ask for a correction"):
        edit_under_review(
            report=report, by=ada, version=report.version, changes={"declared": "amber"}, on=TODAY, at=NOW
        )
    ReportingCalendar.objects.update(pmo_edits=True)
    report = report_of(report.project)
    with pytest.raises(NotAllowed):
        edit_under_review(
            report=report, by=ben, version=report.version, changes={"declared": "amber"}, on=TODAY, at=NOW
        )
    row = edit_under_review(
        report=report, by=ada, version=report.version, changes={"declared": "amber"}, on=TODAY, at=NOW
    )
    row.project.refresh_from_db()
    assert (row.state, row.declared, row.reviewer, row.project.declared) == ("submitted", "amber", ada, "amber")
    with pytest.raises(StaleVersion):
        edit_under_review(report=report, by=ada, version=report.version, changes={"summary": "x"}, on=TODAY, at=NOW)


def test_an_older_report_does_not_turn_the_project_back(report: StatusReport, ada: Any) -> None:
    ReportingCalendar.objects.update(pmo_edits=True)
    Project.objects.filter(pk=report.project_id).update(declared="red", key_message="It burns")
    row = report_of(report.project)
    later = make_later(row)
    StatusReport.objects.create(project=row.project, period=later, state="submitted", submitted_at=NOW, declared="red")
    edit_under_review(report=row, by=ada, version=row.version, changes={"declared": "amber"}, on=TODAY, at=NOW)
    assert Project.objects.get(pk=row.project_id).declared == "red"


def make_later(row: StatusReport) -> ReportingPeriod:
    names = ("starts_on", "ends_on", "opens_on", "due_on", "review_until")
    days = {name: getattr(row.period, name) + timedelta(days=40) for name in names}
    return ReportingPeriod.objects.create(calendar=row.period.calendar, cadence="monthly", state="open", **days)


def test_what_is_being_corrected_stays_what_was_submitted(world: World, ada: Any, ben: Any, cleo: Any) -> None:
    """A half-written correction is told to nobody, and a freeze does not publish it."""
    project = healthy(world.north, name="Ferry")
    opened(world.north)
    row = report_of(project)
    submit(report=row, by=ada, on=TODAY, at=NOW, renew=True)
    row.refresh_from_db()
    ask_correction(report=row, by=ada, at=NOW, comment="Which date?")
    draft = {"declared": Change(""), "key_message": Change("HALFWRITTEN"), "percent_complete": Change("12")}
    save_draft(report=row, by=ada, changes=draft, on=TODAY, at=NOW)
    page = client_of(cleo).get(f"/reports/{row.pk}/").content.decode()
    assert ("On our way" in page, "HALFWRITTEN" in page) == (True, False)
    freezing.freeze(row.period, by=None, on=TODAY, at=NOW)
    row.refresh_from_db()
    assert (row.state, row.declared, row.key_message, row.percent_complete) == ("frozen", "green", "On our way", None)
    kept = Snapshot.objects.get(report=row)
    assert (kept.declared, kept.content["report"]["key_message"]) == ("green", "On our way")


def test_the_pages(report: StatusReport, ada: Any, cleo: Any) -> None:
    pmo, reader = client_of(ada), client_of(cleo)
    path = f"/reports/{report.pk}/correct/"
    assert pmo.get(path).status_code == 403
    frozen(report)
    assert "Revise…" in pmo.get(f"/reports/{report.pk}/").content.decode()
    assert "Revise…" not in reader.get(f"/reports/{report.pk}/").content.decode()
    assert reader.get(path).status_code == 403
    form = pmo.get(path).context["form"]
    sent = {
        **form.said,
        "version": report.version,
        "declared": "red",
        "key_message": "It failed",
        "revision_reason": "short",
    }
    refused = pmo.post(path, sent)
    assert refused.status_code == 422
    assert "15 characters" in refused.content.decode()
    answer = pmo.post(path, sent | {"revision_reason": WHY})
    second = StatusReport.objects.get(revision=2)
    assert answer.headers["Location"] == f"/reports/{second.pk}/"
    page = reader.get(f"/reports/{second.pk}/").content.decode()
    assert "It failed" in page
    assert "letter came after the freeze" in page
    old = reader.get(f"/reports/{report.pk}/").content.decode()
    assert "All is well" in old
    assert f"/reports/{second.pk}/" in old
    history = pmo.get(f"/projects/{report.project_id}/history/").content.decode()
    assert "Status report: frozen" in history
    assert WHY.partition("'")[2] in history


def test_the_history_tells_nested_parts_without_their_keys() -> None:
    moved = {"12": {"forecast": "2027-05-05", "cause": "supplier"}, "13": {"note": ""}}
    assert value_in_words(None, moved, {}) == "5 May 2027, supplier"
    assert value_in_words(None, ["Pilot live", "Users trained"], {}) == "Pilot live, Users trained"
    assert value_in_words(None, {}, {}) == "–"
    assert value_in_words(None, "2026-02-30", {}) == "2026-02-30"
    assert value_in_words(None, ["2026-02-30"], {}) == "2026-02-30"


def test_a_revision_to_amber_is_counted_at_once(report: StatusReport, ada: Any) -> None:
    """BR-24: the project slipped after the freeze, and one amber report is one too many here."""
    ReportingCalendar.objects.update(ambers_before_red=1)
    first = frozen(report)
    Project.objects.filter(pk=report.project_id).update(forecast_end=TODAY + timedelta(days=240))
    compute()
    assert ProjectHealth.objects.get(project=report.project_id).computed == "amber"
    Work.objects.update(done=F("wanted"))
    revise(report=first, by=ada, changes={"declared": "amber"}, reason=WHY, at=NOW)
    waiting = Work.objects.filter(kind=KIND, wanted__gt=F("done")).values_list("subject_id", flat=True)
    assert list(waiting) == [report.project_id]
    compute()
    assert ProjectHealth.objects.get(project=report.project_id).computed == "red"
