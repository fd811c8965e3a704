"""Reads of independent reviews: the register of a project, what is in force, and what is far below what is declared (BR-26)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Case, Exists, IntegerField, Max, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import JSONObject

from projects.hierarchy.declared import COMMON_RANK
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.raid.models import Assessment
from projects.raid.models.assessment import MANY_RANKS


def sees_some(user: Any) -> bool:
    """Whether there can be a project whose released reviews this user reads."""
    access = Access.of(user)
    return any(grant.role in access.seeing("assessments") for grant in access.grants)


def last_released(user: Any, path: str = "") -> datetime | None:
    """When the last review this user reads below a container was released: what live pages that show them compare."""
    if not sees_some(user):
        return None
    rows = Assessment.objects.visible_to(user).filter(state=Assessment.State.RELEASED, project__path__startswith=path)
    last: datetime | None = rows.aggregate(at=Max("released_at"))["at"]
    return last


def assessments(project: Project, user: Any, *, at: datetime | None = None) -> list[Assessment]:
    """The reviews this user reads, drafts first, then the last released; as at an instant, those that were released by then."""
    rows = Assessment.objects.visible_to(user).filter(project=project).select_related("reviewer")
    if at is not None:
        rows = rows.filter(released_at__lte=at)
    return sorted(rows, key=_newest_first, reverse=True)


def _newest_first(row: Assessment) -> tuple[bool, float, int]:
    return row.is_draft, row.released_at.timestamp() if row.released_at else 0.0, row.pk


def in_force(projects: Iterable[int], user: Any, *, at: datetime | None = None) -> dict[int, Assessment]:
    """{project: its review in force, now or as at an instant}, of those this user reads; one query, none for who reads none."""
    if not sees_some(user):
        return {}
    rows = Assessment.objects.visible_to(user).in_force(at).filter(project__in=list(projects))
    return {row.project_id: row for row in rows.select_related("reviewer")}


def beside(user: Any, *, at: Any = None) -> dict[str, Any]:
    """Annotations for rows with a `project_id`: `any_review`, whether there is any to see at all, and `review_told`, that of the
    row, to be read with `read_beside`. No statement of their own, and as many index look-ups as rows are read.

    `at`, if not now, is an expression of the row: its review is the last released by then.
    """
    released = Assessment.objects.visible_to(user).filter(state=Assessment.State.RELEASED)
    told = {name: name for name in ("pk", "scale", "rating", "assessed_on", "reviewer_name")}
    own = released.filter(project=OuterRef("project_id")).order_by("-released_at", "-pk")
    if at is not None:
        own = own.filter(released_at__lte=OuterRef("known_at"))
    return {
        **({"known_at": at} if at is not None else {}),
        "any_review": Exists(released),
        "review_told": Subquery(own.values(told=JSONObject(**told, reviewer="reviewer__name"))[:1]),
    }


def read_beside(told: Mapping[str, Any] | None) -> Assessment | None:
    """A review as `beside` tells it, never to be saved."""
    if told is None:
        return None
    fields = {**told, "assessed_on": date.fromisoformat(told["assessed_on"])}
    name = fields.pop("reviewer") or fields["reviewer_name"]
    return Assessment(**{**fields, "reviewer_name": name})


def review_beside(project: Project, user: Any) -> Assessment | None:
    """The review in force of one project, now or on the past day it is shown as of (`known_at`), for who reads it; remembered on
    the project, whose pages show it more than once.
    """
    known: dict[int, Assessment] | None = getattr(project, "_reviews", None)
    if known is None:
        seen = Access.of(user).sees("assessments", project)
        known = project._reviews = in_force([project.pk], user, at=project.known_at) if seen else {}  # type: ignore[attr-defined]
    return known.get(project.pk)


def exceptions(user: Any = None) -> QuerySet[Any]:
    """The reviews in force that are two ranks or more below what their project declares, as far as `user` reads them.

    Without a user all of them, for what runs by the clock. Projects that are over or left their portfolio are no exception.
    """
    rows = Assessment.objects.all() if user is None else Assessment.objects.visible_to(user)
    below = rank_of("project__declared") - rank_of("rating")
    running = {"project__state__in": Project.ACTIVE, "project__left_on__isnull": True}
    return rows.in_force().filter(**running).annotate(below=below).filter(below__gte=MANY_RANKS)


def rank_of(name: str) -> Any:
    """The common rank of a level in a column; null for what is no judgement."""
    ranks = [When(**{name: level}, then=rank) for level, rank in COMMON_RANK.items()]
    return Case(*ranks, default=None, output_field=IntegerField())
