"""The workbook: one row for each report a person may write, its milestones and risks on sheets of their own, and how to fill it.

Columns of keys are locked, lists offer what may be chosen, the first columns and the headers stay in sight. No text runs as a
formula (`core.cells`).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from io import BytesIO
from typing import Any

from django.utils.translation import pgettext
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from pmo_portal.core.cells import cell as disarmed
from pmo_portal.core.models import User
from reporting.health.models import RAG_CHOICES
from reporting.status import rules, wording
from reporting.status.facts import HINT
from reporting.status.knowing import Facts, Knowledge
from reporting.status.models import StatusReport
from reporting.status.workbook import cells, guide
from reporting.status.workbook.columns import (
    CHOICE,
    COLUMNS,
    DAY,
    KEYS,
    LINES,
    MONEY,
    PERCENT,
    SMALL,
    TEXT,
    TITLES,
    Column,
    choices_for,
)
from reporting.status.workbook.comparing import as_stored, stored
from reporting.status.workbook.fingerprint import Fingerprint, mark

HEAD, LOCKED = PatternFill("solid", fgColor="1F3A5F"), PatternFill("solid", fgColor="ECEFF3")
BEFORE = {
    "reports": ("code", "project", "period", "currency", "state", "computed", "open"),
    "milestones": ("code", "project", "period", "milestone", "baseline"),
    "risks": ("code", "project", "period", "risk", "level"),
}
WIDTHS = {"code": 16, "project": 32, "period": 17, "currency": 10, "state": 15, "computed": 26, "open": 50, "milestone": 36,
          "baseline": 15, "risk": 44, "level": 12, "fingerprint": 14}  # fmt: skip
FORMATS = {TEXT: "@", LINES: "@", CHOICE: "@", PERCENT: "0.##", MONEY: "#,##0.00", SMALL: "0", DAY: "yyyy-mm-dd"}
MOST_INLINE = 255  # characters of a list that stands in its rule
DATE_FROM = "36526"  # 2000-01-01


class Row:
    """What one row holds: the texts of its keys, and the plain text of each of its columns; a column it lacks is locked."""

    def __init__(self, keys: dict[str, Any], part: str, texts: dict[str, str], scale: str) -> None:
        self.keys, self.part, self.texts, self.scale = keys, part, texts, scale

    def signed(self, report: StatusReport) -> str:
        seen = {name: mark(text) for name, text in self.texts.items()}
        code, period = str(self.keys["code"]), str(self.keys["period"])
        return Fingerprint(report.pk, report.version, code, period, self.part, self.scale, seen).signed()


def workbook(reports: Sequence[StatusReport], *, by: User, on: date) -> bytes:
    """The reports in the reader's language, with what this reader may see of each."""
    facts = Facts(reports, on=on)
    rows: dict[str, list[Row]] = {"reports": [], "milestones": [], "risks": []}
    for report in reports:
        knowledge = Knowledge(report, user=by, on=on, facts=facts)
        for sheet, row in _rows(report, knowledge):
            row.keys["fingerprint"] = row.signed(report)
            rows[sheet].append(row)
    book = Workbook()
    book.remove(book.active)
    for sheet, held in rows.items():
        _sheet(book.create_sheet(str(TITLES[sheet])), sheet, held)
    guide.write(book.create_sheet(str(TITLES["help"])))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _rows(report: StatusReport, knowledge: Knowledge) -> Iterator[tuple[str, Row]]:
    row, project = as_stored(report, knowledge), knowledge.project
    scale = project.portfolio.scale
    keys = {"code": project.code, "project": project.label, "period": report.period.label}
    own = {column.name: stored(row, knowledge, column.name) for column in _columns(knowledge)}
    said = {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}
    found = [
        f"{one.rule[:5]} {wording.words(one)}" for one in rules.findings(said, knowledge.known()) if one.kind != HINT
    ]
    told = {"currency": project.currency, "state": report.get_state_display(), "computed": _computed(knowledge)}
    yield "reports", Row({**keys, **told, "open": "\n".join(found)}, "", own, scale)
    for milestone in knowledge.marks():
        part = f"milestones.{milestone.pk}"
        texts = {name: stored(row, knowledge, f"{part}.{name.partition('.')[2]}") for name in _names("milestones")}
        more = {"milestone": milestone.label, "baseline": milestone.baseline_date}
        yield "milestones", Row({**keys, **more}, part, texts, scale)
    for risk in knowledge.dangers():
        part = f"risks.{risk.pk}"
        texts = {"risks": stored(row, knowledge, part)}
        yield "risks", Row({**keys, "risk": risk.label, "level": risk.residual_level}, part, texts, scale)


def _names(sheet: str) -> list[str]:
    return [column.name for column in COLUMNS if column.sheet == sheet]


def _columns(knowledge: Knowledge) -> Iterator[Column]:
    """Those of the report that this reader may see of this project."""
    for column in COLUMNS:
        seen = knowledge.sees_note if column.guard == "confidential_note" else knowledge.sees_money
        if column.sheet == "reports" and (not column.guard or seen):
            yield column


