"""A file of requests on its way in: staged, written whole by the rules of every request, taken back whole.

What exists is written as cells of the grid are (`set_cells`), what is new as a request (`request_many`): the state that follows,
the limits and the news are theirs.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import events, quotas, trace
from pmo_portal.core.editing import writing
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access.policy import REQUEST_ALLOCATION
from projects.exchange.models import ImportBatch
from projects.exchange.table import Source
from projects.hierarchy.models import Project
from projects.hierarchy.services.facts import move_data_dates
from projects.resources.models import Allocation, AllocationMonth
from projects.resources.services import Cell, Wanted, hold_projects, request_many, set_cells
from projects.roster import waiting
from projects.roster.lines import CREATED, REFUSED, UPDATED, Plan
from projects.roster.requests.headings import Unreadable
from projects.roster.requests.reading import AskLine, key_of, requests, written
from projects.roster.services import CHUNK, delete, update, with_values

FIELDS = ("role", "skill", "level", "unit", "person", "firmness", "measure", "note")


def check_right(by: User, home: Project | None = None) -> None:
    if not by.has_perm(REQUEST_ALLOCATION, home):
        raise NotAllowed(_("Only who asks for people on a project brings requests from a file."))


def stage_file(*, by: User, content: bytes, file_name: str, home: Project | None = None) -> ImportBatch:
    """Keep the file with what it would change. `home`: the project it is for, which it then need not name."""
    check_right(by, home)
    options = {"project": home.pk if home else None}
    return waiting.kept(
        by=by, content=content, file_name=file_name, what=ImportBatch.REQUESTS, options=options, compare=first_planned
    )


def first_planned(batch: ImportBatch, source: Source) -> Plan:
    """With the projects it writes, which are held before they are compared again."""
    plan = planned(batch, source)
    look_at(batch, plan)
    return plan


def look_at(batch: ImportBatch, plan: Plan) -> None:
    """What its reader is shown: the projects it writes, and what it would write as a mark."""
    batch.options |= {"projects": sorted(projects_of(plan)), "mark": mark_of(plan)}


def mark_of(plan: Plan) -> str:
    told = [(line.row, line.outcome, line.record.pk, sorted(line.changes.items())) for line in written(plan)]
    return hashlib.sha256(repr(told).encode()).hexdigest()


class Moved(DomainError):
    """What the file would write is no longer what was looked at."""

    status = 409

    def __init__(self, plan: Plan) -> None:
        super().__init__(
            _("Somebody changed what this file is about since you looked: look again at what it would change.")
        )
        self.plan = plan


def planned(batch: ImportBatch, source: Source) -> Plan:
    """What the file would change now."""
    by, pk = batch.by, batch.options.get("project")
    if by is None:
        raise DomainError(_("This import is no longer waiting. Choose the file again."))
    home = Project.objects.visible_to(by).filter(pk=pk).first() if pk else None
    if pk and home is None:
        raise DomainError(_("The project of this file is no longer there. Choose the file again."))
    try:
        return requests(source, by=by, home=home)
    except Unreadable as error:
        raise DomainError(str(error), field="file") from error


def apply(*, batch: ImportBatch, by: User, skip_bad_rows: bool = False) -> Plan:
    """Write what the file changes, compared again with its projects held; nothing while a refused line is not to be skipped."""
    check_right(by)
    waiting.check_waiting(batch, by)
    source = waiting.read(batch)
    with quotas.running("imports_at_once", by=by):
        try:
            return write_all(batch, source, by=by, skip_bad_rows=skip_bad_rows)
        except Moved as moved:  # nothing was written: the review shows what it would be now
            look_at(batch, moved.plan)
            batch.report = waiting.told(moved.plan)
            batch.save(update_fields=["options", "report"])
            raise


def write_all(batch: ImportBatch, source: Source, *, by: User, skip_bad_rows: bool) -> Plan:
    """In one transaction, with the projects held whose requests are written."""
    with writing():
        waiting.hold(batch)
        waiting.check_waiting(batch, by)
        hold_projects(set(batch.options["projects"]))
        plan = planned(batch, source)
        if not skip_bad_rows:
            waiting.check_refused(plan)
        if mark_of(plan) != batch.options["mark"]:
            raise Moved(plan)
        with trace.tracing(source="import", request_id=batch.request_id):
            write(list(written(plan)), by=by)
        waiting.mark_applied(batch, plan)
    return plan


def projects_of(plan: Plan) -> set[int]:
    return {line.project.pk for line in written(plan) if line.project is not None}


def write(lines: Sequence[AskLine], *, by: User) -> None:
    on, changed = timezone.localdate(), [line for line in lines if line.outcome == UPDATED]
    cells = [
        Cell(line.record.pk, month, amount, compare=False) for line in changed for month, amount in line.months.items()
    ]
    if cells:
        check_written(changed, set_cells(by=by, on=on, cells=cells).wrong)
    with trace.acting(by):
        noted = [line for line in changed if line.note is not None]
        for line in noted:
            line.record.note = line.note
        if noted:
            update(Allocation, [line.record for line in noted], ["note"])
            touched = {line.project.pk: line.project for line in noted}
            move_data_dates(touched.values(), on=on)
            events.announce(touched)
    wanted = [
        Wanted(line.project, line.months, {name: getattr(line.record, name) for name in FIELDS})
        for line in lines
        if line.outcome == CREATED
    ]
    if wanted:
        request_many(by=by, on=on, wanted=wanted)


def check_written(lines: Sequence[AskLine], wrong: Sequence[Any]) -> None:
    """A cell that was refused since the lines were judged keeps all of them out."""
    by_pk = {line.record.pk: line for line in lines}
    for one in wrong:
        line = by_pk[one.allocation]
        line.outcome, line.errors[key_of(one.month)] = REFUSED, one.message
    waiting.check_refused(Plan([line for line in lines if line.errors]))


def take_back(*, batch: ImportBatch, by: User) -> None:
    """Put back what was asked and take away what was added, within a day and as long as nobody changed or answered it since."""
    check_right(by)
    waiting.check_undoable(batch)
    with writing(), trace.tracing(source="import", request_id=f"undo:{batch.pk}"):
        waiting.hold(batch)
        waiting.check_undoable(batch)
        kinds = {model._meta.label: model for model in (Allocation, AllocationMonth)}
        mine = AuditEvent.objects.filter(request_id=batch.request_id, target_type__in=kinds)
        found = list(mine.order_by("pk"))
        if found:
            projects = hold_projects({event.project_id for event in found if event.project_id})
            if not all(by.has_perm(REQUEST_ALLOCATION, project) for project in projects.values()):
                raise NotAllowed(_("Your role no longer lets you change this."))
            check_untouched(found)
            put_back(found, by=by)
            move_data_dates(projects.values(), on=timezone.localdate())
            events.announce(projects)
            events.announce_people()
        waiting.mark_undone(batch)


def check_untouched(found: Sequence[AuditEvent]) -> None:
    """Nobody wrote one of these requests since, nor another month of one, which would stand in a state of before."""
    label, months = Allocation._meta.label, AllocationMonth._meta.label
    rows = {event.target_id for event in found if event.target_type == label}
    mine = {event.target_id for event in found if event.target_type == months}
    rows |= set(AllocationMonth.objects.filter(pk__in=mine).values_list("allocation", flat=True))
    rows |= {pk for event in found if event.target_type == months for pk in event.changes.get("allocation", ()) if pk}
    of_rows = set(AllocationMonth.objects.filter(allocation__in=rows).values_list("pk", flat=True)) | mine
    since = AuditEvent.objects.filter(pk__gt=found[0].pk, project_id__in={event.project_id for event in found})
    since = since.filter(Q(target_type=label) | Q(target_type=months)).exclude(request_id=found[0].request_id)
    for event in since.order_by("pk"):
        of_ours = event.target_type == months and bool(rows.intersection(event.changes.get("allocation", ())))
        if of_ours or event.target_id in (rows if event.target_type == label else of_rows):
            words = _("“%(what)s” was changed again since: nothing was taken back. Look at its history.")
            raise DomainError(words % {"what": event.label})


def put_back(found: Sequence[AuditEvent], *, by: User) -> None:
    """Everything as it was, in a few statements whatever the number of rows."""

    def of(model: Any, action: str) -> list[AuditEvent]:
        return [event for event in found if event.target_type == model._meta.label and event.action == action]

    with trace.acting(by):
        new = {event.target_id for event in of(Allocation, "create")}
        delete(AllocationMonth, [event.target_id for event in of(AllocationMonth, "create")])
        delete(Allocation, sorted(new))
        gone = [with_values(AllocationMonth(pk=event.target_id), event) for event in of(AllocationMonth, "delete")]
        AllocationMonth.objects.bulk_create(gone, batch_size=CHUNK)
    with trace.acting(by, action="undo"):
        for model in (AllocationMonth, Allocation):
            changed = [event for event in of(model, "update") if event.target_id not in new]
            rows = model.objects.in_bulk({event.target_id for event in changed})
            for event in reversed(changed):  # what was there first is written last
                if event.target_id in rows:
                    with_values(rows[event.target_id], event)
            if fields := sorted({name for event in changed for name in event.changes}):
                update(model, list(rows.values()), fields)


def batches_of(user: User) -> Any:
    """The files of requests this user sent: their reports name projects and people as this user sees them."""
    if not user.has_perm(REQUEST_ALLOCATION):
        return ImportBatch.objects.none()
    rows = ImportBatch.objects.filter(profile=ImportBatch.REQUESTS, by=user)
    return rows.select_related("by").defer("content")


def shown_to(user: User, report: dict[str, Any]) -> dict[str, Any]:
    """The report without lines of projects that this user sees no more."""
    named = {line["project"] for lines in report["lines"].values() for line in lines if "project" in line}
    seen = set(Project.objects.visible_to(user).filter(pk__in=named).values_list("pk", flat=True))
    lines = {
        outcome: [line for line in found if line.get("project") is None or line["project"] in seen]
        for outcome, found in report["lines"].items()
    }
    return {**report, "lines": lines}
