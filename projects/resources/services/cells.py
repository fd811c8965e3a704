"""Many cells of a grid at once: rows are requests, columns months. What is right is written, what is wrong is named.

One statement for each kind of thing, whatever the number of cells: ten thousand pasted ones are some twenty statements.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import editing, events, trace
from pmo_portal.core.models import User
from projects.access.policy import ANSWER_ALLOCATION, REQUEST_ALLOCATION
from projects.hierarchy.models import Project
from projects.hierarchy.services.facts import move_data_dates
from projects.resources.models import Allocation, AllocationMonth
from projects.resources.selectors import reach
from projects.resources.selectors.time import work_at_weekends
from projects.resources.services import months as quantities
from projects.resources.services.answers import why_over
from projects.resources.services.crowding import Given, crowded_by, hold_people
from projects.resources.services.requests import asked_again

ASKED, GRANTED = "asked", "granted"
RIGHTS = {ASKED: REQUEST_ALLOCATION, GRANTED: ANSWER_ALLOCATION}


@dataclass(frozen=True, slots=True)
class Cell:
    """`value` None empties it. `seen` is what the editor saw there (None: nothing); `compare` False: they did not look."""

    allocation: int
    month: date
    value: Decimal | None
    seen: Decimal | None = None
    compare: bool = True


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that was not written; in a conflict `stored` is what somebody else wrote there."""

    allocation: int
    month: date
    message: str
    conflict: bool = False
    stored: Decimal | None = None


@dataclass(slots=True)
class Outcome:
    """How many cells changed, those that did not, and {allocation: (version, status)} of the rows that did."""

    changed: int = 0
    wrong: list[Wrong] = field(default_factory=list)
    rows: dict[int, tuple[int, str]] = field(default_factory=dict)


def set_cells(*, by: User, on: date, cells: Sequence[Cell], what: str = ASKED, anyway: bool = False) -> Outcome:
    """Write cells of requests across projects, within the rights on each. `what`: what is asked, or what is granted.

    A person who would have too much by it keeps what they had: those cells are wrong, unless `anyway`.
    """
    outcome = Outcome()
    wanted: dict[int, dict[date, Cell]] = defaultdict(dict)
    for cell in cells:
        wanted[cell.allocation][cell.month] = cell  # pasted twice: the last one counts
    with editing.writing():
        rows = held_rows(wanted, by=by)
        allowed = {pk: row for pk, row in rows.items() if by.has_perm(RIGHTS[what], row.project)}
        if what == GRANTED:
            shares = reach.shares_of(row.person_id for row in allowed.values())
            units = {row.project: reach.reach(by, ANSWER_ALLOCATION, row.project) for row in allowed.values()}
            allowed = {
                pk: row
                for pk, row in allowed.items()
                if reach.covers(units[row.project], shares, row.person_id, row.unit_id)
            }
        stored = quantities.stored(allowed)
        weekends = work_at_weekends({row.person_id for row in allowed.values() if row.person_id})
        right: dict[int, list[Cell]] = {}
        for pk, given in wanted.items():
            if row := allowed.get(pk):
                right[pk] = list(judged(row, given, stored[pk], what, outcome, weekends=row.person_id in weekends))
            else:
                outcome.wrong += refused(given.values(), known=pk in rows)
        if what == GRANTED and not anyway:
            keep_room(allowed, right, stored, outcome, by=by)
        pending, changed = quantities.Pending(), list[Allocation]()
        for pk, fine in right.items():
            row, held = allowed[pk], stored[pk]
            done = sum(pending.set(row, cell.month, held.get(cell.month), **{what: cell.value}) for cell in fine)
            outcome.changed += done
            if done:
                changed.append(row)
        pending.write(by=by)
        moved_on(changed, what, by=by, on=on)
        outcome.rows = {row.pk: (row.version, row.status) for row in changed}
    return outcome


def held_rows(wanted: Iterable[int], *, by: User) -> dict[int, Allocation]:
    """The requests this editor may know of, held: projects first, then people, then the requests."""
    seen = Allocation.objects.visible_to(by).filter(pk__in=list(wanted))
    pairs = list(seen.order_by().values_list("pk", "project", "person"))
    projects = Project.objects.select_for_update(no_key=True).filter(pk__in={pair[1] for pair in pairs}).order_by("pk")
    held = {project.pk: project for project in projects}
    hold_people(pair[2] for pair in pairs)
    rows = Allocation.objects.select_for_update(no_key=True).filter(pk__in=[pair[0] for pair in pairs]).order_by("pk")
    found = {}
    for row in rows:
        row.project = held[row.project_id]
        found[row.pk] = row
    return found


