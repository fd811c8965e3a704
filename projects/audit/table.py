"""The table of the audit log: its columns, and filters that all find their index."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pmo_portal.core import formats
from pmo_portal.core.filters import Box, Filter, Text, TypedFilter
from pmo_portal.core.keyset import Order, cut
from pmo_portal.core.models import AuditEvent
from pmo_portal.core.ordering import natural_key
from pmo_portal.core.tables import Column, Table
from pmo_portal.core.templatetags.ui import icon, named_icon
from projects.audit import selectors
from projects.hierarchy import history
from projects.hierarchy.history import Entry
from projects.hierarchy.telling import ACTIONS, Change, noun_of

SHOWN_CHANGES = 3
LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class Line:
    """One event with its words, and the project it is about, where the reader sees one."""

    pk: int
    event: AuditEvent
    entry: Entry
    project: tuple[str, str] | None


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def within(events: QuerySet[AuditEvent], typed: dict[str, str]) -> QuerySet[AuditEvent]:
    """Both days included, in the site's time zone; what is no day says nothing."""
    since, until = day_of(typed["from"]), day_of(typed["to"])
    if since:
        events = events.filter(at__gte=timezone.make_aware(datetime.combine(since, time())))
    if until and until < date.max:
        events = events.filter(at__lt=timezone.make_aware(datetime.combine(until + timedelta(days=1), time())))
    return events


def by_person(events: QuerySet[AuditEvent], typed: dict[str, str]) -> QuerySet[AuditEvent]:
    """What they did themselves, and what was done for them; most people never lent a right, and one index then has it all."""
    ids = selectors.people_named(typed["who"])
    own = Q(actor__in=ids)
    return events.filter(own | Q(on_behalf_of__in=ids) if selectors.was_stood_in_for(ids) else own)


def of_request(events: QuerySet[AuditEvent], typed: dict[str, str]) -> QuerySet[AuditEvent]:
    return events.filter(request_id=typed["request"][:40])


def of_record(events: QuerySet[AuditEvent], typed: dict[str, str]) -> QuerySet[AuditEvent]:
    """`projects.Risk:12`, as the history of a record links here."""
    kind, _colon, number = typed["record"].rpartition(":")
    return (
        events.filter(target_type=kind, target_id=int(number))
        if number.isdecimal() and len(number) < 19
        else events.none()
    )


def choices_of_kind(table: Any) -> Sequence[tuple[str, Text]]:
    choices: Sequence[tuple[str, Text]] = table.kinds
    return choices


def what_cell(table: Table, line: Line) -> SafeString:
    entry = line.entry
    subject = format_html('<a href="{}">{}</a>', entry.url, entry.subject) if entry.url else entry.subject
    told = changes(entry.changes)
    alarm = named_icon("shield-alert", _("Alarm"), "") if entry.alarm else ""
    note = (
        format_html('<span class="muted">{}</span>', _("Reason: %(note)s") % {"note": entry.note}) if entry.note else ""
    )
    return format_html(
        '<span class="ev"><span>{}<b>{}</b> {}</span>{}{}</span>', alarm, entry.what, subject, told, note
    )


def changes(told: Sequence[Change]) -> SafeString | str:
    """The first few changes, each cut where it is long; the record's history tells them whole."""
    told = [one for one in told if one.before != one.after]
    lines = format_html_join("", "<span>{}</span>", ((one_change(one),) for one in told[:SHOWN_CHANGES]))
    if (more := len(told) - SHOWN_CHANGES) > 0:
        words = ngettext("and %(count)d more field", "and %(count)d more fields", more) % {"count": more}
        lines = format_html("{}<span>{}</span>", lines, words)
    return format_html('<span class="ev-c muted">{}</span>', lines) if told else ""


def one_change(one: Change) -> SafeString:
    """ "Amount: 2,640 → 3,105"; only the value where there was none before."""
    label = _("%(label)s:") % {"label": one.label}
    if one.begins:
        return format_html("{} <ins>{}</ins>", label, cut_off(one.after))
    becomes = format_html('{}<span class="vh">{}</span>', icon("arrow-right"), _("becomes"))
    return format_html("{} <del>{}</del> {} <ins>{}</ins>", label, cut_off(one.before), becomes, cut_off(one.after))


