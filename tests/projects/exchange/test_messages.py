"""Thirty-nine kinds of bad cells, six times each: the row, the field and the remedy, word by word (security.md §11, exam 49)."""

import re
from typing import Any, NamedTuple

import pytest
from django.utils import translation

from projects.exchange import messages
from projects.exchange.table import letter
from tests.projects.exchange.files import dry_run, xlsx_bytes

PROJECTS = [
    "Code", "Nom du projet", "Projet parent", "Statut", "Météo", "Tendance", "Début", "Fin de référence", "Fin estimée",
    "% avancement", "Budget révisé (k€)", "Consommé", "Taille", "Confidentialité", "Must-win", "Message clé",
    "Mode de réalisation",
]  # fmt: skip
MILESTONES = ["Projet", "Jalon", "Référence", "Date estimée", "Jalon majeur", "Poids"]
BUDGET = ["Projet", "Mois", "Nature", "CAPEX/OPEX", "Montant"]
RISKS = ["Projet", "Risque", "Probabilité", "Impact", "Statut", "Échéance"]
GOOD: dict[str, list[Any]] = {
    "Projets": [
        "{}", "Projet {}", None, "en cours", "vert", "stable", "05/01/2026", "31/12/2027", "31/01/2028", "45", "1 234,5",
        "12,25", "M", "public", "non", "Tout va bien", "agile",
    ],
    "Jalons": ["P1", "Jalon {}", "31/12/2026", "31/01/2027", "non", 2],
    "Budget": ["P1", "2026-05", "révisé", "CAPEX", "100,5"],
    "Risques": ["P1", "Risque {}", 3, 4, "actif", "31/12/2026"],
}  # fmt: skip
HEADERS = {"Projets": PROJECTS, "Jalons": MILESTONES, "Budget": BUDGET, "Risques": RISKS}
TIMES = 6


class Kind(NamedTuple):
    """A value in a column of a sheet, and what is said about it; `shown` where that is not the value itself."""

    sheet: str
    column: str
    value: Any
    code: str
    shown: str = ""


NUMBER = "not_a_number"
KINDS = [
    Kind("Projets", "Budget révisé (k€)", "beaucoup", NUMBER),
    Kind("Projets", "Budget révisé (k€)", "1.2.3", NUMBER),
    Kind("Projets", "Budget révisé (k€)", "12 ?", NUMBER),
    Kind("Projets", "Consommé", "12 %", NUMBER),
    Kind("Projets", "Consommé", "1e400", NUMBER),
    Kind("Projets", "Consommé", "12 personnes", NUMBER),
    Kind("Projets", "% avancement", "la moitié", NUMBER),
    Kind("Projets", "% avancement", "120", "percent_out_of_range"),
    Kind("Projets", "% avancement", "-5", "percent_out_of_range"),
    Kind("Projets", "Début", "demain", "not_a_date"),
    Kind("Projets", "Fin de référence", "31/02/2027", "not_a_date"),
    Kind("Projets", "Fin estimée", "déc. 2026 ?", "not_a_date"),
    Kind("Projets", "Fin estimée", "01/01/1990", "ends_before_it_starts"),
    Kind("Projets", "Statut", "en marche arrière", "unknown_choice"),
    Kind("Projets", "Statut", "suspendu", "resume_date_missing"),
    Kind("Projets", "Météo", "violet", "unknown_choice"),
    Kind("Projets", "Météo", "Soleil ?", "uncertain_choice"),
    Kind("Projets", "Météo", "vert → orange", "uncertain_choice"),
    Kind("Projets", "Tendance", "bof", "unknown_choice"),
    Kind("Projets", "Taille", "XXXL", "unknown_choice"),
    Kind("Projets", "Confidentialité", "chut", "unknown_choice"),
    Kind("Projets", "Mode de réalisation", "au hasard", "unknown_choice"),
    Kind("Projets", "Must-win", "peut-être", "not_yes_or_no"),
    Kind("Projets", "Must-win", "oui ?", "uncertain_choice"),
    Kind("Projets", "Message clé", "x" * 141, "too_long", "140"),
    Kind("Projets", "Nom du projet", "y" * 301, "too_long", "300"),
    Kind("Projets", "Projet parent", "R9", "unknown_parent"),
    Kind("Projets", "Consommé", "5 £", "several_currencies", "EUR / GBP"),
    Kind("Projets", "Code", "P1", "duplicate_reference"),
    Kind("Jalons", "Projet", None, "missing_project"),
    Kind("Jalons", "Jalon", None, "missing_milestone_name"),
    Kind("Jalons", "Poids", 10_000, "number_too_large"),
    Kind("Jalons", "Jalon majeur", "bientôt", "not_yes_or_no"),
    Kind("Budget", "Projet", "P999", "unknown_project"),
    Kind("Budget", "Nature", "de côté", "unknown_choice"),
    Kind("Budget", "Mois", "un jour", "not_a_date"),
    Kind("Risques", "Probabilité", 6, "number_out_of_range"),
    Kind("Risques", "Impact", "fort", NUMBER),
    Kind("Risques", "Risque", None, "missing_value"),
]

