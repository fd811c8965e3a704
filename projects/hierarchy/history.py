"""The history of a project in plain words: what changed, from what to what, by whom. Labels are loaded in bulk."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pmo_portal.core import audit, undo
from pmo_portal.core.models import AuditEvent, User
from pmo_portal.core.ordering import natural_key
from projects.hierarchy import records
from projects.hierarchy.declared import Scale
from projects.hierarchy.models import Project
from projects.hierarchy.telling import (
    ALARMS,
    CURRENCY,
    KIND,
    Change,
    Labels,
    change,
    field_label,
    field_of,
    model_named,
    model_of,
    what,
)
from projects.hierarchy.visibility import GUARDED, HISTORY_OF_WORK, MONEY_GROUPS, WHOLLY_GUARDED, Access

OF_MONEY = ("projects.BudgetLine",)  # records that are amounts and nothing else
# Kinds of record with fields that a role on their project shows.
OF_PROJECTS = frozenset(
    label for (label, _name), group in GUARDED.items() if group in (*MONEY_GROUPS, "confidential_note")
)
GUARDED_FIELDS = frozenset(
    name for _label, name in GUARDED
)  # no history is narrowed to them: how many there are would tell


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: `what` says it in words ("Milestone created"), `subject` names the record, `whom` who had lent the right.

    `url` leads to the history of the record alone; `request` joins what one request, import or job changed; `token` names the
    API token it was made with, `note` says why.
    """

    at: datetime
    who: str
    source: str
    what: str
    subject: str
    changes: list[Change]
    event: int = 0
    restorable: bool = False
    whom: str = ""
    url: str = ""
    request: str = ""
    amount: bool = False
    token: str = ""
    note: str = ""
    alarm: bool = False

    @property
    def in_one(self) -> Change | None:
        """The only thing it tells, where its heading already says what that is: "Budget revised: 2,640 k€ → 3,105 k€"."""
        return self.changes[0] if len(self.changes) == 1 and self.amount else None


def told_to(reader: User, project: Project) -> models.QuerySet[AuditEvent]:
    """The events of a project and of all that hangs off it, newest first, as far as the reader may know what they tell."""
    events, access = audit.history_of_project(project.pk), Access.of(reader)
    for (label, name), group in GUARDED.items():
        if label in OF_PROJECTS and not access.sees(group, project):
            events = without_changes_of(events, label, name)
    unread = [label for label, roles in HISTORY_OF_WORK.items() if not access.roles_on(project) & roles]
    return events.exclude(target_type__in=[*unread, *(() if access.sees_money(project) else OF_MONEY)])


def without_changes_of(
    events: models.QuerySet[AuditEvent], label: str, name: str, *, but: models.Q | None = None
) -> models.QuerySet[AuditEvent]:
    """Without the events that tell of this field and of nothing else: neither that it changed nor who changed it is told.

    `but` are those of which it may be known all the same.
    """
    rest = models.Func(
        models.F("changes"), models.Value(name), arg_joiner=" - ", template="(%(expressions)s)",
        output_field=models.JSONField(),
    )  # fmt: skip
    # In this order: PostgreSQL asks one after the other, and for nearly every row the first is enough.
    alone = models.Q(target_type=label) & models.Q(changes__has_key=name) & models.Q(**{f"beside_{name}": {}})
    return events.annotate(**{f"beside_{name}": rest}).exclude(alone if but is None else alone & ~but)


def who(event: AuditEvent) -> str:
    """Who did it; of SQL typed by hand, the database's role and the program."""
    if event.actor:
        return event.actor.label
    return event.note if event.source == AuditEvent.Source.SQL and event.note else _("The portal")


def in_words(events: Sequence[AuditEvent], *, reader: User, editable: bool = False, then: bool = False) -> list[Entry]:
    """The events as the reader may see them: at most one query per kind of record they point at.

    `editable`: entries whose values still stand among these are marked as restorable. `then`: as told on a past day, when
    nobody knew what the records are called today.
    """
    labels = labels_of(events, reader=reader)
    unseen, kept = unseen_by(reader, events), kept_from(reader)
    standing = still_standing(events) if editable else set()
    return [
        Entry(
            at=event.at,
            who=who(event),
            alarm=event.action in ALARMS,
            whom=event.on_behalf_of.label if event.on_behalf_of else "",
            source=event.get_source_display(),
            what=what(event, labels),
            subject=event.label if then else subject(event, labels),
            changes=[
                change(event, name, pair, labels)
                for name, pair in event.changes.items()
                if name != "project" and (event.pk, name) not in unseen
            ],
            event=event.pk,
            restorable=event.pk in standing,
            url=records.address(event.target_type, event.target_id),
            request=event.request_id,
            token=event.token,
            note="" if event.source == AuditEvent.Source.SQL and not event.actor else event.note,
            amount=event.target_type in OF_MONEY and event.action not in ("create", "delete"),
        )
        for event in events
        if not only_unseen(event, unseen) and event.target_type not in kept
    ]