def refused(cells: Iterable[Cell], *, known: bool) -> list[Wrong]:
    """Rows that are not there for this editor, or not theirs to change."""
    words = _("Your role does not allow this here.") if known else _("This row is no longer there.")
    return [Wrong(cell.allocation, cell.month, words) for cell in cells]


def judged(
    row: Allocation,
    given: dict[date, Cell],
    stored: dict[date, AllocationMonth],
    what: str,
    outcome: Outcome,
    *,
    weekends: bool,
) -> Iterable[Cell]:
    """The cells that can be written; what is wrong with the others goes into the outcome."""
    for month, cell in sorted(given.items()):
        held = getattr(stored[month], what) if month in stored else None
        if cell.compare and (held or None) != (cell.seen or None) and (held or None) != (cell.value or None):
            words = _("Somebody wrote %(theirs)s here meanwhile, you typed %(mine)s.")
            told = {"theirs": shown(held), "mine": shown(cell.value)}
            outcome.wrong.append(Wrong(row.pk, month, words % told, conflict=True, stored=held))
        elif what == GRANTED and row.status not in (*Allocation.GRANTED, Allocation.Status.PROPOSED):
            outcome.wrong.append(Wrong(row.pk, month, _("Nobody is named yet: answer the request first.")))
        elif what == GRANTED and (cell.value or 0) > (held or 0) and (over := why_over(row.project)):
            outcome.wrong.append(Wrong(row.pk, month, over))
        elif cell.value is not None and (
            problem := quantities.wrong(
                month, cell.value, measure=row.measure, named=row.person_id is not None, weekends=weekends
            )
        ):
            outcome.wrong.append(Wrong(row.pk, month, problem))
        elif len(stored) + len(given) > quantities.MOST_MONTHS and month not in stored and too_many(stored, given):
            words = _("A request covers %(count)s months at most: split it.")
            outcome.wrong.append(Wrong(row.pk, month, words % {"count": quantities.MOST_MONTHS}))
        else:
            yield cell


def too_many(stored: dict[date, AllocationMonth], given: dict[date, Cell]) -> bool:
    return len(stored.keys() | {month for month, cell in given.items() if cell.value}) > quantities.MOST_MONTHS


def shown(amount: Decimal | None) -> str:
    return "–" if amount is None else quantities.plain(amount)


def keep_room(
    rows: Mapping[int, Allocation],
    right: dict[int, list[Cell]],
    stored: Mapping[int, Mapping[date, AllocationMonth]],
    outcome: Outcome,
    *,
    by: User,
) -> None:
    """Take out the cells of whoever would have too much by all of them together: they wait, and are wrong.

    All cells of a person, since what one of their requests gives up may be what another takes.
    """
    loading = {pk: rows[pk] for pk, cells in right.items() if cells and loads(rows[pk])}
    given = [
        Given(
            row.person_id or 0,
            cell.month,
            (held.granted if (held := stored[pk].get(cell.month)) else None) or Decimal(0),
            cell.value or Decimal(0),
            row.measure == Allocation.Measure.PERCENT,
        )
        for pk, row in loading.items()
        for cell in right[pk]
    ]
    full = crowded_by(given, without=list(loading), by=by)
    for pk, row in loading.items():
        if row.person_id in full:
            outcome.wrong += [Wrong(pk, cell.month, full[row.person_id]) for cell in right.pop(pk)]


def loads(row: Allocation) -> bool:
    """Whether what is granted here is firmly on somebody."""
    firm = row.firmness == Allocation.Firmness.HARD and row.status in Allocation.GRANTED
    return row.person_id is not None and firm and not why_over(row.project)


def moved_on(rows: Sequence[Allocation], what: str, *, by: User, on: date) -> None:
    """The requests whose months changed are other versions of themselves, in the state that follows."""
    anew = []
    for row in rows:
        after: dict[str, Any] = asked_again(row, on=on) if what == ASKED else {"answered_by": by, "answered_on": on}
        if after.get("status") == Allocation.Status.REQUESTED:
            anew.append(row.pk)
        for name, value in after.items():
            editing.assign(row, name, value)
    with trace.acting(by):
        AllocationMonth.objects.filter(allocation__in=anew, granted__isnull=False).update(granted=None)
        for row in rows:
            row.updated_at = timezone.now()  # what a bulk write does not do by itself
        Allocation.objects.bulk_update(
            rows, ["status", "asked_on", "answer", "answered_by", "answered_on", "updated_at"], batch_size=200
        )
    for row in rows:
        row.version += 1  # what the trigger did
    projects = {row.project_id: row.project for row in rows}
    if what == ASKED:
        move_data_dates(projects.values(), on=on)
    events.announce(projects)