def _computed(knowledge: Knowledge) -> str:
    """“Overall – at risk”, “schedule – off track”, a line each."""
    colours = dict(RAG_CHOICES)
    names = {"overall": pgettext("health", "overall"), **{name: wording.dimension(name) for name in rules.DIMENSIONS}}
    return "\n".join(f"{names[name]} – {colours[colour]}" for name, colour in knowledge.computed.items())


def _sheet(sheet: Worksheet, name: str, rows: Sequence[Row]) -> None:
    """Headers, rows, rules; columns nobody here may see are not there."""
    held = {column for row in rows for column in row.texts}
    columns = [column for column in COLUMNS if column.sheet == name and (column.name in held or not rows)]
    heads: list[Any] = [*BEFORE[name], *columns, "fingerprint"]
    for index, head in enumerate(heads, start=1):
        own = isinstance(head, Column)
        top = sheet.cell(1, index, head.header if own else str(KEYS[head]))
        top.font, top.fill = Font(bold=True, color="FFFFFF"), HEAD
        top.alignment = Alignment(wrap_text=True, vertical="center")
        sheet.column_dimensions[get_column_letter(index)].width = head.width if own else WIDTHS[head]
        for number, row in enumerate(rows, start=2):
            _write(sheet, number, index, head, row)
        if own and rows:
            _rule(sheet, head, get_column_letter(index), rows)
    sheet.row_dimensions[1].height = 48
    sheet.freeze_panes = "C2"
    sheet.protection.sheet = True
    for right in ("formatCells", "formatColumns", "formatRows", "autoFilter", "sort"):
        setattr(sheet.protection, right, False)  # of a protected sheet: what stays allowed
    if rows:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{len(rows) + 1}"


def _write(sheet: Worksheet, number: int, index: int, head: Column | str, row: Row) -> None:
    place = sheet.cell(number, index)
    if isinstance(head, Column):
        text = row.texts.get(head.name)
        value = None if text is None else cells.written(head, text, row.scale)
        place.number_format = FORMATS[head.kind]
        place.alignment = Alignment(wrap_text=head.kind in (TEXT, LINES), vertical="top")
        open_cell = text is not None
    else:
        value, open_cell = row.keys.get(head), False
        place.alignment = Alignment(wrap_text=head != "fingerprint", vertical="top")
        if isinstance(value, date):
            place.number_format = FORMATS[DAY]
    place.value = disarmed(value)
    if isinstance(value, str):
        place.data_type = "s"  # openpyxl would take a text with "=" in front for a formula
        place.quotePrefix = place.value != value
    place.protection = Protection(locked=not open_cell)
    if not open_cell:
        place.fill = LOCKED


def _rule(sheet: Worksheet, column: Column, letter: str, rows: Sequence[Row]) -> None:
    """What may be typed: a list to choose from, a number, a date, so many characters. The server checks it all again."""
    if column.kind == CHOICE:
        for scale in sorted({row.scale for row in rows if column.name in row.texts}):
            offered = ",".join(str(label).replace('"', '""') for _value, label in choices_for(column, scale))
            if len(offered) <= MOST_INLINE:
                rule = DataValidation("list", formula1=f'"{offered}"', allow_blank=True)
                of = [number for number, row in enumerate(rows, start=2) if row.scale == scale]
                _add(sheet, rule, letter, of, guide.choose(offered))
        return
    numbers = list(range(2, len(rows) + 2))
    if column.kind == DAY:
        rule = DataValidation("date", operator="greaterThan", formula1=DATE_FROM, allow_blank=True)
        _add(sheet, rule, letter, numbers, guide.a_day())
    elif column.kind in (TEXT, LINES):
        rule = DataValidation("textLength", operator="lessThanOrEqual", formula1=str(column.most), allow_blank=True)
        _add(sheet, rule, letter, numbers, guide.most(column.most))
    else:
        low, high = {PERCENT: ("0", "100"), SMALL: ("1", "5"), MONEY: ("0", "1E+15")}[column.kind]
        kind = "whole" if column.kind == SMALL else "decimal"
        rule = DataValidation(kind, operator="between", formula1=low, formula2=high, allow_blank=True)
        _add(sheet, rule, letter, numbers, guide.between(low, "" if column.kind == MONEY else high))


def _add(sheet: Worksheet, rule: DataValidation, letter: str, numbers: Sequence[int], words: str) -> None:
    rule.errorTitle, rule.error, rule.showErrorMessage = str(TITLES["help"])[:32], words[:255], True
    if numbers == list(range(2, len(numbers) + 2)):
        rule.add(f"{letter}2:{letter}{len(numbers) + 1}")
    else:
        for number in numbers:
            rule.add(f"{letter}{number}")
    sheet.add_data_validation(rule)


def file_name(on: date) -> str:
    """The name of the download, in the reader's language."""
    return f"{guide.file_stem()}-{on.isoformat()}.xlsx"
