"""What the database keeps of every change of a row: one `Record` a model, and none without a reason.

Every model of ours is recorded unless it says in `not_recorded` why not; what a model wants told otherwise than by default
stands in its `record`. `ledger_sql` makes triggers of it after each migration: a new model or column cannot be forgotten.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

BETWEEN = " · "  # the parts of a label
OURS = ("core", "projects", "portfolio", "reporting")
# What the database derives from something else that is recorded, on whatever model.
DERIVED = frozenset({"created_at", "updated_at", "version", "path"})
# Tables of packages, by app or by model.
NOT_RECORDED = {
    "auth": "Nobody uses Django's own groups and permissions: rights are memberships.",
    "contenttypes": "A list of models that migrations write.",
    "sessions": "Signing in and out are events of their own.",
    "usersessions": "Signing in and out are events of their own.",
    "account": "Addresses and their confirmation are told in the history of the account (identity/journal.py).",
    "mfa": "Second factors are secrets; that one came or went is told in the history of the account.",
    "socialaccount": "Signing in through another service is told in the history of the account.",
}


@dataclass(frozen=True, slots=True)
class Record:
    """How a model's rows are told.

    `label`: the fields that name a row, reached with `__` (default: `name` or `title`, with its English twin). Values are kept
    as they are, so that a reader of any language has them in theirs; `words` names the method that puts them together where a
    `·` between them is not enough. `project`: the way to the id of its project (default: `project` where there is one).
    `without`: fields that are derived or of no interest, `masked`: those whose values are secret. `beside`: another record's
    history tells it already. `inside`: its rows hang off no project and yet tell what is in them (the name of a file), or are
    somebody's own: the audit log tells them to who sees every project, and to who wrote them.
    """

    label: tuple[str, ...] = ()
    words: str = ""
    project: str = ""
    without: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    beside: bool = False
    inside: bool = False


def reason_against(model: type[models.Model]) -> str:
    """Why the rows of this model are not recorded; nothing when they are."""
    meta = model._meta
    if meta.app_label not in OURS:
        return NOT_RECORDED.get(meta.label, NOT_RECORDED.get(meta.app_label, ""))
    return str(getattr(model, "not_recorded", ""))


def recorded() -> Iterator[type[models.Model]]:
    """The models whose rows are recorded, in the order of their tables."""
    ours = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in OURS]
    kept = [model for model in ours if model._meta.managed and not model._meta.proxy and not reason_against(model)]
    return iter(sorted(kept, key=lambda model: model._meta.db_table))


def record_of(model: type[models.Model]) -> Record:
    """The record of a model with its defaults filled in."""
    told: Record = getattr(model, "record", Record())
    names = {field.name for field in model._meta.concrete_fields}
    label = told.label or next(((name,) for name in ("name", "title") if name in names), ())
    project = told.project or ("project" if "project" in names else "")
    return replace(told, label=label, project=project)


def told_fields(model: type[models.Model]) -> "list[models.Field]":
    """The fields of a model that its history tells."""
    without = DERIVED | set(record_of(model).without)
    return [field for field in model._meta.concrete_fields if not field.primary_key and field.name not in without]


@cache
def beside() -> frozenset[str]:
    """Labels of the models whose changes come with those of another record, which tells them."""
    return frozenset(model._meta.label for model in recorded() if record_of(model).beside)


@cache
def inside() -> frozenset[str]:
    """Labels of the models without a project whose rows tell what is in projects."""
    return frozenset(model._meta.label for model in recorded() if record_of(model).inside)


def in_words(target_type: str, label: str) -> str:
    """What an event keeps of the name of its record, in the reader's language."""
    try:
        model = apps.get_model(target_type)
    except (LookupError, ValueError):
        return label  # a model that no longer exists
    record, parts = record_of(model), label.split(BETWEEN)
    if len(parts) != len(record.label) or not (record.words or len(parts) > 1 or _choices(model, record.label[0])):
        return label
    if record.words:
        try:
            return str(getattr(model, record.words)(*parts))
        except ValueError:
            return label  # written in words, before its parts were kept as they are
    told = [str(_choices(model, path).get(part, part)) for path, part in zip(record.label, parts, strict=True)]
    return BETWEEN.join(word for word in told if word)


def _choices(model: type[models.Model], path: str) -> dict[Any, Any]:
    return dict(getattr(field_at(model, path), "flatchoices", ()))


def field_at(model: type[models.Model], path: str) -> "models.Field | None":
    """The field at the end of a way with `__`; None when there is none."""
    first, _sep, rest = path.partition("__")
    try:
        field = model._meta.get_field(first)
    except FieldDoesNotExist:
        return None
    if rest and field.related_model:
        return field_at(field.related_model, rest)  # type: ignore[arg-type]
    return field  # type: ignore[return-value]
