"""Errors planted in a good file are found, each at its row and column, and nothing else (security.md §11, exam 49)."""

from datetime import date, timedelta

import pytest

from tests.projects.exchange.files import csv_bytes, dry_run

HEADER = [
    "Code", "Nom du projet", "Statut", "Météo", "Tendance", "Début", "Fin de référence", "Fin estimée", "% avancement",
    "Budget révisé (k€)", "Consommé", "Taille", "Confidentialité", "Must-win", "Message clé", "Mode de réalisation",
]  # fmt: skip
WRONG = {
    "Statut": ("en marche arrière", "not one of the known"),
    "Météo": ("violet", "not one of the known"),
    "Tendance": ("bof", "not one of the known"),
    "Début": ("demain", "is not a date"),
    "Fin de référence": ("31/02/2027", "is not a date"),
    "Fin estimée": ("01/01/1990", "is before the start"),
    "% avancement": ("120", "between 0 and 100"),
    "Budget révisé (k€)": ("12.5.3", "is not a number"),
    "Consommé": ("beaucoup", "is not a number"),
    "Taille": ("XXXL", "not one of the known"),
    "Confidentialité": ("chut", "not one of the known"),
    "Must-win": ("peut-être", "neither yes nor no"),
    "Message clé": ("x" * 141, "more than 140"),
    "Mode de réalisation": ("au hasard", "not one of the known"),
    "Code": ("P0001", "already on row"),
}


def good_row(number: int) -> list[str]:
    start = date(2025, 1, 1) + timedelta(days=number)
    return [
        f"P{number:04}", f"Projet {number}", "en cours", "vert", "stable", f"{start:%d/%m/%Y}", "31/12/2027", "31/01/2028", "45",
        "1 234,5", "12,25", "M", "public", "non", "Tout va bien", "agile",
    ]  # fmt: skip


@pytest.mark.django_db
def test_every_planted_error_is_found_where_it_is_and_nothing_else() -> None:
    rows = [HEADER, *[good_row(number) for number in range(1, 301)]]
    planted = {}
    names = list(WRONG)
    for count in range(200):
        row, name = 5 + count, names[count % len(names)]
        rows[row][HEADER.index(name)] = WRONG[name][0]
        planted[row + 1, name] = WRONG[name][1]
    staged = dry_run(csv_bytes(rows, delimiter=";"))
    found = {(problem.row, problem.column): problem for problem in staged.plan.errors}
    assert set(found) == set(planted)
    assert len(staged.plan.errors) == 200


@pytest.mark.django_db
def test_rows_without_a_name_references_twice_and_a_wrong_parent() -> None:
    rows = [
        ["Référence", "Nom du projet", "Projet parent"],
        ["", "", "R1"],
        ["R1", "A", ""],
        ["R1", "B", ""],
        ["R2", "C", "R9"],
    ]
    staged = dry_run(csv_bytes(rows))
    assert [(problem.code, problem.row) for problem in staged.plan.errors] == [
        ("missing_name", 2),
        ("duplicate_reference", 4),
        ("unknown_parent", 5),
    ]
