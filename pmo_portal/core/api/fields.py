"""Serializers of the API: what a body may contain, and nothing else (security.md T2)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.editing import plain_key, values

AT_LEAST_ONE: Any = {"min_length": gettext_lazy("Give at least one.")}  # the framework says “at least 1 elements”


class ScopedField(serializers.PrimaryKeyRelatedField):
    """A reference by id, among the rows the user may know exist: a hidden row is refused like a missing one."""

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        request = self.context.get("request")
        return rows.visible_to(request.user) if request is not None and hasattr(rows, "visible_to") else rows

    def to_internal_value(self, data: Any) -> Any:
        """Among rows that were read beforehand for many of us (core/api/bulk.py), else by a query of its own."""
        loaded = self.context.get("loaded", {}).get(self.field_name)
        if loaded is None:
            return super().to_internal_value(data)
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("incorrect_type", data_type=type(data).__name__)
        if data not in loaded:
            self.fail("does_not_exist", pk_value=data)
        return loaded[data]


class Text(serializers.CharField):
    """Text alone: a number is refused, as the document says, rather than written down as it happens to be spelled."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Address(Text, serializers.EmailField):
    """An e-mail address."""


class Strict(serializers.Serializer):
    """Refuses members it does not know or that cannot be set."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            fields = self.fields
            refused = {
                str(name): [
                    _("This field cannot be set here.") if name in fields else _("This field does not exist here.")
                ]
                for name in data
                if name not in fields or fields[name].read_only
            }
            if refused:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)


class NothingSerializer(Strict):
    """Nothing has to be said."""


class Shown(serializers.Serializer):
    """The answer of a resource: `fields=` may leave members out, `expand=` embeds the objects of `expands`."""

    expands: ClassVar[Mapping[str, Expand]] = {}


class StrictSerializer(Shown, Strict, serializers.ModelSerializer):
    """A body that becomes a row. Uniqueness is left to the database, whose refusals are worded.

    `fixed` names the fields that are given at creation and may only be repeated unchanged afterwards.
    """

    serializer_related_field = ScopedField
    serializer_field_mapping: ClassVar = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
        models.TextField: Text,
        models.EmailField: Address,
    }
    fixed: ClassVar[tuple[str, ...]] = ()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None:
            return attrs
        held = values(self.instance, self.fixed)
        moved = [name for name in self.fixed if name in attrs and plain_key(attrs[name]) != held[name]]
        if moved:
            raise serializers.ValidationError({name: [_("This cannot be changed after creation.")] for name in moved})
        return {name: value for name, value in attrs.items() if name not in self.fixed}

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        field, kwargs = super().build_standard_field(field_name, model_field)
        if "validators" in kwargs:
            kwargs["validators"] = [one for one in kwargs["validators"] if not isinstance(one, UniqueValidator)]
        return field, kwargs

    def get_uniqueness_extra_kwargs(self, field_names: Any, declared_fields: Any, extra_kwargs: Any) -> Any:
        return extra_kwargs, {}

    def get_validators(self) -> list[Any]:
        return []


def unchanged_left_out(row: models.Model, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes without the references that stay as they are: repeating a place is not a move."""
    kept = {}
    for name, value in changes.items():
        field = row._meta.get_field(name)
        if isinstance(field, models.ForeignKey) and getattr(value, "pk", None) == getattr(row, field.attname):
            continue
        kept[name] = value
    return kept
