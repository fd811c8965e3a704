"""Many answers to requests at once: each stands for itself, and says what became of it."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from pmo_portal.core.api.fields import Strict
from projects.resources.api.allocation_rows import ConfirmAllocationSerializer, months_in, whom_in
from projects.resources.services.many import VERBS, Answer, Answered

MOST = 200


class OneAnswerSerializer(ConfirmAllocationSerializer):
    """One answer: as the verb of its own takes it, with the request and the version you saw."""

    allocation = serializers.IntegerField(min_value=1, help_text="Id of the request.")
    version = serializers.IntegerField(min_value=0, help_text="The version of it that you saw.")
    verb = serializers.ChoiceField(choices=sorted(VERBS))


class ManyAnswersSerializer(Strict):
    """What is answered."""

    answers = OneAnswerSerializer(many=True, allow_empty=False, max_length=MOST)  # type: ignore[call-arg]  # of the list


class OutcomeSerializer(serializers.Serializer):
    """What became of one answer."""

    allocation = serializers.IntegerField(help_text="Id of the request.")
    done = serializers.BooleanField()
    status = serializers.CharField(allow_null=True, help_text="Of the request now; null where nothing was written.")
    version = serializers.IntegerField(allow_null=True, help_text="Of the request now; null where nothing was written.")
    error = serializers.CharField(allow_null=True, help_text="Why nothing was written.")


class OutcomesSerializer(serializers.Serializer):
    """In the order of the answers."""

    done = serializers.IntegerField(help_text="How many were written.")
    refused = serializers.IntegerField(help_text="How many were not.")
    results = OutcomeSerializer(many=True)


def answer_in(fields: dict[str, Any]) -> Answer:
    """A valid item as the service takes it: only what its verb knows."""
    given: dict[str, Any] = {"answer": fields.get("answer", "")}
    if fields["verb"] != "refuse":
        given |= {"granted": months_in(fields), "whom": whom_in(fields)}
    if fields["verb"] == "confirm":
        given |= {"seen": fields.get("seen", ""), "anyway": fields.get("anyway", False)}
    return Answer(fields["allocation"], fields["version"], fields["verb"], given)


def outcomes_of(found: list[Answered]) -> Mapping[str, Any]:
    done = sum(one.done for one in found)
    return {"done": done, "refused": len(found) - done, "results": [_told(one) for one in found]}


def _told(one: Answered) -> dict[str, Any]:
    row = one.row if one.done else None
    return {
        "allocation": one.asked.allocation,
        "done": one.done,
        "status": row.status if row else None,
        "version": row.version if row else None,
        "error": one.error.message if one.error else None,
    }
