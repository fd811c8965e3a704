"""What people must be told, found in what is stored: asked again it finds the same events, and the database keeps doubles out.

Sources: domain.md §3.5 (A01 the day before a report is due, the day itself, the freeze; A08; A10; A14), §7.6 (three
working days before), BR-26 (an independent review far below what is declared).
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import F

from pmo_portal.core.days_off import days_off
from portfolio.capacity.selectors.periods import MONTH, periods_from
from portfolio.capacity.selectors.picture import ROLE, heat
from projects.hierarchy.models import Project
from projects.raid.selectors import exceptions
from projects.resources.worktime import TOLERANCE
from reporting.alerts.models import Mute, Notification, Rule
from reporting.alerts.recipients import FINANCE, MANAGER, PMO, RESOURCES, Directory, projects
from reporting.alerts.services import relief, staffing
from reporting.alerts.services.events import Event
from reporting.health.models import ProjectHealth
from reporting.status.calendar import working_day
from reporting.status.models import ReportingPeriod, StatusReport

SOON, EVE, DUE, LATE, FROZEN = "soon", "eve", "due", "late", "frozen"
WORKING_DAYS_BEFORE = ((3, SOON), (1, EVE), (0, DUE))
VERY_OPTIMISTIC = 2  # ranks
MONTHS_AHEAD = 3  # this one, and those that begin within two months
KEPT_DAYS = 45  # a period frozen longer ago is told to nobody any more


def gather(*, on: date, at: datetime) -> int:
    """Tell every event of the day that was not told yet; returns how many notifications were made."""
    directory = Directory.read()
    put_away_ended(at)
    relief.put_away(at)
    staffing.put_away(directory, at, on=on)
    muted = {(row.user_id, row.rule, row.project_id) for row in Mute.objects.all()}
    rows = [
        Notification(
            user_id=user, rule=one.rule, key=one.key, project_id=one.project, period_id=one.period, told=one.told, at=at
        )
        for one in events(directory, on=on)
        for user in sorted(set(one.to))
        if not {(user, one.rule, None), (user, one.rule, one.project)} & muted
    ]
    known = {(row.user_id, row.key): row for row in Notification.objects.filter(key__in={row.key for row in rows})}
    count_again(rows, known)
    fresh = [row for row in rows if (row.user_id, row.key) not in known]
    return len(Notification.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000))


def count_again(rows: list[Notification], known: Mapping[tuple[int, str], Notification]) -> None:
    """Requests that came later the same day are among those of the line, as long as its reader has not put it away."""
    changed = []
    for row in rows:
        old = known.get((row.user_id, row.key))
        if row.rule in (Rule.ASKED, Rule.ASTRAY) and old is not None and old.seen_at is None and old.told != row.told:
            old.told, old.project_id = row.told, row.project_id
            changed.append(old)
    Notification.objects.bulk_update(changed, ["told", "project"], batch_size=1000)


def put_away_ended(at: datetime) -> None:
    """An exception that was resolved since needs nobody any more, and no letter.

    What nobody read, here or in a letter, was not told: it goes, so that it is told when the same judgements contradict again.
    """
    unseen = Notification.objects.filter(rule=Rule.REVIEW, seen_at__isnull=True)
    over = unseen.exclude(project__in=exceptions().values("project"))
    over.filter(mailed_at__isnull=True).delete()
    over.update(seen_at=at)


def events(directory: Directory, *, on: date) -> Iterator[Event]:
    yield from _reports(directory, on)
    yield from _to_correct(directory)
    yield from _crowded(directory, on)
    yield from _gaps(directory)
    yield from _overspent(directory)
    yield from _far_below(directory)
    yield from staffing.asked(directory, on)
    yield from staffing.answered(directory, on)
    yield from staffing.astray(directory, on)
    yield from relief.proposed(directory, on)
    yield from relief.settled(directory, on)


def _reports(directory: Directory, on: date) -> Iterator[Event]:
    """A01: the manager three working days and one before a report is due and on the day; then the PMO, once a period as well;
    after the freeze the PMO and the sponsor of what was not reported."""
    periods = ReportingPeriod.objects.exclude(state=ReportingPeriod.State.UPCOMING).select_related("calendar__node")
    for period in periods.filter(review_until__gte=_days_before(on, KEPT_DAYS)):
        missing = _missing(period)
        if not missing:
            continue
        stage = FROZEN if period.state == ReportingPeriod.State.FROZEN else stage_of(period, on)
        about = projects(missing)
        if stage in (SOON, EVE, DUE, LATE):
            for pk, project in about.items():
                told = {"stage": stage, "due": period.due_on.isoformat(), "report": missing[pk]}
                key = f"{Rule.REPORT}:{stage}:{missing[pk]}"
                yield Event(Rule.REPORT, key, directory.named(MANAGER, project), pk, period.pk, told)
        if stage in (DUE, LATE, FROZEN):
            yield from _to_the_pmo(directory, period, stage, about)
        if stage == FROZEN:
            for pk, project in about.items():
                key = f"{Rule.REPORT}:sponsor:{missing[pk]}"
                told = {"stage": "sponsor", "report": missing[pk]}
                yield Event(Rule.REPORT, key, directory.named("sponsor", project), pk, period.pk, told)


def _to_the_pmo(
    directory: Directory, period: ReportingPeriod, stage: str, about: Mapping[int, Mapping[str, Any]]
) -> Iterator[Event]:
    """One line a period for each of them, with the number of those they see."""
    counts: dict[int, int] = {}
    for project in about.values():
        for user in directory.of_role(PMO, project):
            counts[user] = counts.get(user, 0) + 1
    for user, count in counts.items():
        told = {"stage": f"{stage}_pmo", "count": count}
        yield Event(Rule.REPORT, f"{Rule.REPORT}:{stage}:pmo:{period.pk}", [user], None, period.pk, told)


def stage_of(period: ReportingPeriod, on: date) -> str:
    """How near the due day is, in working days of the calendar; '' while it is far."""
    if on > period.due_on:
        return LATE
    calendar = period.calendar
    off = days_off(calendar.country, calendar.region, years=(on.year, on.year + 1))
    near = [stage for days, stage in WORKING_DAYS_BEFORE if on >= working_day(period.due_on, -days, off)]
    return near[-1] if near else ""


def _missing(period: ReportingPeriod) -> dict[int, int]:
    """{project: report} of what nobody submitted."""
    states = [StatusReport.State.NOT_STARTED, StatusReport.State.DRAFT, StatusReport.State.NOT_REPORTED]
    rows = StatusReport.objects.filter(period=period, state__in=states, submitted_at__isnull=True)
    return dict(rows.values_list("project_id", "pk"))


def _to_correct(directory: Directory) -> Iterator[Event]:
    """The PMO asked for a correction: the manager and the author are told what is asked."""
    rows = StatusReport.objects.filter(
        state=StatusReport.State.TO_CORRECT, period__state__in=ReportingPeriod.COLLECTING
    )
    found = list(rows.values_list("project_id", "pk", "period_id", "author_id", "reviewed_at"))
    about = projects([row[0] for row in found])
    for pk, report, period, author, at in found:
        to = directory.named(MANAGER, about[pk])
        if author in directory.users and directory.sees(author, about[pk]):
            to = to | {author}
        key = f"{Rule.CORRECT}:{report}:{at.isoformat() if at else ''}"
        yield Event(Rule.CORRECT, key, to, pk, period, {"report": report})


def _crowded(directory: Directory, on: date) -> Iterator[Event]:
    """A08: a role whose hard load is above its capacity within two months, once for each month, to who can do something."""
    to = directory.holders[PMO] | directory.holders[RESOURCES]
    if not to:
        return
    months = periods_from(MONTH, on, MONTHS_AHEAD)
    for row in heat(ROLE, months).rows:
        for month, one in zip(months, row.cells, strict=True):
            if row.ref and one.level in ("over", "none") and one.hard > one.capacity + TOLERANCE:
                told = {"role": row.ref, "month": month.first.isoformat(), "missing": round(one.hard - one.capacity, 1)}
                yield Event(Rule.CROWDED, f"{Rule.CROWDED}:{row.ref}:{month.first}", to, told=told)


def _gaps(directory: Directory) -> Iterator[Event]:
    """A10: declared two ranks better than computed, told again when it is declared anew."""
    rows = ProjectHealth.objects.filter(gap__gte=VERY_OPTIMISTIC, state__in=Project.ACTIVE, counted=True)
    found = {row["project_id"]: row for row in rows.values("project_id", "declared", "computed", "declared_on")}
    for pk, project in projects(found).items():
        row = found[pk]
        key = f"{Rule.GAP}:{pk}:{row['declared']}:{row['computed']}:{row['declared_on']}"
        told = {"declared": row["declared"], "computed": row["computed"]}
        yield Event(Rule.GAP, key, directory.named(MANAGER, project) | directory.of_role(PMO, project), pk, told=told)


def _overspent(directory: Directory) -> Iterator[Event]:
    """A14: more was spent than is approved, told again when the approved budget changes. Only to who sees the money."""
    rows = ProjectHealth.objects.filter(actual__gt=F("budget"), state__in=Project.ACTIVE, counted=True)
    found = dict(rows.values_list("project_id", "budget"))
    for pk, project in projects(found).items():
        to = directory.named(MANAGER, project) | directory.of_role(PMO, project) | directory.of_role(FINANCE, project)
        knowing = {user for user in to if directory.sees_money(user, project)}
        yield Event(Rule.OVERSPENT, f"{Rule.OVERSPENT}:{pk}:{found[pk]}", knowing, pk)


def _far_below(directory: Directory) -> Iterator[Event]:
    """BR-26: a review in force two ranks or more below what is declared; told again by another review or another level.

    To the PMO, the manager and the sponsor, as far as they read reviews.
    """
    found = {row.project_id: row for row in exceptions().select_related("project")}
    for pk, project in projects(found).items():
        row = found[pk]
        to = directory.of_role(PMO, project) | directory.named(MANAGER, project) | directory.named("sponsor", project)
        key = f"{Rule.REVIEW}:{row.pk}:{row.project.declared}"
        told = {"review": row.pk, "rating": row.rating, "scale": row.scale, "declared": row.project.declared}
        yield Event(Rule.REVIEW, key, {user for user in to if directory.reads_reviews(user, project)}, pk, told=told)


def _days_before(day: date, count: int) -> date:
    return date.fromordinal(day.toordinal() - count)
