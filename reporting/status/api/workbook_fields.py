"""Workbooks of reports as the API tells them: what a file would change, or what became of it."""

from typing import Any, ClassVar

from rest_framework import serializers

from pmo_portal.core.api.fields import Shown, Strict
from pmo_portal.core.api.rows import Link, Row, Worked, of_serializer
from projects.exchange.models import ImportBatch
from reporting.status import wording
from reporting.status.api.report_fields import FindingSerializer, nothing_yet
from reporting.status.workbook import remarks
from reporting.status.workbook.comparing import Compared, Comparison, Line

OUTCOMES = ("submitted", "saved", "left", "refused")
STAGED = "Of one that waits, else null."


class ChangeSerializer(serializers.Serializer):
    """A member of a report that the file changes: plain values, dates as ISO, lists as lines."""

    path = serializers.CharField()
    sheet = serializers.CharField()
    cell = serializers.CharField()
    stored = serializers.CharField(allow_blank=True)
    wanted = serializers.CharField(allow_blank=True)


class RefusedSerializer(serializers.Serializer):
    """A cell that keeps its report out."""

    path = serializers.CharField()
    sheet = serializers.CharField()
    cell = serializers.CharField()
    message = serializers.CharField()


class ReportInFileSerializer(serializers.Serializer):
    """What the file would do to one report."""

    report = serializers.IntegerField()
    project_code = serializers.CharField()
    complete = serializers.BooleanField(help_text="Whether it could be submitted as it would be.")
    renewable = serializers.BooleanField(help_text="Whether it could be submitted as “nothing to report”.")
    changes = ChangeSerializer(many=True)
    conflicts = ChangeSerializer(many=True, help_text="Changed in the portal too: what is stored stays unless `taken`.")
    refused = RefusedSerializer(many=True, help_text="Cells that keep the report out.")
    findings = FindingSerializer(many=True)


class RemarkSerializer(serializers.Serializer):
    """A row that was left out, or (`notice`) something to know about the file."""

    code = serializers.CharField()
    sheet = serializers.CharField(allow_blank=True)
    row = serializers.IntegerField(allow_null=True)
    notice = serializers.BooleanField()
    message = serializers.CharField()


class WorkbookRow(Shown, serializers.ModelSerializer):
    """A workbook of reports that was sent."""

    url = serializers.URLField()
    html_url = serializers.URLField(help_text="The page for people.")

    class Meta:
        model = ImportBatch
        fields: tuple[str, ...] = (
            "id", "state", "file_name", "size", "sha256", "created_at", "applied_at", "url", "html_url",
        )  # fmt: skip
        read_only_fields = fields


def ids(what: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.IntegerField(), help_text=f"Ids of the reports {what}.")


class WorkbookSerializer(WorkbookRow):
    """The workbook with what it would change now. Its ETag stands for all of that: what is applied is what was read."""

    reports = ReportInFileSerializer(many=True, allow_null=True, help_text=STAGED)
    remarks = RemarkSerializer(many=True, allow_null=True, help_text=STAGED)
    submitted = ids("that were submitted")
    saved = ids("saved as drafts")
    left = ids("saved as drafts for which something is still asked")
    refused = ids("left as they were, cells of theirs being refused")

    class Meta(WorkbookRow.Meta):
        fields = (*WorkbookRow.Meta.fields, "reports", "remarks", *OUTCOMES)
        read_only_fields = fields


LINKS = {"url": Link("/api/v1/report-workbooks/{}/"), "html_url": Link("/reports/workbook/{}/")}
ROW = of_serializer(WorkbookRow, **LINKS)
WHOLE = of_serializer(
    WorkbookSerializer,
    **LINKS,
    reports=Worked(("id",), nothing_yet),
    remarks=Worked(("id",), nothing_yet),
    **{name: Worked((f"report__{name}",), lambda held: held or []) for name in OUTCOMES},
)


class WorkbookFileSerializer(Strict):
    """The workbook that was downloaded and edited."""

    file = serializers.FileField(max_length=200, help_text="An .xlsx file of `file/`, at most 25 MB.")


class WorkbookApplySerializer(Strict):
    """What to do with what was read. Without anything, what changes is saved as drafts."""

    submit = serializers.ListField(
        child=serializers.IntegerField(min_value=1), default=list, max_length=200,
        help_text="Ids of the reports to submit, if they are complete.",
    )  # fmt: skip
    renew = serializers.BooleanField(default=False, help_text="Submit all that is `renewable` as “nothing to report”.")
    confirmed = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=120), max_length=200), default=dict,
        help_text="{id of the report: keys of findings that are so}.",
    )  # fmt: skip
    taken = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=120), max_length=200), default=dict,
        help_text="{id of the report: paths of conflicts of which the file's value is wanted}.",
    )  # fmt: skip

    examples: ClassVar[dict[str, Any]] = {"submit": [12], "confirmed": {"12": ["VR-05:cost_comment"]}}


def told(comparison: Comparison) -> Row:
    """The members of a workbook that waits."""
    found = [
        {
            "code": one.code,
            "sheet": one.sheet,
            "row": one.row or None,
            "notice": one.notice,
            "message": remarks.words(one),
        }
        for one in comparison.remarks
    ]
    return {"reports": [report_in_file(one) for one in comparison.reports], "remarks": found}


def report_in_file(one: Compared) -> Row:
    scale = one.report.project.portfolio.scale
    return {
        "report": one.report.pk,
        "project_code": one.report.project.code,
        "complete": one.is_complete,
        "renewable": one.renewable,
        "changes": [change(line) for line in one.lines],
        "conflicts": [change(line) for line in one.conflicts],
        "refused": [
            {
                "path": edit.name,
                "sheet": row.sheet,
                "cell": edit.cell,
                "message": words or remarks.cell_words(edit, scale),
            }
            for row, edit, words in one.refused
        ],
        "findings": [
            {"rule": each.rule, "path": each.at, "kind": each.kind, "key": each.key, "message": wording.words(each)}
            for each in one.findings
        ],
    }


def change(line: Line) -> dict[str, str]:
    return {
        "path": line.name, "sheet": line.row.sheet, "cell": line.cell, "stored": line.before, "wanted": line.after,
    }  # fmt: skip
