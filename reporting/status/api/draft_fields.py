"""Bodies of the status reports: a draft is written field by field; its steps say what they need."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from rest_framework import serializers

from pmo_portal.core.api.fields import Strict, StrictSerializer, Text
from projects.hierarchy.models import Project
from reporting.status.api.report_fields import SAID
from reporting.status.models import StatusReport
from reporting.status.rules import LONG_LINE, MANY_LINES
from reporting.status.services.correcting import WORDED
from reporting.status.services.drafts import PARTS

PARTLY = tuple(PARTS)  # members that are objects: each of their parts is a field of its own
UNWRITTEN = frozenset({"way"})
FIELDS = tuple(name for name in SAID if name not in UNWRITTEN)


class Lines(serializers.ListField):
    """Lines of text, each on its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=Text(max_length=LONG_LINE), max_length=MANY_LINES, required=False, **kwargs)


class MilestoneMoveSerializer(Strict):
    """What a report says of a milestone."""

    forecast = serializers.DateField(required=False, allow_null=True, help_text="Null takes the date away.")
    reached = serializers.DateField(required=False, allow_null=True)
    cause = Text(required=False, allow_blank=True, max_length=300)
    note = Text(required=False, allow_blank=True, max_length=300)


class DraftSerializer(StrictSerializer):
    """The members sent are written, all others stay; what nobody else changed since the version you saw is yours to write."""

    milestones = serializers.DictField(
        child=MilestoneMoveSerializer(), required=False, help_text="By id; milestones and dates left out stay."
    )
    risks = serializers.DictField(
        child=serializers.ChoiceField(choices=["kept", "closed"], allow_blank=True), required=False,
        help_text="By id: still true, or to be closed; empty takes it back.",
    )  # fmt: skip
    confirmed = serializers.DictField(
        child=Text(allow_blank=True, max_length=300), required=False,
        help_text="By the `key` of a finding: why it is so. Empty takes it back.",
    )  # fmt: skip
    highlights = Lines()
    next_steps = Lines()
    ask_options = Lines(help_text="The options of the decision asked for, one a line.")

    class Meta:
        model = StatusReport
        fields = FIELDS
        extra_kwargs: ClassVar = {
            "trend": {"choices": Project.Trend.choices},
            "etc": {"help_text": "For who sees costs."},
            "ask_amount": {"help_text": "For who sees budgets."},
            "confidential_note": {"help_text": "For who may read it."},
        }


class BeginSerializer(Strict):
    """Whose report is to be written."""

    def get_fields(self) -> dict[str, serializers.Field]:
        project = StrictSerializer.serializer_related_field(
            queryset=Project.objects.all(), help_text="Id of the project."
        )
        return {"project": project}


class SubmitSerializer(Strict):
    """What is confirmed with it."""

    confirmed = serializers.ListField(
        child=Text(max_length=LONG_LINE), required=False, max_length=200,
        help_text="The `key` of warnings that are as they are.",
    )  # fmt: skip
    renew = serializers.BooleanField(
        required=False, help_text="Nothing to report: the last values stand, warnings are not asked about."
    )


class CorrectSerializer(Strict):
    """What the PMO asks for."""

    comment = Text(max_length=1000, help_text="What is to be corrected.")


class ReviseSerializer(StrictSerializer):
    """What is said otherwise of a frozen report, and why; members left out stay."""

    highlights = Lines()
    next_steps = Lines()

    class Meta:
        model = StatusReport
        fields = ("revision_reason", *WORDED)
        extra_kwargs: ClassVar = {
            "revision_reason": {"required": True, "allow_blank": False, "help_text": "15 characters or more."},
            "trend": {"choices": Project.Trend.choices},
        }


def fields_of(sent: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """(field, value) as the draft knows them: `milestones.12.forecast`."""
    for name, value in sent.items():
        if name not in PARTLY:
            yield name, getattr(value, "pk", value)
            continue
        for key, part in value.items():
            if isinstance(part, Mapping):
                yield from ((f"{name}.{key}.{one}", said) for one, said in part.items())
            else:
                yield f"{name}.{key}", part
