"""Handing over what remains of somebody's work after a day, in one request: all of it or none of it."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from pmo_portal.core.api.fields import Strict, Text
from projects.resources.models import Allocation, Person
from projects.resources.services import Handed

MOST = 200


class HandedSerializer(Strict):
    """One request, and who could go on with it."""

    allocation = serializers.IntegerField(min_value=1, help_text="Id of the request.")
    version = serializers.IntegerField(min_value=0, help_text="The version of it that you saw.")
    to = serializers.PrimaryKeyRelatedField(
        queryset=Person.objects.all(), required=False, allow_null=True,
        help_text="Who is proposed; left out: asked for anew, by its role.",
    )  # fmt: skip


class HandOverSerializer(Strict):
    """Who leaves, after which day, and what becomes of the rest."""

    person = serializers.PrimaryKeyRelatedField(queryset=Person.objects.all(), help_text="Id of who hands over.")
    after = serializers.DateField(help_text="Their last day: what they do until then stays theirs.")
    answer = Text(help_text="What the projects are told.")
    parts = HandedSerializer(many=True, allow_empty=False, max_length=MOST)  # type: ignore[call-arg]  # of the list


class HandedOverSerializer(serializers.Serializer):
    """What is now asked for or proposed: the request itself, or what was split from it."""

    allocation = serializers.IntegerField(help_text="Id.")
    origin = serializers.IntegerField(allow_null=True, help_text="The request it was split from.")
    status = serializers.CharField()
    person = serializers.IntegerField(allow_null=True, help_text="Id of who is proposed.")
    version = serializers.IntegerField()


class HandedOversSerializer(serializers.Serializer):
    """In the order of the parts."""

    results = HandedOverSerializer(many=True)


def handed_in(fields: dict[str, Any]) -> dict[str, Any]:
    """A valid body as the service takes it."""
    parts = [Handed(one["allocation"], one["version"], one.get("to")) for one in fields.pop("parts")]
    return {**fields, "parts": parts}


def handed_over(rows: list[Allocation]) -> Mapping[str, Any]:
    names = {"allocation": "pk", "origin": "origin_id", "status": "status", "person": "person_id", "version": "version"}
    return {"results": [{name: getattr(row, field) for name, field in names.items()} for row in rows]}
