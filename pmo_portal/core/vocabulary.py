"""Columns that hold one word of a list: the database refuses every other, whoever writes.

The lists stand in Python, as the `choices` of the fields; the rule of each column is made from them, and a list that grows needs
its migration like any other rule (`makemigrations` finds it). `migrating` has the step that adds rules to large tables.
"""

import re
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

M = TypeVar("M", bound=models.Model)

# {rule: its field}, for the words a person reads when one is broken (`core.editing`).
fields: dict[str, str] = {}
REFUSED = _("This value is not in the list. Choose one of those offered.")


class OneOf(models.CheckConstraint):
    """A column holds one of these words. Forms and services have asked the field already, so nothing is asked here again."""

    def validate(self, *_args: Any, **_options: Any) -> None:
        return

    def deconstruct(self) -> Any:
        """For migrations it is an ordinary rule."""
        _path, args, options = super().deconstruct()
        return "django.db.models.CheckConstraint", args, options


def kept(model: type[M]) -> type[M]:
    """Class decorator: a rule for each field with `choices`, beside those that the model's Meta declares."""
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()
    rules: list[models.BaseConstraint] = []
    for field in model._meta.local_concrete_fields:
        if field.choices:
            name = f"{prefix}_{field.name}_is_known"
            rules.append(OneOf(condition=Q(**{f"{field.name}__in": words_of(field)}), name=name))
            fields[name] = field.name
    model._meta.constraints = [*model._meta.constraints, *rules]
    model._meta.original_attrs["constraints"] = model._meta.constraints  # where migrations look
    return model


def words_of(field: "models.Field[Any, Any]") -> list[Any]:
    """What the column may hold, nothing included where the field may be left empty."""
    words = [value for value, _label in field.flatchoices]
    return words if not field.blank or "" in words else [*words, ""]
