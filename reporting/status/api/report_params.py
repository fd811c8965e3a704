"""How lists of status reports are narrowed."""

from typing import Any

from django.utils import timezone

from pmo_portal.core.api.params import FLAG, ID, MOMENT, Param
from projects.hierarchy.api import UPDATED_SINCE, inside
from reporting.status.models import StatusReport
from reporting.status.selectors import to_write


def late(queryset: Any, value: bool, user: Any) -> Any:
    missing = queryset.exclude(state__in=StatusReport.OVER).filter(
        submitted_at__isnull=True, period__due_on__lt=timezone.localdate()
    )
    return missing if value else queryset.exclude(pk__in=missing.values("pk"))


def current(queryset: Any, value: bool, user: Any) -> Any:
    """Only what was frozen is revised."""
    last = queryset.current()
    return last if value else queryset.exclude(pk__in=last.values("pk"))


def writable(queryset: Any, value: bool, user: Any) -> Any:
    mine = to_write(user).values("pk")
    return queryset.filter(pk__in=mine) if value else queryset.exclude(pk__in=mine)


PARAMS = {
    "project": Param("Id of the project.", ID, member="project"),
    "portfolio": inside("portfolio", "project__path"),
    "programme": inside("programme", "project__path"),
    "period": Param("Id of the period.", ID, member="period"),
    "state": Param("State.", member="state", choices=StatusReport.State.values),
    "late": Param("Not submitted although its day is past (true), or not so (false).", FLAG, where=late),
    "current": Param("The last revision of each (true), or those it replaced (false).", FLAG, where=current),
    "writable": Param("Those you may write now (true), or all others (false).", FLAG, where=writable),
    "submitted_since": Param("Submitted at or after this instant.", MOMENT, member="submitted_at", lookup="gte"),
    "updated_since": UPDATED_SINCE,
}