SAYS = {
    NUMBER: (
        "“{}” is not a number. Write digits only, like the other cells of the column, or leave it empty.",
        "« {} » n’est pas un nombre. Écrivez des chiffres, comme dans les autres cellules de la colonne, "
        "ou laissez la cellule vide.",
    ),
    "percent_out_of_range": (
        "“{}” is not a percentage between 0 and 100. Correct it.",
        "« {} » n’est pas un pourcentage entre 0 et 100. Corrigez-le.",
    ),
    "number_out_of_range": (
        "“{}” is not a whole number from 1 to 5. Correct it.",
        "« {} » n’est pas un nombre entier de 1 à 5. Corrigez-le.",
    ),
    "number_too_large": (
        "“{}” is not a number from 0 to 9999. Correct it.",
        "« {} » n’est pas un nombre de 0 à 9999. Corrigez-le.",
    ),
    "not_a_date": (
        "“{}” is not a date. Write it like 2026-12-31 or 31/12/2026, or leave it empty.",
        "« {} » n’est pas une date. Écrivez-la comme 31/12/2026 ou 2026-12-31, ou laissez la cellule vide.",
    ),
    "ends_before_it_starts": (
        "The end, 1 Jan 1990, is before the start, 5 Jan 2026. Correct one of the two dates.",
        "La fin, 1er janv. 1990, précède le début, 5 janv. 2026. Corrigez l’une des deux dates.",
    ),
    "unknown_choice": (
        "“{}” is not one of the known values of this column. Use a known one, or leave it empty.",
        "« {} » ne fait pas partie des valeurs connues de cette colonne. Prenez-en une connue, ou laissez la cellule vide.",
    ),
    "uncertain_choice": (
        "“{}” is not certain. Write the value alone, without a question mark or an arrow, or leave the cell empty.",
        "« {} » n’est pas certain. Écrivez la valeur seule, sans point d’interrogation ni flèche, ou laissez la cellule vide.",
    ),
    "resume_date_missing": (
        "A project on hold needs the date it resumes. Add a column “Resume date”, or give another state.",
        "Un projet suspendu a besoin de sa date de reprise. Ajoutez une colonne « Date de reprise », ou donnez un autre état.",
    ),
    "not_yes_or_no": (
        "“{}” is neither yes nor no. Write one of the two.",
        "« {} » n’est ni oui ni non. Écrivez l’un des deux.",
    ),
    "too_long": (
        "The text has more than {} characters. Shorten it.",
        "Le texte dépasse {} caractères. Raccourcissez-le.",
    ),
    "unknown_parent": (
        "There is no project “{}” to be a part of. Correct the reference, or add that project.",
        "Il n’y a pas de projet « {} » dont faire partie. Corrigez la référence, ou ajoutez ce projet.",
    ),
    "unknown_project": (
        "There is no project “{}” in this portfolio or file. Correct the reference, or add the project.",
        "Il n’y a pas de projet « {} » dans ce portefeuille ni dans ce fichier. Corrigez la référence, ou ajoutez le projet.",
    ),
    "several_currencies": (
        "The row mixes several currencies ({}). Use one currency for a project.",
        "La ligne mêle plusieurs devises ({}). Utilisez une seule devise par projet.",
    ),
    "duplicate_reference": (
        "“{}” is already on row 2. Keep one of the two rows, or correct the reference.",
        "« {} » figure déjà ligne 2. Gardez l’une des deux lignes, ou corrigez la référence.",
    ),
    "missing_project": (
        "The row does not say which project it belongs to. Write the project's code, reference or name.",
        "La ligne ne dit pas à quel projet elle appartient. Écrivez le code, la référence ou le nom du projet.",
    ),
    "missing_milestone_name": (
        "The milestone has no name. Give it one.",
        "Le jalon n’a pas de nom. Donnez-lui-en un.",
    ),
    "missing_value": (
        "The column “title” is needed here. Fill it.",
        "La colonne « titre » est nécessaire ici. Remplissez-la.",
    ),
}


