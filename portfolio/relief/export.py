"""The options of a cell, the plan of a levelling and the proposals as files: what the page of each shows its reader, no more.

A CSV has one table; a workbook a sheet more for what is many to one line: the dates that move, as dates.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from pmo_portal.core import formats
from portfolio.relief.later import weekdays
from portfolio.relief.models import Leveling, Proposal
from portfolio.relief.selectors.options import Kind, Option, Options
from portfolio.relief.selectors.runs import Line, Outcome, requests_of
from projects.exchange.files_out import Table
from projects.raid.selectors.dependencies import ANOTHER
from projects.resources.models import Allocation
from projects.resources.selectors.team import days_of

MOST = 5000
LEAST = 0.05  # of a day: what a figure with one decimal does not show


def dates_in_words(moved: Sequence[tuple[str, date, date]]) -> str:
    """ "Go live 12 Mar 2027 → 2 Apr 2027; …" """
    return "; ".join(f"{name} {formats.date(day)} → {formats.date(to)}" for name, day, to in moved)


def dates_table(rows: Iterator[tuple[str, str, Sequence[tuple[str, date, date]]]]) -> Table:
    """The dates that move of (code, name of a project), each in a line of its own."""
    heads = [_("Code"), _("Project"), _("Date that moves"), pgettext("date", "from"), pgettext("date", "to")]
    lines = [[code, label, *one] for code, label, moved in rows for one in moved]
    return _("Dates that move"), [heads, *lines]


# The options of a cell


def options_tables(answer: Options) -> list[Table]:
    """One line an option, the cheapest for each day first."""
    heads = [
        _("Short of"), _("First day"), _("Last day"), _("Short, days"), _("What gives way"), _("Code"), _("Project"),
        _("Frees, days"), _("Weeks later"), _("Weight"), _("Price"), _("Price of a day"),
        *((_("Cost"), _("Currency")) if answer.rates else ()),
        _("What it does"), _("Dates that move"), _("Short elsewhere, days"), _("State"),
    ]  # fmt: skip
    lines = [option_line(one, answer) for one in answer.found]
    of_projects = (
        (one.project.code, f"{one.project.label} · {one.label}", moved_by(one)) for one in answer.found if one.project
    )
    return [(_("Options"), [heads, *lines]), dates_table(of_projects), *late_tables(answer.found)]


def late_tables(found: Sequence[Option]) -> list[Table]:
    """What other projects would get after they need it, with the names their reader knows; no sheet where there is none."""
    heads = [
        _("Code"),
        _("What gives way"),
        _("What is given"),
        pgettext("dependency", "Needed by"),
        _("It would come"),
    ]
    lines = [
        [one.project.code, one.label, late.promised.name, late.promised.need, late.to or _("never comes")]
        for one in found
        if one.project
        for late in one.late
    ]
    return [(_("Dependencies"), [heads, *lines])] if lines else []


def option_line(one: Option, answer: Options) -> list[Any]:
    cell = answer.conflict
    return [
        cell.name, cell.period.first, cell.period.last, round(cell.short, 1), one.label,
        one.project.code if one.project else "", one.project.label if one.project else "", round(one.days, 1), one.weeks,
        one.weight or None, round(one.price, 2), round(one.price / one.days, 2),
        *((one.cost, one.currency if one.cost is not None else "") if answer.rates else ()),
        what_it_does(one), dates_in_words(moved_by(one)), round(one.elsewhere, 1),
        _("Waits for an answer") if one.waits or one.asked else "",
    ]  # fmt: skip


def moved_by(one: Option) -> list[tuple[str, date, date]]:
    return [(move.dated.name, move.dated.day, move.to) for move in one.moved]


def what_it_does(one: Option) -> str:
    """The sentence of the page."""
    if one.kind == Kind.FLOAT:
        weeks = one.steps["weeks"]
        words = ngettext(
            "Its work here %(count)s week later, within its float: no date moves.",
            "Its work here %(count)s weeks later, within its float: no date moves.",
            weeks,
        )
        return words % {"count": weeks}
    if one.kind == Kind.SHIFT:
        return " ".join(shift_in_words(one))
    if one.kind == Kind.SWAP:
        told = [one.subject.role.label, one.subject.person.name if one.subject.person else ""]
        given = " · ".join(part for part in told if part)
        does = _("%(name)s could do it and has room then.") % {"name": one.whom.person.name}
        return f"{given} – {does}"
    if one.kind == Kind.REINFORCE:
        does = ngettext(
            "%(fte)s full-time equivalent of generic capacity, to be found outside.",
            "%(fte)s full-time equivalents of generic capacity, to be found outside.",
            formats.plural(one.fte or 0, 1),
        ) % {"fte": formats.number(one.fte, 1)}
        return f"{one.subject.label} – {does}"
    places = 0 if one.kind == Kind.STOP else 1
    lost, form = {"lost": formats.number(one.lost, places)}, formats.plural(one.lost, places)
    if one.kind == Kind.STOP:
        return (
            ngettext(
                "%(lost)s day of work of all roles is free, and what it was for does not come.",
                "%(lost)s days of work of all roles are free, and what they were for does not come.",
                form,
            )
            % lost
        )
    if one.tentative:
        return (
            ngettext("%(lost)s tentative day is not asked for.", "%(lost)s tentative days are not asked for.", form)
            % lost
        )
    return (
        ngettext(
            "%(lost)s firm day is not asked for: that work is not done.",
            "%(lost)s firm days are not asked for: that work is not done.",
            form,
        )
        % lost
    )


def shift_in_words(one: Option) -> Iterator[str]:
    weeks = one.steps["weeks"]
    words = ngettext("All its work %(count)s week later.", "All its work %(count)s weeks later.", weeks)
    yield words % {"count": weeks}
    if not one.weeks:
        yield _("Its dates have room for that: none moves.")
    if one.unknown:
        yield _("It has no date to come: the delay is that of its work.")
    elif one.last_date:
        words = _("Its work goes on after its last date (%(day)s): the delay is that of its work.")
        yield words % {"day": formats.date(one.last_date)}


# The plan of a levelling


def plan_tables(run: Leveling, found: Outcome, *, reader: Any) -> list[Table]:
    """One line a project, role, month and month it goes to; a project that finds no place without them."""
    heads = [
        _("Code"), _("Project"), pgettext("people", "Role"), _("Person"), pgettext("month", "From"), pgettext("month", "To"),
        _("Days that move"), _("Weeks later"), _("Dates that move"), _("No place for its work of"),
    ]  # fmt: skip
    known = requests_of(found.lines, reader=reader)
    span = {
        date.fromisoformat(month)
        for line in found.lines
        for one in line.told["allocations"]
        for month in months_in(one)
    }
    full = days_of(list(known.values()), sorted(span))
    lines = [each for line in found.lines for each in plan_lines(line, known, full)]
    sums = [
        [
            line.project.code,
            line.project.label,
            line.days,
            line.weeks,
            line.weight,
            line.price,
            line.months,
            line.cost,
            places_missing(line),
        ]
        for line in found.lines
    ]
    of_projects = [
        _("Code"), _("Project"), _("Days that move"), _("Weeks later"), _("Weight"), _("Price, weight × weeks"), _("Months late"),
        _("Cost, weight × months"), _("No place for its work of"),
    ]  # fmt: skip
    dated = ((line.project.code, line.project.label, moved_in(line)) for line in found.lines)
    tables: list[Table] = [(_("Plan"), [heads, *lines]), (_("Projects"), [of_projects, *sums]), dates_table(dated)]
    return [*tables, *links_tables(found)]


def links_tables(found: Outcome) -> list[Table]:
    """The dependencies of the plan, those that are not kept first; no sheet where there is none."""
    heads = [
        _("What is given"), pgettext("dependency", "Given by"), pgettext("dependency", "Needed by project"),
        pgettext("dependency", "Needed by"), _("Month in which it comes"), _("Respected"),
    ]  # fmt: skip
    lines = [
        [
            one.seen.label, one.seen.supplier.code if one.seen.supplier else str(ANOTHER),
            one.seen.receiver.code if one.seen.receiver else str(ANOTHER), one.seen.row.needed_by, one.promise,
            _("yes") if one.kept else _("no"),
        ]
        for one in found.links
    ]  # fmt: skip
    return [(_("Dependencies"), [heads, *lines])] if lines else []


def plan_lines(
    line: Line, known: Mapping[int, Allocation], full: Mapping[int | None, Mapping[date, float]]
) -> Iterator[list[Any]]:
    about = [line.project.code, line.project.label]
    ends = [line.weeks, dates_in_words(moved_in(line)), places_missing(line)]
    days: dict[tuple[str, str, date, date], float] = defaultdict(float)
    for one in line.told["allocations"]:
        request = known.get(one["id"])
        percent = request is not None and request.measure == Allocation.Measure.PERCENT
        own = full.get(request.person_id, {}) if request is not None else {}
        for month, to, amount in carried(one, percent=percent, full=own):
            role = role_in_words(request)
            days[role, request.person.name if request and request.person else "", month, to] += amount
    for (role, person, month, to), amount in sorted(days.items()):
        yield [*about, role, person, month, to, round(amount, 2), *ends]
    if not days:
        yield [*about, "", "", None, None, None, *ends]


def role_in_words(request: Allocation | None) -> str:
    """In whose sums it is: the role of who is named, else that which is asked."""
    if request is None:
        return ""
    role = (request.person.role if request.person else None) or request.role
    return str(role.label) if role else ""


def months_in(one: Mapping[str, Any]) -> set[str]:
    return {*one["before"], *one["after"]}


def carried(
    one: Mapping[str, Any], *, percent: bool, full: Mapping[date, float] | None = None
) -> Iterator[tuple[date, date, float]]:
    """(month, the month it goes to, days) of a request: what leaves first arrives first, since no work passes another.

    What was asked beyond what was granted is no longer asked, and goes nowhere. `full`: days that are a hundred per cent of a
    month; its weekdays where that is not known.
    """

    def days(told: Mapping[str, str], month: str) -> float:
        amount, day = float(told.get(month, 0)), date.fromisoformat(month)
        return amount * (full or {}).get(day, len(weekdays(day))) / 100 if percent else amount

    before, after = one["before"], one["after"]
    less = {month: days(before, month) - days(after, month) for month in sorted(months_in(one))}
    left = {month: amount for month, amount in less.items() if amount >= LEAST}  # the first month first
    for month, amount in less.items():
        wanted = -amount
        for one_left in [earlier for earlier in left if earlier < month]:
            if wanted < LEAST:
                break
            part = min(wanted, left[one_left])
            yield date.fromisoformat(one_left), date.fromisoformat(month), part
            wanted, left[one_left] = wanted - part, left[one_left] - part
            if left[one_left] < LEAST:
                del left[one_left]


def moved_in(line: Line) -> list[tuple[str, date, date]]:
    return [(one["name"], one["from"], one["to"]) for one in line.milestones]


def places_missing(line: Line) -> str:
    return ", ".join(role.label for role in line.roles)


# Proposals


def proposals_table(rows: Sequence[Proposal], *, more: bool) -> Table:
    """`more`: there are others than the file holds, which its last line says."""
    heads = [
        _("What gives way"), _("Code"), _("Project"), _("Short of"), _("First day"), _("Last day"), _("Frees, days"),
        _("Weeks later"), _("Price"), _("Why"), _("Proposed by"), _("Proposed on"), _("State"), _("Answered by"),
        _("Answered on"), _("Answer to it"),
    ]  # fmt: skip
    lines: list[list[Any]] = [heads, *(proposal_line(row) for row in rows)]
    if more:
        lines.append([_("The latest %(most)s only.") % {"most": formats.number(MOST)}])
    return _("Proposals"), lines


def proposal_line(row: Proposal) -> list[Any]:
    return [
        row.get_kind_display(), row.project.code if row.project else "", row.project.label if row.project else "", row.short_of,
        row.first_day, row.last_day, row.days, row.weeks, row.price, row.note, row.proposed_by.label,
        timezone.localdate(row.proposed_at), row.get_state_display(), row.answered_by.label if row.answered_by else "",
        timezone.localdate(row.answered_at) if row.answered_at else None, row.answer,
    ]  # fmt: skip
