"""A file of requests → what it would change: new requests, other figures in months, what is refused and why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core.models import User
from projects.access.policy import REQUEST_ALLOCATION
from projects.exchange.table import Source
from projects.hierarchy.models import Project
from projects.resources.models import Allocation
from projects.resources.selectors.time import work_at_weekends
from projects.resources.services import months as quantities
from projects.resources.services.requests import asked_again
from projects.roster.formulas import notices
from projects.roster.lines import CREATED, LEFT_OUT, REFUSED, UNCHANGED, UPDATED, Line, Plan
from projects.roster.requests.alike import Claim, Matching
from projects.roster.requests.headings import Table, Unreadable, no_month, no_year
from projects.roster.requests.rows import Rows
from projects.roster.requests.stored import Held, Stored

NOTHING = Decimal(0)


@dataclass(slots=True)
class AskLine(Line):
    """A request: `record` as it would be (unsaved: a new one), `months` what is written of it, `note` where it changes."""

    project: Any = None
    months: dict[date, Decimal] = field(default_factory=dict)
    note: str | None = None


def requests(source: Source, *, by: User, home: Project | None = None) -> Plan:
    """`home`: the project of the page the file was brought to, which it then need not name. Raises Unreadable."""
    plan, stored = Plan(notices=notices(source)), Stored(by, home)
    tables = [table for sheet in source.sheets if (table := Table(sheet)).places]
    ones = [table for table in tables if table.is_one]
    if not ones:
        raise Unreadable(why_none(tables))
    if home is None and not all({"code", "project"} & table.places.keys() for table in ones):
        raise Unreadable(
            _("No column names the project: add one, or bring the file from the page of the project's team.")
        )
    if len(ones) > 1:
        plan.notices.append(
            _("Several sheets were read: %(names)s.") % {"names": ", ".join(one.name for one in ones)[:300]}
        )
    read, taken = [Rows(table, stored) for table in ones], set[tuple[int, date]]()
    stored.load({project.pk for rows in read for project in rows.projects.values()})
    for rows in read:
        plan.unread += rows.table.unread
        plan.ignored += rows.table.answered
        found = list(rows.read())
        claims = [one for one in found if isinstance(one, Claim)]
        matching = Matching(claims, stored.held, rows.table.places.keys(), by_month=rows.table.is_long, taken=taken)
        if "tentative" in rows.table.places:
            matching.compared = {*matching.compared, "firmness"}
        matching.run()
        mine = [one for one in found if isinstance(one, Line)] + lines(claims, by=by)
        for line in mine if len(ones) > 1 else ():
            line.more["sheet"] = rows.table.name
        plan.lines += sorted(mine, key=lambda line: line.row)
    return plan


def why_none(tables: Sequence[Table]) -> str:
    """What a file without a table of requests lacks."""
    if yearless := [one for table in tables for one in table.yearless]:
        return no_year(yearless[0])
    if spans := [one for table in tables for one in table.spans]:
        return no_month(spans[0])
    if tables and any("role" in table.places for table in tables):
        return _(
            "No months were found: head a column for each (2027-01, Jan 2027), or have one column “Month” and one “Asked”."
        )
    return _("No table of requests was found. Its headings name at least the project, the role and the months.")


def lines(claims: Sequence[Claim], *, by: User) -> list[Line]:
    """A line for each request that these claims mean together, and for each that means none for sure."""
    groups: dict[Any, list[Claim]] = defaultdict(list)
    fresh: dict[Any, list[set[date]]] = defaultdict(list)
    for claim in claims:
        if claim.unclear:
            groups[claim.row, "unclear"].append(claim)
        elif claim.target:
            groups[tuple(one.row.pk for one in claim.target)].append(claim)
        else:
            mine = fresh[claim.key, claim.note]
            place = next((n for n, months in enumerate(mine) if not months & claim.months.keys()), len(mine))
            mine[place : place + 1] = [(mine[place] if place < len(mine) else set()) | claim.months.keys()]
            groups[claim.key, claim.note, place].append(claim)
    weekends = work_at_weekends({claim.key.person for claim in claims if claim.key.person})
    return [line_of(group, weekends, by=by) for group in groups.values()]


def line_of(claims: Sequence[Claim], weekends: set[int], *, by: User) -> Line:
    first = claims[0]
    line = AskLine(first.row, first.what, project=first.project)
    line.more = {"project": first.project.pk, "measure": first.key.measure}
    asked = {month: amount for claim in claims for month, amount in claim.months.items()}
    if first.unclear:
        words = _("%(count)d requests here are alike, and nothing says which one is meant: write “What for” as the portal has it,"
                  " or change them in the grid.")  # fmt: skip
        line.errors["note"] = words % {"count": first.unclear}
    elif first.target:
        changed(line, first.target, asked, next((one.note for one in claims if one.note), ""))
    else:
        line.record = Allocation(project=first.project, note=first.note, **first.fields)
        line.months = {month: amount for month, amount in asked.items() if amount}
        line.changes = {key_of(month): (None, str(amount)) for month, amount in sorted(line.months.items())}
        if line.changes and first.note:
            line.changes["note"] = (None, first.note)
    if line.record is not None:
        line.what = called(line.record, first.project)
        judge(line, first.target, weekends=line.record.person_id in weekends, by=by)
    settle(line)
    return line


def key_of(month: date) -> str:
    return f"{month:%Y-%m}"


def changed(line: AskLine, target: Sequence[Held], asked: dict[date, Decimal], note: str) -> None:
    """What differs from what is stored. Of several that share their days the one that waits takes the difference."""
    main = next((one for one in target if one.row.status == Allocation.Status.REQUESTED), target[0])
    line.record = main.row
    for month, amount in sorted(asked.items()):
        before = sum((one.asked(month) for one in target), NOTHING)
        if before == amount:
            continue
        line.changes[key_of(month)] = (str(before) if before else None, str(amount))
        line.months[month] = main.asked(month) + amount - before
        if line.months[month] < 0:
            words = _("This request is shared by several: lower what is asked of each of them in the grid.")
            line.errors[key_of(month)] = words
    after = asked_again(main.row, on=main.row.asked_on).get("status")
    if line.months and after and after != main.row.status:  # a change of what is asked asks anew
        line.changes["status"] = (main.row.status, str(after))
    if note and note != main.note:
        line.changes["note"] = (main.row.note or None, note)
        line.note = note


def called(row: Allocation, project: Project) -> str:
    """The request as its team page calls it."""
    skill = f"{row.skill.label} ≥ {row.level}" if row.skill and row.level else row.skill.label if row.skill else ""
    words = [
        project.code,
        row.role.label,
        skill,
        row.unit.label if row.unit else "",
        row.person.name if row.person else "",
    ]
    soft = str(row.get_firmness_display()) if row.firmness == Allocation.Firmness.TENTATIVE else ""
    return " · ".join(word for word in (*words, soft) if word)


def judge(line: AskLine, target: Sequence[Held], *, weekends: bool, by: User) -> None:
    """Refuse what may not be written: by this person, of this project, so much in a month."""
    project, row = line.project, line.record
    if not line.changes or project is None or row is None:
        return
    if not by.has_perm(REQUEST_ALLOCATION, project):
        words = _(
            "You may read %(project)s, not ask for people on it: leave the line out, or give it to its project manager."
        )
        line.errors["project"] = words % {"project": project.code}
    elif not project.goes_on:
        words = _("%(project)s is over: nobody is asked for it any more. Leave the line out.")
        line.errors["project"] = words % {"project": project.code}
    for month, amount in line.months.items():
        wrong = quantities.wrong(month, amount, measure=row.measure, named=row.person_id is not None, weekends=weekends)
        if wrong:
            line.errors.setdefault(key_of(month), wrong)
    held = target[0].months.keys() if target else ()
    if len({*held, *(month for month, amount in line.months.items() if amount)}) > quantities.MOST_MONTHS:
        words = _("A request covers %(count)s months at most: split it.")
        line.errors["months"] = words % {"count": quantities.MOST_MONTHS}


def settle(line: AskLine) -> None:
    """What becomes of it; a line that asks nothing and means nothing is left out."""
    if line.errors:
        line.outcome = REFUSED
    elif line.record is not None and line.record.pk is None:
        line.outcome = CREATED if line.months else LEFT_OUT
        if not line.months:
            line.more["why"] = _("It asks for nothing in any month.")
    else:
        line.outcome = UPDATED if line.changes else UNCHANGED


def written(plan: Plan) -> Iterable[AskLine]:
    return (line for line in plan.lines if isinstance(line, AskLine) and line.outcome in (CREATED, UPDATED))