def kept_from(reader: Any) -> list[str]:
    """The kinds of record of which this reader is told nothing at all."""
    access = Access.of(reader)
    return [label for label, group in WHOLLY_GUARDED.items() if not access.sees_everywhere(group)]


def unseen_by(reader: User, events: Sequence[AuditEvent]) -> set[tuple[int, str]]:
    """(event, field) of the single fields that this reader may not see: at most one query, where there is such a field."""
    access = Access.of(reader)
    found: set[tuple[int, str]] = set()
    for (label, name), group in GUARDED.items():
        telling = [event for event in events if event.target_type == label and name in event.changes]
        if not telling or access.sees_everywhere(group):
            continue
        of_projects = {event.project_id for event in telling if event.project_id}
        known = set(
            Project.objects.filter(access.projects(group=group), pk__in=of_projects).values_list("pk", flat=True)
        )
        found |= {(one.pk, name) for one in telling if one.project_id not in known}
    return found


def only_unseen(event: AuditEvent, unseen: set[tuple[int, str]]) -> bool:
    """Whether all an event tells is hidden: then that it happened is hidden too."""
    told = [name for name in event.changes if name != "project"]
    return bool(told) and all((event.pk, name) in unseen for name in told)


def subject(event: AuditEvent, labels: Labels) -> str:
    """What the record was called; in English, where only the writer's language was kept, what it is called today."""
    model = model_of(event)
    now = labels.get(model, {}).get(event.target_id) if model and untranslated(event) else None
    return now or event.label


def untranslated(event: AuditEvent) -> bool:
    return get_language() == "en" and event.label == event.target_label


def still_standing(events: Sequence[AuditEvent]) -> set[int]:
    """The changes, newest first, that no later one of the same fields has overwritten; creations are deleted, not restored."""
    found: set[int] = set()
    later: set[tuple[str, int, str]] = set()
    gone: set[tuple[str, int]] = set()
    for event in events:
        record = (event.target_type, event.target_id)
        fields = {(*record, name) for name in event.changes}
        if undo.restorable(event) and record not in gone and not fields & later:
            found.add(event.pk)
        later |= fields
        if event.action == "delete":
            gone.add(record)
    return found


def labels_of(events: Sequence[AuditEvent], *, reader: User) -> Labels:
    """The names of the records that changes point at, among those the reader may see."""
    wanted: dict[Any, set[int]] = defaultdict(set)
    for event in events:
        model = model_of(event)
        if model is not None and untranslated(event) and hasattr(model._default_manager.all(), "visible_to"):
            wanted[model].add(event.target_id)
        for name, pair in event.changes.items():
            field = field_of(model_of(event), name)
            if isinstance(field, models.ForeignKey):
                wanted[field.related_model].update(value for value in pair if isinstance(value, int))
    found: Labels = {}
    for model, ids in wanted.items():
        rows = model._default_manager.filter(pk__in=ids)
        rows = rows.visible_to(reader) if hasattr(rows, "visible_to") else rows
        found[model] = {row.pk: getattr(row, "label", None) or str(row) for row in rows}
    declared = {event.project_id for event in events if "declared" in event.changes}
    scales = Project.objects.filter(pk__in=declared).values_list("pk", "portfolio__scale") if declared else ()
    found[Scale] = dict(scales)  # what was declared is told in the words of the portfolio
    amounts = [event for event in events if event.target_type in OF_MONEY and "amount" in event.changes]
    if amounts:
        lines = model_named(amounts[0].target_type)._default_manager.filter(pk__in={one.target_id for one in amounts})  # type: ignore[union-attr]
        found[KIND] = dict(lines.values_list("pk", "kind"))
        of_projects = Project.objects.filter(pk__in={one.project_id for one in amounts})
        found[CURRENCY] = dict(of_projects.values_list("pk", "currency"))
    return found


def fields_changed(events: models.QuerySet[AuditEvent]) -> list[tuple[str, str]]:
    """(name, label) of every field these events mention, by label."""
    keys = models.Func(models.F("changes"), function="jsonb_object_keys", output_field=models.TextField())
    pairs = events.select_related(None).annotate(key=keys).order_by().values_list("target_type", "key").distinct()
    named: dict[str, str] = {}
    for target_type, name in pairs:
        if name == "project" or name in GUARDED_FIELDS:  # every event is about a record of the project
            continue
        named.setdefault(name, field_label(field_of(model_named(target_type), name), name))
    return sorted(named.items(), key=lambda pair: natural_key(pair[1]))


def people(events: models.QuerySet[AuditEvent]) -> list[User]:
    """Everyone who changed something in these."""
    actors = events.select_related(None).filter(actor__isnull=False).order_by().values("actor")
    return sorted(User.objects.filter(pk__in=actors), key=lambda user: natural_key(user.label))
