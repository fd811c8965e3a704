"""What the API says about a project: a row of the list (now, or from history), and the item with everything editable."""

from collections.abc import Iterable
from typing import ClassVar

from rest_framework import serializers

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import Shown, Strict, StrictSerializer
from pmo_portal.core.api.rows import Link, Listing, Source, Worked
from projects.hierarchy.declared import Level, rag_of
from projects.hierarchy.models import Node, Project
from reporting.health.models import RAG_CHOICES, HealthHistory

FIGURES = (
    "gap", "slip_days", "slip_percent", "budget", "eac", "committed", "actual", "cost_variance", "cost_variance_percent",
    "max_risk", "next_milestone_date", "next_milestone_slip",
)  # fmt: skip
COLOURS = ("computed", "schedule", "cost", "risk", "freshness", "resources")
COUNTS = ("open_risks", "late_milestones")
FACTS = (
    "code", "external_ref", "name", "name_en", "state", "phase", "must_win", "priority", "key_message", "declared",
    "declared_label", "declared_on", "start_date", "baseline_start", "baseline_end", "percent_complete", "currency", "data_date",
)  # fmt: skip
GAP = "Rank declared minus rank computed: positive when declared better than computed."
NOT_REPORTED = "Declared; '' when not reported."
EXPECTED_END = "Expected end; the actual one once the project has ended."


def programme_code(kind: str, code: str) -> str | None:
    return code if kind == Node.Kind.PROGRAMME else None


def text(value: str | None) -> str:
    return value or ""


def nothing(_value: object) -> None:
    return None


def health_now(names: Iterable[str]) -> dict[str, Source]:
    """Figures and colours of the current photograph; grey and zero while there is none yet."""
    sources: dict[str, Source] = {name: f"health__{name}" for name in (*FIGURES, "computed_at")}
    sources |= {name: Worked((f"health__{name}",), lambda rag: rag or "grey") for name in COLOURS}
    sources |= {name: Worked((f"health__{name}",), lambda count: count or 0) for name in COUNTS}
    sources["next_milestone"] = Worked(("health__next_milestone",), text)
    return {name: source for name, source in sources.items() if name in names}


NAMED = {
    "portfolio": Expand("portfolio", "portfolio_id"),
    "node": Expand("container", "node_id"),
    "parent": Expand("project", "parent_id"),
    "project_manager": Expand("person", "project_manager_id"),
    "sponsor": Expand("person", "sponsor_id"),
}
NAMED_THEN = {name: NAMED[name] for name in ("portfolio", "node")}


class ProjectRow(Shown, serializers.ModelSerializer):
    """A project in a list. On a past day it is the photograph of that day, so what only exists now is null."""

    expands = NAMED

    id = serializers.IntegerField()
    portfolio = serializers.CharField(help_text="Code of the portfolio.")
    programme = serializers.CharField(allow_null=True, help_text="Code of the programme; null directly in a portfolio.")
    node = serializers.IntegerField(help_text="Id of the container the project is in.")
    manager = serializers.CharField(allow_blank=True, help_text="Name of the project manager.")
    declared = serializers.ChoiceField(choices=Level.choices, allow_blank=True, help_text=NOT_REPORTED)
    trend = serializers.ChoiceField(choices=Project.Trend.choices, allow_blank=True)
    forecast_end = serializers.DateField(allow_null=True, help_text=EXPECTED_END)
    gap = serializers.IntegerField(allow_null=True, help_text=GAP)
    slip_days = serializers.IntegerField(
        allow_null=True, help_text="Calendar days after the baseline end; negative when ahead."
    )
    counted = serializers.BooleanField(
        help_text="False for a part of another project, whose figures the whole carries."
    )
    computed_at = serializers.DateTimeField(allow_null=True, help_text="When this health began to be so.")
    updated_at = serializers.DateTimeField(allow_null=True, help_text="When a fact last changed; null on a past day.")
    version = serializers.IntegerField(allow_null=True, help_text="Version of the facts; null on a past day.")
    url = serializers.URLField()
    html_url = serializers.URLField(help_text="The page for people.")

    class Meta:
        model = HealthHistory
        fields: ClassVar = (
            "id", "code", "external_ref", "name", "name_en", "portfolio", "programme", "node", "counted", "confidential",
            "state", "phase", "manager", "must_win", "priority", "key_message", "declared", "declared_label", "declared_rag",
            "declared_on", "trend", *COLOURS[:1], "gap", *COLOURS[1:], "start_date", "baseline_start", "baseline_end",
            "forecast_end", "slip_days", "slip_percent", "percent_complete", "budget", "eac", "committed", "actual",
            "cost_variance", "cost_variance_percent", "currency", *COUNTS, "max_risk", "next_milestone", "next_milestone_date",
            "next_milestone_slip", "data_date", "computed_at", "updated_at", "version", "url", "html_url",
        )  # fmt: skip
        read_only_fields = fields


