"""The photographs of a freeze, kept for ever beside its snapshots: what pages and sums show of its day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from reporting.health.as_of_models import HealthFrozen
from reporting.health.services.photographs import COLUMNS, Photograph, as_json

_TABLE = HealthFrozen._meta.db_table
_KEYS = ("snapshot_id", "project_id", "period_id", "frozen_at", "frozen_on", "replaces_id")
_LIST = ", ".join((*_KEYS, *COLUMNS))


@dataclass(frozen=True, slots=True)
class Taken:
    """A photograph of one project for one snapshot; `replaces` is the revision it follows, if any."""

    snapshot_id: int
    project_id: int
    photo: Photograph
    replaces: int | None = None


def said(*, declared: str, rag: str, gap: int | None, trend: str, key_message: str, on: date | None) -> Photograph:
    """The part of a photograph that a report tells; what nobody reported is told by nothing in it."""
    return {
        "declared": declared, "declared_label": "", "declared_rag": rag, "declared_on": on if declared else None,
        "trend": trend, "gap": gap, "key_message": key_message,
    }  # fmt: skip


def keep(taken: Sequence[Taken], *, period: Any, at: datetime) -> None:
    """Keep these, of one period that freezes (or is revised) at this moment. Two statements, whatever their number.

    They hold the day of the freeze of their period, unless it is over or a newer period holds it.
    """
    day = timezone.localdate(at)
    own_day = period.frozen_at is None or timezone.localdate(period.frozen_at) == day
    holders = _holders([one.project_id for one in taken], day) if own_day else {}
    rows = []
    for one in taken:
        holder, starts_on = holders.get(one.project_id, (None, None))
        holds = own_day and (starts_on is None or starts_on <= period.starts_on)
        rows.append({
            "snapshot_id": one.snapshot_id, "project_id": one.project_id, "period_id": period.pk, "frozen_at": at,
            "frozen_on": day if holds else None, "replaces_id": one.replaces or (holder if holds else None), **one.photo,
        })  # fmt: skip
    insert = f"INSERT INTO {_TABLE} ({_LIST}) SELECT {_LIST} FROM json_populate_recordset(NULL::{_TABLE}, %s)"  # noqa: S608  (names of our own columns)
    with connection.cursor() as cursor:
        cursor.execute(insert, [as_json(rows)])


def _holders(projects: Sequence[int], day: date) -> dict[int, tuple[int, date]]:
    """{project: (photograph that holds this day so far, first day of its period)}."""
    rows = HealthFrozen.objects.filter(project__in=projects, frozen_on=day).order_by("frozen_at", "snapshot_id")
    return {pid: (pk, starts) for pid, pk, starts in rows.values_list("project_id", "pk", "period__starts_on")}


def photo_of(snapshot_id: int) -> Photograph:
    """The columns of the photograph of a snapshot."""
    found: Photograph = HealthFrozen.objects.values(*COLUMNS).get(pk=snapshot_id)
    return found
