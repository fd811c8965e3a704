"""What a writer saw of a report, by the version they name: fields that nobody changed since are theirs to write.

A form sends what it showed beside what was typed. A program names the version it read (`If-Match`), and the history says what
each field held then. Every change of the row makes one version and at most one event, so the last so many events hold all that
happened since, and perhaps a little more: then a change is refused that could have been let in, never the other way round.
"""

from collections.abc import Mapping
from typing import Any

from pmo_portal.core.models import AuditEvent
from reporting.status.models import StatusReport
from reporting.status.services.drafts import PARTS, Change


def changes_since(row: StatusReport, version: int, wanted: Mapping[str, Any]) -> dict[str, Change] | None:
    """The wanted values, each beside what its field held in this version where it changed since; None: no such version.

    `row` is held. A value may be wanted for a part (`milestones.12.forecast`): other parts may have changed meanwhile.
    """
    if not 1 <= version <= row.version:
        return None
    before = _before(row, row.version - version)
    return {name: Change(value, _seen(name, before)) for name, value in wanted.items()}


def _before(row: StatusReport, count: int) -> dict[str, Any]:
    """{field: what it held before the last `count` events}, of the fields these changed."""
    if not count:
        return {}
    events = AuditEvent.objects.filter(target_type=StatusReport._meta.label, target_id=row.pk)
    told: dict[str, Any] = {}
    for changes in events.order_by("-pk").values_list("changes", flat=True)[:count]:
        told |= {name: pair[0] for name, pair in changes.items()}  # the oldest is read last
    return told


def _seen(name: str, before: Mapping[str, Any]) -> Any:
    """What the writer saw; None where it is still so."""
    base, _dot, rest = name.partition(".")
    if base not in before:
        return None
    if base not in PARTS:
        return "" if before[base] is None else before[base]
    key, _dot, part = (rest, "", "") if base == "confirmed" else rest.partition(".")
    held = (before[base] or {}).get(key, {} if part else "")
    return held.get(part, "") if part else held
