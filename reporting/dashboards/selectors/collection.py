"""The collection of a period: who reported, who is late, whom to challenge; counted over what the reader sees."""

from dataclasses import dataclass
from datetime import date, datetime
from statistics import quantiles
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects.access.policy import VALIDATE_STATUS, allowed
from projects.hierarchy.visibility import Access
from projects.raid.models import Assessment
from projects.raid.models.assessment import MANY_RANKS
from projects.raid.selectors import exceptions, in_force, rank_of, sees_some
from reporting.alerts.models import Notification, Rule
from reporting.alerts.services.gather import DUE, EVE, LATE, SOON
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.selectors import raises_no_question, received, reports_of
from reporting.status.snapshots import kept_review, shown_to
from reporting.status.wording import label_of

State = StatusReport.State
MISSING = (State.NOT_STARTED, State.DRAFT, State.NOT_REPORTED)
MOST = 100
SHOWN_WITH = ("project__project_manager", "project__health", "project__portfolio", "snapshot")
CHALLENGE = "challenge"
REMINDED = (SOON, EVE, DUE, LATE)
# What the list may be narrowed to: (name, words, condition).
SHOWN: dict[str, tuple[Promise, Q]] = {
    "all": (_("All"), Q()),
    "missing": (_("Missing"), Q(state__in=MISSING)),
    "review": (_("To review"), Q(state=State.SUBMITTED)),
    "correct": (_("To correct"), Q(state=State.TO_CORRECT)),
    CHALLENGE: (_("To challenge"), Q(project__health__gap__gte=1)),
    "late": (_("Submitted late"), Q(submitted_at__date__gt=F("period__due_on"))),
}


@dataclass(frozen=True, slots=True)
class Tab:
    name: str
    label: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class Reminders:
    """How often those who owe a report were reminded: letters and notices of the portal counted once."""

    sent: int
    people: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Collection:
    """`coverage` is received of asked, `timely` submitted by the due day of asked (K-O01), both in %; `entry` is the median and
    the ninth decile of the writing time in seconds (K-O15). None while there is nothing to count. `easy`: submitted, and as
    computed or more prudent."""

    period: ReportingPeriod
    asked: int
    received: int
    coverage: float | None
    timely: float | None
    entry: tuple[float, float] | None
    tabs: list[Tab]
    rows: list[StatusReport]
    reminders: Reminders
    easy: int
    reviewable: set[int]
    reviewed: bool  # whether there is an independent review to show

    @property
    def left_out(self) -> int:
        """How many of those asked for the list does not show."""
        return next(tab.count for tab in self.tabs if tab.current) - len(self.rows)


def periods_of(user: Any) -> list[ReportingPeriod]:
    """Those that collect, then the last frozen ones, of the containers this user sees."""
    rows = ReportingPeriod.objects.visible_to(user).exclude(state=ReportingPeriod.State.UPCOMING)
    found = list(rows.select_related("calendar__node").order_by("-starts_on", "pk")[:60])
    return sorted(found, key=lambda one: one.state == ReportingPeriod.State.FROZEN)


def shown(user: Any, period: ReportingPeriod) -> dict[str, Q]:
    """What each list asks for; of a frozen period nothing that is read from today."""
    asked = {name: condition for name, (_words, condition) in SHOWN.items()}
    reviewed = sees_some(user)
    if period.state == ReportingPeriod.State.FROZEN:
        asked[CHALLENGE] = Q(snapshot__gap__gte=1)
        if reviewed:
            asked[CHALLENGE] |= Q(below__gte=MANY_RANKS) & Access.of(user).projects("project", group="assessments")
    elif reviewed:
        asked[CHALLENGE] |= Q(project__in=exceptions(user).values("project"))
    return asked


