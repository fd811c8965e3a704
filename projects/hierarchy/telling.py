"""One event in plain words: what was done, to what kind of record, and both values of each field as a person reads them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.models import AuditEvent
from projects.hierarchy.declared import Level, Scale, word_of
from projects.hierarchy.words import phase_of

# Marks the portal itself stores in a free text: the category of a budget line that describes one published year.
STORED_WORDS = {"fiscal_year": gettext_lazy("a fiscal year")}
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Labels = dict[Any, dict[int, str]]  # by model (or by what a label is of, below), then id
CURRENCY, KIND = "currency", "kind of amount"  # of projects, of budget lines

# action: (in the filter of the audit log, with the record). Whatever is not listed is told as a change.
ACTIONS: dict[str, tuple[Promise, Promise]] = {
    "create": (pgettext_lazy("action", "created"), gettext_lazy("%(noun)s: created")),
    "update": (pgettext_lazy("action", "changed"), gettext_lazy("%(noun)s: changed")),
    "delete": (pgettext_lazy("action", "deleted"), gettext_lazy("%(noun)s: deleted")),
    "declare": (pgettext_lazy("action", "status declared"), gettext_lazy("Status declared")),
    "undo": (pgettext_lazy("action", "taken back"), gettext_lazy("%(noun)s: change taken back")),
    "follow": (
        pgettext_lazy("action", "moved along"),
        gettext_lazy("%(noun)s: moved along with what it belongs to"),
    ),
    "end": (pgettext_lazy("action", "ended"), gettext_lazy("%(noun)s: ended")),
    "emergency": (pgettext_lazy("action", "emergency access opened"), gettext_lazy("Emergency access opened")),
    "emergency_end": (pgettext_lazy("action", "emergency access ended"), gettext_lazy("Emergency access ended")),
    "view_as": (pgettext_lazy("action", "seen as someone else"), gettext_lazy("Portal seen as this person")),
    "view_as_end": (
        pgettext_lazy("action", "no longer seen as someone else"),
        gettext_lazy("Portal no longer seen as this person"),
    ),
    "revoke": (pgettext_lazy("action", "revoked"), gettext_lazy("%(noun)s: revoked")),
    "export": (pgettext_lazy("action", "exported"), gettext_lazy("Audit log exported")),
    "sign_in": (pgettext_lazy("action", "signed in"), gettext_lazy("Signed in")),
    "sign_in_failed": (pgettext_lazy("action", "failed to sign in"), gettext_lazy("Could not sign in")),
    "sign_out": (pgettext_lazy("action", "signed out"), gettext_lazy("Signed out")),
    "locked_out": (pgettext_lazy("action", "locked out"), gettext_lazy("Locked out after too many tries")),
    "session_ended": (pgettext_lazy("action", "session ended"), gettext_lazy("Session ended")),
    "sessions_ended": (pgettext_lazy("action", "sessions ended"), gettext_lazy("Sessions ended everywhere")),
    "reauthenticated": (pgettext_lazy("action", "confirmed who they are"), gettext_lazy("Confirmed who they are")),
    "password_changed": (pgettext_lazy("action", "password changed"), gettext_lazy("Password changed")),
    "password_reset": (pgettext_lazy("action", "password reset"), gettext_lazy("Password reset")),
    "email_changed": (pgettext_lazy("action", "e-mail changed"), gettext_lazy("E-mail changed")),
    "mfa_added": (pgettext_lazy("action", "second factor added"), gettext_lazy("Second factor added")),
    "mfa_removed": (pgettext_lazy("action", "second factor removed"), gettext_lazy("Second factor removed")),
    "mfa_reset": (
        pgettext_lazy("action", "lost second factor removed"),
        gettext_lazy("Lost second factor removed by somebody else"),
    ),
    "mfa_failed": (pgettext_lazy("action", "second factor failed"), gettext_lazy("Second factor failed")),
    "recovery_codes_made": (pgettext_lazy("action", "recovery codes made"), gettext_lazy("Recovery codes made")),
    "recovery_code_used": (pgettext_lazy("action", "recovery code used"), gettext_lazy("Recovery code used")),
    "setup_link_used": (pgettext_lazy("action", "set-up link used"), gettext_lazy("Set-up link used")),
    "submit": (pgettext_lazy("action", "submitted"), gettext_lazy("%(noun)s: submitted")),
    "validate": (pgettext_lazy("action", "validated"), gettext_lazy("%(noun)s: validated")),
    "correct": (
        pgettext_lazy("action", "sent back for correction"),
        gettext_lazy("%(noun)s: sent back for correction"),
    ),
    "reword": (pgettext_lazy("action", "reworded by the PMO"), gettext_lazy("%(noun)s: reworded by the PMO")),
    "freeze": (pgettext_lazy("action", "frozen"), gettext_lazy("%(noun)s: frozen")),
    "release": (pgettext_lazy("action", "released"), gettext_lazy("%(noun)s: released")),
    "purge": (pgettext_lazy("action", "removed by the retention rule"), gettext_lazy("Old history removed")),
}
ALARMS = frozenset({"emergency", "emergency_end"})  # told in red: nobody's everyday work
# What is said of an amount that changed, by the kind of its line.
AMOUNTS: dict[str, Promise] = {
    "initial": gettext_lazy("Original budget changed"),
    "revised": gettext_lazy("Budget revised"),
    "committed": gettext_lazy("Committed amount changed"),
    "actual": gettext_lazy("Actuals changed"),
    "forecast": gettext_lazy("Estimate to complete changed"),
}
# Fields of events that belong to no record.
TOLD: dict[str, Promise] = {
    "rows": gettext_lazy("rows"),
    "format": gettext_lazy("format"),
    "filters": gettext_lazy("filters"),
    "since": gettext_lazy("from"),
    "until": gettext_lazy("until"),
    "method": gettext_lazy("method"),
    "reason": gettext_lazy("reason"),
    "seconds": gettext_lazy("seconds"),
    "key_id": gettext_lazy("public part"),
    "digest": gettext_lazy("secret"),
    "former_digest": gettext_lazy("former secret"),
    "secret_at": gettext_lazy("secret made"),
    "session_epoch": gettext_lazy("sessions ended"),
    "sha256": gettext_lazy("fingerprint of the file"),
    "kind": gettext_lazy("kind"),
    "service": gettext_lazy("sign-in service"),
    "email": gettext_lazy("e-mail address"),
    "count": gettext_lazy("how many"),
    "device": gettext_lazy("device"),
}
# What the events of accounts say in codes (core/identity): of these fields, one or several.
CODED = frozenset({("session_ended", "reason")})
CODES: dict[str, Promise] = {
    "password": gettext_lazy("password"),
    "mfa": gettext_lazy("second factor"),
    "socialaccount": gettext_lazy("sign-in service"),
    "totp": gettext_lazy("authenticator app"),
    "webauthn": gettext_lazy("security key"),
    "recovery_codes": gettext_lazy("recovery codes"),
    "idle": gettext_lazy("nobody there for too long"),
    "absolute": gettext_lazy("open for too long"),
    "by its owner": gettext_lazy("by its owner"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field: its name and both values, in words."""

    label: str
    before: str
    after: str

    @property
    def begins(self) -> bool:
        """Whether there was nothing before: then only what it became is told."""
        return self.before == formats.MISSING


