"""The edited cells of a workbook against the reports as they are stored now: nothing is written here.

Of each report it finds what would change, what the portal and the workbook both changed, which cells are refused, and what the
rules still ask for, each with the place in the file where it is answered.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2s
from json import dumps
from typing import Any

from pmo_portal.core import editing
from pmo_portal.core.editing import InvalidFields
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.access.policy import DECLARE_STATUS
from reporting.status import rules
from reporting.status.facts import ERROR, HINT, WARNING, Finding
from reporting.status.knowing import Facts, Knowledge
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.services.drafts import KNOWN_DAYS, put, told, value_of
from reporting.status.workbook import fingerprint
from reporting.status.workbook.cells import plain
from reporting.status.workbook.columns import BY_NAME, CHOICE, base_of, choices_for
from reporting.status.workbook.reading import Edit, Reading, Remark, RowRead

WITH = ("project__portfolio", "project__project_manager", "period__calendar__node", "author")
Keys = Mapping[int, Collection[str]]


@dataclass(frozen=True, slots=True)
class Line:
    """A field that would change: plain texts, and the cell that says so."""

    name: str
    before: str
    after: str
    row: RowRead
    cell: str


@dataclass(slots=True)
class Compared:
    """One report: `kept` of its changes are `lines`; of a conflict the portal's value stands unless it was `taken`."""

    report: StatusReport
    knowledge: Knowledge
    rows: list[RowRead]
    lines: list[Line] = field(default_factory=list)
    conflicts: list[Line] = field(default_factory=list)  # before: the portal's; after: the workbook's
    refused: list[tuple[RowRead, Edit, str]] = field(default_factory=list)  # with words where they are no code's
    findings: list[Finding] = field(default_factory=list)
    may_renew: bool = False  # its project has nothing to report: it can be submitted as that, whatever is odd

    @property
    def renewable(self) -> bool:
        """Whether it can be submitted as “nothing to report”: the file says nothing new of it either."""
        held_back = any(one.kind == ERROR for one in self.findings)
        return self.may_renew and not self.changes and not self.refused and not held_back

    @property
    def is_complete(self) -> bool:
        """Whether it could be submitted as it would be."""
        return not self.refused and all(one.kind == HINT for one in self.findings)

    @property
    def could_be_complete(self) -> bool:
        """Whether nothing but warnings is left, which a click answers."""
        return not self.refused and not any(one.kind == ERROR and not one_click(one) for one in self.findings)

    @property
    def changes(self) -> bool:
        return bool(self.lines or self.conflicts)

    def row_of(self, name: str) -> RowRead | None:
        """The row of the file on which this field stands."""
        base, _dot, rest = name.partition(".")
        part = f"{base}.{rest.partition('.')[0]}" if rest else ""
        return next((row for row in self.rows if row.part == part), None)


@dataclass(slots=True)
class Comparison:
    reports: list[Compared]
    remarks: list[Remark]
    columns: Mapping[str, str]

    @property
    def shown(self) -> str:
        """A mark of everything a page shows of it: applied is what was shown, or nothing."""
        told = [
            [one.report.pk, [(line.name, line.before, line.after) for line in one.lines],
             [(line.name, line.before, line.after) for line in one.conflicts],
             [(edit.cell, edit.problem) for _row, edit, _words in one.refused],
             [finding.key for finding in one.findings], one.renewable]
            for one in self.reports
        ]  # fmt: skip
        left_out = [(one.sheet, one.row, one.code) for one in self.remarks]
        return blake2s(dumps([told, left_out]).encode(), digest_size=16).hexdigest()


def one_click(finding: Finding) -> bool:
    """Whether “it is so” answers it: a warning, and the day back on track that is not known yet."""
    return finding.kind == WARNING or finding.rule == "VR-17"


def compare(
    reading: Reading, *, by: User, on: date, taken: Keys | None = None, confirmed: Keys | None = None
) -> Comparison:
    """By report, `taken` are the fields in conflict that the workbook wins, `confirmed` the findings that are so."""
    rows: dict[int, list[RowRead]] = defaultdict(list)
    for row in reading.rows:
        rows[row.report].append(row)
    reports = list(
        StatusReport.objects.visible_to(by).filter(pk__in=rows).select_related(*WITH).order_by("project__code", "pk")
    )
    remarks = list(reading.remarks)
    mine = []
    known = {report.pk: report for report in reports if by.has_perm(DECLARE_STATUS, report.project)}
    for pk, found in rows.items():
        if code := _closed(known.get(pk)):
            first, edited = found[0], any(row.edits for row in found)  # of what nobody edited nothing is lost
            remarks.append(Remark(code, first.sheet, first.row, value=first.code, notice=not edited))
        else:
            mine.append(known[pk])
    mine.sort(key=lambda report: (report.project.code, report.pk))
    facts = Facts(mine, on=on)
    compared = []
    for report in mine:
        knowledge = Knowledge(report, user=by, on=on, facts=facts)
        one = Compared(report, knowledge, rows[report.pk])
        _compare(one, taken=(taken or {}).get(report.pk, ()), confirmed=(confirmed or {}).get(report.pk, ()))
        compared.append(one)
    return Comparison(compared, remarks, reading.columns)