def collected(user: Any, period: ReportingPeriod, *, show: str) -> Collection:
    """Six queries, whatever the number of reports, and one for the independent reviews; the list stops at 100."""
    rows, asked_for = reports_of(user, period), shown(user, period)
    rows = rows.annotate(below=rank_of("snapshot__declared") - rank_of("snapshot__assessed"))
    counts = rows.aggregate(
        **{name: Count("pk", filter=condition) if condition else Count("pk") for name, condition in asked_for.items()},
        easy=Count("pk", filter=raises_no_question()),
    )
    asked = counts["all"]
    first = received(user, period)
    seconds = sorted(rows.filter(entry_seconds__gt=0).values_list("entry_seconds", flat=True))
    listed = list(rows.filter(asked_for[show]).select_related(*SHOWN_WITH).order_by("state", "project__code")[:MOST])
    reminded = reminders_of(period, {row.project_id for row in listed})
    reviews = in_force([row.project_id for row in listed], user)
    for row in listed:
        _dress(row, reminded)
        row.review = _review_of(row, reviews, user)
    return Collection(
        period=period,
        asked=asked,
        received=first["received"],
        coverage=100 * first["received"] / asked if asked else None,
        timely=100 * first["timely"] / asked if asked else None,
        entry=spread(seconds),
        tabs=[Tab(name, str(words), counts[name], name == show) for name, (words, _condition) in SHOWN.items()],
        rows=listed,
        reminders=reminders(rows, period),
        easy=counts["easy"],
        reviewed=any(row.review for row in listed),
        reviewable={
            row.pk for row in listed
            if row.state in (State.SUBMITTED, State.VALIDATED) and allowed(user, VALIDATE_STATUS, row.project)
        },
    )  # fmt: skip


def _dress(row: Any, reminded: dict[int, datetime]) -> None:
    """What was frozen beside the report, else what is known now: `name`, `manager`, `scale`, `computed`, `reminded_at`."""
    kept, project = getattr(row, "snapshot", None), row.project
    row.computed = kept or getattr(project, "health", None)
    row.reminded_at = reminded.get(project.pk)
    if kept:
        told = kept.content["project"]
        row.name, row.manager, row.scale = label_of(told), told["manager_name"], told["scale"]
    else:
        manager = project.project_manager
        row.name, row.manager, row.scale = project.label, manager.name if manager else "", project.portfolio.scale


def _review_of(row: Any, reviews: dict[int, Assessment], user: Any) -> Assessment | None:
    """The independent review as it was frozen beside the report, else the one in force; `far_below` what is declared or not."""
    kept, project = getattr(row, "snapshot", None), row.project
    review = kept_review(shown_to(kept, user)) if kept else reviews.get(project.pk)
    row.far_below = review is not None and review.far_below(kept.declared if kept else project.declared)
    return review


def reminders(rows: QuerySet[Any], period: ReportingPeriod) -> Reminders:
    """What was sent to those who owe one of these reports."""
    found = _reminded(period).filter(project__in=rows.values("project"))
    told = found.aggregate(sent=Count("pk"), people=Count("user", distinct=True), last=Max("at"))
    return Reminders(told["sent"], told["people"], told["last"])


def reminders_of(period: ReportingPeriod, projects: set[int]) -> dict[int, datetime]:
    """{project: when somebody was reminded of it last}."""
    rows = _reminded(period).filter(project__in=projects)
    return dict(rows.values_list("project").annotate(last=Max("at")).order_by())


def _reminded(period: ReportingPeriod) -> QuerySet[Any]:
    return Notification.objects.filter(rule=Rule.REPORT, period=period, told__stage__in=REMINDED)


def spread(seconds: list[int]) -> tuple[float, float] | None:
    """(median, ninth decile)."""
    if not seconds:
        return None
    if len(seconds) == 1:
        return float(seconds[0]), float(seconds[0])
    tenths = quantiles(seconds, n=10, method="inclusive")
    return tenths[4], tenths[8]


def days_left(period: ReportingPeriod, today: date) -> int:
    """Days until the reports are due; negative when they are late."""
    return (period.due_on - today).days
