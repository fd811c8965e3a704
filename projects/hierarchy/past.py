"""What a project held at the end of a past day, told from the audit trail, which keeps both values of every change.

A value was what the last event up to that day wrote; where none had, what the first event afterwards found; where none ever
touched it, what it is today. Rows made later are left out, rows deleted since come back. A row without a creation event came
with its project (an import records a new project with its parts as one event), or is as old as its own stamp says.

An import counts from the day its data are of, as in the photographs of health; everything else from when it was saved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Min, Q, QuerySet, prefetch_related_objects
from django.db.models.expressions import DatabaseDefault
from django.utils import timezone

from pmo_portal.core import audit
from pmo_portal.core.as_of import end_of
from pmo_portal.core.models import AuditEvent
from pmo_portal.core.registry import Registry
from pmo_portal.core.undo import former_value
from projects.hierarchy.models import Project

M = TypeVar("M", bound=models.Model)
NOON = time(12)  # when the photographs of a dated file begin (reporting.health.receivers)

# What a photograph keeps under the name it has on the project.
SAME_NAMES = (
    "code", "name", "name_en", "state", "phase", "must_win", "priority", "key_message", "declared", "declared_label",
    "declared_on", "start_date", "baseline_start", "baseline_end", "forecast_end", "percent_complete", "currency", "data_date",
)  # fmt: skip

# Sources of facts that are of another day than the one they were saved on: {request id of the audit rows: that day}.
dated: Registry[Callable[[Iterable[str]], dict[str, date]]] = Registry("dated sources")


@dataclass(frozen=True, slots=True)
class Event:
    """An audit row, placed in time: `at` is when its facts began to count."""

    at: datetime
    pk: int
    action: str
    source: str
    changes: dict[str, Any]


@dataclass(frozen=True)
class Trail:
    """What the audit trail says about a project and the rows of some models below it, as at the end of `day`."""

    project: Project
    day: date
    events: dict[tuple[str, int], list[Event]]  # in the order of time
    since: datetime
    forgotten: bool = False  # earlier events were removed by the retention rule

    @classmethod
    def of(cls, project: Project, day: date, *kinds: type[models.Model]) -> Trail:
        """Read the events: two queries, and one for the dates of its imports when it has any."""
        labels = [kind._meta.label for kind in kinds]
        born = Q(target_type=Project._meta.label, target_id=project.pk, action="create")
        rows = AuditEvent.objects.filter(born | Q(target_type__in=labels), project_id=project.pk).order_by("pk")
        found = list(rows.only("at", "request_id", "action", "source", "target_type", "target_id", "changes"))
        days = days_of(row.request_id for row in found)
        events: dict[tuple[str, int], list[Event]] = defaultdict(list)
        for row in found:
            at = placed(row.at, days.get(row.request_id))
            events[row.target_type, row.target_id].append(Event(at, row.pk, row.action, row.source, row.changes))
        for about in events.values():
            about.sort(key=lambda event: (event.at, event.pk))
        own = events.get((Project._meta.label, project.pk), [])
        began, until = own[0].at if own else project.created_at, audit.forgotten_until()
        forgotten = until is not None and until > began
        return cls(project, day, dict(events), until if until and forgotten else began, forgotten)

    @property
    def known(self) -> bool:
        """Whether the project was recorded by then, and what happened since is all there: before, nothing can be told."""
        return self.since <= end_of(self.day)

    @property
    def first_day(self) -> date:
        """The first day that can be told."""
        return timezone.localdate(self.since)

    def rows(self, kind: type[M], *related: str) -> list[M]:
        """The project's rows of this kind as they were, never to be saved; one query, and one for each of `related`."""
        if not self.known:
            return []
        manager = kind._default_manager
        rows: dict[int, M] = {row.pk: row for row in manager.filter(project=self.project)}
        label = kind._meta.label
        for (about, pk), _events in self.events.items():
            if about == label and pk not in rows:
                rows[pk] = _blank(kind(pk=pk, project=self.project))
        found = [row for row in rows.values() if self._was_there(row, self.events.get((label, row.pk), ()))]
        for row in found:
            self._take_back(row, self.events.get((label, row.pk), ()))
        if related:
            prefetch_related_objects(found, *related)
        return sorted(found, key=lambda row: row.pk)

    def _was_there(self, row: models.Model, events: Sequence[Event]) -> bool:
        """Whether the row existed: by the last creation or deletion up to the day, else by the first one after."""
        past = [event.action for event in events if event.at <= end_of(self.day)]
        ends = [action for action in past if action in ("create", "delete")]
        if ends:
            return ends[-1] == "create"
        later = next((event.action for event in events if event.action in ("create", "delete")), "")
        if later:
            return later == "delete"
        born = self.events.get((Project._meta.label, self.project.pk))
        # An import tells the parts of a new project by the event of the project.
        came_along = born is not None and born[0].source == AuditEvent.Source.IMPORT
        return bool(past) or came_along or row.created_at <= end_of(self.day)  # type: ignore[attr-defined]

    def _take_back(self, row: models.Model, events: Sequence[Event]) -> None:
        """Give the fields of a row the values they had."""
        told: dict[str, Any] = {}
        for event in events:
            for name, (before, after) in event.changes.items():
                if event.at <= end_of(self.day):
                    told[name] = after
                else:
                    told.setdefault(name, before)
        for name, value in told.items():
            field = field_of(row, name)
            if field is not None:
                setattr(row, field.attname, former_value(row, name, value))


