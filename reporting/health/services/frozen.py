"""The photographs of a freeze, kept for ever beside its snapshots: what pages and sums show of its day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection
from django.utils import timezone

from reporting.health.as_of_models import HealthFrozen
from reporting.health.services.photographs import COLUMNS, Photograph, as_json

_TABLE = HealthFrozen._meta.db_table
_KEYS = ("snapshot_id", "project_id", "period_id", "frozen_at", "frozen_on", "replaces_id")
_LIST = ", ".join((*_KEYS, *COLUMNS))
ONE_HOLDS_A_DAY = frozenset({"frozen_one_begins_a_day", "frozen_one_goes_on"})


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


@dataclass(frozen=True, slots=True)
class Holder:
    """The photograph that a day shows of a project so far, and what decides whether another one takes its place."""

    pk: int
    starts_on: date
    declared: str


def keep(taken: Sequence[Taken], *, period: Any, at: datetime) -> None:
    """Keep these, of one period that freezes (or is revised) at this moment. Two statements, whatever their number.

    They hold the day of the freeze of their period, as far as `_holds` says so. A period that nobody could report in holds none:
    its silence is nobody's. Where another freeze kept something of one of them meanwhile, the database refuses them all:
    IntegrityError, of which `came_between` is true.
    """
    day = timezone.localdate(at)
    own_day = period.was_collected and (period.frozen_at is None or timezone.localdate(period.frozen_at) == day)
    holders = _holders([one.project_id for one in taken], day) if own_day else {}
    rows = []
    for one in taken:
        holder = holders.get(one.project_id)
        holds = own_day and _holds(one, period, holder)
        follows = one.replaces or (holder.pk if holds and holder else None)
        rows.append({
            "snapshot_id": one.snapshot_id, "project_id": one.project_id, "period_id": period.pk, "frozen_at": at,
            "frozen_on": day if holds else None, "replaces_id": follows, **one.photo,
        })  # fmt: skip
    insert = f"INSERT INTO {_TABLE} ({_LIST}) SELECT {_LIST} FROM json_populate_recordset(NULL::{_TABLE}, %s)"  # noqa: S608  (names of our own columns)
    with connection.cursor() as cursor:
        cursor.execute(insert, [as_json(rows)])


def _holds(one: Taken, period: Any, holder: Holder | None) -> bool:
    """Whether a photograph takes the day: a revision where what it revises holds it; another where nothing does, or an older
    period, or one of the same days that does not say more.
    """
    if one.replaces is not None:
        return holder is not None and holder.pk == one.replaces
    if holder is None:
        return True
    return (period.starts_on, bool(one.photo["declared"])) >= (holder.starts_on, bool(holder.declared))


def _holders(projects: Sequence[int], day: date) -> dict[int, Holder]:
    """{project: its photograph that holds this day so far}: the one that no other of the day replaces."""
    rows = HealthFrozen.objects.filter(project__in=projects, frozen_on=day)
    last = rows.exclude(pk__in=rows.filter(replaces__isnull=False).values("replaces"))
    return {pid: Holder(*told) for pid, *told in last.values_list("project_id", "pk", "period__starts_on", "declared")}


def came_between(error: IntegrityError) -> bool:
    """Whether photographs were refused because another freeze or revision kept some of the same day meanwhile."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) in ONE_HOLDS_A_DAY


def photo_of(snapshot_id: int) -> Photograph:
    """The columns of the photograph of a snapshot."""
    found: Photograph = HealthFrozen.objects.values(*COLUMNS).get(pk=snapshot_id)
    return found