def _closed(report: StatusReport | None) -> str:
    """Why a report cannot be written; of somebody else's no more is said than of one that does not exist."""
    if report is None:
        return "unknown_report"
    if report.state in StatusReport.OVER or report.period.state not in ReportingPeriod.COLLECTING:
        return "over"
    return "" if report.is_editable else "submitted"


def as_stored(report: StatusReport, knowledge: Knowledge) -> StatusReport:
    """The report as its form shows it: one that was not begun with its first values. A copy, to be changed freely."""
    row = copy(report)
    if row.state == StatusReport.State.NOT_STARTED:
        for name, value in knowledge.prefilled().items():
            setattr(row, name, value)
    return row


def stored(row: StatusReport, knowledge: Knowledge, name: str) -> str:
    """The plain text of a field: of a milestone what the report says, else what is known of it."""
    value = told(row, name)
    if not value and name.startswith("milestones."):
        _base, pk, part = name.split(".")
        mark = next((one for one in knowledge.milestones if str(one.pk) == pk), None)
        value = getattr(mark, KNOWN_DAYS.get(part, ""), None)
    return plain(value)


def _compare(one: Compared, *, taken: Collection[str], confirmed: Collection[str]) -> None:
    row, wanted = as_stored(one.report, one.knowledge), {}
    for found, edit in _edits(one):
        if edit.problem or (problem := _problem(one, edit)):
            one.refused.append((found, edit if edit.problem else _with(edit, problem), ""))
            continue
        before = stored(row, one.knowledge, edit.name)
        if before == edit.text:
            continue
        line = Line(edit.name, before, edit.text, found, edit.cell)
        if fingerprint.mark(before) != edit.seen:
            one.conflicts.append(line)
            if edit.name not in taken:
                continue
        else:
            one.lines.append(line)
        try:
            wanted[edit.name] = value_of(edit.name, edit.text)
        except DomainError as error:
            one.refused.append((found, edit, error.message))
    for name, value in wanted.items():
        put(row, name, value)
    _clean(one, row, wanted)
    row.confirmed = row.confirmed | dict.fromkeys(confirmed, "shown")
    if not one.refused:
        said = {name.name: getattr(row, name.attname) for name in row._meta.concrete_fields}
        known = one.knowledge.known()
        one.findings, one.may_renew = rules.findings(said, known), not rules.may_renew(known)


def _edits(one: Compared) -> Iterator[tuple[RowRead, Edit]]:
    for found in one.rows:
        reached = any(edit.name.endswith(".reached") and edit.text for edit in found.edits)
        for edit in found.edits:
            if reached and edit.name.endswith(".forecast") and not edit.text:
                continue  # what is reached is no longer forecast
            yield found, edit


def _problem(one: Compared, edit: Edit) -> str:
    """The code of what keeps a well-written cell out."""
    base, _dot, rest = edit.name.partition(".")
    column = BY_NAME[base_of(edit.name)]
    if base == "milestones":
        pk = rest.partition(".")[0]
        if not any(str(mark.pk) == pk and mark.actual_date is None for mark in one.knowledge.milestones):
            return "gone"
        return "empty_forecast" if edit.name.endswith(".forecast") and not edit.text else ""
    if base == "risks":
        return "" if any(str(risk.pk) == rest for risk in one.knowledge.risks) else "gone"
    knowledge = one.knowledge
    allowed = {"confidential_note": knowledge.sees_note}.get(column.guard, knowledge.sees_money)
    if column.guard and not allowed:
        return "not_for_you"
    offered = dict(choices_for(column, knowledge.project.portfolio.scale))
    return "unknown_choice" if column.kind == CHOICE and edit.text and edit.text not in offered else ""


def _with(edit: Edit, problem: str) -> Edit:
    return Edit(edit.name, edit.text, edit.cell, edit.seen, problem)


def _clean(one: Compared, row: StatusReport, wanted: Mapping[str, Any]) -> None:
    """What the fields themselves refuse, at the cell it comes from."""
    try:
        editing.clean(row, {name.partition(".")[0] for name in wanted})
    except InvalidFields as error:
        places = {edit.name: (found, edit) for found, edit in _edits(one)}
        for name, messages in error.errors.items():
            if name in places:
                one.refused.append((*places[name], " ".join(messages)))


def places(one: Compared, columns: Mapping[str, str], names: Sequence[str]) -> list[tuple[str, int, str]]:
    """(sheet, row, column letter) where these fields are answered, as far as they stand in the file."""
    found = []
    for name in names:
        row, letter = one.row_of(name), columns.get(base_of(name), "")
        if row and letter:
            found.append((row.sheet, row.row, letter))
    return found
