"""Decisions as the API tells them: with their options, and with the amounts a reader may see."""

from collections import defaultdict
from typing import Any, ClassVar

from rest_framework import serializers

from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.fields import Strict, StrictSerializer, Text
from pmo_portal.core.api.rows import Link, Row, Worked, of_serializer
from projects.hierarchy.api import OF_PROJECT
from projects.hierarchy.visibility import Access
from projects.raid.models import Decision, DecisionOption
from projects.raid.models.decision import MOST_OPTIONS
from projects.raid.services import Choice
from projects.raid.services.options import TOLD
from projects.resources.models import Person

HIDDEN = "In the project's currency; null for who does not see budgets."


class OptionSerializer(StrictSerializer):
    """One of the ways to choose from. Their order is that of the list, which is always written whole."""

    class Meta:
        model = DecisionOption
        fields: ClassVar = ("label", "cost", "delay_days", "note", "recommended")
        extra_kwargs: ClassVar = {
            "cost": {"help_text": HIDDEN},
            "delay_days": {"help_text": "Calendar days it costs; negative when it gains time."},
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each option is whole, also in a change that leaves the rest of the decision as it is."""
        if "label" not in attrs:
            raise serializers.ValidationError({"label": [self.fields["label"].error_messages["required"]]})
        return attrs


class DecisionSerializer(StrictSerializer):
    """A question asked of who may decide it. What becomes of it is written by the verbs, not by a change of its fields."""

    expands = {
        **OF_PROJECT,
        "asked_by": Expand("person", "asked_by_id"),
        "decided_by": Expand("person", "decided_by_id"),
    }
    fixed = ("project",)
    project_code = serializers.CharField(source="project.code", read_only=True)
    portfolio = serializers.CharField(
        source="project.portfolio.code", read_only=True, help_text="Code of the portfolio."
    )
    currency = serializers.CharField(source="project.currency", read_only=True)
    options = OptionSerializer(many=True, required=False, max_length=MOST_OPTIONS)  # type: ignore[call-arg]  # of the list
    outcome = serializers.ChoiceField(
        choices=Decision.Outcome.choices, allow_blank=True, read_only=True, help_text="Empty until something was said."
    )
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Decision
        fields = (
            "id", "project", "project_code", "portfolio", "code", "external_ref", "question", "question_en", "background",
            "status", "needed_by", "asked_by", "asked_on", "committee", "scheduled_for", "amount_asked", "currency", "options",
            "recommendation", "outcome", "taken_on", "decided_by", "decided_by_name", "reason",
            "version", "created_at", "updated_at", "url",
        )  # fmt: skip
        read_only_fields = (
            "status", "scheduled_for", "taken_on", "decided_by", "decided_by_name", "reason",
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            "amount_asked": {"help_text": HIDDEN},
            "asked_on": {"required": False, "help_text": "Today unless given."},
            "committee": {"help_text": "Of which body it is asked."},
        }


class ScheduleSerializer(Strict):
    """The agenda a question is put on."""

    scheduled_for = serializers.DateField(help_text="The day of the meeting, today or later.")
    committee = Text(max_length=120, required=False, allow_blank=True, help_text="Left out, it stays.")


class RefuseSerializer(Strict):
    """A refusal."""

    reason = Text(help_text="Why.")
    taken_on = serializers.DateField(required=False, allow_null=True, help_text="Today unless given.")
    decided_by = serializers.PrimaryKeyRelatedField(
        queryset=Person.objects.all(), required=False, allow_null=True, help_text="You, unless somebody is named."
    )
    decided_by_name = Text(
        max_length=120, required=False, allow_blank=True, help_text="A body, or somebody who is not in the directory."
    )


class TakeSerializer(RefuseSerializer):
    """What was decided."""

    outcome = serializers.ChoiceField(choices=Decision.Outcome.choices)
    reason = Text(required=False, allow_blank=True, help_text="Why, or under which conditions; some outcomes need it.")


class LapseSerializer(Strict):
    """Why nobody needs the decision any more."""

    reason = Text(required=False, allow_blank=True)


def nothing_yet(_pk: int) -> list[Row]:
    """The options come with a query of their own."""
    return []


LISTING = of_serializer(DecisionSerializer, options=Worked(("id",), nothing_yet), url=Link("/api/v1/decisions/{}/"))


def told(rows: list[Row], user: Any) -> list[Row]:
    """The rows with their options and without the amounts this reader may not see: two queries, whatever their number."""
    if not rows or not {"options", "amount_asked"} & rows[0].keys():
        return rows
    ids, access = [row["id"] for row in rows], Access.of(user)
    known = set(ids)
    if not access.sees_all("budget"):
        seen = Decision.objects.filter(access.projects("project", group="budget"), pk__in=ids)
        known = set(seen.values_list("pk", flat=True))
    options = options_of(ids) if "options" in rows[0] else {}
    for row in rows:
        if "options" in row:
            row["options"] = [
                one if row["id"] in known else {**one, "cost": None} for one in options.get(row["id"], ())
            ]
        if row["id"] not in known and "amount_asked" in row:
            row["amount_asked"] = None
    return rows


def options_of(ids: list[int]) -> dict[int, list[Row]]:
    """{decision: its options in order}."""
    found: dict[int, list[Row]] = defaultdict(list)
    rows = DecisionOption.objects.filter(decision__in=ids).order_by("decision_id", "position")
    for one in rows.values("decision_id", *TOLD):
        found[one.pop("decision_id")].append(one)
    return found


def choices_in(fields: dict[str, Any]) -> list[Choice] | None:
    """The options of a body, taken out of it; None where it has none."""
    given = fields.pop("options", None)
    return None if given is None else [Choice(**one) for one in given]


def stored_choices(row: Any) -> list[Choice]:
    """Those a stored decision has, read beforehand."""
    return [Choice(**{name: getattr(one, name) for name in TOLD}) for one in row.options.all()]


expandable.add("decision", Expandable(DecisionSerializer, LISTING, Decision.objects.visible_to, told, area="risks"))
