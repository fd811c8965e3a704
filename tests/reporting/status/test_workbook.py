"""Many reports from one workbook: downloaded, edited, compared, applied as shown; and every way a file can be odd."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override
from openpyxl import Workbook

from pmo_portal.celery import PERIODIC_JOBS, app
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import AuditEvent, User
from projects.exchange.models import ImportBatch
from projects.exchange.parsers import xlsx
from projects.exchange.selectors import batches_of
from projects.exchange.services import batches
from projects.hierarchy.models import Project
from projects.planning.models import Milestone
from reporting.status import selectors
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.services import bulk, freezing, submitting
from reporting.status.services.drafts import Change, save_draft
from reporting.status.workbook import reading, remarks, writing
from reporting.status.workbook.columns import COLUMNS, choices_for
from reporting.status.workbook.comparing import Compared, Comparison, compare
from tests import make
from tests.reporting.status.reports import healthy, opened, report_of
from tests.reporting.status.workbooks import edited, place, saved, with_cells
from tests.reporting.status.workbooks import opened as book_of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
NOW = timezone.now()
SOON = TODAY + timedelta(days=20)


@dataclass
class Office:
    """ben manages AAA and BBB of a portfolio with an open period; CCC is somebody else's. `file` is ben's download."""

    ben: User
    first: Project
    second: Project
    foreign: Project
    period: ReportingPeriod
    milestone: Milestone
    file: bytes


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    ben, node = make.user("ben"), make.portfolio("PTF")
    first, second, foreign = (healthy(node, code=code, name=f"Project {code}") for code in ("AAA", "BBB", "CCC"))
    for project in (first, second):
        make.member(ben, "project_manager", on=project)
    milestone = make.milestone(first, name="Go-live", baseline_date=SOON, forecast_date=SOON, is_key=True)
    period = opened(node)
    with override("en"):
        yield Office(ben, first, second, foreign, period, milestone, download(ben))


def download(user: User) -> bytes:
    return writing.workbook(selectors.writable(user, most=200), by=user, on=TODAY)


def staged(office: Office, content: bytes) -> ImportBatch:
    return bulk.stage(by=office.ben, content=content, file_name="reports.xlsx")


def compared(office: Office, content: bytes, by: User | None = None) -> Comparison:
    """Read as the confined reader does, without its process."""
    return compare(reading.read(xlsx.parse(content)), by=by or office.ben, on=TODAY)


def of(found: Comparison, project: Project) -> Compared:
    return next(one for one in found.reports if one.report.project_id == project.pk)


def lines(one: Compared) -> dict[str, tuple[str, str]]:
    return {line.name: (line.before, line.after) for line in one.lines}


def applied(office: Office, content: bytes, **how: Any) -> ImportBatch:
    batch = staged(office, content)
    found = compare(bulk.waiting(batch, by=office.ben), by=office.ben, on=TODAY)
    return bulk.apply(batch=batch, by=office.ben, on=TODAY, at=NOW, choices=bulk.Choices(found.shown, **how))


def said(found: Comparison) -> list[str]:
    return [f"{one.sheet} {one.row}: {remarks.words(one)}" for one in found.remarks if not one.notice]


class TestRoundTrip:
    def test_what_is_not_edited_changes_nothing(self, office: Office) -> None:
        found = compared(office, office.file)
        assert [(one.report.project.code, one.changes, one.refused) for one in found.reports] == [
            ("AAA", False, []),
            ("BBB", False, []),
        ]
        assert found.remarks == []
        assert StatusReport.objects.exclude(state="not_started").count() == 0  # reading and looking write nothing

    def test_edited_values_stand_after_applying(self, office: Office) -> None:
        content = with_cells(office.file, {
            ("Reports", 2, "Key message"): "=cmd|' /C calc'!A0 is no formula here",
            ("Reports", 2, "Physical % complete"): 45,
            ("Reports", 2, "Delivery confidence"): "Support needed",
            ("Reports", 2, "Support or decision asked for"): "None",
            ("Reports", 3, "Estimate to complete"): "1 200,50",
            ("Reports", 3, "Next steps"): "One\n\nTwo",
            ("Reports", 3, "Back-to-green date"): SOON,
            ("Milestones", 2, "Forecast date"): SOON + timedelta(days=4),
            ("Risks", 2, "Still true?"): "Still true",
        })  # fmt: skip
        book = book_of(content)  # a text that begins with "=", as a person types it after an apostrophe
        place(book["Reports"], "Key message").data_type = "s"
        batch = applied(office, saved(book))
        first, second = report_of(office.first), report_of(office.second)
        assert batch.report == {"saved": [first.pk, second.pk], "submitted": [], "left": [], "refused": []}
        assert (first.state, first.key_message) == ("draft", "=cmd|' /C calc'!A0 is no formula here")
        assert (first.percent_complete, first.declared, first.ask) == (Decimal(45), "amber", "none")
        assert first.milestones == {str(office.milestone.pk): {"forecast": str(SOON + timedelta(days=4))}}
        assert list(first.risks.values()) == ["kept"]
        assert (second.etc, second.next_steps, second.back_to_green) == (Decimal("1200.50"), ["One", "Two"], SOON)
        assert first.author == office.ben
        # The next download holds what was written, and is once more without any change; what could run is disarmed.
        again = download(office.ben)
        assert place(book_of(again)["Reports"], "Key message").value.startswith("'=cmd")
        assert not any(one.changes for one in compared(office, again).reports)

    def test_the_history_says_where_it_came_from(self, office: Office) -> None:
        batch = applied(office, with_cells(office.file, {("Reports", 2, "Summary"): "Fine"}))
        events = AuditEvent.objects.filter(request_id=f"bulk:{batch.pk}", target_type="reporting.StatusReport")
        assert set(events.values_list("source", "actor_id")) == {("bulk", office.ben.pk)}
        assert not batches_of(office.ben).exists()  # it is no import of facts

    def test_a_file_in_french_is_read_in_english(self, office: Office) -> None:
        with override("fr"):
            content = with_cells(
                download(office.ben),
                {
                    ("Rapports", 2, "Tendance"): "En dégradation",
                    ("Rapports", 2, "Avancement physique, en\xa0%"): "45,5 %",
                },
            )
        assert lines(of(compared(office, content), office.first)) == {
            "trend": ("flat", "down"),
            "percent_complete": ("", "45.5"),
        }

    def test_complete_reports_are_submitted_at_once(self, office: Office) -> None:
        content = with_cells(
            office.file, {("Reports", row, "Key message"): f"Nothing stands in the way {row}" for row in (2, 3)}
        )
        content = with_cells(content, {("Reports", 3, "Cost"): "At risk"})
        first, second = report_of(office.first), report_of(office.second)
        batch = applied(office, content, submit={first.pk, second.pk})
        assert (batch.report["submitted"], batch.report["left"]) == ([first.pk], [second.pk])
        office.first.refresh_from_db()
        second.refresh_from_db()
        assert (office.first.key_message, second.state, second.cost) == (
            "Nothing stands in the way 2",
            "draft",
            "amber",
        )

    def test_what_is_unchanged_is_submitted_as_nothing_to_report(self, office: Office) -> None:
        Project.objects.filter(pk=office.second.pk).update(
            data_date=TODAY - timedelta(days=60)
        )  # told nothing this period
        found = compared(office, office.file)
        assert [one.renewable for one in found.reports] == [True, False]
        assert applied(office, office.file).report["submitted"] == []
        first = report_of(office.first)
        assert applied(office, office.file, renew=True).report["submitted"] == [first.pk]
        first.refresh_from_db()
        assert (first.state, first.way) == ("submitted", "renew")

    def test_a_warning_that_is_so_is_confirmed_on_the_page(self, office: Office) -> None:
        report = report_of(office.first)
        content = with_cells(office.file, {("Reports", 2, "Cost"): "At risk"})
        assert [(one.rule, one.at) for one in of(compared(office, content), office.first).findings] == [
            ("VR-05", "cost_comment")
        ]
        batch = applied(office, content, submit={report.pk}, confirmed={report.pk: {"VR-05:cost_comment"}})
        assert batch.report["submitted"] == [report.pk]


class TestMeanwhile:
    def test_fields_that_others_changed_are_conflicts_and_the_rest_merges(self, office: Office) -> None:
        content = with_cells(
            office.file, {("Reports", 2, "Key message"): "Mine", ("Reports", 2, "Summary"): "Mine too"}
        )
        other = make.user("gil", role="project_manager", on=office.first)
        theirs = {"key_message": Change("Theirs"), "percent_complete": Change("70")}
        save_draft(report=report_of(office.first), by=other, changes=theirs, on=TODAY, at=NOW)
        one = of(compared(office, content), office.first)
        assert [(line.name, line.before, line.after) for line in one.conflicts] == [("key_message", "Theirs", "Mine")]
        assert lines(one) == {"summary": ("", "Mine too")}
        applied(office, content)
        report = report_of(office.first)
        assert (report.key_message, report.summary, report.percent_complete) == ("Theirs", "Mine too", Decimal(70))
        applied(office, content, taken={report.pk: {"key_message"}})
        report.refresh_from_db()
        assert (report.key_message, report.summary, report.percent_complete) == ("Mine", "Mine too", Decimal(70))

    def test_what_moved_after_the_page_was_shown_stops_everything(self, office: Office) -> None:
        batch = staged(office, with_cells(office.file, {("Reports", row, "Summary"): "Mine" for row in (2, 3)}))
        shown = compare(bulk.waiting(batch, by=office.ben), by=office.ben, on=TODAY).shown
        changes = {"summary": Change("Theirs")}
        save_draft(report=report_of(office.second), by=office.ben, changes=changes, on=TODAY, at=NOW)
        with pytest.raises(bulk.Moved):
            bulk.apply(batch=batch, by=office.ben, on=TODAY, at=NOW, choices=bulk.Choices(shown))
        assert report_of(office.first).summary == ""
        # Looked at again, it can be applied; then it is over.
        shown = compare(bulk.waiting(batch, by=office.ben), by=office.ben, on=TODAY).shown
        bulk.apply(batch=batch, by=office.ben, on=TODAY, at=NOW, choices=bulk.Choices(shown))
        with pytest.raises(DomainError, match="no longer waiting"):
            bulk.apply(batch=batch, by=office.ben, on=TODAY, at=NOW, choices=bulk.Choices(shown))
        assert report_of(office.first).summary == "Mine"

    def test_a_file_waits_for_a_day_then_the_night_takes_it_away(self, office: Office) -> None:
        content = with_cells(office.file, {("Reports", 2, "Summary"): "Confidential"})
        old, fresh = staged(office, content), staged(office, content)
        foreign = ImportBatch.objects.create(
            by=make.user("gil"), profile="generic", file_name="a.csv", size=1, content=b"1"
        )
        day_before = timezone.now() - batches.KEPT_FOR - timedelta(minutes=1)
        ImportBatch.objects.filter(pk__in=[old.pk, foreign.pk]).update(created_at=day_before)
        old.refresh_from_db()
        foreign.refresh_from_db()
        with pytest.raises(DomainError, match="no longer waiting"):
            bulk.waiting(old, by=office.ben)
        with pytest.raises(DomainError, match="no longer waiting"):
            batches.apply_batch(batch=foreign, by=foreign.by, skip_bad_rows=False)
        applied_long_ago = ImportBatch.objects.create(
            by=office.ben, profile="generic", file_name="b.csv", size=1, state=ImportBatch.State.APPLIED
        )
        ImportBatch.objects.filter(pk=applied_long_ago.pk).update(created_at=day_before)
        app.loader.import_default_modules()  # as a worker does when it starts
        job = PERIODIC_JOBS["imports-nightly"]["task"]
        app.tasks[job]()
        assert set(ImportBatch.objects.values_list("pk", flat=True)) == {fresh.pk, applied_long_ago.pk}
        assert bulk.waiting(fresh, by=office.ben).rows

    def test_submitted_frozen_and_taken_away(self, office: Office) -> None:
        content = with_cells(office.file, {("Reports", row, "Summary"): "Mine" for row in (2, 3)})
        make.member(office.ben, "pmo", on=None)
        report = report_of(office.first)
        submitting.submit(report=report, by=office.ben, on=TODAY, at=NOW, renew=True)
        assert any("“AAA” was submitted" in one for one in said(compared(office, content)))
        office.milestone.actual_date = TODAY
        office.milestone.save()
        submitting.take_back(report=report, by=office.ben)
        moved = with_cells(content, {("Milestones", 2, "Forecast date"): SOON + timedelta(days=1)})
        refused = of(compared(office, moved), office.first).refused
        assert [(edit.cell, edit.problem) for _row, edit, _words in refused] == [("F2", "gone")]
        freezing.freeze(office.period, by=None, on=TODAY, at=NOW)
        found = compared(office, content)
        assert (found.reports, len(said(found))) == ([], 2)
        assert "is closed" in said(found)[0]


class TestRefused:
    def test_somebody_elses_project_is_said_to_be_unknown(self, office: Office) -> None:
        pmo = make.user("pat", role="pmo")
        content = with_cells(download(pmo), {("Reports", row, "Summary"): "Mine" for row in (2, 3, 4)})
        found = compared(office, content)
        assert {one.report.project_id for one in found.reports} == {office.first.pk, office.second.pk}
        assert said(found) == [
            "Reports 4: You have no report to write on a project “CCC”. Delete the row, or ask who runs the portal for the right."
        ]

    def test_wrong_values_leave_their_report_out_and_say_where(self, office: Office) -> None:
        content = with_cells(office.file, {
            ("Reports", 2, "Trend"): "n/a",
            ("Reports", 2, "Physical % complete"): 145,
            ("Reports", 2, "Key message"): "x" * 141,
            ("Reports", 2, "Back-to-green date"): "soon",
            ("Reports", 2, "Next steps"): "\n".join("abcdef"),
            ("Reports", 2, "Summary"): "=1+1",
            ("Reports", 2, "Estimate to complete"): -5,
            ("Reports", 2, "Delivery confidence"): "Sun",
            ("Milestones", 2, "Forecast date"): None,
            ("Reports", 2, "Scope"): "#REF!",
            ("Reports", 3, "Summary"): "Fine",
        })  # fmt: skip
        one = of(compared(office, content), office.first)
        scale = office.first.portfolio.scale
        told = {edit.cell: words or remarks.cell_words(edit, scale) for _row, edit, words in one.refused}
        assert len(told) == 10
        assert "Choose one of: Improving, Stable, Worsening" in told["K2"]
        assert "Objectives secured" in told["H2"]
        assert "no stored result" in told["M2"]
        batch = applied(office, content)
        assert batch.report["refused"] == [one.report.pk]
        assert (report_of(office.first).state, report_of(office.second).summary) == ("not_started", "Fine")

    def test_rows_and_columns_may_be_moved_and_deleted(self, office: Office) -> None:
        content = with_cells(office.file, {("Reports", row, "Summary"): f"Row {row}" for row in (2, 3)})

        def change(book: Workbook) -> None:
            sheet = book["Reports"]
            rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
            wanted = [0, 2, 1]
            for number, index in enumerate(wanted, start=1):
                for column, value in enumerate(reversed(rows[index]), start=1):
                    sheet.cell(number, column).value = value
            sheet.delete_cols(place(sheet, "Key message").column)
            sheet.cell(1, sheet.max_column + 1).value = "My own notes"
            del book["Risks"]

        found = compared(office, edited(content, change))
        assert lines(of(found, office.first)) == {"summary": ("", "Row 2")}
        assert lines(of(found, office.second)) == {"summary": ("", "Row 3")}
        assert [(one.code, one.value) for one in found.remarks] == [
            ("unknown_columns", "My own notes"),
            ("columns_missing", "Key message"),
        ]

    def test_rows_whose_keys_do_not_hold(self, office: Office) -> None:
        def change(book: Workbook) -> None:
            sheet = book["Reports"]
            for column in range(1, sheet.max_column + 1):
                for number in (4, 5, 6, 7):
                    sheet.cell(number, column).value = copy.copy(sheet.cell(3, column).value)
            place(sheet, "Fingerprint (do not change)", 4).value = None
            place(sheet, "Project code", 5).value = "AAA"
            place(sheet, "Fingerprint (do not change)", 6).value += "x"
            place(sheet, "Summary", 7).value = "Twice"

        assert [one.partition(":")[2][:34] for one in said(compared(office, edited(office.file, change)))] == [
            " “BBB” was written in by hand: a r",
            " The keys of this row do not belon",
            " The fingerprint of “BBB” was chan",
            " “BBB” stands there again on row 7",
            " “BBB” stands there again on row 3",
        ]

    def test_what_is_no_workbook_of_reports(self, office: Office) -> None:
        plain = Workbook()
        plain.active.append(["Name", "Budget"])  # type: ignore[union-attr]
        without = edited(office.file, lambda book: [
            place(sheet, "Fingerprint (do not change)").offset(row=-1).__setattr__("value", "x")
            for sheet in book.worksheets[:3]
        ])  # fmt: skip
        twice = with_cells(office.file, {("Reports", 1, "Summary"): "Key message"})
        formulas = edited(office.file, lambda book: [
            book["Reports"].cell(2, column).__setattr__("value", "=A1") for column in range(8, 40)
        ])  # fmt: skip
        for content, name, words in (
            (saved(plain), "x.xlsx", "not a workbook of status reports"),
            (without, "x.xlsx", "“Fingerprint” is missing"),
            (twice, "x.xlsx", "stands there twice"),
            (formulas, "x.xlsx", "20 formulas or more"),
            (b"Code;Nom\nA;B", "x.csv", "saved as Excel workbook"),
            (b"PK\x03\x04 broken", "x.xlsx", "damaged"),
        ):
            with pytest.raises(DomainError, match=words):
                bulk.stage(by=office.ben, content=content, file_name=name)

    def test_who_sees_no_money_has_no_column_of_it(self, office: Office) -> None:
        service = make.user("tom", role="service_account", on=office.first)
        assert "Confidential note" not in [cell.value for cell in book_of(download(service))["Reports"][1]]
        content = with_cells(office.file, {("Reports", 2, "Confidential note"): "Known to few"})
        refused = of(compared(office, content, by=service), office.first).refused
        assert [edit.problem for _row, edit, _words in refused] == ["not_for_you"]
        outsider = make.user("omar")
        with pytest.raises(DomainError, match="Your role"):
            bulk.stage(by=outsider, content=content, file_name="x.xlsx")


def test_every_list_fits_into_its_rule(db: None) -> None:
    """Excel takes lists of 255 characters at most; a comma parts the choices."""
    for language in ("fr", "en"):
        with override(language):
            for column in COLUMNS:
                for scale in ("pilote", "entreprise", "dca5", "dca3", "cio5"):
                    labels = [str(label) for _value, label in choices_for(column, scale)]
                    assert len(",".join(labels)) <= writing.MOST_INLINE
                    assert not any("," in label for label in labels)


def test_headers_are_told_apart(db: None) -> None:
    for language in ("fr", "en"):
        with override(language):
            heads = [column.header.casefold() for column in COLUMNS]
            assert len(set(heads)) == len(heads)


def test_the_number_of_queries_does_not_grow(office: Office, django_assert_max_num_queries: Any) -> None:
    """subjects 5, limits, milestones, risks, issues, past; people asked for and their load; reports; scale and rights."""
    rows = selectors.writable(office.ben, most=200)
    assert len(rows) == 2
    with django_assert_max_num_queries(13):
        writing.workbook(rows, by=office.ben, on=date.today())