def what(event: AuditEvent, labels: Labels) -> str:
    """ "Milestone: created", "Status declared", "Budget revised"…"""
    kind = labels.get(KIND, {}).get(event.target_id, "") if event.target_type == "projects.BudgetLine" else ""
    if event.action not in ("create", "delete") and set(event.changes) == {"amount"} and kind in AMOUNTS:
        return str(AMOUNTS[kind])
    _short, words = ACTIONS.get(event.action, ACTIONS["update"])
    return str(words) % {"noun": noun_of(event.target_type)}


def noun_of(target_type: str) -> str:
    """What a kind of record is called: "Milestone"."""
    model = model_named(target_type)
    return sentence(str(model._meta.verbose_name)) if model else target_type


def sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def change(event: AuditEvent, name: str, pair: Sequence[Any], labels: Labels) -> Change:
    field = field_of(model_of(event), name)
    if field is None and (name in ("kind", "method") or (event.action, name) in CODED):
        return Change(field_label(field, name), *(decoded(value) for value in pair))
    if name == "declared" and event.action != "create":
        scale = labels[Scale].get(event.project_id or 0, "")
        before, after = (word_of(value, scale) if value in Level.values else formats.MISSING for value in pair)
    else:
        currency = labels.get(CURRENCY, {}).get(event.project_id or 0, "") if name == "amount" else ""
        told = amounts(pair, currency) if currency else [value_in_words(field, value, labels) for value in pair]
        before, after = told
    return Change(field_label(field, name), before, after)


