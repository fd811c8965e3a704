"""Drafts merge by field; a report gives the project its facts once; nobody writes into what is closed."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmo_portal.core import editing
from pmo_portal.core.editing import InvalidFields
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.raid.models import Decision, Risk
from projects.raid.services import Choice, create_decision
from reporting.status.models import StatusReport
from reporting.status.services import freezing, submitting
from reporting.status.services.drafts import Change, save_draft
from tests import make
from tests.reporting.status.reports import healthy, opened, report_of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
NOW = timezone.now()


@pytest.fixture
def project(ben: User) -> Project:
    node = make.portfolio("PTF")
    made = healthy(node)
    make.member(ben, "project_manager", on=made)
    opened(node)
    return made


@pytest.fixture
def ben() -> User:
    return make.user("ben")


@pytest.fixture
def report(project: Project) -> StatusReport:
    return report_of(project)


def save(report: StatusReport, by: User, **fields: Any) -> Any:
    """`name=(value, seen)` or `name=value`; dots are written `__`."""
    changes = {
        name.replace("__", "."): Change(*value) if isinstance(value, tuple) else Change(value)
        for name, value in fields.items()
    }
    return save_draft(report=report, by=by, changes=changes, on=TODAY, at=NOW)


def submit(report: StatusReport, by: User, **how: Any) -> StatusReport:
    return submitting.submit(report=report, by=by, on=TODAY, at=NOW, **how)


class TestDrafts:
    def test_the_first_save_keeps_what_was_proposed(self, report: StatusReport, ben: User) -> None:
        saved = save(report, ben, summary="Fine").report
        assert (saved.state, saved.summary, saved.declared, saved.key_message) == (
            "draft",
            "Fine",
            "green",
            "On our way",
        )
        assert (saved.schedule, saved.etc, saved.author) == ("green", Decimal(700), ben)

    def test_two_people_merge_by_field(self, report: StatusReport, ben: User, project: Project) -> None:
        gil = make.user("gil")
        make.member(gil, "project_manager", on=project)
        save(report, ben, key_message=("Ben's", "On our way"))
        assert save(report, gil, summary=("Gil's", "")).conflicts == {}
        report.refresh_from_db()
        assert (report.key_message, report.summary) == ("Ben's", "Gil's")

    def test_a_real_conflict_tells_both_values_and_keeps_the_rest(self, report: StatusReport, ben: User) -> None:
        save(report, ben, key_message=("First", "On our way"))
        saved = save(report, ben, key_message=("Second", "On our way"), summary=("Kept", ""))
        assert saved.conflicts == {"key_message": ("Second", "First")}
        report.refresh_from_db()
        assert (report.key_message, report.summary) == ("First", "Kept")

    def test_parts_merge_one_by_one(self, report: StatusReport, ben: User, project: Project) -> None:
        one, other = make.milestone(project), make.milestone(project)
        save(report, ben, **{f"milestones__{one.pk}__forecast": ("2027-01-01", "2027-01-15")})
        save(report, ben, **{f"milestones__{other.pk}__forecast": ("2027-02-01", "2027-01-15")})
        report.refresh_from_db()
        assert set(report.milestones) == {str(one.pk), str(other.pk)}

    def test_a_milestone_is_moved_from_the_day_its_form_shows(self, report: StatusReport, ben: User) -> None:
        mark = make.milestone(report.project, forecast_date=date(2027, 1, 1))
        name = f"milestones__{mark.pk}__forecast"
        assert save(report, ben, **{name: ("2027-02-01", "2027-01-01")}).conflicts == {}
        report.refresh_from_db()
        assert report.milestones == {str(mark.pk): {"forecast": "2027-02-01"}}
        moved = save(report, ben, **{name: ("2027-03-01", "2027-01-01")})
        assert moved.conflicts == {name.replace("__", "."): ("2027-03-01", "2027-02-01")}

    @pytest.mark.parametrize(
        ("name", "value"),
        [("state", "frozen"), ("milestones__9999999__forecast", "2027-01-01"), ("risks__x", "kept"), ("back_to_green", "soon"),
         ("etc", "many"), ("highlights", "1\n2\n3\n4\n5\n6"), ("declared", "purple"), ("key_message", "x" * 141)],
    )  # fmt: skip
    def test_what_is_no_field_or_no_value_is_refused(
        self, report: StatusReport, ben: User, name: str, value: str
    ) -> None:
        with pytest.raises(InvalidFields):
            save(report, ben, **{name: value})
        report.refresh_from_db()
        assert report.state == "not_started"

    def test_the_time_of_writing_leaves_pauses_out(self, report: StatusReport, ben: User) -> None:
        for seconds in (0, 20, 50, 200, 230):
            changes = {"summary": Change(f"after {seconds}")}
            save_draft(report=report, by=ben, changes=changes, on=TODAY, at=NOW + timedelta(seconds=seconds))
        report.refresh_from_db()
        assert report.entry_seconds == 20 + 30 + 30

    def test_a_clock_that_goes_back_costs_nothing(self, report: StatusReport, ben: User) -> None:
        save(report, ben, summary="one")
        save_draft(report=report, by=ben, changes={"summary": Change("two")}, on=TODAY, at=NOW - timedelta(hours=2))
        report.refresh_from_db()
        assert report.entry_seconds == 0

    def test_only_who_declares_writes(self, report: StatusReport) -> None:
        with pytest.raises(NotAllowed):
            save(report, make.user(role="viewer"), summary="x")


class TestSubmitting:
    def test_nothing_to_report_is_one_call(self, report: StatusReport, ben: User, project: Project) -> None:
        done = submit(report, ben, renew=True)
        assert (done.state, done.way, done.key_message) == ("submitted", "renew", "On our way")
        project.refresh_from_db()
        assert (project.declared, project.declared_on) == ("green", TODAY)

    def test_the_facts_become_the_projects(self, report: StatusReport, ben: User, project: Project) -> None:
        mark = make.milestone(project, forecast_date=TODAY + timedelta(days=20))
        risk = Risk.objects.get(project=project)
        later = (TODAY + timedelta(days=25)).isoformat()
        save(
            report, ben, declared="amber", schedule="amber", schedule_comment="Late", key_message="Help needed",
            percent_complete="45", etc="750", ask="asked", ask_question="Which supplier?", ask_options="A\nB",
            ask_recommendation="B", ask_needed_by=later, exception_cause="Prices", exception_plan="Renegotiate",
            **{f"milestones__{mark.pk}__forecast": later, f"risks__{risk.pk}": "closed"},
            new_risk_title="No second supplier", new_risk_kind="risk", new_risk_probability="3", new_risk_impact="4",
        )  # fmt: skip
        assert submit(report, ben).state == "submitted"
        project.refresh_from_db()
        mark.refresh_from_db()
        risk.refresh_from_db()
        assert (project.declared, project.key_message, project.percent_complete) == ("amber", "Help needed", 45)
        assert (mark.forecast_date.isoformat(), risk.status, risk.last_reviewed_on) == (later, "closed", TODAY)
        assert project.budget_lines.get(kind="forecast").amount == 1050
        asked = Decision.objects.get(project=project)
        assert [(one.label, one.recommended) for one in asked.options.all()] == [("A", False), ("B", True)]
        assert Risk.objects.filter(project=project, title="No second supplier", probability=3, impact=4).count() == 1

    def test_a_question_of_the_register_asked_again_keeps_what_is_known_of_its_options(
        self, report: StatusReport, ben: User, project: Project
    ) -> None:
        ways = [Choice("A", Decimal(20), 30, "Two bids"), Choice("B", Decimal(45), 0, recommended=True)]
        create_decision(
            project=project, by=ben, on=TODAY, question="Which?", options=ways, recommendation="B, in short"
        )
        save(report, ben, ask="asked", ask_question="Which?", ask_options="A\nB\nC", ask_recommendation="B, in short",
             ask_needed_by=TODAY.isoformat())  # fmt: skip
        submit(report, ben)
        told = Decision.objects.get(project=project).options.order_by("position")
        assert [(one.label, one.cost, one.delay_days, one.note, one.recommended) for one in told] == [
            ("A", 20, 30, "Two bids", False), ("B", 45, 0, "", True), ("C", None, None, "", False),
        ]  # fmt: skip

    def test_of_a_stopped_project_nothing_is_left_to_spend(
        self, report: StatusReport, ben: User, project: Project
    ) -> None:
        Project.objects.filter(pk=project.pk).update(state="stopped", actual_end=TODAY)
        save(report, ben, etc="0", key_message="Stopped by the board")
        assert submit(report, ben).state == "submitted"

    def test_holding_a_report_holds_nothing_of_its_period(self, report: StatusReport) -> None:
        """Its usual order is by period: everybody who writes a report of the period would wait for everybody else."""
        with CaptureQueriesContext(connection) as told:
            editing.hold(StatusReport, report.pk)
        assert "reporting_reportingperiod" not in told[0]["sql"]

    def test_submitting_twice_is_submitting_once(self, report: StatusReport, ben: User, project: Project) -> None:
        save(report, ben, new_risk_title="No second supplier", new_risk_probability="2", new_risk_impact="2", ask="asked",
             ask_question="Which?", ask_needed_by=TODAY.isoformat())  # fmt: skip
        first = submit(report, ben)
        assert submit(report, ben).submitted_at == first.submitted_at
        submitting.take_back(report=report, by=ben)
        save(report, ben, ask_question="Which one?")
        assert submit(report, ben).state == "submitted"
        assert Risk.objects.filter(project=project, title="No second supplier").count() == 1
        assert Decision.objects.get(project=project).question == "Which one?"

    def test_what_is_missing_is_told_and_nothing_is_written(
        self, report: StatusReport, ben: User, project: Project
    ) -> None:
        save(report, ben, declared="red", key_message="It is bad")
        with pytest.raises(submitting.NotYet) as caught:
            submit(report, ben)
        assert {one.rule for one in caught.value.findings if one.kind == "error"} == {"VR-16", "VR-17"}
        project.refresh_from_db()
        assert project.key_message == "On our way"

    def test_after_the_freeze_nothing_is_written(self, report: StatusReport, ben: User, project: Project) -> None:
        save(report, ben, summary="Half")
        freezing.freeze(report.period, by=None, on=TODAY, at=NOW)
        with pytest.raises(DomainError, match=r"froz|gel"):
            save(report, ben, summary="More")
        with pytest.raises(DomainError, match=r"froz|gel"):
            submit(report, ben, renew=True)
        with pytest.raises(DomainError, match=r"froz|gel"):
            submitting.take_back(report=report, by=ben)
        report.refresh_from_db()
        assert (report.state, report.summary) == ("not_reported", "Half")

    def test_nothing_to_report_needs_a_green_project(self, report: StatusReport, ben: User, project: Project) -> None:
        Project.objects.filter(pk=project.pk).update(forecast_end=TODAY + timedelta(days=400))
        with pytest.raises(DomainError, match=r"possible"):
            submit(report, ben, renew=True)

    def test_monthly_forecasts_keep_their_shape(self, report: StatusReport, ben: User, project: Project) -> None:
        project.budget_lines.filter(kind="forecast").delete()
        month = TODAY.replace(day=1)
        make.budget_line(project, kind="forecast", amount=100, month=month)
        make.budget_line(project, kind="forecast", amount=200, month=(month + timedelta(days=40)).replace(day=1))
        save(report, ben, etc="100", exception_cause="x", exception_plan="y")
        submit(report, ben, confirmed=["VR-12:etc"])
        amounts = project.budget_lines.filter(kind="forecast").order_by("month").values_list("amount", flat=True)
        assert list(amounts) == [Decimal("33.33"), Decimal("66.67")]
