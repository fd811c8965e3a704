"""What the registers of the API have in common: who owns a line, whether it is open, whether its day has passed."""

from typing import Any

from django.utils import timezone

from pmo_portal.core.api.params import FLAG, ID, Param
from projects.hierarchy.api import EXTERNAL_REF, of_project, words_in
from projects.raid.models.entry import Entry

OWNER = Param("Id of the person who owns it.", ID, member="owner")


def is_open(kind: type[Entry]) -> Param:
    def where(queryset: Any, value: bool, user: Any) -> Any:
        return queryset.filter(status__in=kind.OPEN) if value else queryset.exclude(status__in=kind.OPEN)

    return Param("Still open (true) or not (false).", FLAG, where=where)


def overdue(kind: type[Entry], member: str) -> Param:
    """Open, and the day of `member` is past."""

    def where(queryset: Any, value: bool, user: Any) -> Any:
        late = {"status__in": kind.OPEN, f"{member}__lt": timezone.localdate()}
        return queryset.filter(**late) if value else queryset.exclude(**late)

    return Param(f"Open although its `{member}` is past (true), or not (false).", FLAG, where=where)


def of_register(kind: type[Entry], day: str, **more: Param) -> dict[str, Param]:
    """The parameters every register has; `day` is the member that says by when."""
    named = (kind.named, f"{kind.named}_en", "code")
    return of_project(
        status=Param("Status.", member="status", choices=kind.Status.values),  # type: ignore[attr-defined]
        open=is_open(kind),
        overdue=overdue(kind, day),
        external_ref=EXTERNAL_REF,
        q=words_in(*named, "background" if kind.named == "question" else "description"),
        **more,
    )
