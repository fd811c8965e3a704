"""Many reports from one workbook: kept while its person looks at what it would change, then written as shown, all or nothing."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import quotas, trace
from pmo_portal.core.editing import writing
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from pmo_portal.core.security_events import security_event
from projects.access.policy import DECLARE_STATUS, allowed
from projects.exchange import sandbox
from projects.exchange.models import ImportBatch
from projects.exchange.problems import RefusedFile
from projects.exchange.services import batches
from projects.exchange.services.bulk import take_time
from projects.hierarchy.models import Project
from reporting.status.models import StatusReport
from reporting.status.services.drafts import Change, save_draft
from reporting.status.services.submitting import submit
from reporting.status.workbook import reading, remarks
from reporting.status.workbook.comparing import Compared, Comparison, Keys, compare
from reporting.status.workbook.reading import Reading

State = ImportBatch.State
FORMAT = 1  # of what is kept of a file


class Moved(DomainError):
    """What a page showed is no longer what would be written."""

    status = 409


@dataclass(slots=True)
class Choices:
    """What the person said on the page: the mark of what was shown, reports to submit (`renew`: all those with nothing to report
    too), findings that are so, conflicts won."""

    shown: str
    submit: Collection[int] = ()
    renew: bool = False
    confirmed: Keys = field(default_factory=dict)
    taken: Keys = field(default_factory=dict)


def stage(*, by: User, content: bytes, file_name: str) -> ImportBatch:
    """Read a workbook in the confined reader and keep its edited cells. Raises DomainError with what to do for any other file."""
    if not allowed(by, DECLARE_STATUS, None):
        raise NotAllowed(_("Your role does not let you report on a project."))
    if not file_name.lower().endswith(".xlsx"):
        security_event("upload_refused", user=by, file=file_name[-80:])
        raise DomainError(_("Send the workbook you downloaded here, saved as Excel workbook (.xlsx)."), field="file")
    batches.check_pace(by)
    quotas.take("imports_per_hour", by=by)
    batches.drop_old(by=by)
    try:
        with quotas.running("imports_at_once", by=by):
            found = reading.read(sandbox.parse(content, file_name))
    except RefusedFile as refused:
        raise DomainError(remarks.refusal(refused), field="file") from refused
    return ImportBatch.objects.create(
        by=by, profile=ImportBatch.REPORTS, file_name=file_name[-200:], sha256=hashlib.sha256(content).hexdigest(),
        size=len(content), options={"format": FORMAT, **found.as_data()},
    )  # fmt: skip


def waiting(batch: ImportBatch, *, by: User) -> Reading:
    """What was read of a workbook that is not applied yet."""
    if not batches.is_kept(batch) or batch.by_id != by.pk or batch.options.get("format") != FORMAT:
        raise DomainError(_("This workbook is no longer waiting. Send the file again."))
    return Reading.of(batch.options)


def apply(*, batch: ImportBatch, by: User, on: date, at: datetime, choices: Choices) -> ImportBatch:
    """Write what was shown, in one transaction. Raises Moved, and writes nothing, when something else would be written now."""
    with writing():
        take_time()
        held = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        found = waiting(held, by=by)
        _hold(found)
        if compare(found, by=by, on=on).shown != choices.shown:
            raise Moved(
                _("Something changed in the portal after this page was shown. Nothing was written: look again.")
            )
        wanted = compare(found, by=by, on=on, taken=choices.taken, confirmed=choices.confirmed)
        with trace.tracing(source="bulk", request_id=f"bulk:{held.pk}"), trace.acting(by):
            told = _write(wanted, choices, by=by, on=on, at=at)
        held.options, held.report = {}, told  # what people wrote is in the reports now, with their rights
        held.state, held.applied_at = State.APPLIED, timezone.now()
        held.save()
    return held


def _hold(found: Reading) -> None:
    """The projects, then the reports, in order of their ids, so that two people who apply at once wait for each other."""
    ids = sorted({row.report for row in found.rows})
    projects = StatusReport.objects.filter(pk__in=ids).values("project")
    for rows in (Project.objects.filter(pk__in=projects), StatusReport.objects.filter(pk__in=ids)):
        list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)).values_list("pk", flat=True))


def _write(wanted: Comparison, choices: Choices, *, by: User, on: date, at: datetime) -> dict[str, list[int]]:
    """{"saved" | "submitted" | "left": reports}; left are those to submit for which something is still asked."""
    told: dict[str, list[int]] = {"saved": [], "submitted": [], "left": [], "refused": []}
    for one in wanted.reports:
        pk = one.report.pk
        if one.refused:
            told["refused"].append(pk)
            continue
        confirmed = choices.confirmed.get(pk, ())
        try:
            saved = _save(one, choices, by=by, on=on, at=at)
            if one.renewable and (choices.renew or pk in choices.submit):
                submit(report=one.report, by=by, on=on, at=at, renew=True)
                told["submitted"].append(pk)
            elif pk in choices.submit and one.is_complete:
                submit(report=one.report, by=by, on=on, at=at, confirmed=confirmed)
                told["submitted"].append(pk)
            elif pk in choices.submit:
                told["left"].append(pk)
            elif saved:
                told["saved"].append(pk)
        except DomainError as error:
            words = _("%(project)s: %(why)s Nothing was written.")
            raise DomainError(words % {"project": one.report.project.code, "why": error.message}) from error
    return told


def _save(one: Compared, choices: Choices, *, by: User, on: date, at: datetime) -> bool:
    taken = choices.taken.get(one.report.pk, ())
    lines = [*one.lines, *(line for line in one.conflicts if line.name in taken)]
    changes = {line.name: Change(line.after) for line in lines}
    changes |= {f"confirmed.{key}": Change("shown") for key in choices.confirmed.get(one.report.pk, ())}
    if changes:
        save_draft(report=one.report, by=by, changes=changes, on=on, at=at)
    return bool(changes)


def discard(*, batch: ImportBatch, by: User) -> None:
    """Drop a workbook that was not applied."""
    waiting(batch, by=by)
    batch.delete()
