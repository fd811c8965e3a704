"""The words for every finding, with its remedy. Codes come from the pure modules; the language is the reader's."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import formats
from projects.exchange.limits import MAX_PROBLEMS
from projects.exchange.problems import Problem, RefusedFile

REFUSALS: dict[str, str | Promise] = {
    "empty_file": _("The file is empty. Choose another one."),
    "file_too_large": _("The file is larger than %(limit)s MB. Split it, or remove pictures and unused sheets."),
    "old_excel": _("This is an old Excel file (.xls). Open it in a spreadsheet and save it as .xlsx."),
    "damaged_archive": _(
        "The workbook is damaged or is not an .xlsx file. Open it in a spreadsheet and save it again."
    ),
    "not_a_workbook": _("The file is not an .xlsx workbook. Save it as .xlsx or as CSV."),
    "encrypted_archive": _(
        "The workbook is protected by a password, so it is not read. Open it, take the password off (in Excel: File, Info, "
        "Protect Workbook, Encrypt with Password, and empty the field), save it and give it again."
    ),
    "unsafe_entry_name": _("The workbook contains a part with an unsafe name (%(name)s), so it is not read."),
    "active_content": _(
        "The workbook contains macros, links to other files or embedded objects (%(name)s). Save a copy without them as .xlsx."
    ),
    "too_many_entries": _("The workbook has %(count)s parts, more than %(limit)s. Remove pictures and unused sheets."),
    "too_large_unpacked": _("Unpacked, the workbook is larger than %(limit)s MB, so it is not read."),
    "ratio_too_high": _(
        "A part of the workbook (%(name)s) is packed more than %(limit)s times, as bombs are; it is not read."
    ),
    "part_too_large": _("A part of the workbook (%(name)s) is too large. Copy the cells you need into a new workbook."),
    "xml_dtd": _("The workbook declares XML entities, which no spreadsheet does; it is not read."),
    "xml_too_deep": _(
        "The workbook is nested more than %(limit)s levels deep, which no spreadsheet is; it is not read."
    ),
    "too_many_rows": _("The file has more than %(limit)s rows. Split it into several files."),
    "too_many_columns": _("The file has more than %(limit)s columns. Remove those you do not need."),
    "too_many_cells": _("The file has more than %(limit)s cells. Split it into several files."),
    "cell_too_long": _(
        "Row %(row)s, column %(column)s: the cell holds more than %(limit)s characters. Shorten it; "
        "in a CSV file, look for a quotation mark that is never closed."
    ),
    "damaged_text": _("The text does not read as %(encoding)s. Save the file again as UTF-8."),
    "nul_in_text": _("The file contains NUL characters, so it is not a text table. Save it again as CSV in UTF-8."),
    "calendar_cut_off": _("The calendar ends in the middle. Export it again and give the whole file."),
    "calendar_mixes_days_and_times": _(
        "An event begins on a whole day and ends at a time of day. Correct it and export again."
    ),
    "damaged_json": _("The JSON cannot be read: %(detail)s."),
    "unreadable_character": _(
        "Row %(row)s, column %(column)s: the text holds a NUL character or half of a character. Correct it."
    ),
    "not_a_graph": _("The JSON file is no graph of nodes and relations. Give a CSV or .xlsx file instead."),
    "reader_died": _(
        "Reading the file took too much time or memory and was stopped. "
        "Copy the cells you need into a new workbook, or save it as CSV."
    ),
    "no_known_column": _(
        "No table with known columns was found. Check that the first row of the table names its columns."
    ),
}

PROBLEMS: dict[str, str | Promise] = {
    "not_a_number": _(
        "“%(value)s” is not a number. Write digits only, like the other cells of the column, or leave it empty."
    ),
    "not_a_date": _("“%(value)s” is not a date. Write it like 2026-12-31 or 31/12/2026, or leave it empty."),
    "percent_out_of_range": _("“%(value)s” is not a percentage between 0 and 100. Correct it."),
    "number_out_of_range": _("“%(value)s” is not a whole number from 1 to 5. Correct it."),
    "not_yes_or_no": _("“%(value)s” is neither yes nor no. Write one of the two."),
    "unknown_choice": _(
        "“%(value)s” is not one of the known values of this column. Use a known one, or leave it empty."
    ),
    "uncertain_choice": _(
        "“%(value)s” is not certain. Write the value alone, without a question mark or an arrow, or leave the cell empty."
    ),
    "too_long": _("The text has more than %(most)s characters. Shorten it."),
    "amount_too_large": _(
        "The amounts of one kind add up to %(value)s, more than any project costs. Correct them, or their unit."
    ),
    "number_too_large": _("“%(value)s” is not a number from 0 to %(most)s. Correct it."),
    "missing_name": _("The row has neither a name nor a reference. Give it one, or delete the row."),
    "missing_project": _(
        "The row does not say which project it belongs to. Write the project's code, reference or name."
    ),
    "missing_milestone_name": _("The milestone has no name. Give it one."),
    "missing_value": _("The column “%(field)s” is needed here. Fill it."),
    "duplicate_reference": _(
        "“%(value)s” is already on row %(first)s. Keep one of the two rows, or correct the reference."
    ),
    "ends_before_it_starts": _("The end, %(value)s, is before the start, %(start)s. Correct one of the two dates."),
    "resume_date_missing": _(
        "A project on hold needs the date it resumes. Add a column “Resume date”, or give another state."
    ),
    "several_currencies": _("The row mixes several currencies (%(value)s). Use one currency for a project."),
    "unknown_project": _(
        "There is no project “%(value)s” in this portfolio or file. Correct the reference, or add the project."
    ),
    "unknown_parent": _("There is no project “%(value)s” to be a part of. Correct the reference, or add that project."),
    "parent_circle": _("“%(value)s” is a part of itself through other rows. Correct one of the parents."),
    "not_allowed": _(
        "You may not write this row (“%(value)s”). Ask the PMO of the portfolio to import it, or leave it out."
    ),
    "not_allowed_field": _("You may not set the confidentiality of this project. Leave the cell empty."),
    "no_name_column": _(
        "No column gives the project's name, code or reference. Say which column does. Columns found: %(value)s"
    ),
}

WARNINGS: dict[str, str | Promise] = {
    "assumed_cp1252": _(
        "The text is not UTF-8 and is read as Windows-1252. Check that these words read well: %(value)s. "
        "If they do not, save the file again as UTF-8."
    ),
    "undefined_byte": _("A character that Windows-1252 does not define was replaced: “%(value)s”."),
    "hidden_sheet": _("The sheet “%(sheet)s” is hidden and was not read."),
    "hidden_columns": _("Hidden columns were read as well: %(value)s. Leave out those you do not want."),
    "hidden_rows": _(
        "Hidden or filtered rows were read as well (%(value)s). "
        "To leave them out, delete them, or copy the others into a new sheet."
    ),
    "formula_without_value": _(
        "The formula in %(value)s has no stored result and reads as empty. Open the workbook in a spreadsheet and save it again."
    ),
    "missing_with_reason": _("“%(value)s” is kept as missing data, not as zero."),
    "ambiguous_number": _(
        "Nothing in this column tells whether commas and points are decimals or thousands. Check the amounts."
    ),
    "read_as_fractions": _(
        "The figures of this column lie between 0 and 1: they were read as fractions, 0.45 as 45 %%. Write a %% sign if they"
        " are percentages already."
    ),
    "priorities_as_numbers": _(
        "Priorities were read as 1 very low … 5 very high. If 1 is the highest in this file, write the words instead."
    ),
    "months_exceed_total": _(
        "The months or years of this row add up to more than its total, “%(value)s”: they were kept. Check the total."
    ),
    "ambiguous_date": _(
        "Nothing in this column tells whether the day or the month comes first; the day was assumed. Check the dates."
    ),
    "invisible_characters": _(
        "Invisible characters (marks of writing direction, control characters) were taken out; what is left is “%(value)s”."
    ),
    "header_twice": _(
        "The header “%(value)s” stands in %(first)s already, so this column was left out. Rename it, or choose where it goes."
    ),
    "columns_left_out": _(
        "Columns without a known place were left out (%(count)s): %(names)s. Choose where they go if they matter."
    ),
    "total_row_left_out": _("The row “%(value)s” is a total and was left out."),
    "note_row_left_out": _("The row “%(value)s” is a note and was left out."),
    "ends_before_it_starts": PROBLEMS["ends_before_it_starts"],
    "part_without_figure": _(
        "“%(value)s” takes no figure for “%(field)s” from its parts: %(missing)s of %(count)s have none, "
        "and a sum over the others would mislead."
    ),
    "older_than_stored": _(
        "The file is older than what is stored (published on %(stored)s), so it changes nothing. Import older editions first."
    ),
}


# Fields that findings name, in words; a header of the file stands for itself.
FIELDS: dict[str, Promise] = {
    "title": _("title"),
    "probability": _("probability"),
    "impact": _("impact"),
    "project.start_date": _("start"),
    "project.baseline_start": _("baseline start"),
    "project.baseline_end": _("baseline end"),
    "project.forecast_end": _("forecast end"),
    "amount.revised": _("approved budget"),
    "amount.forecast": _("estimate at completion"),
}


# Findings whose values are days: kept as ISO dates, told as the reader writes them.
_DATED = frozenset({"ends_before_it_starts", "older_than_stored"})
_DAYS = ("value", "start", "stored")


def _filled(text: str | Promise, params: dict[str, Any]) -> str:
    return str(text) % params


def refusal(error: RefusedFile) -> str:
    """Why a file is not read, and what to do."""
    return _filled(REFUSALS[error.code], error.params)


def text(problem: Problem) -> str:
    """A finding in the reader's language, without its place."""
    texts = WARNINGS if problem.warning and problem.code in WARNINGS else PROBLEMS
    params = {"value": problem.value, "sheet": problem.sheet, **problem.params}
    if problem.code in _DATED:
        params.update({name: formats.date(date.fromisoformat(params[name])) for name in _DAYS if params.get(name)})
    if (field := params.get("field")) in FIELDS:
        params["field"] = FIELDS[field]
    return _filled(texts[problem.code], params)


def as_data(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Findings as JSON values in order of place, at most 1,000; `message` is in the current language, `reworded` in any."""
    ordered = sorted(problems, key=lambda problem: (problem.sheet, problem.row or 0, problem.column))
    return [
        {
            "code": problem.code,
            "sheet": problem.sheet,
            "row": problem.row,
            "column": problem.column,
            "cell": problem.cell,
            "value": problem.value,
            "params": {name: _plain(value) for name, value in problem.params.items()},
            "warning": problem.warning,
            "message": text(problem),
        }
        for problem in ordered[:MAX_PROBLEMS]
    ]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def reworded(stored: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stored findings in the language of whoever reads them; as they were told when nothing more was kept of them."""
    return [{**one, "message": _again(one)} for one in stored]


def _again(stored: Mapping[str, Any]) -> str:
    kept = {name: stored[name] for name in ("code", "value", "sheet", "params", "warning") if name in stored}
    try:
        return text(Problem(**kept)) if "params" in kept else str(stored["message"])
    except (KeyError, TypeError, ValueError):  # a finding of another version of the portal
        return str(stored["message"])
