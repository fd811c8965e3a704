"""The value of a field of a loaded record, in words."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from pmo_portal.core import formats


def value_of(row: models.Model, name: str) -> str:
    """As a person reads it; an en dash for nothing."""
    field: Any = row._meta.get_field(name)
    value = getattr(row, name)
    if value is None or value == "":
        return formats.MISSING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, models.Model):
        return str(getattr(value, "label", value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, date):
        return formats.date(value)
    if isinstance(value, Decimal):
        return formats.number(value, 0 if value == value.to_integral_value() else 2)
    return str(value)
