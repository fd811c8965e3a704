"""A file of the roster while it waits: read, told with what it would change, kept for a day, marked when it was written."""

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core import quotas
from pmo_portal.core.editing import writing
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from pmo_portal.core.security_events import security_event
from projects.exchange.models import ImportBatch
from projects.exchange.services import batches, stage
from projects.exchange.services.undo import UNDO_WITHIN
from projects.exchange.table import Source
from projects.resources.models import Person
from projects.roster import formulas
from projects.roster.day_order import joined
from projects.roster.lines import CREATED, LEFT_OUT, REFUSED, UNCHANGED, UPDATED, Line, Plan

KINDS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".ics")
SHOWN = 200  # lines of each outcome that a page shows


class RefusedLines(DomainError):
    """Nothing was written because of these."""

    def __init__(self, message: str, lines: list[Line]) -> None:
        super().__init__(message)
        self.lines = lines


def kept(
    *,
    by: User,
    content: bytes,
    file_name: str,
    what: str,
    options: dict[str, Any],
    compare: Callable[[ImportBatch, Source], Plan],
) -> ImportBatch:
    """A file that waits for a day, with what `compare` says it would change. Callers have checked the right."""
    if not file_name.lower().endswith(KINDS):
        security_event("upload_refused", user=by, file=file_name[-80:])
        raise DomainError(
            _("Files of this kind are not read. Give a CSV, Excel (.xlsx) or calendar (.ics) file."), field="file"
        )
    batches.check_pace(by)
    quotas.take("imports_per_hour", by=by)
    batches.drop_old(by=by)
    batch = ImportBatch(by=by, profile=what, file_name=file_name[-200:], content=content, size=len(content))
    batch.sha256, batch.options = hashlib.sha256(content).hexdigest(), options
    with quotas.running("imports_at_once", by=by):
        plan = compare(batch, read(batch))
        if not plan.lines:
            words = _("No table with known columns was found. Check that the first row of the table names its columns.")
            raise DomainError(words, field="file")
        batch.report = told(plan)
        batch.save()
    return batch


def read(batch: ImportBatch) -> Source:
    """The slow part, so never while tables are locked."""
    return formulas.marked(stage.parse(bytes(batch.content or b""), batch.file_name))


def told(plan: Plan) -> dict[str, Any]:
    """The plan as the page shows it: counts, the first lines of each outcome, doubtful ones before; the columns nothing read."""
    lines: dict[str, list[dict[str, Any]]] = {}
    doubts = sum("doubt" in line.more for line in plan.lines)
    for line in sorted(plan.lines, key=lambda line: "doubt" not in line.more) if doubts else plan.lines:
        held = lines.setdefault(line.outcome, [])
        if len(held) < SHOWN:
            changes = [[name, shown(before), shown(after)] for name, (before, after) in line.changes.items()]
            told_of = {"row": line.row, "what": line.what, "changes": changes, "errors": list(line.errors.items())}
            held.append(told_of | line.more | ({"by_name": True} if line.by_name else {}))
    days = joined(plan.days)
    counts = {outcome: plan.count(outcome) for outcome in (CREATED, UPDATED, UNCHANGED, REFUSED, LEFT_OUT)}
    unread, guarded, ignored = (list(dict.fromkeys(names))[:30] for names in (plan.unread, plan.guarded, plan.ignored))
    return {
        "counts": counts,
        "lines": lines,
        "unread": unread,
        "guarded": guarded,
        "ignored": ignored,
        "notices": plan.notices,
        "gone": told_gone(plan),
        "doubts": doubts,
        "days": {"told": days.told[:20], "open": days.open[:20]},
    }


def told_gone(plan: Plan) -> dict[str, Any]:
    """How many records the file has no more, and the first of them: whose, from when, until when."""
    people = Person.objects.in_bulk({one.person_id for one in plan.gone[:SHOWN]})
    rows = [[one.pk, people[one.person_id].name, one.first_day.isoformat(), one.last_day.isoformat()]
            for one in plan.gone[:SHOWN]]  # fmt: skip
    return {"count": len(plan.gone), "rows": rows}


def shown(value: Any) -> Any:
    return (
        value.isoformat()
        if isinstance(value, date)
        else value
        if isinstance(value, str | int | bool | None)
        else str(value)
    )


def check_waiting(batch: ImportBatch, by: User) -> None:
    """That it waits, for this user; from here on it is theirs as they act now, a token of theirs with no more than its rights."""
    if batch.by_id != by.pk or batch.content is None or not batches.is_kept(batch):
        raise DomainError(_("This import is no longer waiting. Choose the file again."))
    batch.by = by


def read_again(
    batch: ImportBatch, by: User, options: dict[str, Any], compare: Callable[[ImportBatch, Source], Plan]
) -> None:
    """The waiting file as these options read it; nothing is written."""
    check_waiting(batch, by)
    with quotas.running("imports_at_once", by=by):
        source = read(batch)
        with writing():
            hold(batch)
            check_waiting(batch, by)
            batch.options = {**batch.options, **options}
            batch.report = told(compare(batch, source))
            batch.save(update_fields=["options", "report"])


def hold(batch: ImportBatch) -> None:
    """The import as it is now, held until its change is written: who clicks twice is told the second time, and writes nothing.

    Comparing a hundred thousand lines takes longer than a transaction may idle; the database would end it in the middle.
    """
    by = batch.by
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '5min'")
    batch.refresh_from_db(from_queryset=ImportBatch.objects.select_for_update())
    batch.by = by  # as they act now


def check_refused(plan: Plan) -> None:
    """Nothing of the file is written while a line of it is refused."""
    if plan.refused:
        count = len(plan.refused)
        words = ngettext("%(count)d line is refused, so nothing was written.",
                         "%(count)d lines are refused, so nothing was written.", count)  # fmt: skip
        raise RefusedLines(words % {"count": count}, plan.refused)


def mark_applied(batch: ImportBatch, plan: Plan) -> None:
    batch.state, batch.applied_at, batch.content = ImportBatch.State.APPLIED, timezone.now(), None
    batch.report = told(plan)
    batch.save()


def discard(*, batch: ImportBatch, by: User) -> None:
    if batch.by_id != by.pk or batch.state != ImportBatch.State.STAGED:
        raise DomainError(_("This import is no longer waiting. Choose the file again."))
    batch.delete()


def check_undoable(batch: ImportBatch) -> None:
    if batch.state != ImportBatch.State.APPLIED or batch.applied_at is None:
        raise DomainError(_("This import is not applied, so there is nothing to take back."))
    if timezone.now() - batch.applied_at > UNDO_WITHIN:
        raise DomainError(_("An import can be taken back for 24 hours only. Import the former file again instead."))


def mark_undone(batch: ImportBatch) -> None:
    batch.state, batch.undone_at = ImportBatch.State.UNDONE, timezone.now()
    batch.save(update_fields=["state", "undone_at"])
