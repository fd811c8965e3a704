"""Status reports as the API tells them: what was declared, beside what is (or, once frozen, was) computed."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import Shown
from pmo_portal.core.api.rows import Link, Row, Source, Worked, of_serializer
from projects.hierarchy.declared import rag_of
from projects.hierarchy.visibility import Access
from reporting.health import unseen
from reporting.health.api.health import ReasonSerializer
from reporting.health.models import RAG_CHOICES
from reporting.health.rules import gap
from reporting.status.facts import ERROR, HINT, WARNING
from reporting.status.models import DIMENSIONS, StatusReport
from reporting.status.selectors import has_hand_in

JUDGEMENTS = ("declared", *DIMENSIONS)
COMPUTED = ("schedule", "cost", "resources", "risk")  # the dimensions that are computed
SAID_IN_LISTS = (
    "way", "declared", "trend", "key_message", *DIMENSIONS, "percent_complete", "back_to_green", "ask",
)  # fmt: skip
SAID = (
    *SAID_IN_LISTS, "summary", *(f"{one}_comment" for one in DIMENSIONS),
    *(f"{one}{part}" for one in JUDGEMENTS for part in ("_reason", "_evidence")), "milestones", "percent_reason", "etc",
    "exception_cause", "exception_plan", "highlights", "next_steps", "risks", "new_risk_title", "new_risk_kind",
    "new_risk_probability", "new_risk_impact", "new_risk_owner", "ask_question", "ask_options", "ask_recommendation",
    "ask_needed_by", "ask_committee", "ask_amount", "confidential_note", "confirmed",
)  # fmt: skip
GROUPS = {
    "etc": "costs", "exception_cause": "costs", "exception_plan": "costs", "ask_amount": "budget",
    "confidential_note": "confidential_note",
}  # fmt: skip
NO_MONEY = "Null for who sees no money."
OF_THE_WORK = ("entry_seconds", "review_comment", "findings", "no_renewal")  # for who writes and who reviews
BEFORE = (
    "id", "project", "project_code", "portfolio", "period", "period_starts_on", "due_on", "revision", "state", "told",
    "computed", "gap",
)  # fmt: skip
AFTER = (
    "author", "author_name", "submitted_at", "entry_seconds", "reviewer", "reviewed_at", "review_comment", "version",
    "created_at", "updated_at", "url", "html_url",
)  # fmt: skip


def is_choice(name: str) -> bool:
    """Whether it is a judgement, which is empty until somebody made it."""
    return bool(getattr(StatusReport._meta.get_field(name), "choices", None))


HAND_IN = "Only for who writes or reviews the report, else null."


class FindingSerializer(serializers.Serializer):
    """What a rule finds odd: an error keeps the report from being submitted, a warning is put right or confirmed."""

    rule = serializers.CharField(help_text="VR-01 to VR-18, a letter where a rule has several parts.")
    path = serializers.CharField(help_text="The member it is about.")
    kind = serializers.ChoiceField(choices=[ERROR, WARNING, HINT])
    key = serializers.CharField(help_text="What `confirmed` of `submit/` takes.")
    message = serializers.CharField(help_text="What is odd, and what to do.")


@extend_schema_field(ReasonSerializer(many=True))
class Reasons(serializers.JSONField):
    """The stored list of reasons."""


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class Lines(serializers.JSONField):
    """Lines of text."""


@extend_schema_field({"type": "object", "additionalProperties": {}})
class Parts(serializers.JSONField):
    """An object with a member for each part."""


class StatusReportRow(Shown, serializers.ModelSerializer):
    """A report of a project for a period. What it says is told once it was submitted; before, to who writes and reviews it."""

    expands = {
        "project": Expand("project", "project_id"),
        "portfolio": Expand("portfolio", "project__portfolio_id"),
        "period": Expand("reporting-period", "period_id"),
    }
    project_code = serializers.CharField()
    portfolio = serializers.CharField(help_text="Code of the portfolio.")
    period_starts_on = serializers.DateField()
    due_on = serializers.DateField()
    told = serializers.BooleanField(help_text="Whether you are told what it says; else those members are empty.")
    computed = serializers.ChoiceField(choices=RAG_CHOICES, help_text="Now; of a frozen report, then.")
    gap = serializers.IntegerField(allow_null=True, help_text="Positive when declared better than computed.")
    author_name = serializers.CharField(allow_null=True)
    entry_seconds = serializers.IntegerField(allow_null=True, help_text=f"Time of writing, without pauses. {HAND_IN}")
    review_comment = serializers.CharField(allow_null=True, help_text=HAND_IN)
    url = serializers.URLField()
    html_url = serializers.URLField(help_text="The page for people.")

    class Meta:
        model = StatusReport
        fields: tuple[str, ...] = (*BEFORE, *SAID_IN_LISTS, *AFTER)
        read_only_fields = fields
        extra_kwargs: ClassVar[dict[str, Any]] = {
            name: {"allow_blank": True} for name in SAID_IN_LISTS if is_choice(name)
        }


class StatusReportSerializer(StatusReportRow):
    """The whole report, with what was computed and what the rules find in it."""

    computed_schedule = serializers.ChoiceField(choices=RAG_CHOICES)
    computed_cost = serializers.ChoiceField(choices=RAG_CHOICES)
    computed_resources = serializers.ChoiceField(
        choices=RAG_CHOICES, help_text="`grey` of reports frozen before people were part of health."
    )
    computed_risk = serializers.ChoiceField(choices=RAG_CHOICES)
    reasons = Reasons(help_text="Why the computed colours are what they are.")
    milestones = Parts(help_text="{id: {`forecast`, `reached`, `cause`, `note`}} of those the report moves.")
    risks = Parts(help_text="{id: `kept` or `closed`} of those that were looked at.")
    confirmed = Parts(help_text="{rule and member: reason} of the warnings that were confirmed.")
    highlights = Lines()
    next_steps = Lines()
    ask_options = Lines()
    exception_cause = serializers.CharField(allow_null=True, help_text=f"Cause of the exception. {NO_MONEY}")
    exception_plan = serializers.CharField(allow_null=True, help_text=f"Plan to come back. {NO_MONEY}")
    confidential_note = serializers.CharField(allow_null=True, help_text="Null for who may not read it.")
    findings = FindingSerializer(many=True, allow_null=True, help_text=HAND_IN)
    no_renewal = serializers.ListField(
        child=serializers.ChoiceField(choices=["not_green", "alerts", "stale", "third"]), allow_null=True,
        help_text=f"Why “nothing to report” is not possible; empty when it is. {HAND_IN}",
    )  # fmt: skip

    class Meta(StatusReportRow.Meta):
        fields = (
            *BEFORE, *(f"computed_{one}" for one in COMPUTED), "reasons", *SAID, "findings", "no_renewal",
            "revision_reason", *AFTER,
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs: ClassVar = {
            **{name: {"allow_blank": True} for name in SAID if is_choice(name)},
            "etc": {"help_text": "Estimate to complete, in the project's currency; null for who does not see costs."},
            "ask_amount": {"help_text": "Null for who does not see budgets."},
        }


def kept_or_now(kept: Any, now: Any) -> Any:
    """Of a frozen report what was computed then, else what is computed now; grey while nothing was."""
    return kept or now or "grey"


def dimension_of(frozen: Any, kept: Any, now: Any) -> Any:
    """A frozen report from before a dimension was computed says nothing of it, whatever is so today."""
    return kept_or_now(kept, None if frozen else now)


def reasons_of(kept: Any, now: Any) -> list[Any]:
    return kept if kept is not None else now or []


def gap_of(declared: str, kept: Any, now: Any) -> int | None:
    return gap(rag_of(declared).value, kept_or_now(kept, now))


def name_of(first: Any, last: Any, username: Any) -> str | None:
    """As `User.label`; None for nobody."""
    return f"{first or ''} {last or ''}".strip() or username


def is_told(submitted: Any, state: str) -> bool:
    """What is being corrected is a draft again until it is submitted."""
    return submitted is not None and state != StatusReport.State.TO_CORRECT


def nothing_yet(_pk: int) -> None:
    """What takes more than the row is added afterwards."""


def computed(dimension: str) -> Worked:
    of = ("snapshot__id", f"snapshot__content__health__{dimension}", f"project__health__{dimension}")
    return Worked(of, dimension_of)


def then_or_now(kept: Any, now: Any) -> Any:
    """Of a frozen report what was so then: the project may be called otherwise and be elsewhere since."""
    return kept or now


def author_of(kept: Any, *now: Any) -> str | None:
    return kept or name_of(*now)


OVERALL = ("snapshot__computed", "project__health__computed")
AUTHOR_THEN = "snapshot__content__report__author_name"
COMMON: dict[str, Source] = {
    "project_code": Worked(("snapshot__code", "project__code"), then_or_now),
    "portfolio": Worked(("snapshot__content__project__portfolio_code", "project__portfolio__code"), then_or_now),
    "period_starts_on": "period__starts_on",
    "due_on": "period__due_on",
    "told": Worked(("submitted_at", "state"), is_told),
    "computed": Worked(OVERALL, kept_or_now),
    "gap": Worked(("declared", *OVERALL), gap_of),
    "author_name": Worked((AUTHOR_THEN, "author__first_name", "author__last_name", "author__username"), author_of),
    "url": Link("/api/v1/status-reports/{}/"),
    "html_url": Link("/reports/{}/"),
}
ROW = of_serializer(StatusReportRow, **COMMON)
WHOLE = of_serializer(
    StatusReportSerializer,
    **COMMON,
    **{f"computed_{one}": computed(one) for one in COMPUTED},
    reasons=Worked(("snapshot__content__health__reasons", "project__health__reasons"), reasons_of),
    findings=Worked(("id",), nothing_yet),
    no_renewal=Worked(("id",), nothing_yet),
)
PLACE: dict[str, Source] = {
    "@project": "project_id", "@path": "project__path", "@confidentiality": "project__confidentiality",
    "@told": Worked(("submitted_at", "state"), is_told),
}  # fmt: skip
UNSAID = {name: StatusReport._meta.get_field(name).get_default() for name in SAID}  # type: ignore[union-attr]


def withheld(row: Row, access: Access) -> bool:
    """Take from a row what this reader may not see, and `PLACE`; whether they have a hand in it."""
    pk, path, confidentiality, told = (row.pop(name) for name in PLACE)
    place = (pk, path, confidentiality == "confidential")
    hand = has_hand_in(access, *place)
    if not told and not hand:
        row.update({name: value for name, value in UNSAID.items() if name in row})
        row.update({name: None for name in ("gap", "author", "author_name") if name in row})
    elif "told" in row:
        row["told"] = True
    if not hand:
        row.update({name: None for name in OF_THE_WORK if name in row})
    roles = access.roles_at(*place)
    row.update({name: None for name, group in GROUPS.items() if name in row and not roles & access.seeing(group)})
    if "reasons" in row and not access.sees_money_at(*place):
        row["reasons"] = unseen.told(row["reasons"])
    return hand
