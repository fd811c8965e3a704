"""What there is to say about a file of reports, in words: what is wrong where, and what to do about it."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects.exchange import messages
from projects.exchange.problems import Problem, RefusedFile
from reporting.status.workbook.columns import BY_NAME, base_of, choices_for
from reporting.status.workbook.reading import Edit, Remark

REFUSALS: dict[str, str | Promise] = {
    "not_reports": _(
        "This is not a workbook of status reports: no sheet has a column “Project code”. Download the workbook here, edit it, "
        "and send that file."
    ),
    "no_fingerprint_column": _(
        "The column “Fingerprint” is missing: without it nobody knows what changed in the portal meanwhile. "
        "Download the workbook again and copy your values into it."
    ),
    "too_many_formulas": _(
        "The workbook has 20 formulas or more without a stored result. Replace the formulas by their values"
        " and send it again."
    ),
    "too_many_reports": _("The workbook holds more than %(limit)s reports. Split it into several files."),
    "header_twice": _(
        "On the sheet “%(sheet)s” the column “%(value)s” stands there twice (%(first)s and %(second)s). Delete one of them."
    ),
}
REMARKS: dict[str, str | Promise] = {
    "unknown_columns": _("These columns are not of the form and were not read: %(value)s."),
    "columns_missing": _("These columns were taken out, and what they held stays as it is: %(value)s."),
    "row_added": _(
        "“%(value)s” was written in by hand: a row counts with its fingerprint only. Download the workbook again: if you report"
        " on this project, it is in it."
    ),
    "row_without_project": _("This row names no project and was not read. Delete it, or undo what was deleted."),
    "fingerprint_changed": _(
        "The fingerprint of “%(value)s” was changed or is of another portal. Download the workbook again"
        " and copy your values into it."
    ),
    "keys_mixed": _(
        "The keys of this row do not belong together: it says “%(value)s”, its fingerprint is of “%(expected)s”."
        " Cells were moved or sorted without the others of their row. Undo it, or download the workbook again."
    ),
    "twice": _("“%(value)s” stands there again on row %(others)s: neither was taken. Keep one of the rows."),
    "unknown_report": _(
        "You have no report to write on a project “%(value)s”. Delete the row, or ask who runs the portal for the right."
    ),
    "over": _("The period of “%(value)s” is closed: its report stays as it is. A correction is made by the PMO."),
    "submitted": _("The report on “%(value)s” was submitted. Take it back in the portal to change it."),
}
CELLS: dict[str, str | Promise] = {
    "formula": _("The formula in this cell has no stored result. Replace it by its value."),
    "failed_formula": _("“%(value)s” is the result of a formula that failed. Write the value."),
    "no_value": _("“%(value)s” is no value of this column. Write one, or leave the cell empty."),
    "not_for_you": _("This column is not for you on this project. Leave the cell empty."),
    "unknown_choice": _("“%(value)s” is not one of the choices. Choose one of: %(choices)s."),
    "empty_forecast": _("A milestone that is not reached keeps a forecast date. Write one, or the day it was reached."),
    "gone": _(
        "This milestone or risk is no longer open in the project. Delete the row, or download the workbook again."
    ),
}


def refusal(error: RefusedFile) -> str:
    """Why a file is not read, and what to do."""
    return _filled(REFUSALS[error.code], error.params) if error.code in REFUSALS else messages.refusal(error)


def words(remark: Remark) -> str:
    """A remark in the reader's language, without its place."""
    if remark.code in REMARKS:
        return _filled(REMARKS[remark.code], {"value": remark.value, **remark.params})
    return messages.text(Problem(remark.code, value=remark.value, sheet=remark.sheet, warning=True))


def cell_words(edit: Edit, scale: str) -> str:
    """What is wrong with a cell, and what to write instead."""
    column = BY_NAME[base_of(edit.name)]
    offered = ", ".join(str(label) for _value, label in choices_for(column, scale))
    params = {"value": edit.text, "choices": offered, "most": column.most or 10**15}
    if edit.problem in CELLS:
        return _filled(CELLS[edit.problem], params)
    return messages.text(Problem(edit.problem, value=edit.text, params=params))


def _filled(text: str | Promise, params: Mapping[str, Any]) -> str:
    return str(text) % params
