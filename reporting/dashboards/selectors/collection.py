"""The collection of a period: who reported, who is late, whom to challenge; counted over what the reader sees."""

from dataclasses import dataclass
from datetime import date
from statistics import quantiles
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects.access.policy import VALIDATE_STATUS, allowed
from projects.hierarchy.models import Project
from reporting.status.models import ReportingPeriod, StatusReport

State = StatusReport.State
MISSING = (State.NOT_STARTED, State.DRAFT, State.NOT_REPORTED)
MOST = 100
SHOWN_WITH = ("project__project_manager", "project__health", "project__portfolio", "snapshot")
# What the list may be narrowed to: (name, words, condition).
SHOWN: dict[str, tuple[Promise, Q]] = {
    "all": (_("All"), Q()),
    "missing": (_("Missing"), Q(state__in=MISSING)),
    "review": (_("To review"), Q(state=State.SUBMITTED)),
    "correct": (_("To correct"), Q(state=State.TO_CORRECT)),
    "challenge": (_("To challenge"), Q(project__health__gap__gte=1)),
    "late": (_("Submitted late"), Q(submitted_at__date__gt=F("period__due_on"))),
}
# Data hygiene (domain.md §6.4): projects whose facts leave a question open.
HYGIENE: dict[str, tuple[Promise, Q]] = {
    "manager": (_("No project manager"), Q(project_manager__isnull=True)),
    "sponsor": (_("No sponsor"), Q(sponsor__isnull=True)),
    "forecast": (_("No forecast end"), Q(forecast_end__isnull=True, actual_end__isnull=True)),
    "baseline": (_("No baseline"), Q(baseline_end__isnull=True)),
    "milestone": (_("No milestone"), Q(milestones__isnull=True)),
    "budget": (_("No approved budget"), Q(health__budget__isnull=True)),
    "declared": (_("No declared status"), Q(declared="")),
}


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    label: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Collection:
    """`coverage` is received of asked, `timely` submitted by the due day of asked (K-O01), both in %; `entry` is the median and
    the ninth decile of the writing time in seconds (K-O15). None while there is nothing to count."""

    period: ReportingPeriod
    asked: int
    received: int
    coverage: float | None
    timely: float | None
    entry: tuple[float, float] | None
    tabs: list[Tab]
    rows: list[StatusReport]
    reviewable: set[int]

    @property
    def left_out(self) -> int:
        """How many of those asked for the list does not show."""
        return next(tab.count for tab in self.tabs if tab.current) - len(self.rows)


def periods_of(user: Any) -> list[ReportingPeriod]:
    """Those that collect, then the last frozen ones, of the containers this user sees."""
    rows = ReportingPeriod.objects.visible_to(user).exclude(state=ReportingPeriod.State.UPCOMING)
    found = list(rows.select_related("calendar__node").order_by("-starts_on", "pk")[:60])
    return sorted(found, key=lambda one: one.state == ReportingPeriod.State.FROZEN)


def reports(user: Any, period: ReportingPeriod) -> QuerySet[Any]:
    """The current report of each project of the period that the reader sees."""
    rows = StatusReport.objects.visible_to(user).filter(period=period)
    # Only what is frozen is revised.
    return rows.current() if period.state == ReportingPeriod.State.FROZEN else rows.filter(revision=1)


def collected(user: Any, period: ReportingPeriod, *, show: str) -> Collection:
    """Four queries, whatever the number of reports; the list stops at 100."""
    rows = reports(user, period)
    counts = rows.aggregate(
        **{
            name: Count("pk", filter=condition) if condition else Count("pk")
            for name, (_words, condition) in SHOWN.items()
        },
        received=Count("pk", filter=Q(submitted_at__isnull=False)),
        timely=Count("pk", filter=Q(submitted_at__date__lte=F("period__due_on"))),
    )
    asked = counts["all"]
    seconds = sorted(rows.filter(entry_seconds__gt=0).values_list("entry_seconds", flat=True))
    narrowed = rows.filter(SHOWN[show][1]).select_related(*SHOWN_WITH)
    listed = list(narrowed.order_by("state", "project__code")[:MOST])
    for row in listed:  # what was frozen beside the report, else what is computed now
        row.computed = getattr(row, "snapshot", None) or getattr(row.project, "health", None)
    return Collection(
        period=period,
        asked=asked,
        received=counts["received"],
        coverage=100 * counts["received"] / asked if asked else None,
        timely=100 * counts["timely"] / asked if asked else None,
        entry=spread(seconds),
        tabs=[Tab(name, str(words), counts[name], name == show) for name, (words, _condition) in SHOWN.items()],
        rows=listed,
        reviewable={
            row.pk for row in listed
            if row.state in (State.SUBMITTED, State.VALIDATED) and allowed(user, VALIDATE_STATUS, row.project)
        },
    )  # fmt: skip


def spread(seconds: list[int]) -> tuple[float, float] | None:
    """(median, ninth decile)."""
    if not seconds:
        return None
    if len(seconds) == 1:
        return float(seconds[0]), float(seconds[0])
    tenths = quantiles(seconds, n=10, method="inclusive")
    return tenths[4], tenths[8]


def hygiene(user: Any, period: ReportingPeriod) -> list[tuple[str, str, int]]:
    """(name, words, count) of the active projects of the period whose facts leave a question open: one query."""
    seen = asked_projects(user, period)
    counts = seen.aggregate(
        **{name: Count("pk", filter=condition, distinct=True) for name, (_words, condition) in HYGIENE.items()}
    )
    return [(name, str(words), counts[name]) for name, (words, _condition) in HYGIENE.items()]


def unclean(user: Any, period: ReportingPeriod, name: str) -> list[Project]:
    """The projects behind one of those figures."""
    return list(asked_projects(user, period).filter(HYGIENE[name][1]).distinct().order_by("code")[:MOST])


def asked_projects(user: Any, period: ReportingPeriod) -> QuerySet[Any]:
    return Project.objects.visible_to(user).filter(pk__in=reports(user, period).values("project"))


def days_left(period: ReportingPeriod, today: date) -> int:
    """Days until the reports are due; negative when they are late."""
    return (period.due_on - today).days
