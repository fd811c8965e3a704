"""The filtered audit log as a file: one row a changed field, in the reader's words; no text in it can run as a formula."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core.cells import cell
from pmo_portal.core.errors import DomainError
from pmo_portal.core.keyset import Order, cut
from pmo_portal.core.models import AuditEvent, User
from projects.audit.table import Line, lines_of
from projects.exchange import workbooks

MOST = {"csv": 200_000, "xlsx": 20_000}  # events; a workbook is made in memory
CHUNK = 1000


class TooMany(DomainError):
    """More events than a file of this kind holds."""

    status = 422


def check_size(events: QuerySet[AuditEvent], kind: str) -> int:
    """How many events the file will hold. Raises TooMany."""
    count = events.order_by()[: MOST[kind] + 1].count()
    if count > MOST[kind]:
        words = _("More than %(most)d events: narrow the list, for instance to a period.")
        raise TooMany(words % {"most": MOST[kind]})
    return count


def headings() -> list[str]:
    return [
        _("When"), _("Who"), _("User name"), _("For whom"), _("What happened"), _("Record"), _("Kind of record"), _("Number"),
        _("Project"), _("Field"), _("Before"), _("After"), _("From where"), _("Token"), _("Reason"), _("Request"), _("Event"),
    ]  # fmt: skip


def rows_of(line: Line) -> Iterator[list[Any]]:
    """One row for each field that the event changed, one for an event that changed none."""
    event, entry = line.event, line.entry
    start = [
        timezone.localtime(event.at).isoformat(timespec="seconds"), entry.who, event.actor.username if event.actor else "",
        entry.whom, entry.what, entry.subject, event.target_type, event.target_id, line.project[0] if line.project else "",
    ]  # fmt: skip
    end = [entry.source, entry.token, entry.note, event.request_id, event.pk]
    for change in entry.changes:
        yield [*start, change.label, change.before, change.after, *end]
    if not entry.changes:
        yield [*start, "", "", "", *end]


def rows(events: QuerySet[AuditEvent], order: list[Order], reader: User) -> Iterator[list[Any]]:
    """Every row of the file under the headings, read in pages so that memory stays flat."""
    after = ""
    while True:
        page = cut(events, order, after=after, size=CHUNK)
        for line in lines_of(page.rows, reader):
            yield from rows_of(line)
        after = page.after
        if not after:
            return


class Pen:
    """What `csv.writer` writes to: hands each line back."""

    def write(self, text: str) -> str:
        return text


def as_csv(found: Iterator[list[Any]]) -> Iterator[str]:
    """Lines in UTF-8 with a byte order mark, semicolons between fields as spreadsheets here expect."""
    writer = csv.writer(Pen(), delimiter=";")
    yield "\ufeff" + writer.writerow(headings())
    for row in found:
        yield writer.writerow([cell(value) for value in row])


def as_xlsx(found: Iterator[list[Any]]) -> bytes:
    return workbooks.xlsx([(_("Audit log"), [headings(), *found])])
