"""An import that waits for its person: the file is kept for a day, compared again at each correction, then applied or dropped."""

import hashlib
from datetime import date, timedelta
from typing import Any

from django.conf import settings as site
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import quotas
from pmo_portal.core.errors import DomainError, NotAllowed, TooMuch
from pmo_portal.core.models import User
from pmo_portal.core.rate_limits import Limit, take
from pmo_portal.core.security_events import security_event
from projects.access.policy import IMPORT_FILES, allowed, allowed_everywhere
from projects.exchange import changes, review, selectors
from projects.exchange.models import ImportBatch, ImportProfile
from projects.exchange.services import apply as applying
from projects.exchange.services import stage
from projects.exchange.services.stage import Order, Staged

KEPT_FOR = timedelta(hours=24)
# The rest of .xls and .xlsm is refused by the reader, with what to do about it.
KINDS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".json")


def order_of(batch: ImportBatch, *, skip_bad_rows: bool = False) -> Order:
    """What a staged import asks for, as its page and its application both need it."""
    on = batch.options.get("on")
    return Order(
        profile=stage.profile_for(batch.profile, batch.options.get("settings")),
        by=batch.by,
        today=timezone.localdate(),
        portfolio=batch.options.get("portfolio", ""),
        on=date.fromisoformat(on) if on else None,
        skip_bad_rows=skip_bad_rows,
        file_name=batch.file_name,
        new=batch.options.get("new", False),
        name=batch.options.get("name", ""),
    )


def stage_file(
    *,
    by: User,
    content: bytes,
    file_name: str,
    profile: str,
    portfolio: str,
    on: date | None,
    settings: dict[str, Any],
    new: bool = False,
    name: str = "",
) -> ImportBatch:
    """Keep an uploaded file and its dry run. Raises DomainError when the file or the request is refused as a whole.

    `new`: the portfolio is to be made, under `name`.
    """
    _check_kind(file_name, by)
    check_pace(by)
    quotas.take("imports_per_hour", by=by)
    drop_old(by=by)
    options = {
        "portfolio": portfolio,
        "on": on.isoformat() if on else None,
        "settings": settings,
        "new": new,
        "name": name,
    }
    batch = ImportBatch(by=by, profile=profile, file_name=file_name[-200:], options=options, content=content)
    batch.sha256, batch.size = hashlib.sha256(content).hexdigest(), len(content)
    _check_right(order_of(batch), by)
    with quotas.running("imports_at_once", by=by):
        _compare(batch)
    return batch


def check_pace(by: User) -> None:
    """A file costs a child process, up to a minute of it: so many a minute for one person, whichever way they come."""
    verdict = take([Limit(f"imports:{by.pk}", site.API_RATES["imports"])])
    if verdict and not verdict.allowed:
        security_event("rate_limited", user=by, limit=verdict.limit, wait=verdict.wait, what="imports")
        raise TooMuch(_("Too many files in a minute. Try again in a moment."), wait=verdict.wait)


def _check_kind(file_name: str, by: User) -> None:
    """Only names of files that this portal reads: what is inside is judged by its first bytes afterwards."""
    if not file_name.lower().endswith(KINDS):
        security_event("upload_refused", user=by, file=file_name[-80:])
        raise DomainError(
            _("Files of this kind are not read. Give a CSV, text, Excel (.xlsx) or JSON file."), field="file"
        )


def remap(*, batch: ImportBatch, by: User, settings: dict[str, Any]) -> ImportBatch:
    """Compare again with corrected columns, decimal mark or order of dates."""
    _check_waiting(batch, by)
    _check_right(order_of(batch), by)
    batch.options = {**batch.options, "settings": {**batch.options.get("settings", {}), **settings}}
    with quotas.running("imports_at_once", by=by):
        _compare(batch)
    return batch


def apply_batch(*, batch: ImportBatch, by: User, skip_bad_rows: bool) -> Staged:
    """Write a staged import. Raises BadRows, and writes nothing, when a row is bad and may not be left out."""
    _check_waiting(batch, by)
    order = order_of(batch, skip_bad_rows=skip_bad_rows)
    _check_right(order, by)
    content = bytes(batch.content or b"")
    if hashlib.sha256(content).hexdigest() != batch.sha256:
        raise DomainError(_("The file kept is no longer the one you saw. Nothing was written: send it again."))
    with quotas.running("imports_at_once", by=by):
        staged, _batch = applying.apply(stage.parse(content, batch.file_name), order, content=content, batch=batch)
    return staged


def discard(*, batch: ImportBatch, by: User) -> None:
    """Drop an import that was not applied."""
    _check_waiting(batch, by)
    batch.delete()


def save_profile(*, batch: ImportBatch, by: User, name: str, shared: bool) -> ImportProfile:
    """Keep the corrected mapping under a name; the same name again replaces one's own."""
    settings = batch.options.get("settings", {})
    saved, _created = ImportProfile.objects.update_or_create(
        owner=by, name=name, defaults={"base": batch.profile, "settings": settings, "shared": shared}
    )
    return saved


def _check_waiting(batch: ImportBatch, by: User) -> None:
    if not is_kept(batch) or batch.content is None or batch.by_id != by.pk:
        raise DomainError(_("This import is no longer waiting. Choose the file again."))


def _check_right(order: Order, by: User) -> None:
    portfolio = selectors.portfolio_called(order.code)
    may = allowed(by, IMPORT_FILES, portfolio) if portfolio else allowed_everywhere(by, IMPORT_FILES)
    if not may:
        raise NotAllowed(
            _("You may not import into this portfolio. Choose another one, or ask its PMO."), field="portfolio"
        )


def _compare(batch: ImportBatch) -> None:
    """Run dry and keep what the page shows; the file itself is read again only when something is corrected."""
    source = stage.parse(bytes(batch.content or b""), batch.file_name)
    staged = stage.dry_run(source, order_of(batch))
    batch.on_date = staged.plan.on
    batch.portfolio = selectors.portfolio_called(staged.order.code)
    batch.report = {
        **applying.report(staged),
        "code": staged.order.code,
        "nothing": staged.plan.changes_nothing,
        "sheets": review.sheets(staged),
        "differences": changes.summary(staged),
    }
    batch.changes = changes.pack(staged)
    batch.save()


def is_kept(batch: ImportBatch) -> bool:
    """Whether it waits: not applied, and sent within the day it is kept for, whether or not the night took it away yet."""
    return batch.state == ImportBatch.State.STAGED and batch.created_at >= timezone.now() - KEPT_FOR


def drop_old(**whose: User) -> int:
    """Files nobody applied within a day are not kept: everybody's every night, one's own (`by`) at the next one sent.

    Returns how many went.
    """
    old = ImportBatch.objects.filter(state=ImportBatch.State.STAGED, created_at__lt=timezone.now() - KEPT_FOR)
    _rows, gone = old.filter(**whose).delete()
    return gone.get(ImportBatch._meta.label, 0)
