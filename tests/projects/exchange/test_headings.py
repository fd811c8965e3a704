"""Headers on two lines, corners of transposed sheets, headers that stand there twice, and columns nobody asked for."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from projects.models import BudgetLine, Project
from tests.projects.exchange.files import Rows, csv_bytes, dry_run, load, xlsx_bytes

pytestmark = pytest.mark.django_db

Lines = dict[tuple[date | None, str], Decimal]


def lines() -> Lines:
    return {(line.month, line.kind): line.amount for line in BudgetLine.objects.all()}


def imported(rows: Rows, *, workbook: bool = False) -> list[tuple[str, str]]:
    """Loads one sheet; the remarks as (code, cell)."""
    content = xlsx_bytes({"Projets": rows}) if workbook else csv_bytes(rows)
    staged, _batch = load(content, file_name="plan.xlsx" if workbook else "plan.csv")
    assert staged.plan.errors == []
    return [(problem.code, problem.cell) for problem in staged.plan.problems]


THREE_MONTHS = {
    (None, "forecast"): Decimal("70000.00"),
    (date(2026, 1, 1), "revised"): Decimal("10000.00"),
    (date(2026, 2, 1), "revised"): Decimal("20000.00"),
    (date(2026, 3, 1), "revised"): Decimal("30000.00"),
}


@pytest.mark.parametrize(
    "header",
    [
        [["Code", "Nom", "Budget (k€)", None, None, "EAC (k€)"], [None, None, "janv. 2026", "févr. 2026", "mars 2026", None]],
        [["Code", "Nom", "Budget (k€)", None, None, "EAC (k€)"],
         [None, None, date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), None]],
        [[None, None, "Budget (k€)", None, None, None], ["Code", "Nom", "janv. 2026", "févr. 2026", "mars 2026", "EAC (k€)"]],
        [["Code", "Nom", "Budget 2026 (k€)", None, None, "EAC (k€)"], [None, None, "janv.", "févr.", "mars", None]],
        [["Suivi des projets 2026", None, None, None, None, None], [],
         ["Projet", None, "Budget (k€)", None, None, "Prévision"],
         ["Code", "Nom", "janv. 2026", "févr. 2026", "mars 2026", "EAC (k€)"]],
    ],
)  # fmt: skip
@pytest.mark.parametrize("workbook", [True, False])
def test_months_below_a_merged_header_are_months_of_its_kind_and_unit(header: list[list[Any]], workbook: bool) -> None:
    assert imported([*header, ["A", "Un", 10, 20, 30, 70]], workbook=workbook) == []
    assert lines() == THREE_MONTHS
    assert Project.objects.get().name == "Un"


def test_kinds_below_a_month_and_kinds_below_a_unit() -> None:
    imported([["Code", "Nom", "janv. 2026", "", "févr. 2026", ""], ["", "", "Prévu", "Réalisé", "Prévu", "Réalisé"],
              ["A", "Un", "10", "20", "30", "70"]])  # fmt: skip
    assert lines() == {
        (date(2026, 1, 1), "revised"): 10,
        (date(2026, 1, 1), "actual"): 20,
        (date(2026, 2, 1), "revised"): 30,
        (date(2026, 2, 1), "actual"): 70,
    }
    BudgetLine.objects.all().delete()
    imported([["Projet", "", "Budget (k€)", "", ""], ["Code", "Nom", "Initial", "Révisé", "Consommé"],
              ["A", "Un", "10", "20", "30"]])  # fmt: skip
    assert lines() == {(None, "initial"): 10_000, (None, "revised"): 20_000, (None, "actual"): 30_000}


def test_the_same_words_below_two_groups_are_told_apart_by_them() -> None:
    imported([["Projet", "", "Référence", "", "Estimé", ""], ["Code", "Nom", "Début", "Fin", "Début", "Fin"],
              ["A", "Un", "01/01/2026", "31/12/2026", "15/01/2026", "31/03/2027"]])  # fmt: skip
    project = Project.objects.get()
    assert (project.baseline_start, project.baseline_end) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (project.start_date, project.forecast_end) == (date(2026, 1, 15), date(2027, 3, 31))


def test_a_first_row_with_blanks_is_no_second_line_of_headers() -> None:
    rows = [["Code", "Nom", "Budget (k€)", "", ""], ["A", "Un", "10", "texte", "autre"], ["B", "Deux", "20", "", ""]]
    assert imported(rows) == [("columns_left_out", "D1")]
    assert set(lines()) == {(None, "revised")}
    assert Project.objects.count() == 2


@pytest.mark.parametrize(
    ("corner", "heads", "codes", "names"),
    [
        ("Fiche", ["P-1", "P-2"], ["P-1", "P-2"], ["Un", "Deux"]),
        (None, ["P-1", "P-2"], ["P-1", "P-2"], ["Un", "Deux"]),
        ("Rubrique", ["2026/03", "2026/04"], ["2026/03", "2026/04"], ["Un", "Deux"]),
        ("Champ", ["Refonte du site", "Paie"], None, ["Refonte du site", "Paie"]),
    ],
)
def test_the_corner_of_a_transposed_sheet_heads_the_codes_or_the_names(
    corner: str | None, heads: list[str], codes: list[str] | None, names: list[str]
) -> None:
    rows: list[list[Any]] = [[corner, *heads], ["Chef de projet", "X", "Y"], ["Budget (k€)", 10, 20]]
    if codes:
        rows.insert(1, ["Nom", *names])
    assert imported(rows, workbook=True) == []
    found = Project.objects.order_by("pk")
    assert [project.name for project in found] == names
    if codes:
        assert [project.code for project in found] == codes


def test_a_header_that_stands_there_twice_and_columns_without_a_place_are_named() -> None:
    rows = [["Code", "Nom", "Budget", "Budget ", "Truc", "", "Vide"], ["A", "Un", "1", "2", "z", "?", ""]]
    assert sorted(imported(rows)) == [("columns_left_out", "E1"), ("header_twice", "D1")]
    assert lines() == {(None, "revised"): 1}
    left_out = dry_run(csv_bytes(rows), settings={"columns": {"truc": ""}}).plan.problems
    assert [problem.params["names"] for problem in left_out if problem.code == "columns_left_out"] == ["F"]


def test_what_was_planned_first_is_never_read_as_what_is_planned_now_and_a_ratio_is_no_amount() -> None:
    header = ["Nom", "Date de fin initiale", "Date de fin actualisée", "Coût estimé initial (M€)", "Coût estimé actualisé (M€)",
              "Budget (%)", "% consommé", "Écart budget"]  # fmt: skip
    assert imported([header, ["Un", "2026-06-30", "2027-06-30", "1", "1,5", "85 %", "50 %", "0,5"]]) == [
        ("columns_left_out", "F1")
    ]
    project = Project.objects.get()
    assert (project.baseline_end, project.forecast_end) == (date(2026, 6, 30), date(2027, 6, 30))
    assert lines() == {(None, "initial"): 1_000_000, (None, "forecast"): 1_500_000}
