"""A file of people or of absences on its way in: compared, kept for a day, written whole or not at all, taken back.

It uses the parts of the importer of projects that know no project: the confined reader, the batch that waits, the quotas.
"""

import hashlib
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core import quotas, trace, undo
from pmo_portal.core.editing import writing
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from pmo_portal.core.security_events import security_event
from projects.access.policy import EDIT_RESOURCES
from projects.exchange.models import ImportBatch
from projects.exchange.services import batches, stage
from projects.exchange.services.undo import UNDO_WITHIN
from projects.resources import services as _ways  # noqa: F401  (how each kind of record is taken back)
from projects.resources.models import Absence, Person, UnitShare
from projects.roster import plan as plans
from projects.roster.plan import CREATED, UPDATED, Line, Plan

KINDS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".ics")
CHUNK = 500
SHOWN = 200  # lines of each outcome that a page shows


def check_right(by: User) -> None:
    if not by.has_perm(EDIT_RESOURCES):
        raise NotAllowed(_("Only who keeps resources brings people and absences from a file."))


def stage_file(*, by: User, content: bytes, file_name: str, what: str, person: Person | None = None) -> ImportBatch:
    """Keep the file with what it would change. `what`: ImportBatch.PEOPLE or ABSENCES; `person`: whose absences they are."""
    check_right(by)
    if not file_name.lower().endswith(KINDS):
        security_event("upload_refused", user=by, file=file_name[-80:])
        raise DomainError(
            _("Files of this kind are not read. Give a CSV, Excel (.xlsx) or calendar (.ics) file."), field="file"
        )
    batches.check_pace(by)
    quotas.take("imports_per_hour", by=by)
    batches.drop_old(by=by)
    batch = ImportBatch(by=by, profile=what, file_name=file_name[-200:], content=content, size=len(content))
    batch.sha256, batch.options = hashlib.sha256(content).hexdigest(), {"person": person.pk if person else None}
    with quotas.running("imports_at_once", by=by):
        plan = planned(batch)
        if not plan.lines:
            words = _("No table with known columns was found. Check that the first row of the table names its columns.")
            raise DomainError(words, field="file")
        batch.report = told(plan)
        batch.save()
    return batch


def planned(batch: ImportBatch) -> Plan:
    """What the file would change now."""
    source = stage.parse(bytes(batch.content or b""), batch.file_name)
    if batch.profile == ImportBatch.PEOPLE:
        return plans.people(source)
    person = Person.objects.filter(pk=batch.options.get("person") or 0).first()
    return plans.absences(source, person=person)


def told(plan: Plan) -> dict[str, Any]:
    """The plan as the page shows it: counts, the first lines of each outcome, the columns that nothing read."""
    lines: dict[str, list[dict[str, Any]]] = {}
    for line in plan.lines:
        held = lines.setdefault(line.outcome, [])
        if len(held) < SHOWN:
            changes = [[name, shown(before), shown(after)] for name, (before, after) in line.changes.items()]
            held.append({"row": line.row, "what": line.what, "changes": changes, "errors": list(line.errors.items())})
    counts = {
        outcome: plan.count(outcome) for outcome in (CREATED, UPDATED, plans.UNCHANGED, plans.REFUSED, plans.LEFT_OUT)
    }
    return {"counts": counts, "lines": lines, "unread": list(dict.fromkeys(plan.unread))[:30]}


def shown(value: Any) -> Any:
    return (
        value.isoformat()
        if isinstance(value, date)
        else value
        if isinstance(value, str | int | bool | None)
        else str(value)
    )