def cut_off(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def who_cell(table: Table, line: Line) -> str:
    entry = line.entry
    return _("%(who)s, for %(whom)s") % {"who": entry.who, "whom": entry.whom} if entry.whom else entry.who


def project_cell(table: Table, line: Line) -> str:
    if line.project is None:
        return ""
    address = f"/projects/{line.event.project_id}/"
    return format_html('<a href="{}" title="{}">{}</a>', address, line.project[1], line.project[0])


def source_cell(table: Table, line: Line) -> str:
    entry = line.entry
    if not entry.token:
        return entry.source
    token = _("with the token %(token)s") % {"token": entry.token}
    return format_html('{} <span class="muted">{}</span>', entry.source, token)


def request_cell(table: Table, line: Line) -> SafeString:
    request = line.event.request_id
    address = f"{table.request.path}?request={quote(request)}"
    return format_html('<a href="{}" title="{}"><code>{}</code></a>', address, request, request[:16])


def cell_of(read: Callable[[Line], str]) -> Callable[[Table, Line], str]:
    return lambda table, line: read(line)


class AuditTable(Table):
    """`load` with `selectors.events_shown_to`."""

    key = "audit"
    caption = gettext_lazy("Audit log")
    default_sort = "-at"
    columns = (
        Column("what", gettext_lazy("What happened"), what_cell, hideable=False, css="fill"),
        Column("at", gettext_lazy("When"), cell_of(lambda line: formats.moment(line.event.at)), sort="at"),
        Column("who", gettext_lazy("Who"), who_cell),
        Column("project", gettext_lazy("Project"), project_cell),
        Column("source", gettext_lazy("From where"), source_cell, phone="badge"),
        Column("request", gettext_lazy("Request"), request_cell, phone="hide"),
    )
    filters = (
        Filter("kind", gettext_lazy("Kind of record"), choices_of_kind, "target_type"),
        Filter("action", gettext_lazy("Action"), [(key, short) for key, (short, _words) in ACTIONS.items()], "action"),
        Filter("source", gettext_lazy("From where"), AuditEvent.Source.choices, "source"),
    )
    empty_icon = "history"

    @cached_property
    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of record that may be told of, by their names in the reader's language."""
        return sorted(((name, noun_of(name)) for name in selectors.kinds_told()), key=lambda pair: natural_key(pair[1]))

    @property
    def typed(self) -> Sequence[TypedFilter]:  # type: ignore[override]
        period = (Box("from", _("From"), "date"), Box("to", _("Until"), "date"))
        found = [
            TypedFilter("period", _("Period"), period, within),
            TypedFilter("who", _("Person"), (Box("who", _("Name or user name")),), by_person),
            TypedFilter("project", _("Project"), (Box("project", _("Code or name")),), self.of_project),
            TypedFilter("request", _("Request"), (Box("request", _("Request id")),), of_request),
        ]
        if self.query.get("record"):
            found.append(TypedFilter("record", _("Record"), (Box("record", _("Kind and number")),), of_record))
        return found

    def of_project(self, events: QuerySet[AuditEvent], typed: dict[str, str]) -> QuerySet[AuditEvent]:
        return events.filter(project_id__in=selectors.projects_named(self.request.user, typed["project"]))

    def row_class(self, row: Line) -> str:
        return " alarm" if row.entry.alarm else ""

    @property
    def export_url(self) -> str:
        """Where the rows under these filters become a file."""
        query = self.query.copy()
        for key in ("after", "seen", "columns"):
            query.pop(key, None)
        return f"{reverse('projects:audit-export')}?{query.urlencode()}"

    @property
    def order(self) -> list[Order]:
        """By time, in either direction: an index gives both, and the place of a page in it."""
        descending = self.sorts[0][1]
        return [Order("at", descending, never_null=True), Order("pk", descending, never_null=True)]

    def load(self, queryset: QuerySet[Any], *, count: int | None = None) -> None:
        queryset = self.filtered(queryset)
        self.count = queryset.count()
        page = cut(queryset, self.order, after=self.query.get("after", ""), size=self.page_size)
        self.show(lines_of(page.rows, self.request.user), after=page.after)


def lines_of(events: list[AuditEvent], reader: Any) -> list[Line]:
    """The events in words; those of which nothing may be told are left out."""
    told = {entry.event: entry for entry in history.in_words(events, reader=reader)}
    projects = selectors.codes_of(events, reader)
    return [
        Line(event.pk, event, told[event.pk], projects.get(event.project_id or 0))
        for event in events
        if event.pk in told
    ]
