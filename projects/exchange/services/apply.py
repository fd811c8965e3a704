"""Writing a file: everything in one transaction, compared again inside it, so that what was read is what is changed."""

import hashlib
from collections import Counter
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from pmo_portal.core import audit, trace
from pmo_portal.core.editing import writing
from pmo_portal.core.errors import DomainError
from pmo_portal.core.events import announce
from projects.exchange import changes, messages, rejects, selectors
from projects.exchange.models import ImportBatch
from projects.exchange.records import Reading
from projects.exchange.services import bulk
from projects.exchange.services.stage import Order, Staged, compare, dry_run, taken
from projects.exchange.services.write import Writer
from projects.exchange.table import Source
from projects.hierarchy.declared import Scale
from projects.hierarchy.models import Node, Project

VEIL = "confidentiality"


class BadRows(DomainError):
    """Rows with errors keep the whole file out; `staged` tells which."""

    def __init__(self, message: str, staged: Staged) -> None:
        super().__init__(message)
        self.staged = staged


def apply(
    source: Source, order: Order, *, content: bytes, batch: ImportBatch | None = None
) -> tuple[Staged, ImportBatch]:
    """Write the file's good rows, or nothing when one is bad and `skip_bad_rows` was not asked for (BadRows)."""
    tried = dry_run(source, order)
    with writing():
        _hold(order.code)
        now = compare(source, order, tried.reading)
        staged = replace(now, skipped=tried.skipped, rejected=tried.rejected, good=tried.good)
        if staged.plan.errors:
            raise BadRows(_bad_rows_text(staged), staged)
        batch = _batch(batch, order, content, staged)
        with trace.tracing(source="import", request_id=batch.request_id), trace.acting(order.by):
            portfolio = _portfolio(order, staged.reading)
            ids = set(Writer(staged.plan, portfolio, on=staged.plan.on or order.today).write())
            if _date(portfolio, order, staged):  # every project is judged as at the new day, changed or not
                ids.update(Project.objects.below(portfolio).values_list("pk", flat=True))
            announce(ids, on=staged.plan.on)
            announce((item.id for item in staged.plan.projects if item.id and VEIL in item.changes), at_once=True)
        batch.options = {**batch.options, "stamps": _stamps(staged)}
        batch.portfolio = portfolio
        batch.report = {**report(staged), "code": order.code, "differences": changes.summary(staged)}
        batch.changes = changes.pack(staged)
        batch.bad_rows = rejects.as_file(staged.source, staged.skipped, staged.rejected) if staged.skipped else None
        batch.save()
    return staged, batch


def _hold(code: str) -> None:
    """One import into a portfolio at a time, with the time a large one needs."""
    bulk.take_time()
    with transaction.get_connection().cursor() as cursor:
        key = int.from_bytes(hashlib.blake2s(code.encode(), digest_size=4).digest(), "big", signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(7202, %s)", [key])


def _bad_rows_text(staged: Staged) -> str:
    rows = {(problem.sheet, problem.row) for problem in staged.plan.errors}
    words = ngettext(
        "%(count)d row has problems, so nothing was written. Correct it, or ask to leave it out.",
        "%(count)d rows have problems, so nothing was written. Correct them, or ask to leave them out.",
        len(rows),
    )
    return words % {"count": len(rows)}


def _batch(batch: ImportBatch | None, order: Order, content: bytes, staged: Staged) -> ImportBatch:
    """The row that marks every audit event; the content is no longer needed once it is written."""
    batch = batch or ImportBatch(profile=order.profile.key, by=order.by)
    batch.file_name = order.file_name[-200:]
    batch.sha256, batch.size = hashlib.sha256(content).hexdigest(), len(content)
    batch.on_date = staged.plan.on
    batch.state, batch.applied_at, batch.content = ImportBatch.State.APPLIED, timezone.now(), None
    batch.save()
    return batch


def _portfolio(order: Order, reading: Reading) -> Node:
    """The portfolio to fill, created on the first import."""
    found = selectors.portfolio_called(order.code)
    if found and order.new:
        raise taken(order)
    if found:
        return found
    told = order.profile.portfolio
    own = order.code == told.code
    used = Counter(
        str(record.values["currency"]) for record in reading.records.values() if record.values.get("currency")
    )
    currency = told.currency if own else (used.most_common(1)[0][0] if used else "EUR")
    node = Node.objects.create(
        kind=Node.Kind.PORTFOLIO,
        code=order.code[:40],
        name=order.name or (told.name if own else order.code),
        name_en=told.name_en if own else "",
        currency=currency,
        origin=told.origin if own else Node.Origin.OWN,
        scale=told.scale if own else Scale.PILOTE,
        description=told.description if own else "",
        source_note=told.source_note if own else "",
    )
    node.refresh_from_db()
    return node


def _stamps(staged: Staged) -> dict[str, dict[str, Any]]:
    """The dates that were confirmed without an audit row, as they were before: {project id: {field: ISO date or null}}."""
    return {
        str(item.id): {name: audit.plain(day) for name, day in item.stamp_before.items()}
        for item in staged.plan.projects
        if item.stamp_before
    }


def _date(portfolio: Node, order: Order, staged: Staged) -> bool:
    """A published portfolio is judged as at the day of its last publication, not as at today; True when that day moved."""
    on = staged.plan.on
    if order.profile.portfolio.origin != Node.Origin.REAL or on is None or portfolio.origin != Node.Origin.REAL:
        return False
    if portfolio.status_date is None or on > portfolio.status_date:
        Node.objects.filter(pk=portfolio.pk).update(status_date=on)
        return True
    return False


def report(staged: Staged) -> dict[str, Any]:
    """The counts and findings of a run as JSON values; at most 1,000 findings are kept. Only rows without problems count."""
    plan, good = staged.plan, staged.writable
    return {
        "rows": plan.rows,
        "created": good.count("create"),
        "updated": good.count("update"),
        "unchanged": good.count("unchanged"),
        "left": len(good.left),
        "programmes": len(good.containers),
        "parts": [[kind, action, count] for (kind, action), count in sorted(good.part_counts().items())],
        "skipped": len(staged.skipped),
        "problems": messages.as_data([*staged.rejected, *plan.errors]),
        "warnings": messages.as_data([problem for problem in plan.problems if problem.warning]),
        "encoding": staged.source.encoding,
        "delimiter": staged.source.delimiter,
    }