def planted() -> tuple[bytes, dict[tuple[str, int, str], Kind]]:
    """A workbook whose every third row has one bad cell, and what each is: {(sheet, row, column): kind}."""
    sheets: dict[str, list[list[Any]]] = {name: [header, good(name, 1)] for name, header in HEADERS.items()}
    where: dict[tuple[str, int, str], Kind] = {}
    for _time in range(TIMES):
        for kind in KINDS:
            rows = sheets[kind.sheet]
            rows += [good(kind.sheet, len(rows)), good(kind.sheet, len(rows) + 1)]
            rows[-1][HEADERS[kind.sheet].index(kind.column)] = kind.value
            where[kind.sheet, len(rows), kind.column] = kind
    return xlsx_bytes(sheets), where


def good(sheet: str, number: int) -> list[Any]:
    name = f"P{number}" if sheet == "Projets" else str(number)
    return [cell.format(name) if isinstance(cell, str) else cell for cell in GOOD[sheet]]


@pytest.mark.django_db
def test_every_bad_cell_is_named_with_its_remedy_in_both_languages_and_nothing_else_is() -> None:
    content, where = planted()
    errors = dry_run(content, file_name="plan.xlsx").plan.errors
    found = {(error.sheet, error.row or 0, error.column): error for error in errors}
    assert len(errors) == len(found) == len(where) == TIMES * len(KINDS)
    assert found.keys() == where.keys()
    for place, kind in where.items():
        error, (sheet, row, column) = found[place], place
        assert error.code == kind.code
        assert error.cell == f"{letter(HEADERS[sheet].index(column))}{row}"
        for language, template in zip(("en", "fr"), SAYS[kind.code], strict=True):
            with translation.override(language):
                assert plain(messages.text(error)) == template.format(kind.shown or kind.value)


def plain(text: str) -> str:
    """With ordinary spaces where French typography puts others; which ones is the catalogue's own examination."""
    return text.replace("\xa0", " ").replace("\u202f", " ")


def test_every_kind_of_problem_has_words_with_a_remedy_in_both_languages() -> None:
    """A remedy is a sentence of its own that says what to do; French has its own words for all of it."""
    for code, text in (messages.PROBLEMS | messages.REFUSALS).items():
        told = []
        for language in ("en", "fr"):
            with translation.override(language):
                told.append(str(text))
        assert told[0] != told[1], code
        for words in told:
            sentences = re.findall(r"[.;:,](?=\s|$)", words)
            assert len(sentences) >= 2 or code in EXPLAINS_ITSELF, (code, words)


EXPLAINS_ITSELF = {"damaged_json"}  # it tells the place that the reader of JSON gives
