"""Headers, shapes and units: what the rows of a tracker mean."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from projects.exchange import reading
from projects.exchange.columns import map_columns, period_of
from projects.exchange.profiles import SheetRule, shipped
from projects.exchange.records import Reading
from projects.exchange.table import Row, Sheet, Source
from tests.projects.exchange.files import TODAY, Rows


def read(*tables: Rows, names: tuple[str, ...] = ("",), **changes: Any) -> Reading:
    sheets = []
    for name, rows in zip(names, tables, strict=True):
        kept = [
            (number, row) for number, row in enumerate(rows, start=1) if any(cell not in (None, "") for cell in row)
        ]
        sheets.append(
            Sheet(name, tuple(Row(number, tuple(cell if cell != "" else None for cell in row)) for number, row in kept))
        )
    return reading.read(Source("csv", tuple(sheets)), shipped()["generic"], today=TODAY, **changes)


def problems(found: Reading) -> list[tuple[str, int | None, str]]:
    return [(problem.code, problem.row, problem.column) for problem in found.errors]


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("Nom du projet", "project.name"), ("Chef(fe) de projet", "project.project_manager"), ("Météo", "project.declared"),
        ("RAG status", "project.declared"), ("% complete", "project.percent_complete"), ("Fin prévue", "project.baseline_end"),
        ("Forecast end", "project.forecast_end"), ("BUDGET RÉVISÉ (k€)", "amount.revised"), ("Consommé", "amount.actual"),
        ("EAC ($m)", "amount.forecast"), ("janv. 2026", "amount.revised@2026-01-01"), ("2026-02", "amount.revised@2026-02-01"),
        ("Réel mars 2026", "amount.actual@2026-03-01"), ("FY2026", "amount.revised@2026-01-01"),
        ("2016/17 TOTAL Baseline £m\n(including Non-Government costs)", "amount.revised@2016-04-01"), ("Nimporte", ""),
    ],
)  # fmt: skip
def test_a_header_in_french_or_english_finds_its_field(header: str, target: str) -> None:
    mapped = map_columns([header], SheetRule(automatic=True), {})
    assert mapped.suggestions[0].target == target


def test_a_correction_by_the_user_wins() -> None:
    rule = SheetRule(automatic=True)
    mapped = map_columns(["Nom du projet", "Budget"], rule, {"budget": "amount.initial", "nom du projet": ""})
    assert [suggestion.target for suggestion in mapped.suggestions] == ["", "amount.initial"]


def test_a_month_in_a_header_is_told_from_words() -> None:
    assert period_of("Budget janv. 2026") == (date(2026, 1, 1), "budget")
    assert period_of("Phase 2") is None
    assert period_of("Chef de projet") is None


def test_a_tracker_with_a_title_notes_and_totals_around_the_table() -> None:
    found = read(
        [
            ["Suivi des projets 2026"],
            [],
            ["Code", "Nom du projet", "Budget (k€)", "Fin estimée"],
            ["A1", "Réseau", "1 234,5", "31/12/2026"],
            ["A2", "Paie", "12,0", "juin 2027"],
            ["Total", "", "1 246,5", ""],
            ["Source : direction financière"],
        ]
    )
    assert problems(found) == []
    assert list(found.records) == ["A1", "A2"]
    assert found.records["A1"].budget == {(None, "revised", "", ""): Decimal("1234500.00")}
    assert found.records["A1"].values["currency"] == "EUR"
    assert found.records["A2"].values["forecast_end"] == date(2027, 6, 30)
    assert [problem.code for problem in found.warnings] == ["total_row_left_out", "note_row_left_out"]


def test_projects_across_the_columns_give_the_same_records_as_down_the_rows() -> None:
    down = [["Project name", "Department", "Start date", "End date", "Budget (£m)"]]
    down += [[f"Project {n}", "Rail", f"0{n}/02/2025", f"31/1{n % 3}/2027", f"£{n}.50"] for n in range(1, 7)]
    across = [list(cells) for cells in zip(*down, strict=True)]
    across.append(["", "a note without a label", "", "", "", "", ""])
    one, other = read(down), read(across)
    assert {ref: (r.values, r.budget) for ref, r in one.records.items()} == {
        ref: (r.values, r.budget) for ref, r in other.records.items()
    }
    assert len(one.records) == 6


def test_a_problem_in_a_sheet_read_across_is_told_where_the_user_sees_it() -> None:
    found = read(
        [
            ["Project name", "One", "Two", "Three"],
            ["Start date", "2026-01-01", "soon", "2026-01-03"],
            ["End date", "2027-01-01", "2027-01-02", "2027-01-03"],
            ["Budget", "1", "2", "x"],
        ]
    )
    assert [(p.code, p.cell, p.column) for p in found.errors] == [
        ("not_a_date", "C2", "Start date"),
        ("not_a_number", "D4", "Budget"),
    ]


def test_wide_budget_columns_by_month_become_lines() -> None:
    found = read(
        [
            ["Projet", "janv. 2026", "févr. 2026", "Réel janv. 2026", "Budget 2027"],
            ["Réseau", "10", "20,5", "8", "100"],
        ]
    )
    record = next(iter(found.records.values()))
    assert record.budget == {
        (date(2026, 1, 1), "revised", "", ""): Decimal(10),
        (date(2026, 2, 1), "revised", "", ""): Decimal("20.5"),
        (date(2026, 1, 1), "actual", "", ""): Decimal(8),
        (date(2027, 1, 1), "revised", "", ""): Decimal(100),
    }


def test_sheets_of_milestones_budget_and_risks_attach_to_their_projects() -> None:
    found = read(
        [["Code", "Nom du projet"], ["A1", "Réseau"], ["A2", "Paie"]],
        [["Projet", "Jalon", "Référence", "Date estimée", "Jalon majeur"],
         ["A1", "Mise en service", "2026-06-30", "2026-09-30", "oui"],
         ["Paie", "Recette", "2026-01-31", "2026-01-31", "non"]],
        [["Projet", "Mois", "Nature", "CAPEX/OPEX", "Montant"],
         ["A1", "2026-01", "Budget", "capex", "10"], ["A1", "2026-01", "Réel", "", "4"]],
        [["Projet", "Risque", "Probabilité", "Impact", "Statut"], ["A2", "Retard fournisseur", "4", "5", "ouvert"]],
        names=("Projets", "Jalons", "Budget", "Risques"),
    )  # fmt: skip
    assert problems(found) == []
    network, pay = found.records["A1"], found.records["A2"]
    assert network.milestones["MISE-EN-SERVICE"].values["is_key"] is True
    assert pay.milestones["RECETTE"].values["baseline_date"] == date(2026, 1, 31)
    assert network.budget == {
        (date(2026, 1, 1), "revised", "capex", ""): Decimal(10),
        (date(2026, 1, 1), "actual", "", ""): Decimal(4),
    }
    assert pay.risks["RETARD-FOURNISSEUR"].values["impact"] == 5


def test_several_currencies_in_one_row() -> None:
    found = read([["Nom", "Budget (k€)", "Consommé"], ["Réseau", "10", "£4"]])
    assert problems(found) == [("several_currencies", 2, "Consommé")]


def test_long_programme_names_that_begin_alike_stay_apart() -> None:
    long = "Direction générale des systèmes d'information et de la transformation"
    found = read([["Nom", "Direction"], ["A", f"{long} – Nord"], ["B", f"{long} – Sud"], ["C", f"{long} – Nord"]])
    codes = [record.programme.code for record in found.records.values() if record.programme]
    assert codes[0] == codes[2] != codes[1]
    assert all(len(code) <= 25 for code in codes)


def test_percentages_stored_as_fractions_are_seen_as_such() -> None:
    found = read([["Nom", "Avancement"], ["A", 0.45], ["B", 1]])
    assert [record.values["percent_complete"] for record in found.records.values()] == [Decimal(45), Decimal(100)]