PROGRAMME = Worked(("node__code", "node__kind"), lambda code, kind: programme_code(kind, code))
MANAGER = Worked(("project_manager__name",), text)
PLACE: dict[str, Source] = {"portfolio": "portfolio__code", "programme": PROGRAMME, "node": "node_id"}
NOW: dict[str, Source] = {
    "id": "id",
    **PLACE,
    **{name: name for name in FACTS},
    "manager": MANAGER,
    "trend": "declared_trend",
    "declared_rag": Worked(("declared",), lambda level: rag_of(level).value),
    "forecast_end": "expected_end",  # an annotation: the actual end once there is one
    "counted": Worked(("parent_id",), lambda parent: parent is None),
    "confidential": Worked(("confidentiality",), lambda level: level == Project.Confidentiality.CONFIDENTIAL),
    "updated_at": "updated_at",
    "version": "version",
    "url": Link("/api/v1/projects/{}/"),
    "html_url": Link("/projects/{}/"),
    **health_now(ProjectRow.Meta.fields),
}
THEN: dict[str, Source] = {
    **{name: name for name in ProjectRow.Meta.fields},
    **PLACE,
    "id": "project_id",
    "manager": "manager_name",
    "computed_at": "valid_from",
    "updated_at": Worked(("project_id",), nothing),
    "version": Worked(("project_id",), nothing),
    "url": Link("/api/v1/projects/{}/", "project_id"),
    "html_url": Link("/projects/{}/", "project_id"),
}
CURRENT = Listing({name: NOW[name] for name in ProjectRow.Meta.fields})
AS_OF = Listing({name: THEN[name] for name in ProjectRow.Meta.fields})


def colour(label: str) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices=RAG_CHOICES, read_only=True, help_text=label)


def amount(label: str) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=2, read_only=True, allow_null=True, help_text=label)


class ProjectSerializer(StrictSerializer):
    """A project with its facts (editable) and its health (computed). The status is declared through `status/`."""

    expands = NAMED

    portfolio = serializers.CharField(read_only=True, help_text="Code of the portfolio, which follows from `node`.")
    programme = serializers.CharField(read_only=True, allow_null=True, help_text="Code of the programme, if any.")
    manager = serializers.CharField(read_only=True, help_text="Name of the project manager.")
    declared = serializers.ChoiceField(choices=Level.choices, read_only=True, allow_blank=True, help_text=NOT_REPORTED)
    trend = serializers.ChoiceField(
        choices=Project.Trend.choices, read_only=True, allow_blank=True, help_text=NOT_REPORTED
    )
    declared_rag = colour("Colour of the declared level.")
    computed = colour("Computed health: the worst of its dimensions.")
    schedule, cost, risk, freshness = colour("Schedule."), colour("Cost."), colour("Risks."), colour("Age of the data.")
    resources = colour("People: staffing of the next three months, too much work of those named.")
    gap = serializers.IntegerField(read_only=True, allow_null=True, help_text=GAP)
    slip_days = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Calendar days after the baseline end."
    )
    slip_percent = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True, allow_null=True)
    budget, eac = amount("Approved budget."), amount("Estimate at completion.")
    committed, actual, cost_variance = amount("Committed."), amount("Spent."), amount("Estimate minus budget.")
    cost_variance_percent = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True, allow_null=True)
    open_risks, late_milestones = serializers.IntegerField(read_only=True), serializers.IntegerField(read_only=True)
    max_risk = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Highest residual level of an open threat."
    )
    computed_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When this health began to be so."
    )
    confidential_note = serializers.CharField(
        read_only=True,
        allow_null=True,
        allow_blank=True,
        help_text="For those who decide; null where your role does not show it.",
    )
    url = serializers.URLField(read_only=True)
    html_url = serializers.URLField(read_only=True, help_text="The page for people.")

    class Meta:
        model = Project
        fields: ClassVar = (
            "id", "code", "external_ref", "name", "name_en", "short_name", "description", "portfolio", "programme", "node",
            "parent", "state", "resume_date", "phase", "size", "delivery_mode", "category", "investment_class", "must_win",
            "priority", "confidentiality", "sponsor", "business_manager", "delivery_head", "project_manager", "pmo_referent",
            "manager", "tolerance_time", "tolerance_cost", "start_date", "baseline_start", "baseline_end", "baseline_end_first",
            "forecast_end", "actual_end", "percent_complete", "currency", "declared", "declared_label", "declared_on", "trend",
            "declared_rag", "key_message", "back_to_green", "confidential_note", "left_on", "data_date", *COLOURS[:1], "gap",
            *COLOURS[1:],
            "slip_days", "slip_percent", "budget", "eac", "committed", "actual", "cost_variance", "cost_variance_percent",
            *COUNTS, "max_risk", "computed_at", "version", "created_at", "updated_at", "url", "html_url",
        )  # fmt: skip
        read_only_fields = ("declared", "declared_label", "declared_on", "key_message", "back_to_green", "data_date")


DETAIL = {
    name: source
    for name, source in NOW.items()
    if name in {"portfolio", "programme", "manager", "trend", "declared_rag", "url", "html_url"}
} | health_now(ProjectSerializer.Meta.fields)


class StatusSerializer(Strict):
    """A declared status."""

    declared = serializers.ChoiceField(choices=Level.choices, help_text="A level of the portfolio's scale.")
    trend = serializers.ChoiceField(choices=Project.Trend.choices)
    key_message = serializers.CharField(
        min_length=3, max_length=140, help_text="Where the project stands, in one sentence."
    )
    back_to_green = serializers.DateField(required=False, allow_null=True, help_text="When it will be on track again.")
    confidential_note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text="Read by those who decide only; left out, it stays.",
    )
