"""Taking an import back within a day, as long as nobody built on it: its own audit rows say what to restore."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import trace
from pmo_portal.core.editing import writing
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.events import announce, announce_removal
from pmo_portal.core.models import AuditEvent, User
from projects.access.policy import IMPORT_FILES, allowed
from projects.exchange.models import ImportBatch
from projects.exchange.services import bulk
from projects.hierarchy.models import Node, Project

UNDO_WITHIN = timedelta(hours=24)
_NAMED = 5
# In the order in which they are taken back: a forecast needs its milestone, and a project goes before its container.
KINDS = (
    "projects.Milestone",
    "projects.MilestoneForecast",
    "projects.BudgetLine",
    "projects.Risk",
    "projects.Project",
    "projects.Node",
)


class CannotUndo(DomainError):
    """Too late, or records changed since."""

    status = 409


def undo(batch_id: int, *, by: User | None) -> ImportBatch:
    """Put back what the import changed and delete what it created. Raises CannotUndo or NotAllowed, and then writes nothing."""
    with writing():
        bulk.take_time()
        batch: ImportBatch = (
            ImportBatch.objects.select_for_update().defer("content", "bad_rows", "changes").get(pk=batch_id)
        )
        _check(batch, by)
        events = _events(batch)
        _check_untouched(batch, events)
        with trace.tracing(source="import", request_id=f"undo:{batch.pk}"), trace.acting(by):
            _take_back(events)
            bulk.update(Project, {int(pk): before for pk, before in batch.options.get("stamps", {}).items()})
        batch.state, batch.undone_at = ImportBatch.State.UNDONE, timezone.now()
        batch.save(update_fields=["state", "undone_at"])
    return batch


def _check(batch: ImportBatch, by: User | None) -> None:
    if batch.state != ImportBatch.State.APPLIED or batch.applied_at is None:
        raise CannotUndo(_("This import is not applied, so there is nothing to take back."))
    if timezone.now() - batch.applied_at > UNDO_WITHIN:
        raise CannotUndo(_("An import can be taken back for 24 hours only. Import the former file again instead."))
    if by is not None and not allowed(by, IMPORT_FILES, batch.portfolio):
        raise NotAllowed(_("Only those who may import into this portfolio can take an import back."))


def _events(batch: ImportBatch) -> list[AuditEvent]:
    """What the import did, newest first, without what goes by itself with a project it created, or followed one it moved."""
    mine = AuditEvent.objects.filter(request_id=batch.request_id).exclude(action="follow")
    created = mine.filter(action="create", target_type="projects.Project").values("target_id")
    return list(mine.exclude(~Q(target_type="projects.Project"), project_id__in=created).order_by("-pk"))


def _check_untouched(batch: ImportBatch, events: Iterable[AuditEvent]) -> None:
    """Nobody may have changed one of its records, nor anything on a project it created."""
    mine = list(events)
    if not mine:
        return
    last = max(event.pk for event in mine)
    created = [
        event.target_id for event in mine if event.action == "create" and event.target_type == "projects.Project"
    ]
    by_type: dict[str, list[int]] = defaultdict(list)
    for event in mine:
        by_type[event.target_type].append(event.target_id)
    touched = Q(project_id__in=created)
    for kind, ids in by_type.items():
        touched |= Q(target_type=kind, target_id__in=ids)
    later = AuditEvent.objects.filter(touched, pk__gt=last).exclude(request_id=batch.request_id)
    names = sorted({event.label for event in later[:100]})
    if names:
        raise CannotUndo(
            _("These records changed since the import, so it cannot be taken back: %(names)s.")
            % {"names": ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")}
        )


def _take_back(events: list[AuditEvent]) -> None:
    """Newest first: delete what was created, bring back what was deleted, restore what was changed."""
    groups: dict[tuple[str, str], list[AuditEvent]] = defaultdict(list)
    for event in events:
        groups[event.action, event.target_type].append(event)
    for kind in KINDS:
        model = apps.get_model(kind)
        _restore(model, groups.get(("update", kind), []))
        _bring_back(model, groups.get(("delete", kind), []))
        _delete(model, [event.target_id for event in groups.get(("create", kind), [])])
    touched = {event.project_id for event in events if event.project_id is not None}
    announce(Project.objects.filter(pk__in=touched).values_list("pk", flat=True))


def _attribute(model: type[models.Model], name: str, value: Any) -> tuple[str, Any]:
    """A field as an UPDATE takes it; an emptied text is stored as "" even where audit has null."""
    field: Any = model._meta.get_field(name)
    if value is None and not field.null:
        value = ""
    return field.attname, value


def _restore(model: type[models.Model], events: list[AuditEvent]) -> None:
    changes: dict[int, dict[str, Any]] = defaultdict(dict)
    for event in events:  # newest first, so the oldest value of a field is written last
        for name, (old, _new) in event.changes.items():
            attribute, value = _attribute(model, name, old)
            changes[event.target_id][attribute] = value
    bulk.update(model, changes)


def _bring_back(model: type[models.Model], events: list[AuditEvent]) -> None:
    rows = []
    for event in events:
        columns = dict(_attribute(model, name, old) for name, (old, _new) in event.changes.items())
        rows.append(model(pk=event.target_id, **columns))
    model._default_manager.bulk_create(rows, batch_size=bulk.SIZE)


def _deepest_first(ids: list[int]) -> list[list[int]]:
    """Projects by depth: a part goes before what it is a part of."""
    levels: dict[int, list[int]] = defaultdict(list)
    for pk, path in Project.objects.filter(pk__in=ids).values_list("pk", "path"):
        levels[path.count("/")].append(pk)
    return [levels[depth] for depth in sorted(levels, reverse=True)]


def _delete(model: type[models.Model], ids: list[int]) -> None:
    if model is Project:
        announce_removal(ids, erased=True)
        for level in _deepest_first(ids):
            Project.objects.filter(pk__in=level).delete()
    elif model is Node:  # deepest first; one that others have filled meanwhile stays
        for node in Node.objects.filter(pk__in=ids).order_by("-path"):
            if not node.children.exists() and not node.projects.exists():
                node.delete()
    else:
        model._default_manager.filter(pk__in=ids).delete()
