"""Two people changed the same fields: both values in the reader's words, as a form and its page show them."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from pmo_portal.core import formats
from pmo_portal.core.errors import StaleVersion


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two people changed: what I typed against what is stored."""

    label: str
    mine: str
    theirs: str


def differences(form: Any, record: Model | None, stale: StaleVersion) -> list[Difference]:
    """The refused and the stored value of each field that differs; `record` tells what the form itself does not ask."""
    found = []
    for name in stale.theirs:
        asked, kept = form.fields.get(name), model_field(record, name)
        label = getattr(asked, "label", None) or capfirst(str(getattr(kept, "verbose_name", name)))
        mine, theirs = (in_words(asked, kept, values.get(name)) for values in (stale.mine, stale.theirs))
        found.append(Difference(str(label), mine, theirs))
    return found


def in_words(asked: Any, kept: Any, value: Any) -> str:
    """A value as a person reads it; `asked` is its field in the form, `kept` in the record, either may be None.

    A row is named only when it is among those the form offers: others are hidden from this reader.
    """
    if value is None or value == "":
        return formats.MISSING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if (offered := getattr(asked, "queryset", None)) is not None:
        row = offered.filter(pk=value).first()
        return asked.label_from_instance(row).strip() if row else _("hidden or deleted")
    words = dict(getattr(kept, "flatchoices", ())) | {str(key): label for key, label in getattr(asked, "choices", ())}
    return str(words[str(value)]) if str(value) in words else plain(value)


def plain(value: Any) -> str:
    """Days, moments and figures in the reader's way of writing."""
    if isinstance(value, dt.datetime):
        return formats.moment(timezone.make_aware(value) if timezone.is_naive(value) else value)
    if isinstance(value, dt.date):
        return formats.date(value)
    if isinstance(value, Decimal):
        return formats.number(value, 0 if value == value.to_integral_value() else 2)
    return formats.number(value) if isinstance(value, int) else str(value)


def model_field(record: Model | None, name: str) -> Any:
    """The field of the record; None where it has none of that name."""
    try:
        return record._meta.get_field(name) if record is not None else None
    except FieldDoesNotExist:
        return None
