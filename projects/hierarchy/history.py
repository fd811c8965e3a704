"""The history of a project in plain words: what changed, from what to what, by whom. Labels are loaded in bulk."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from pmo_portal.core import audit, formats, undo
from pmo_portal.core.models import AuditEvent, User
from pmo_portal.core.ordering import natural_key
from projects.hierarchy.declared import Level, Scale, word_of
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import GUARDED, Access
from projects.hierarchy.words import phase_of

# Marks the portal itself stores in a free text: the category of a budget line that describes one published year.
STORED_WORDS = {"fiscal_year": gettext_lazy("a fiscal year")}
OF_MONEY = ("projects.BudgetLine",)  # records that are amounts and nothing else
GUARDED_FIELDS = frozenset(
    name for _label, name in GUARDED
)  # no history is narrowed to them: how many there are would tell
Labels = dict[Any, dict[int, str]]  # by model, then id


@dataclass(frozen=True, slots=True)
class Change:
    """One field: its name and both values, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: `what` says it in words ("Milestone created"), `subject` names the record, `whom` who had lent the right."""

    at: datetime
    who: str
    source: str
    what: str
    subject: str
    changes: list[Change]
    event: int = 0
    restorable: bool = False
    whom: str = ""


def told_to(reader: User, project: Project) -> models.QuerySet[AuditEvent]:
    """The events of a project and of all that hangs off it, newest first, as far as the reader may know what they tell."""
    events = audit.history_of_project(project.pk)
    return events if Access.of(reader).sees_money(project) else events.exclude(target_type__in=OF_MONEY)


def in_words(events: Sequence[AuditEvent], *, reader: User, editable: bool = False, then: bool = False) -> list[Entry]:
    """The events as the reader may see them: at most one query per kind of record they point at.

    `editable`: entries whose values still stand among these are marked as restorable. `then`: as told on a past day, when
    nobody knew what the records are called today.
    """
    labels = labels_of(events, reader=reader)
    unseen = unseen_by(reader, events)
    standing = still_standing(events) if editable else set()
    return [
        Entry(
            at=event.at,
            who=event.actor.label if event.actor else _("The portal"),
            whom=event.on_behalf_of.label if event.on_behalf_of else "",
            source=event.get_source_display(),
            what=what(event),
            subject=event.label if then else subject(event, labels),
            changes=[
                change(event, name, pair, labels)
                for name, pair in event.changes.items()
                if name != "project" and (event.pk, name) not in unseen
            ],
            event=event.pk,
            restorable=event.pk in standing,
        )
        for event in events
        if not only_unseen(event, unseen)
    ]


def unseen_by(reader: User, events: Sequence[AuditEvent]) -> set[tuple[int, str]]:
    """(event, field) of the single fields that this reader may not see: at most one query, where there is such a field."""
    access = Access.of(reader)
    found: set[tuple[int, str]] = set()
    for (label, name), group in GUARDED.items():
        telling = [event for event in events if event.target_type == label and name in event.changes]
        of_projects = {event.project_id for event in telling if event.project_id}
        known = set(
            Project.objects.filter(access.projects(group=group), pk__in=of_projects).values_list("pk", flat=True)
        )
        everywhere = access.sees_everywhere(group)
        found |= {(one.pk, name) for one in telling if not everywhere and one.project_id not in known}
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
    return get_language() == "en" and not event.target_label_en


def still_standing(events: Sequence[AuditEvent]) -> set[int]:
    """The changes, newest first, that no later one of the same fields has overwritten; creations are deleted, not restored."""
    found: set[int] = set()
    later: set[tuple[str, int, str]] = set()
    gone: set[tuple[str, int]] = set()
    for event in events:
        record = (event.target_type, event.target_id)
        fields = {(*record, name) for name in event.changes}
        if event.action != "create" and undo.possible([event]) and record not in gone and not fields & later:
            found.add(event.pk)
        later |= fields
        if event.action == "delete":
            gone.add(record)
    return found


def what(event: AuditEvent) -> str:
    """ "Milestone created", "Status declared"…"""
    if event.action == "declare":
        return _("Status declared")
    model = model_of(event)
    noun = str(model._meta.verbose_name).capitalize() if model else event.target_type
    if event.action == "create":
        return _("%(noun)s: created") % {"noun": noun}
    if event.action == "delete":
        return _("%(noun)s: deleted") % {"noun": noun}
    if event.action == "end":
        return _("%(noun)s: ended") % {"noun": noun}
    if event.action == "undo":
        return _("%(noun)s: change taken back") % {"noun": noun}
    return _("%(noun)s: changed") % {"noun": noun}


def change(event: AuditEvent, name: str, pair: Sequence[Any], labels: Labels) -> Change:
    field = field_of(model_of(event), name)
    if name == "declared" and event.action != "create":
        scale = labels[Scale].get(event.project_id or 0, "")
        before, after = (word_of(value, scale) if value in Level.values else formats.MISSING for value in pair)
    else:
        before, after = (value_in_words(field, value, labels) for value in pair)
    return Change(field_label(field, name), before, after)


def field_label(field: Any, name: str) -> str:
    label = str(getattr(field, "verbose_name", name))
    return label[:1].upper() + label[1:]


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
    if isinstance(field, models.DecimalField):
        number = Decimal(value)
        return formats.number(number, 0 if number == number.to_integral_value() else 2)
    return str(value)


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
    return found


def fields_changed(events: models.QuerySet[AuditEvent]) -> list[tuple[str, str]]:
    """(name, label) of every field these events mention, by label."""
    keys = models.Func(models.F("changes"), function="jsonb_object_keys", output_field=models.TextField())
    pairs = events.select_related(None).annotate(key=keys).order_by().values_list("target_type", "key").distinct()
    named: dict[str, str] = {}
    for target_type, name in pairs:
        if name in GUARDED_FIELDS:
            continue
        named.setdefault(name, field_label(field_of(model_named(target_type), name), name))
    return sorted(named.items(), key=lambda pair: natural_key(pair[1]))


def people(events: models.QuerySet[AuditEvent]) -> list[User]:
    """Everyone who changed something in these."""
    actors = events.select_related(None).filter(actor__isnull=False).order_by().values("actor")
    return sorted(User.objects.filter(pk__in=actors), key=lambda user: natural_key(user.label))


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
