"""The files this slice hands out: the empty template to fill, and the rows an import left out."""

import csv
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.workbook.child import INVALID_TITLE_REGEX

from pmo_portal.core.cells import cell
from projects.exchange.number_formats import FormattedNumber

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# A column for every field an import fills (targets.py), those asked of most projects first.
TEMPLATE: dict[str, dict[str, tuple[str, ...]]] = {
    "fr": {
        "Projets": (
            "Référence externe", "Code", "Nom du projet", "Nom anglais", "Nom court", "Programme", "Nom du programme",
            "Projet parent", "Chef de projet", "Sponsor", "Responsable métier", "Responsable delivery", "État", "Phase", "Météo",
            "Tendance", "Message clé", "Retour au vert", "Début", "Début de référence", "Fin de référence", "Fin estimée",
            "Fin réelle", "Date de reprise", "% avancement", "Budget initial", "Budget révisé", "Engagé", "Consommé",
            "Atterrissage", "Devise", "Catégorie", "Taille", "Mode de réalisation", "Classe d'investissement", "Prioritaire",
            "Priorité", "Confidentialité", "Description",
        ),
        "Jalons": (
            "Projet", "Référence externe", "Code", "Jalon", "Nom anglais", "Référence", "Date estimée", "Date réelle",
            "Jalon majeur", "Date imposée", "Poids",
        ),
        "Budget": ("Projet", "Mois", "Nature", "CAPEX/OPEX", "Catégorie", "Montant", "Référence document"),
        "Risques": (
            "Projet", "Référence externe", "Code", "Risque", "Titre anglais", "Description", "Menace ou opportunité", "Statut",
            "Probabilité", "Impact", "Probabilité résiduelle", "Impact résiduel", "Porteur", "Parade", "Plan d'action",
            "Échéance", "Dernière revue",
        ),
    },
    "en": {
        "Projects": (
            "External reference", "Code", "Project name", "English name", "Short name", "Programme", "Programme name",
            "Parent project", "Project manager", "Sponsor", "Business manager", "Delivery head", "State", "Phase",
            "Declared status", "Trend", "Key message", "Back-to-green date", "Start", "Baseline start", "Baseline end",
            "Forecast end", "Actual end", "Resume date", "% complete", "Original budget", "Revised budget", "Committed",
            "Actuals", "EAC", "Currency", "Category", "Size", "Delivery mode", "Investment class", "Must-win",
            "Priority", "Confidentiality", "Description",
        ),
        "Milestones": (
            "Project", "External reference", "Code", "Milestone", "English name", "Baseline", "Forecast", "Actual",
            "Key milestone", "Fixed date", "Weight",
        ),
        "Budget": ("Project", "Month", "Kind", "CAPEX/OPEX", "Category", "Amount", "Document reference"),
        "Risks": (
            "Project", "External reference", "Code", "Risk", "English title", "Description", "Kind", "Status", "Likelihood",
            "Impact", "Residual likelihood", "Residual impact", "Owner", "Response", "Response plan", "Due date",
            "Last reviewed",
        ),
    },
}  # fmt: skip


def xlsx(sheets: Iterable[tuple[str, Sequence[Sequence[Any]]]]) -> bytes:
    """A workbook of plain values, the first row of each sheet bold. No text in it can run as a formula."""
    book = Workbook(write_only=True)
    for title, rows in sheets:
        sheet = book.create_sheet(INVALID_TITLE_REGEX.sub("_", _writable(title))[:31] or "1")
        for position, row in enumerate(rows):
            cells = []
            for value in row:
                value = _writable(value)
                item = WriteOnlyCell(sheet, value=cell(value))
                if isinstance(value, str):
                    item.data_type = "s"  # openpyxl would take a text with "=" in front for a formula
                    item.quotePrefix = item.value != value
                if isinstance(value, FormattedNumber):
                    item.number_format = value.format  # the same number means the same when the file comes back
                if position == 0:
                    item.font = Font(bold=True)
                cells.append(item)
            sheet.append(cells)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _writable(value: Any) -> Any:
    """What a workbook can hold: control characters are replaced; a number that is no double precision number is text."""
    if isinstance(value, str):
        return ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
    return value if not isinstance(value, int | float) or abs(value) <= sys.float_info.max else str(value)


def csv_file(rows: Iterable[Sequence[Any]], delimiter: str = ";", *, decimal: str = ".") -> bytes:
    """A CSV file in UTF-8 with a byte order mark, which spreadsheets open with the right letters; `decimal` as the reader's
    spreadsheet expects it."""
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([[_plain(value, decimal) for value in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")


def _plain(value: Any, decimal: str) -> Any:
    if value is None:
        return ""
    return str(value).replace(".", decimal) if isinstance(value, float | Decimal) else cell(value)


def template(language: str) -> bytes:
    """The empty workbook to fill, with headers in French or English that the importer recognises."""
    return xlsx((title, [headers]) for title, headers in TEMPLATE["en" if language == "en" else "fr"].items())