def apply(*, batch: ImportBatch, by: User, skip_bad_rows: bool = False) -> Plan:
    """Write what the file changes, compared again inside the transaction; nothing while a refused line is not to be skipped."""
    check_right(by)
    if batch.by_id != by.pk or batch.content is None or not batches.is_kept(batch):
        raise DomainError(_("This import is no longer waiting. Choose the file again."))
    with quotas.running("imports_at_once", by=by), writing():
        with connection.cursor() as cursor:  # one file at a time, and nobody adds the same person meanwhile
            cursor.execute("LOCK TABLE projects_person, projects_absence IN SHARE ROW EXCLUSIVE MODE")
        plan = planned(batch)
        if plan.refused and not skip_bad_rows:
            count = len(plan.refused)
            words = ngettext("%(count)d line is refused, so nothing was written.",
                             "%(count)d lines are refused, so nothing was written.", count)  # fmt: skip
            raise DomainError(words % {"count": count})
        with trace.tracing(source="import", request_id=batch.request_id), trace.acting(by):
            write([line for line in plan.lines if line.outcome in (CREATED, UPDATED)])
        batch.state, batch.applied_at, batch.content = ImportBatch.State.APPLIED, timezone.now(), None
        batch.report = told(plan)
        batch.save()
    return plan


def write(lines: list[Line]) -> None:
    """A few statements for thousands of lines; the history tells each row all the same, because the database does."""
    for model in (Person, Absence):
        mine = [line for line in lines if isinstance(line.record, model)]
        model._default_manager.bulk_create([line.record for line in mine if line.outcome == CREATED], batch_size=CHUNK)
        changed = [line for line in mine if line.outcome == UPDATED]
        fields = sorted({name for line in changed for name in line.changes} - {"unit"})
        if fields:
            rows = [line.record for line in changed]
            model._default_manager.bulk_update(rows, fields, batch_size=CHUNK)
    moved = {line.record.pk: line.unit for line in lines if line.unit is not None}
    held = {one.person_id: one for one in UnitShare.objects.filter(person__in=moved)}
    UnitShare.objects.filter(pk__in=[one.pk for one in held.values()]).delete()
    UnitShare.objects.bulk_create(
        [
            UnitShare(person_id=pk, unit=unit, percent=held[pk].percent if pk in held else 100)
            for pk, unit in moved.items()
        ],
        batch_size=CHUNK,
    )


def discard(*, batch: ImportBatch, by: User) -> None:
    if batch.by_id != by.pk or batch.state != ImportBatch.State.STAGED:
        raise DomainError(_("This import is no longer waiting. Choose the file again."))
    batch.delete()


def take_back(*, batch: ImportBatch, by: User, on: date) -> None:
    """Put back what the file changed and take away what it added, within a day and as long as nobody changed it again."""
    check_right(by)
    if batch.state != ImportBatch.State.APPLIED or batch.applied_at is None:
        raise DomainError(_("This import is not applied, so there is nothing to take back."))
    if timezone.now() - batch.applied_at > UNDO_WITHIN:
        raise DomainError(_("An import can be taken back for 24 hours only. Import the former file again instead."))
    with transaction.atomic(), trace.tracing(source="import", request_id=f"undo:{batch.pk}"):
        events = list(AuditEvent.objects.filter(request_id=batch.request_id).order_by("-pk"))
        for person in [one for one in events if one.target_type == Person._meta.label and one.action == "create"]:
            check_unused(person.target_id)
        for begin in range(0, len(events), CHUNK):
            undo.take_back(events[begin : begin + CHUNK], by=by, on=on)
        batch.state, batch.undone_at = ImportBatch.State.UNDONE, timezone.now()
        batch.save(update_fields=["state", "undone_at"])


def check_unused(pk: int) -> None:
    """Somebody a file added stays once anything else is known of them: it would go with them."""
    person = Person.objects.filter(pk=pk).first()
    if person and (
        person.absences.exists() or person.skills.exists() or person.patterns.exists() or person.rates.exists()
    ):
        words = _("“%(name)s” has been worked on since: nothing was taken back.")
        raise DomainError(words % {"name": person.name})


def batches_of(user: User) -> Any:
    """The files of people and absences that this user sent; those that were applied, for whoever keeps resources."""
    if not user.has_perm(EDIT_RESOURCES):
        return ImportBatch.objects.none()
    rows = ImportBatch.objects.filter(profile__in=(ImportBatch.PEOPLE, ImportBatch.ABSENCES))
    return (rows.filter(by=user) | rows.exclude(state=ImportBatch.State.STAGED)).select_related("by").defer("content")
