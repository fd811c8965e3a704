"""What happened to a record, in one place: the database records, pages read."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, models
from django.utils import translation

from pmo_portal.core import ledger, trace
from pmo_portal.core.models import AuditEvent, User

Changes = dict[str, list[Any]]
BY_THE_DATABASE = frozenset({"create", "update", "delete"})


def plain(value: Any) -> Any:
    """A JSON value for `value`: dates as ISO text, decimals as text (so no cent is lost), rows as their id."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    return value


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """{field: [before, after]} for the fields of `after` whose value differs from `before`."""
    return {
        name: [plain(before.get(name)), plain(value)]
        for name, value in after.items()
        if plain(before.get(name)) != plain(value)
    }


def record(
    *, by: User | None, action: str, target: models.Model, changes: Changes, project_id: int | None = None
) -> None:
    """Write down what is no change of a row: an export, a sign-in, a look through someone else's eyes.

    What changes a row is recorded by the database itself (core/ledger.py).
    """
    if action in BY_THE_DATABASE and not ledger.reason_against(type(target)):
        raise ValueError(f"the database records this {action}; say who does it with trace.acting(by)")
    here = trace.current()
    label, english = names_of(target)
    AuditEvent.objects.create(
        actor=by,
        on_behalf_of_id=lender_of(by, target, project_id),
        token=here.token,
        action=action,
        target_type=target._meta.concrete_model._meta.label,  # type: ignore[union-attr]
        target_id=target.pk,
        target_label=label,
        target_label_en="" if english == label else english,
        project_id=project_id,
        changes=changes,
        source=here.source,
        request_id=here.request_id[:40],
        note=here.note,
    )


def lender_of(by: User | None, target: models.Model, project_id: int | None) -> int | None:
    """Whose right let this user write this record, when it was lent to them (a delegation)."""
    if by is None:
        return None
    own = (str(target._meta.model_name), target.pk)
    return trace.on_behalf_of(by.pk, ("project", project_id), own, ("node", getattr(target, "node_id", None)))


def names_of(target: models.Model) -> tuple[str, str]:
    """What the record is called in the organisation's language and in English, whoever writes."""
    with translation.override(settings.LANGUAGE_CODE):
        label = str(target)[:300]
    with translation.override("en"):
        return label, str(target)[:300]


@contextmanager
def rewriting_history() -> Iterator[None]:
    """Lets the owner of the tables, and nobody else, change or delete events inside this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pmo.rewriting_history', 'on', true)")
        yield
        cursor.execute("SELECT set_config('pmo.rewriting_history', '', true)")


def tell(*, by: User | None, action: str, about: type[models.Model], changes: Changes) -> None:
    """Write an event that belongs to no record: a list that was exported, a rule that was applied."""
    here = trace.current()
    AuditEvent.objects.create(
        actor=by,
        action=action,
        target_type=about._meta.label,
        target_id=0,
        changes=changes,
        source=here.source,
        request_id=here.request_id[:40],
        token=here.token,
        note=here.note,
    )


def forgotten_until() -> datetime | None:
    """The moment before which the retention rule removed events; None while everything is there."""
    told = AuditEvent.objects.filter(action="purge").order_by("-at").values_list("changes", flat=True).first()
    return datetime.fromisoformat(told["until"][1]) if told else None


def history_of(target: models.Model) -> models.QuerySet[AuditEvent]:
    """The events of one record, newest first, with who did it and for whom."""
    label = target._meta.concrete_model._meta.label  # type: ignore[union-attr]
    rows = AuditEvent.objects.filter(target_type=label, target_id=target.pk)
    return rows.select_related("actor", "on_behalf_of").order_by("-at", "-pk")


def history_of_project(project_id: int) -> models.QuerySet[AuditEvent]:
    """The events of a project and of everything that hangs off it, newest first; each change is told once."""
    rows = AuditEvent.objects.filter(project_id=project_id).exclude(target_type__in=ledger.beside())
    return rows.select_related("actor", "on_behalf_of").order_by("-at", "-pk")