def decoded(value: Any) -> str:
    """ "password+mfa", "totp, webauthn": each code in words."""
    parts = str(value or "").replace("+", ", ").split(", ")
    return ", ".join(str(CODES.get(part, part)) for part in parts if part) or formats.MISSING


def field_label(field: Any, name: str) -> str:
    named = getattr(field, "_verbose_name", None)  # none given: what it would say is the name of a column
    return sentence(str(named or TOLD.get(name) or getattr(field, "verbose_name", name)))


def value_in_words(field: Any, value: Any, labels: Labels) -> str:
    """A JSON value of the audit row as a person reads it; an en dash for nothing."""
    if value is None or value == "":
        return formats.MISSING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(field, models.ForeignKey):
        return labels.get(field.related_model, {}).get(value, _("hidden or deleted"))
    if field is not None and field.name == "category" and value in STORED_WORDS:
        return str(STORED_WORDS[value])
    if field is not None and field.name == "phase":
        return phase_of(value)
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField):
        return formats.date(date.fromisoformat(value))
    if isinstance(field, models.DateTimeField):
        return formats.moment(datetime.fromisoformat(value))
    if isinstance(field, models.DecimalField):
        number = Decimal(value)
        return formats.number(number, 0 if number == number.to_integral_value() else 2)
    return (", ".join(texts_of(value)) or formats.MISSING) if isinstance(value, dict | list) else str(value)


def texts_of(value: Any) -> Iterator[str]:
    """What a list or a nested value says, without its keys; its days as people write them."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts_of(one)
    elif isinstance(value, str) and (day := parse_day(value)):
        yield formats.date(day)
    elif value not in (None, ""):
        yield str(value)


def parse_day(text: str) -> date | None:
    """The day a text is, if it is one: people write what looks like one."""
    try:
        return date.fromisoformat(text) if ISO_DAY.fullmatch(text) else None
    except ValueError:
        return None


def amounts(pair: Sequence[Any], currency: str) -> list[str]:
    """Both amounts in one scale, as exact as they were written: thousands only where neither loses by them."""
    values = [Decimal(value) if value not in (None, "") else None for value in pair]
    known = [value for value in values if value]
    if known and all(value % 1000 == 0 for value in known):
        return [formats.money(value, currency) for value in values]
    places = 0 if all(value == value.to_integral_value() for value in known) else 2
    return [formats.money(value, currency, scale="1", places=places) for value in values]


def model_of(event: AuditEvent) -> type[models.Model] | None:
    return model_named(event.target_type)


def model_named(label: str) -> type[models.Model] | None:
    """The model of an audit row; None for one that no longer exists."""
    try:
        return apps.get_model(label)
    except LookupError:
        return None


def field_of(model: type[models.Model] | None, name: str) -> Any:
    """The field of an audit row; None for one that no longer exists."""
    try:
        return model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None