def _blank(row: M) -> M:
    """A row that is gone, before its events tell what it held: they leave out what was empty, whatever the default is."""
    for field in row._meta.concrete_fields:
        if isinstance(field, models.BooleanField) or isinstance(getattr(row, field.attname), DatabaseDefault):
            empty = False if isinstance(field, models.BooleanField) else ""
            setattr(row, field.attname, None if field.null else empty)
    return row


def photograph(project: Project, day: date) -> Any:
    """What the day shows of the project, a row of `health_as_of`: what was frozen on it, else the state at its end; None before
    any photograph was taken.
    """
    return project.health_as_of.on(day).select_related("period").first()


def first_photograph(project: Project) -> date | None:
    """The first day on which something was reported of it."""
    began = project.health_history.aggregate(at=Min("valid_from"))["at"]
    return timezone.localdate(began) if began else None


def dated_days(project: Project) -> list[date]:
    """The days of the last states of a project whose portfolio is published, newest first; none of a living one."""
    if project.portfolio.status_date is None:
        return []
    began = project.health_history.order_by("-valid_from").values_list("valid_from", flat=True)[:12]
    return sorted({timezone.localdate(at) for at in began}, reverse=True)


def as_it_was(project: Project, photo: Any, day: date) -> Project:
    """The project with the facts of the photograph of a day in place of today's; never to be saved. Its place in the tree is
    today's.
    """
    project.known_at = known_at(photo, day)
    relation: Any = Project._meta.get_field("health")
    health = relation.related_model
    kept = [one.attname for one in health._meta.concrete_fields if one.name not in ("project", "computed_at")]
    project.health = health(
        project_id=project.pk, computed_at=photo.valid_from, **{name: getattr(photo, name) for name in kept}
    )
    for name in SAME_NAMES:
        setattr(project, name, getattr(photo, name))
    project.declared_trend, project.actual_end = photo.trend, None
    person: Any = Project._meta.get_field("project_manager").related_model
    project.project_manager = person(pk=photo.manager_id, name=photo.manager_name) if photo.manager_id else None
    return project


def known_at(photo: Any, day: date) -> datetime:
    """Until when what stands beside the photograph of a day was known: the freeze of its period, also where it is a revision of
    that same day; the end of the day where nothing was frozen.
    """
    frozen: datetime | None = photo.period.frozen_at if photo.is_frozen else None
    return frozen or end_of(day)


def days_of(requests: Iterable[str]) -> dict[str, date]:
    """The days that dated sources give to the facts of these requests."""
    asked = sorted(set(requests))
    return {request: day for source in dated for request, day in source(asked).items()}


def placed(at: datetime, of: date | None) -> datetime:
    """When facts saved at `at` began to count: on the past day they are of, where their source says one."""
    return at if of is None or of >= timezone.localdate(at) else timezone.make_aware(datetime.combine(of, NOON))


def up_to(events: QuerySet[AuditEvent], day: date) -> QuerySet[AuditEvent]:
    """Those of a project's events whose facts counted by the end of the day."""
    requests = events.order_by().filter(source=AuditEvent.Source.IMPORT).values_list("request_id", flat=True).distinct()
    earlier = [request for request, of in days_of(requests).items() if of <= day]
    return events.filter(Q(at__lte=end_of(day)) | Q(request_id__in=earlier))


def field_of(row: models.Model, name: str) -> Any:
    """The field of an audit row; None for one that no longer exists."""
    try:
        return row._meta.get_field(name)
    except FieldDoesNotExist:
        return None
