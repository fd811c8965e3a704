"""The sheet that says how to fill the others, and what a cell says to a value it does not take."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

STEPS: tuple[str | Promise, ...] = (
    gettext_lazy("Each row is the report on one of your projects for the period, filled as its form would be."),
    gettext_lazy("Change the white cells. Grey ones are what the portal knows; they are locked and are not read back."),
    gettext_lazy("A cell you leave as it is changes nothing. A cell you empty empties its field."),
    gettext_lazy(
        "“Milestones” has a row for each milestone ahead, “Risks” one for each of the highest risks: is it still true?"
    ),
    gettext_lazy(
        "Several lines in one cell (achievements, next steps, options): Alt + Enter, at most five lines of 120 characters."
    ),
    gettext_lazy(
        "Rows may be filtered, sorted or deleted, columns moved or deleted: what is not there stays as it is in the portal."
        " To do so, take off the protection of the sheet: it has no password."
    ),
    gettext_lazy(
        "Save as .xlsx and send the file in the portal: it shows old and new side by side before anything is written."
    ),
    gettext_lazy(
        "What somebody changed in the portal meanwhile is not overwritten: both values are shown, and you choose."
    ),
    gettext_lazy("Then save everything as drafts, or submit at once the reports that are complete."),
    gettext_lazy(
        "The workbook holds what you may see, confidential notes included. Do not pass it on to whoever may not read them."
    ),
)


def write(sheet: Worksheet) -> None:
    """One sentence a row."""
    sheet.column_dimensions["A"].width = 110
    sheet["A1"] = _("How to fill it")
    sheet["A1"].font = Font(bold=True, size=14)
    for number, step in enumerate(STEPS, start=2):
        place = sheet.cell(number, 1, f"{number - 1}. {step}")
        place.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.protection.sheet = True


def choose(offered: str) -> str:
    return _("Choose one of: %(choices)s.") % {"choices": offered.replace(",", ", ")}


def a_day() -> str:
    return _("Enter a valid date.")


def most(characters: int) -> str:
    return _("At most %(count)s characters.") % {"count": characters}


def between(low: str, high: str) -> str:
    if not high:
        return _("Enter a number that is not negative.")
    return _("Enter a number between %(low)s and %(high)s.") % {"low": low, "high": high}


def file_stem() -> str:
    return _("status-reports")
