"""The flash report as a page: frozen stays as it was, a draft says so, each reader sees what is theirs, in their language."""

from datetime import date
from typing import Any

import pytest

from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from reporting.status.models import StatusReport
from tests import make
from tests.reporting.dashboards.pages import client_of, text
from tests.reporting.exports import reported

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> Project:
    made = reported.project()
    reported.registers(made)
    return made


@pytest.fixture
def pmo() -> User:
    return make.user("pia", role="pmo")


def flash(user: User, project: Project, **query: Any) -> str:
    return text(client_of(user).get(f"/projects/{project.pk}/flash/", query))


def article(page: str) -> str:
    """The report itself, without the frame around it."""
    return page[page.index("<article") : page.index("</article>")]


def test_a_frozen_report_reads_the_same_whatever_happens_afterwards(erp: Project, pmo: User) -> None:
    august, september = reported.months(erp, "green", "red")
    before = article(flash(pmo, erp, period=september.pk))
    told = (
        "SOC-01", "Objectives at stake", "Objectives secured", "Claire Fontaine", "+107", "Milestone 3", "Frozen on 30 Sep 2026",
        "Declared: Objectives secured → Objectives at stake", "€2,768k",
    )  # fmt: skip
    assert [words for words in told if words not in before] == []
    Project.objects.filter(pk=erp.pk).update(name_en="Another name", forecast_end=date(2030, 1, 1), sponsor=None)
    erp.milestones.all().delete()
    erp.risks.all().delete()
    erp.budget_lines.all().delete()
    reported.report(erp, reported.opened(august.calendar, 2), key_message="Of October")
    assert article(flash(pmo, erp, period=september.pk)) == before


def test_a_past_day_shows_the_last_report_frozen_by_then(erp: Project, pmo: User) -> None:
    reported.months(erp, "green", "red")
    assert "Aug\u00a02026" in article(flash(pmo, erp, as_of="2026-09-15"))
    assert "Sep\u00a02026" in article(flash(pmo, erp, as_of="2026-10-15"))
    early = client_of(pmo).get(f"/projects/{erp.pk}/flash/", {"as_of": "2026-08-15"})
    assert early.status_code == 404
    assert "No report was frozen by that day" in early.content.decode()
    assert client_of(pmo).get(f"/projects/{erp.pk}/flash.pdf", {"as_of": "2026-08-15"}).status_code == 404


def test_a_draft_is_for_who_writes_it_until_it_is_submitted(erp: Project, pmo: User) -> None:
    (august,) = reported.months(erp, "green")
    manager = make.user("max", role="project_manager", on=erp)
    reader = make.user("rea", role="viewer", on=erp)
    period = reported.opened(august.calendar, 1)
    reported.report(erp, period, **reported.said(key_message="Half written"), submitted_at=None)
    mine = flash(manager, erp)
    assert "Half written" in mine
    assert "not frozen" in mine
    assert "Half written" not in flash(reader, erp), "the last frozen one is shown"
    assert "Frozen on 31 Aug 2026" in flash(reader, erp)
    asked_for = flash(reader, erp, period=period.pk)
    assert "Half written" not in asked_for
    assert "Not reported" in asked_for
    reported.report(erp, period, key_message="All of it")
    assert "All of it" in flash(reader, erp)
    assert flash(pmo, erp).count("Not frozen") > 0


@pytest.mark.parametrize(("role", "money", "note"), [
    ("project_manager", True, True), ("finance", True, False), ("viewer", False, False), ("contributor", False, False),
])  # fmt: skip
def test_money_and_the_confidential_note_follow_the_groups_of_fields(
    erp: Project, role: str, money: bool, note: bool
) -> None:
    (august,) = reported.months(erp, "green", **reported.said())
    reader = make.user("rea", role=role, on=erp)
    for period in (august, reported.opened(august.calendar, 1)):
        reported.report(erp, period, **reported.said()) if period != august else None
        page = article(flash(reader, erp, period=period.pk))
        assert ("2,768" in page, "465" in page, "266" in page) == (money,) * 3
        assert ("serait en vente" in page) == note


def test_it_is_told_in_the_language_of_its_reader_and_falls_back_to_what_was_written(erp: Project) -> None:
    reported.months(erp, "amber", **reported.said())
    erp.milestones.filter(name_en="Milestone 3").update(name_en="")
    french = flash(make.user("fr", role="pmo", language="fr"), erp)
    for words in ("Remplacement de l’ERP", "Appuis nécessaires", "Prévision", "Faits marquants", "août"):
        assert words in french, words
    english = flash(make.user("en", role="pmo", language="en"), erp)
    for words in ("ERP replacement", "Support needed", "Key achievements", "Milestone 4", "Connecteur GED choisi"):
        assert words in english, words


def test_a_project_without_periods_has_one_as_it_stands(pmo: User) -> None:
    lone = make.project("LONE", name="Seul", declared="red", key_message="The supplier is bankrupt")
    page = flash(pmo, lone)
    assert "Objectives at stake" in page
    assert "The supplier is bankrupt" in page
    silent = make.project("SILENT")
    assert "Not reported" in flash(pmo, silent)


def test_a_revision_takes_the_place_of_what_it_corrects(erp: Project, pmo: User) -> None:
    (august,) = reported.months(erp, "green")
    later = StatusReport.objects.create(
        project=erp, period=august, revision=2, revision_reason="Wrong month", state="submitted", declared="red",
        key_message="Corrected", submitted_at=reported.noon(date(2026, 9, 10)),
    )  # fmt: skip
    assert "Corrected" not in flash(pmo, erp, period=august.pk)
    reported.keep(later, on=date(2026, 9, 11))
    assert "Frozen on 11 Sep 2026, revision 2" in flash(pmo, erp, period=august.pk)
    assert "Corrected" not in flash(pmo, erp, as_of="2026-09-05")


@pytest.mark.parametrize("period", ["0", "-1", "x", "1" * 40, "٣"])
def test_a_period_it_does_not_report_in_is_not_found(erp: Project, pmo: User, period: str) -> None:
    assert client_of(pmo).get(f"/projects/{erp.pk}/flash/", {"period": period}).status_code == 404


def test_issues_and_decisions_that_are_open_are_on_it_the_most_pressing_first(erp: Project, pmo: User) -> None:
    make.issue(erp, title="Data centre flooded", urgency=5, impact=5)
    make.issue(erp, title="Badge lost", urgency=1, impact=1)
    make.issue(erp, title="Repaired", status="closed", closed_on=date(2026, 8, 2), urgency=5, impact=5)
    make.issue(erp, title="Nobody answers", urgency=2, impact=2)
    for number in (3, 1, 2):
        make.decision(erp, question=f"Question {number}", needed_by=date(2026, 9, number))
    (august,) = reported.months(erp, "red", **reported.said(ask="none"))
    page = article(flash(pmo, erp, period=august.pk))
    assert "Data centre flooded" in page
    assert "Nobody answers" in page
    assert [words for words in ("Badge lost", "Repaired") if words in page] == []
    assert page.index("Question 1") < page.index("Question 2") < page.index("Question 3")


def test_its_queries_do_not_grow_with_what_it_holds(
    erp: Project, pmo: User, django_assert_max_num_queries: Any
) -> None:
    client = client_of(pmo)
    periods = reported.months(erp, "green", "amber", "red")
    client.get(f"/projects/{erp.pk}/flash/")
    # Session, user, memberships; the project; its open report; the snapshot, the periods before, the one before; the choice of
    # periods; two for the frame.
    with django_assert_max_num_queries(12):
        client.get(f"/projects/{erp.pk}/flash/", {"period": periods[-1].pk})
