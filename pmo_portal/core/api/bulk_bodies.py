"""What a request for many rows contains and what it is answered, as serializers: checked and documented from the same place."""

from functools import cache
from typing import Any

from rest_framework import serializers

from pmo_portal.core.api.fields import AT_LEAST_ONE, Strict

MOST = 1000
OUTCOMES = ("created", "updated", "unchanged", "refused")


class CulpritSerializer(serializers.Serializer):
    """Where a row is wrong: `rows[3].forecast_end`."""

    path = serializers.CharField()
    message = serializers.CharField()


class ResultSerializer(serializers.Serializer):
    """What became of one row."""

    row = serializers.IntegerField(help_text="Its position in the request, from 0.")
    external_ref = serializers.CharField(allow_blank=True, help_text="As it is kept: with the source in front.")
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    id = serializers.IntegerField(allow_null=True, help_text="null when refused, and for what a dry run would create.")
    version = serializers.IntegerField(allow_null=True)
    errors = CulpritSerializer(many=True)  # type: ignore[assignment]  # the member, not the attribute of serializers


class AnswerSerializer(serializers.Serializer):
    """How many rows became what, then each."""

    dry_run = serializers.BooleanField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = ResultSerializer(many=True)


@cache
def row_of(view: Any) -> type[serializers.Serializer]:
    """The members of a row: those of the resource, and how to recognise it."""
    base = view.serializer_class
    more: dict[str, Any] = {
        "version": serializers.IntegerField(
            required=False, min_value=1, help_text="The version you saw; a stale one is refused."
        )
    }
    if "project_ref" in view.instead_of_ids:
        told = "External reference or code of the project in `portfolio`, instead of its id in `project`."
        more["project_ref"] = serializers.CharField(required=False, help_text=told)
    if "person_ref" in view.instead_of_ids:
        told = "External reference or e-mail address of the person, instead of the id in `person`."
        more["person_ref"] = serializers.CharField(required=False, help_text=told)
    names = [name for name in base.Meta.fields if name != "version"]
    meta = type("Meta", (base.Meta,), {"fields": (*names, *more)})
    return type(base.__name__.replace("Serializer", "Row"), (base,), {**more, "Meta": meta, "__doc__": "One row."})


class RawRows(serializers.ListField):
    """The rows as they were sent; each is checked on its own."""

    def __init__(self, **kwargs: Any) -> None:
        told = {"error_messages": AT_LEAST_ONE, **kwargs}
        super().__init__(child=serializers.DictField(), min_length=1, max_length=MOST, **told)


@cache
def body_of(view: Any) -> type[serializers.Serializer]:
    """What is checked of the whole."""
    told = {
        "source": "Name of the system the references are from; kept in front of each, `SAP:4711`.",
        "portfolio": "Code of the portfolio the rows are in.",
    }
    fields: dict[str, Any] = {
        "source": serializers.RegexField(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", required=False, help_text=told["source"])
    }
    if view.bulk_scope in ("project_id", "portfolio_id"):
        needed = view.bulk_scope == "portfolio_id"
        fields["portfolio"] = serializers.CharField(required=needed, max_length=40, help_text=told["portfolio"])
    return type("Bulk", (Strict,), {**fields, "rows": RawRows()})


def documented(view: Any) -> type[serializers.Serializer]:
    """The same with the members of the rows, for the document."""
    checked, row = body_of(view), row_of(view)
    name = view.serializer_class.__name__.replace("Serializer", "Bulk")
    return type(name, (checked,), {"rows": row(many=True, partial=True), "__doc__": "Up to 1,000 rows."})
