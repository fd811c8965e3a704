"""The value of a field of a loaded record, in words; the usual phases of projects in the reader's language."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core import formats
from projects.hierarchy import priorities

# A phase is free text, stored as it was typed; these usual ones are shown to each reader in their language.
PHASES = {
    "Cadrage": pgettext_lazy("phase", "Scoping"),
    "Conception": pgettext_lazy("phase", "Design"),
    "Réalisation": pgettext_lazy("phase", "Build"),
    "Stabilisation": pgettext_lazy("phase", "Early life support"),
    "Bilan": pgettext_lazy("phase", "Review"),
    "Suspendu": pgettext_lazy("phase", "On hold"),
    "Arrêté": pgettext_lazy("phase", "Stopped"),
}


def phase_of(stored: str) -> str:
    """The phase as this reader calls it."""
    return str(PHASES.get(stored, stored))


def value_of(row: models.Model, name: str) -> str:
    """As a person reads it; an en dash for nothing."""
    field: Any = row._meta.get_field(name)
    value = getattr(row, name)
    if value is None or value == "":
        return formats.MISSING
    if name == "phase":
        return phase_of(value)
    if name == "priority":
        return priorities.in_words(value)
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
