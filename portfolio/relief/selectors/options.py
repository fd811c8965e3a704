"""What could give way in a cell that is short, each with what it frees, what it costs, and what it does elsewhere.

Ranked by price for each day freed, where the price is weight × weeks late (docs/decisions/0222). Nothing here writes anything.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from portfolio.capacity.selectors.periods import MONTH, periods_from
from portfolio.capacity.selectors.picture import OF_GROUPS, ROLE, Figures, sums_of
from portfolio.relief.later import (
    Dated,
    Late,
    Moved,
    Promised,
    dates_moved,
    float_of,
    goes_beyond,
    kept,
    last_of,
    late_for_others,
    shifted,
)
from portfolio.relief.models import Proposal
from portfolio.relief.selectors.between import promised_by
from portfolio.relief.selectors.conflict import SHORT, Conflict, Ground, Work, by_days, given_up, works_of
from portfolio.relief.selectors.dates import dates_of
from portfolio.relief.selectors.proposals import may_propose, same
from portfolio.relief.selectors.standing import as_computed, mark_of
from portfolio.relief.selectors.supply import ASKED_ABOUT, reinforcement, sees_rates, swappable, swaps
from portfolio.relief.selectors.weights import weight_of
from projects.hierarchy.models import Project
from projects.resources.models import Allocation

Kind = Proposal.Kind
MOST_PROJECTS = 15
WEEKS = (1, 2, 3, 4, 6, 8, 10, 13)
LEAST = 0.2  # of a day: what frees less is no option
AHEAD = 12  # months in which an option is looked at for what it makes short elsewhere
WEEK_OF_WORK = 5  # days
STOPPED_WEEKS = 26  # at least: what never comes is later than what comes late
ORDER = {kind: number for number, kind in enumerate(Kind.values)}


@dataclass(slots=True)
class Option:
    """`days` of the shortage it frees; `weeks`: of the date that moves most, or of the last work where that comes after the last
    date; `price` weight × weeks. `steps` is what accepting it does, as it is stored. `elsewhere`: days that become short in other
    roles and months. `cost` is for who sees rates."""

    kind: str
    project: Project | None
    days: float
    steps: dict[str, Any]
    weeks: int = 0
    price: float = 0.0
    moved: Sequence[Moved] = ()
    late: Sequence[Late] = ()  # what other projects would get after they need it
    elsewhere: float = 0.0
    weight: float = 0.0
    subject: Any = None  # the request that changes hands, or the role that is reinforced
    whom: Any = None
    cost: Decimal | None = None
    currency: str = ""
    fte: Decimal | None = None
    tentative: bool = False
    lost: float = 0.0  # days of work not done
    waits: Proposal | None = None
    unknown: bool = False  # no date says what it delays
    last_date: date | None = None  # where its last work comes after it: that is what is late
    asked: bool = False  # whether the same waits, seen by its reader or not
    proposes: bool = False  # whether its reader may propose it

    @property
    def key(self) -> str:
        """The same option has the same key when it is computed again."""
        about = self.steps.get("allocation") or (self.project.pk if self.project else 0)
        return f"{self.kind}-{about}"

    @property
    def label(self) -> str:
        return str(Kind(self.kind).label)


@dataclass(slots=True)
class Options:
    """`found` best first, for what nothing gives up yet (`conflict.needed`). Only the largest are looked at: how many
    projects, and how many requests that somebody else could do, were not."""

    conflict: Conflict
    found: list[Option] = field(default_factory=list)
    rates: bool = False
    projects_left: int = 0
    requests_left: int = 0

    @property
    def best(self) -> float:
        return max((one.days for one in self.found), default=0.0)

    def find(self, key: str) -> Option | None:
        return next((one for one in self.found if one.key == key), None)


def options(conflict: Conflict, *, reader: Any) -> Options:
    """All options for this reader: a fixed number of statements, and some ten more for each of the few requests that could
    change hands."""
    answer = Options(conflict, rates=sees_rates(reader))
    if conflict.solved:
        return answer
    ground = Ground(conflict.kind, conflict.ref, conflict.period)
    conflict = answer.conflict = replace(conflict, given_up=given_up(conflict, ground))
    if conflict.needed < SHORT:
        return answer
    if conflict.movable:
        projects = list(conflict.lines_of)[:MOST_PROJECTS]
        answer.projects_left = len(conflict.lines_of) - len(projects)
        answer.requests_left = max(len(swappable(conflict, reader=reader)) - ASKED_ABOUT, 0)
        rows = Allocation.objects.filter(project__in=projects).select_related("role", "person", "unit", "skill")
        works, dates = by_days(works_of(rows), conflict.since, AHEAD), dates_of(projects)
        promised = promised_by(projects, reader=reader, today=conflict.today)
        month = periods_from(MONTH, conflict.since, AHEAD)
        figures = sums_of(OF_GROUPS, month, ROLE)
        for project in projects:
            given = works[project.pk], dates[project.pk], promised[project.pk]
            for one in of_project(project, *given, conflict, ground):
                one.elsewhere = elsewhere(one, works[project.pk], conflict, figures)
                answer.found.append(one)
    answer.found += [Option(Kind.SWAP, **one) for one in swaps(conflict, ground, reader=reader)]
    answer.found += [Option(Kind.REINFORCE, **one) for one in reinforcement(conflict, ground, reader=reader)]
    for one in answer.found:
        one.days = min(one.days, conflict.needed)
    answer.found = sorted(
        (one for one in answer.found if one.days >= LEAST),
        key=lambda one: (round(one.price / one.days, 4), one.elsewhere, ORDER[one.kind], -one.days, one.key),
    )
    _proposed(answer, reader)
    return answer


def _proposed(answer: Options, reader: Any) -> None:
    """Which of them wait already, in this cell or another, and which their reader may propose: two statements, and some for
    each that waits: what can no longer be accepted is in nobody's way."""
    about, cell = {one.project for one in answer.found if one.project}, answer.conflict
    waiting = Proposal.objects.filter(Q(project__in=about) | Q(project__isnull=True), state=Proposal.State.PROPOSED)
    rows = list(waiting.order_by("pk"))
    seen = set(Proposal.objects.visible_to(reader).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    for one in answer.found:
        mine = Proposal(
            kind=one.kind, project=one.project, steps=one.steps, first_day=cell.period.first, last_day=cell.period.last
        )
        twin = next((row for row in rows if same(row, mine) and as_computed(row, on=cell.today)), None)
        one.waits = twin if twin and twin.pk in seen else None
        one.proposes, one.asked = may_propose(reader, one.project), twin is not None


def of_project(
    project: Project,
    works: Sequence[Work],
    dates: Sequence[Dated],
    promised: Sequence[Promised],
    conflict: Conflict,
    ground: Ground,
) -> Iterator[Option]:
    """What a project could do: later within its float, later with its dates, less, or not at all."""
    since = conflict.since
    here = [work for work in works if ground.holds(work.row)]
    ahead = {month for work in here for month in work.plan if month >= since}
    if not ahead:
        return
    weight = weight_of(project)
    slack = float_of(ahead, dates, promised)
    if slack:
        found = first_that_helps(here, [w for w in (*WEEKS, slack) if w <= min(slack, WEEKS[-1])], conflict, ground)
        if found:
            weeks, days = found
            steps = {**later(here, weeks, since, ()), "since": since.isoformat(), "mark": mark_of((), dates, since)}
            yield Option(Kind.FLOAT, project, days, steps, weight=weight)
    all_months = {month for work in works for month in work.plan if month >= since}
    allowed = [
        w for w in WEEKS if w > (slack or 0) and not any(one.dated.fixed for one in dates_moved(all_months, dates, w))
    ]
    found = first_that_helps(works, allowed, conflict, ground)
    if found:
        weeks, days = found
        moved = dates_moved(all_months, dates, weeks)
        beyond = goes_beyond(all_months, dates)
        late = weeks if beyond else max((one.weeks for one in moved), default=0)
        others = late_for_others(all_months, promised, weeks)
        steps = {
            **later(works, weeks, since, moved),
            **for_others(others),
            "since": since.isoformat(),
            "mark": mark_of(works, dates, since),
            "beyond": beyond,
        }
        yield Option(
            Kind.SHIFT, project, days, steps, weeks=late, price=weight * late, moved=moved, weight=weight,
            unknown=not dates, late=others, last_date=max(one.day for one in dates) if dates and beyond else None,
        )  # fmt: skip
    yield from less(project, here, weight, conflict, ground)
    yield from none(project, works, here, weight, promised, conflict, ground)


def first_that_helps(
    works: Sequence[Work], weeks: Sequence[int], conflict: Conflict, ground: Ground
) -> tuple[int, float] | None:
    """The fewest weeks that free all that is short, or as much as the most of them does; with the days it frees once the
    months they ask for are confirmed."""
    if not weeks:
        return None
    items: list[tuple[int, Allocation, Mapping[date, Decimal]]] = []
    for work in works:
        items.append((0, work.row, work.plan))
        items += [(count, work.row, asked_later(work, count, conflict.since) or work.plan) for count in weeks]
    days = ground.days(items)
    freed = {count: days.get(0, 0.0) - days.get(count, 0.0) for count in weeks}
    most = min(max(freed.values()), conflict.needed)
    if most < LEAST:
        return None
    count = min(count for count in weeks if freed[count] >= most - SHORT)
    return count, freed[count]


def asked_later(work: Work, weeks: int, since: date) -> dict[date, Decimal] | None:
    """What a request would ask some weeks later; None when nothing of it moves."""
    after = shifted(work.plan, weeks, since=since, percent=work.percent)
    return None if after == dict(work.plan) else work.then(after, since)


def later(works: Sequence[Work], weeks: int, since: date, moved: Sequence[Moved]) -> dict[str, Any]:
    """The steps of a shift: what each request would ask, and the dates that move."""
    return {
        "weeks": weeks,
        "allocations": [
            changed(work, after)
            for work in works
            if (after := asked_later(work, weeks, since)) is not None
        ],
        "milestones": [
            {"id": one.dated.pk, "version": one.dated.version, "name": one.dated.name,
             "from": one.dated.day.isoformat(), "to": one.to.isoformat()}
            for one in moved
        ],
    }  # fmt: skip


def for_others(late: Sequence[Late]) -> dict[str, Any]:
    """What is told of it with a proposal: without names, which each reader is told as far as they see them."""
    told = [{"id": one.promised.pk, "to": one.to.isoformat() if one.to else None} for one in late]
    return {"dependencies": told} if told else {}


def changed(work: Work, after: Mapping[date, Decimal]) -> dict[str, Any]:
    """A request before and after, as it is stored."""
    return {
        "id": work.row.pk, "version": work.row.version, "before": told(work.asked), "after": told(after),
    }  # fmt: skip


def told(months: Mapping[date, Decimal]) -> dict[str, str]:
    return {month.isoformat(): str(amount) for month, amount in sorted(months.items())}


def less(project: Project, here: Sequence[Work], weight: float, conflict: Conflict, ground: Ground) -> Iterator[Option]:
    """Ask for less in the cell: what is tentative goes first, of what is firm half at most; of what was changed and is not
    answered yet, nothing.

    A request is written by month, and a person may count in a unit by a part: what is not done is all that is taken from the
    requests, which may be more than the cell has of it.
    """
    open_to_it = [work for work in here if not work.changed]
    soft = {work.row.pk: inside(work.soft, conflict) for work in open_to_it}
    every = {work.row.pk: inside(work.plan, conflict) for work in open_to_it}
    days = ground.days(("soft", work.row, soft[work.row.pk]) for work in open_to_it)
    days |= ground.days(("all", work.row, every[work.row.pk]) for work in open_to_it)
    tentative = days.get("soft", 0.0) >= LEAST
    there = days.get("soft" if tentative else "all", 0.0)
    cut = min(there if tentative else there / 2, conflict.needed)
    if cut < LEAST:
        return
    part, steps, lost = Decimal(cut / there), [], 0.0
    items: list[tuple[str, Allocation, Mapping[date, Decimal]]] = []
    for work in open_to_it:
        stays = {
            month: kept(work.plan[month], amount * part, most=amount if tentative else amount / 2, percent=work.percent)
            for month, amount in (soft if tentative else every)[work.row.pk].items()
        }
        taken = {month: work.plan[month] - amount for month, amount in stays.items()}
        if not any(taken.values()):
            continue
        plan = {**work.plan, **stays}
        after = work.then(plan, conflict.since)
        steps.append(changed(work, after))
        lost += sum(work.in_days(month, amount) for month, amount in taken.items())
        items += [("before", work.row, work.plan), ("after", work.row, after)]
    freed = ground.days(items)
    if steps:
        yield Option(
            Kind.REDUCE, project, freed["before"] - freed.get("after", 0.0), {"allocations": steps, "milestones": []},
            price=weight * lost / WEEK_OF_WORK, weight=weight, tentative=tentative, lost=lost,
        )  # fmt: skip


def inside(months: Mapping[date, Decimal], conflict: Conflict) -> dict[date, Decimal]:
    """The months of the cell whose work has not begun."""
    return {month: amount for month, amount in months.items() if amount and within(month, conflict)}


def none(
    project: Project,
    works: Sequence[Work],
    here: Sequence[Work],
    weight: float,
    promised: Sequence[Promised],
    conflict: Conflict,
    ground: Ground,
) -> Iterator[Option]:
    """Stop it: what it has from then on is free, and what is still to be done is not."""
    ahead = [(0, work.row, {m: x for m, x in work.counted.items() if m >= conflict.since}) for work in here]
    days = ground.days(ahead).get(0, 0.0)
    left = sum(work.in_days(month) for work in works for month in work.plan if month >= conflict.since)
    last = max((month for work in works for month in work.plan), default=conflict.since)
    end = max(filter(None, (project.forecast_end or project.baseline_end, last_of(last))))
    weeks = max((end - conflict.today).days // 7, STOPPED_WEEKS)
    never = [Late(one, None) for one in promised]
    yield Option(
        Kind.STOP, project, days, {"allocations": [], "milestones": [], **for_others(never)}, weeks=weeks,
        price=weight * weeks, weight=weight, lost=left, late=never,
    )  # fmt: skip


def within(month: date, conflict: Conflict) -> bool:
    return month >= conflict.since and conflict.inside(month)


def elsewhere(
    option: Option, works: Sequence[Work], conflict: Conflict, figures: Mapping[tuple[int, date], Figures]
) -> float:
    """Days that become short in other roles and months: each against the picture as it is, as far as it reaches."""
    steps = {one["id"]: one for one in option.steps.get("allocations", ())}
    moved: dict[tuple[int, date], float] = defaultdict(float)
    for work in works:
        if work.row.pk not in steps or option.kind not in (Kind.FLOAT, Kind.SHIFT):
            continue
        role = work.role
        after = shifted(work.plan, option.steps["weeks"], since=conflict.since, percent=work.percent)
        for month in {*work.plan, *after}:
            moved[role, month] += work.in_days(month, after.get(month, Decimal(0))) - work.in_days(month)
    pictured = {month for _role, month in figures}
    total = 0.0
    for (role, month), more in moved.items():
        own = conflict.kind == ROLE and role == conflict.ref and conflict.inside(month)
        if more > 0 and role and not own and month in pictured:
            now = figures.get((role, month), Figures())
            total += max(now.demand + more - now.capacity, 0.0) - now.missing
    return max(total, 0.0)
