"""Taking back what one request changed (ux.md §3.3): the audit rows hold what was there before, newest is taken back first.

All of it or nothing, and only while the records still hold what that request wrote. What is taken back is itself in the
history, so it can be taken back in turn. Each kind of record registers its `Way`; a kind without one is never offered.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext as _

from pmo_portal.core import editing, ledger
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from pmo_portal.core.registry import Registry

ONE_REQUEST = timedelta(minutes=2)
MOST = 1000  # events of one request: far above a bulk change, far below an import


class CannotUndo(DomainError):
    """The change can no longer be taken back, or never could."""

    status = 409


class Way:
    """How the changes of one kind of record are taken back, with the verbs its services write with.

    `permission` is asked on the record (on its project for what hangs off one). `alone`: one change of it can be restored from
    the history, without what else its request did.
    """

    model: ClassVar[type[models.Model]]
    permission: ClassVar[str]
    actions: ClassVar[frozenset[str]] = frozenset({"create", "update", "declare", "undo", "delete"})
    kept: ClassVar[tuple[str, ...]] = ()
    alone: ClassVar[bool] = True

    def knows(self, event: AuditEvent) -> bool:
        """Whether this event can go back: a deletion only when it kept every field its record cannot do without."""
        if event.action != "delete":
            return event.action in self.actions
        fields = editing.fields_of(self.model())
        kept = all(one.null or one.blank or one.has_default() or one.name in event.changes for one in fields)
        return kept and event.action in self.actions

    def hold(self, event: AuditEvent) -> None:
        """Lock what is locked before the record itself, in the order its services do."""

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        """Refuse what this user may not write today."""
        if not by.has_perm(self.permission, row):
            raise not_allowed()

    def done(self, row: Any, names: Iterable[str], *, by: User, on: date) -> None:
        """What follows a write of these fields; no field: the record is gone."""

    def update(self, event: AuditEvent, *, by: User, on: date) -> None:
        """Give the fields their former values."""
        row = editing.hold(self.model, event.target_id)
        self.check(row, event, by=by)  # first: who may not change the record is not told what became of it
        check_untouched(row, event)
        former = {name: former_value(row, name, pair[0]) for name, pair in event.changes.items()}
        names = editing.write(
            row, by=by, changes=former, project_id=event.project_id, action="undo", kept=self.kept_of(former)
        )
        self.done(row, names, by=by, on=on)

    def delete(self, event: AuditEvent, *, by: User, on: date) -> None:
        """Take a creation back."""
        row = editing.hold(self.model, event.target_id)
        self.check(row, event, by=by)
        if changed_later(event):
            raise changed_meanwhile(row)
        editing.delete(row, by=by, version=row.version, project_id=event.project_id)  # type: ignore[attr-defined]
        self.done(row, (), by=by, on=on)

    def create(self, event: AuditEvent, *, by: User, on: date) -> None:
        """Bring back what was deleted, under the number it had."""
        if back := self.model._default_manager.filter(pk=event.target_id).first():
            self.check(back, event, by=by)
            raise changed_meanwhile(back)
        row = self.model(pk=event.target_id)
        for name, (held, _gone) in event.changes.items():
            editing.assign(row, name, former_value(row, name, held))
        self.check(row, event, by=by)
        editing.create(row, by=by, project_id=event.project_id, kept=self.kept)
        self.done(row, event.changes, by=by, on=on)

    def judge(self, events: Sequence[AuditEvent], *, by: User) -> Callable[[], None]:
        """Look at what these events are about, before they are taken back; what is returned is called once all of it is.

        For what is right or wrong of several records together. Rows it spans are held here, after those of `hold`.
        """
        return lambda: None

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        """Whether this reader of the history, who may not be its author, may take the entry back."""
        return False

    def kept_of(self, changes: dict[str, Any]) -> tuple[str, ...]:
        """The fields that triggers derive from a change of these."""
        return self.kept


ways: Registry[Way] = Registry("undo")


def possible(events: Sequence[AuditEvent]) -> bool:
    """Whether every one of these events knows a way back."""
    return 0 < len(events) <= MOST and all(
        event.target_type in ways and ways[event.target_type].knows(event) for event in events
    )


def restorable(event: AuditEvent) -> bool:
    """Whether an entry of the history can be restored by itself. A creation is deleted with its own button instead."""
    return possible([event]) and event.action != "create" and ways[event.target_type].alone


def may_restore(user: User, event: AuditEvent) -> bool:
    """Whether it may be by this reader."""
    return restorable(event) and ways[event.target_type].may_restore(event, user=user)


def events_of(user: User, request_id: str) -> list[AuditEvent]:
    """What this user changed on a page in one request, newest first.

    A proxy that gives every request the same id must not join what was saved at different times.
    """
    rows = AuditEvent.objects.filter(request_id=request_id, actor=user, source=AuditEvent.Source.PAGE)
    rows = rows.exclude(action="follow").exclude(
        target_type__in=ledger.beside()
    )  # what comes and goes with another change
    found = list(rows.order_by("-pk")[: MOST + 1])
    return [event for event in found if found[0].at - event.at < ONE_REQUEST]


def take_back(events: Sequence[AuditEvent], *, by: User, on: date) -> None:
    """Take these changes back, newest first. CannotUndo when a record changed since, NotAllowed without the right today."""
    if not possible(events):
        raise CannotUndo(_("This change cannot be taken back."))
    with editing.writing():
        for event in sorted(events, key=lambda one: (one.project_id or 0, one.pk)):
            ways[event.target_type].hold(event)
        judges = [
            ways[kind].judge([event for event in events if event.target_type == kind], by=by)
            for kind in sorted({event.target_type for event in events})
        ]
        for event in sorted(events, key=lambda one: -one.pk):
            way = ways[event.target_type]
            verb = {"create": way.delete, "delete": way.create}.get(event.action, way.update)
            verb(event, by=by, on=on)
        for judge in judges:
            judge()


def check_untouched(row: models.Model, event: AuditEvent) -> None:
    """CannotUndo unless each field still holds what the event wrote."""
    held = editing.values(row, event.changes)
    if not all(same(held[name], former_value(row, name, written)) for name, (_was, written) in event.changes.items()):
        raise changed_meanwhile(row)


def not_allowed() -> NotAllowed:
    return NotAllowed(_("Your role no longer lets you change this."))


def same(held: Any, written: Any) -> bool:
    """Whether two values mean the same: nothing is null in an audit row and "" in a text field."""
    return held == written or (held in (None, "") and written in (None, ""))


def changed_later(event: AuditEvent) -> bool:
    """Whether something else happened to the record after this event."""
    later = AuditEvent.objects.filter(target_type=event.target_type, target_id=event.target_id, pk__gt=event.pk)
    return later.exclude(request_id=event.request_id).exists()


def changed_meanwhile(row: models.Model) -> CannotUndo:
    words = _("“%(what)s” was changed again since: nothing was taken back. Look at its history.")
    return CannotUndo(words % {"what": getattr(row, "label", None) or str(row)})


def former_value(row: models.Model, name: str, value: Any) -> Any:
    """A JSON value of an audit row as its field takes it; an emptied text is "" even where the audit row has null."""
    field: Any = row._meta.get_field(name)
    if value is None:
        return None if field.null else ""
    return value if field.is_relation else field.to_python(value)
