"""Data hygiene (domain.md §6.4): the projects of a period whose facts leave a question open, and where each is mended."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects.hierarchy.models import Project
from projects.planning.models import Milestone
from reporting.dashboards.selectors.collection import MOST
from reporting.status.models import ReportingPeriod
from reporting.status.selectors import reports_of


@dataclass(frozen=True, slots=True)
class Question:
    """`field` of a project answers it in the list itself; without one, the page under the project's address does."""

    words: Promise
    condition: Any
    field: str = ""
    page: str = ""


NO_MILESTONE = ~Exists(Milestone.objects.filter(project=OuterRef("pk")))
QUESTIONS: dict[str, Question] = {
    "manager": Question(_("No project manager"), Q(project_manager__isnull=True), field="project_manager"),
    "sponsor": Question(_("No sponsor"), Q(sponsor__isnull=True), field="sponsor"),
    "forecast": Question(
        _("No forecast end"), Q(forecast_end__isnull=True, actual_end__isnull=True), field="forecast_end"
    ),
    "baseline": Question(_("No baseline"), Q(baseline_end__isnull=True), field="baseline_end"),
    "milestone": Question(_("No milestone"), NO_MILESTONE, page="milestones/"),
    "budget": Question(_("No approved budget"), Q(health__budget__isnull=True), page="budget/"),
    "declared": Question(_("No declared status"), Q(declared=""), page="report/"),
}


def hygiene(user: Any, period: ReportingPeriod) -> list[tuple[str, str, int]]:
    """(name, words, count) of each question: one query."""
    asked = {name: Count("pk", filter=one.condition) for name, one in QUESTIONS.items()}
    counts = asked_projects(user, period).aggregate(**asked)
    return [(name, str(one.words), counts[name]) for name, one in QUESTIONS.items()]


def unclean(user: Any, period: ReportingPeriod, name: str) -> list[Project]:
    """The projects behind one of those figures, 100 at most."""
    return list(asked_projects(user, period).filter(QUESTIONS[name].condition).order_by("code")[:MOST])


def asked_projects(user: Any, period: ReportingPeriod) -> QuerySet[Any]:
    return Project.objects.filter(pk__in=reports_of(user, period).values("project"))
