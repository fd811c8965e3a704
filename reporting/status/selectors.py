"""Reads of the status slice: who is told what of a report, how far a collection is, and what a snapshot is made of."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from pmo_portal.core.as_of import end_of
from projects.access.policy import DECLARE_STATUS, POLICY, VALIDATE_STATUS
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.money.models import FISCAL_YEAR, BudgetLine
from projects.planning.models import Milestone
from projects.raid.models import Assessment, Decision, Issue, Risk
from projects.raid.selectors import exceptions
from reporting.health.scope import Scope
from reporting.status.models import ReportingPeriod, Snapshot, StatusReport
from reporting.status.rules import RAG_OF_LEVEL
from reporting.status.snapshots import review_told

WRITERS_AND_REVIEWERS = POLICY[DECLARE_STATUS] | POLICY[VALIDATE_STATUS]
MILESTONES = (
    "id", "code", "name", "name_en", "is_key", "weight", "position", "baseline_date", "forecast_date", "actual_date",
)  # fmt: skip
RISKS = (
    "id", "code", "title", "title_en", "kind", "status", "probability", "impact", "residual_probability", "residual_impact",
    "response", "response_note", "due_date", "last_reviewed_on", "owner__name",
)  # fmt: skip
ISSUES = ("id", "code", "title", "title_en", "status", "urgency", "impact", "due_date", "owner__name")
DECISIONS = ("id", "code", "question", "question_en", "status", "needed_by", "committee", "recommendation")
# What a report names its project by, beside what a photograph of it keeps.
NAMED = {
    "sponsor_name": "sponsor__name", "size": "size", "portfolio_code": "portfolio__code", "portfolio_name": "portfolio__name",
    "portfolio_name_en": "portfolio__name_en", "scale": "portfolio__scale", "percent_complete": "percent_complete",
}  # fmt: skip


def shows(report: StatusReport, user: Any) -> bool:
    """Whether what is written in it is told: a draft is for who writes and who reviews it, until it is submitted."""
    project = report.project
    return report.submitted_at is not None or has_hand_in(user, project.pk, project.path, project.is_confidential)


def has_hand_in(user: Any, pk: int, path: str, confidential: bool) -> bool:
    """Whether this user writes or reviews the reports of a project, known by its id, its path and whether it is confidential."""
    return bool(Access.of(user).roles_at(pk, path, confidential) & WRITERS_AND_REVIEWERS)


def reports_of(user: Any, period: ReportingPeriod) -> QuerySet[Any]:
    """The current report of each project of the period that the reader sees."""
    rows = StatusReport.objects.visible_to(user).filter(period=period)
    # Only what is frozen is revised.
    return rows.current() if period.state == ReportingPeriod.State.FROZEN else rows.filter(revision=1)


def coverage(user: Any, period: ReportingPeriod) -> dict[str, int]:
    """How many reports of the period the reader sees: asked for, of each state, received, received in time. Two queries."""
    counts: dict[str, int] = reports_of(user, period).aggregate(
        asked=Count("pk"),
        **{state: Count("pk", filter=Q(state=state)) for state in StatusReport.State.values},
    )
    return counts | received(user, period)


def received(user: Any, period: ReportingPeriod) -> dict[str, int]:
    """{"received", "timely"}: first revisions only; a later one neither undoes a silence nor makes a report late. One query."""
    rows = StatusReport.objects.visible_to(user).filter(period=period, revision=1, submitted_at__isnull=False)
    counts: dict[str, int] = rows.aggregate(
        received=Count("pk"), timely=Count("pk", filter=Q(submitted_at__date__lte=F("period__due_on")))
    )
    return counts


def _of_rag(*colours: str) -> list[str]:
    return [level for level, rag in RAG_OF_LEVEL.items() if rag in colours]


# Submitted, and declared as it is computed or more prudently.
NO_GAP = Q(state=StatusReport.State.SUBMITTED) & (
    Q(declared__in=_of_rag("green", "amber", "red"), project__health__computed="green")
    | Q(declared__in=_of_rag("amber", "red"), project__health__computed="amber")
    | Q(declared__in=_of_rag("red"), project__health__computed="red")
)


def raises_no_question() -> Q:
    """Reports to which there is nothing to ask: no better than what is computed, nor far above an independent review."""
    return NO_GAP & ~Q(project__in=exceptions().values("project"))


def parts_of(ids: Sequence[int], *, at: datetime) -> dict[int, dict[str, Any]]:
    """{project: of the keys below}: what is open of the registers, the review in force at the instant, which is that of the
    freeze, money by month and kind. 7 queries.
    """
    parts: dict[int, dict[str, Any]] = defaultdict(_nothing)
    for row in Project.objects.filter(pk__in=ids).values_list("pk", *NAMED.values()):
        parts[row[0]]["named"] = dict(zip(NAMED, row[1:], strict=True))
    milestones = Milestone.objects.filter(project__in=ids).order_by("project_id", "position", "pk")
    for row in milestones.values("project_id", *MILESTONES):
        parts[row.pop("project_id")]["milestones"].append(row)
    for row in Risk.objects.filter(project__in=ids, status__in=Risk.OPEN).values("project_id", *RISKS):
        parts[row.pop("project_id")]["risks"].append(row)
    for row in (
        Issue.objects.filter(project__in=ids, status__in=Issue.OPEN).order_by("pk").values("project_id", *ISSUES)
    ):
        parts[row.pop("project_id")]["issues"].append(row)
    waiting = Decision.objects.filter(project__in=ids, status__in=Decision.OPEN).order_by("pk")
    for row in waiting.values("project_id", *DECISIONS):
        parts[row.pop("project_id")]["decisions"].append(row)
    for review in Assessment.objects.in_force(at).filter(project__in=ids).select_related("reviewer"):
        parts[review.project_id]["assessment"] = review_told(review)
    for told in parts.values():
        told["risks"].sort(key=lambda risk: (-left(risk), risk["id"]))
    lines = BudgetLine.objects.filter(project__in=ids).exclude(category=FISCAL_YEAR)
    for project, month, kind, amount in lines.order_by("project_id", "month", "kind").values_list(
        "project_id", "month", "kind", "amount"
    ):
        parts[project]["months"].append([month, kind, amount])
    return parts


def _nothing() -> dict[str, Any]:
    return {"named": {}, "milestones": [], "risks": [], "issues": [], "decisions": [], "months": [], "assessment": None}


def left(risk: dict[str, Any]) -> int:
    """The level after the response, 1–25; the inherent one while no residual was assessed."""
    residual = (risk["residual_probability"] or 0) * (risk["residual_impact"] or 0)
    return residual or risk["probability"] * risk["impact"]


def writable(
    user: Any, *, most: int, period: int | None = None, projects: QuerySet[Any] | None = None
) -> list[StatusReport]:
    """The reports this user may write now, of one period or of these projects; those due first, at most so many."""
    rows = to_write(user)
    if period is not None:
        rows = rows.filter(period=period)
    if projects is not None:
        rows = rows.filter(project__in=projects)
    found = rows.select_related("project__portfolio", "period__calendar__node").order_by(
        "period__due_on", "project__code", "pk"
    )
    return list(found[:most])


def to_write(user: Any) -> QuerySet[Any]:
    """The reports this user may write now."""
    rows = StatusReport.objects.filter(state__in=StatusReport.EDITABLE, period__state__in=ReportingPeriod.COLLECTING)
    return rows.filter(Access.of(user).projects("project", roles=POLICY[DECLARE_STATUS]))


def frozen_periods(scope: Scope) -> QuerySet[Any]:
    """The periods in which something of the scope froze, whichever calendar asked it then; the last first."""
    rows = ReportingPeriod.objects.filter(state=ReportingPeriod.State.FROZEN)
    if scope.node is not None:
        kept = Snapshot.objects.filter(period=OuterRef("pk"), path__startswith=scope.node.path)
        rows = rows.filter(Exists(kept))
    visible: Any = rows.visible_to(scope.user)
    found: QuerySet[Any] = visible.select_related("calendar").order_by("-frozen_at", "-pk")
    return found


def frozen_that_day(scope: Scope) -> list[ReportingPeriod]:
    """The periods whose photographs its pages show on the past day it looks at, the last first. One query."""
    if scope.as_of is None:
        return []
    start = timezone.make_aware(datetime.combine(scope.as_of, time()))
    shown = scope.rows().filter(is_frozen=True, period=OuterRef("pk"))
    periods: Any = ReportingPeriod.objects.filter(frozen_at__gte=start, frozen_at__lte=end_of(scope.as_of))
    found = periods.visible_to(scope.user).filter(Exists(shown)).select_related("calendar__node")
    return list(found.order_by("-frozen_at", "-pk"))
