"""The picture as stored: sums of pieces by row and period. Nothing is computed in a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from pmo_portal.core.filters import matching
from pmo_portal.core.periods import add_months
from portfolio.capacity.models import PersonLoad, Picture
from portfolio.capacity.selectors.periods import MONTH, Period, periods_from
from projects.resources.models import Person, Role, Skill, Unit, UnitShare
from projects.resources.selectors.fit import units_below
from projects.resources.worktime import TOLERANCE

ROLE, UNIT, SKILL, PERSON = "role", "unit", "skill", "person"
KINDS: dict[str, Promise] = {
    ROLE: pgettext_lazy("rows", "Roles"),
    UNIT: pgettext_lazy("rows", "Units"),
    SKILL: pgettext_lazy("rows", "Skills"),
    PERSON: pgettext_lazy("rows", "People"),
}
MODELS: dict[str, Any] = {ROLE: Role, UNIT: Unit, SKILL: Skill, PERSON: Person}
WITHOUT: dict[str, Promise] = {
    ROLE: pgettext_lazy("rows", "No role"),
    UNIT: pgettext_lazy("rows", "No unit"),
}
PEOPLE_SHOWN = 50
URGENT = 3  # months: who has too much in these comes first
# Where a level begins, in per cent of capacity (K-R03, domain.md §4.3).
IDLE, LOW, TIGHT, FULL = 50.0, 70.0, 90.0, 100.0

OF_GROUPS = """
    SELECT ref, date_trunc(%s, starts_on)::date, sum(capacity + open_capacity), sum(hard + open_hard),
        sum(tentative + open_tentative), sum(over), sum(open_capacity), sum(open_hard + open_tentative)
    FROM portfolio_groupload WHERE kind = %s AND starts_on BETWEEN %s AND %s GROUP BY 1, 2
"""
OF_PEOPLE = """
    SELECT person_id, date_trunc(%s, starts_on)::date, sum(capacity), sum(hard), sum(tentative), sum(over), 0, 0
    FROM portfolio_personload WHERE person_id = ANY(%s) AND starts_on BETWEEN %s AND %s GROUP BY 1, 2
"""
OVER = """
    SELECT person_id, sum(over) FROM portfolio_personload WHERE over > 0 AND starts_on BETWEEN %s AND %s GROUP BY 1
"""


def band_of(used: float) -> str:
    """Of what is not too much."""
    return "idle" if used < IDLE else "low" if used < LOW else "good" if used < TIGHT else "tight"


@dataclass(slots=True)
class Figures:
    """Days of work. `over` is what is too much of single people day by day, which their sum may hide."""

    capacity: float = 0.0
    hard: float = 0.0
    tentative: float = 0.0
    over: float = 0.0
    open_capacity: float = 0.0
    unnamed: float = 0.0

    def add(self, other: "Figures", share: float = 1.0) -> None:
        for name in ("capacity", "hard", "tentative", "over", "open_capacity", "unnamed"):
            setattr(self, name, getattr(self, name) + share * getattr(other, name))

    @property
    def demand(self) -> float:
        """K-R02."""
        return self.hard + self.tentative

    @property
    def used(self) -> float | None:
        """K-R03: hard load in per cent of capacity; None without capacity."""
        return 100 * self.hard / self.capacity if self.capacity > TOLERANCE else None

    @property
    def projected(self) -> float | None:
        """K-R04: the same with what is tentative."""
        return 100 * self.demand / self.capacity if self.capacity > TOLERANCE else None

    @property
    def level(self) -> str:
        """empty, none (load and no capacity), maybe (over with what is tentative), over, else by K-R03: what is tentative makes
        nothing look used."""
        if self.capacity <= TOLERANCE:
            return "none" if self.demand > TOLERANCE else "empty"
        if self.hard > self.capacity + TOLERANCE:
            return "over"
        if self.demand > self.capacity + TOLERANCE:
            return "maybe"
        return band_of(self.used or 0.0)

    @property
    def missing(self) -> float:
        """Days that do not fit, those that are tentative included."""
        return max(self.demand - self.capacity, 0.0)


@dataclass(slots=True)
class Row:
    """`cells` one a period; `depth` of units."""

    ref: int
    label: str
    cells: list[Figures]
    depth: int = 0
    note: str = ""

    @property
    def total(self) -> Figures:
        found = Figures()
        for cell in self.cells:
            found.add(cell)
        return found

    @property
    def tightness(self) -> float:
        """The worst of its periods: load over capacity; a load without any capacity is worst of all."""
        return max((1e9 if cell.level == "none" else cell.projected or 0.0 for cell in self.cells), default=0.0)


@dataclass(frozen=True, slots=True)
class Heat:
    """A picture: rows by periods. `more` people stand beyond those shown."""

    kind: str
    periods: Sequence[Period]
    rows: Sequence[Row]
    count: int = 0
    more: int = 0
    narrowed: Mapping[str, Any] = field(default_factory=dict)


def picture() -> Picture | None:
    """When the picture last changed and how far it reaches; None before the first was made."""
    return Picture.objects.first()


def heat(kind: str, periods: Sequence[Period], *, only: Mapping[str, Any] | None = None, skip: int = 0) -> Heat:
    """Roles, units, skills (tightest first, units as a tree), or people: those with too much work first."""
    if kind == PERSON:
        return _of_people(periods, only or {}, skip)
    sums = sums_of(OF_GROUPS, periods, kind)
    if kind == UNIT:
        rows = _as_tree(sums, periods)
    else:
        labels = {one.pk: one.label for one in MODELS[kind].objects.all()}
        rows = [Row(ref, labels[ref], cells_in(sums, ref, periods)) for ref in labels]
        rows.sort(key=lambda row: (-row.tightness, row.label.lower()))
    if kind in WITHOUT and any(cell.demand > TOLERANCE for cell in cells_in(sums, 0, periods)):
        rows.append(Row(0, str(WITHOUT[kind]), cells_in(sums, 0, periods)))
    return Heat(kind, periods, rows, count=len(rows))


def sums_of(sql: str, periods: Sequence[Period], key: Any) -> dict[tuple[int, date], Figures]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [periods[0].grain, key, periods[0].first, periods[-1].last])
        return {(row[0], row[1]): Figures(*row[2:]) for row in cursor.fetchall()}


def cells_in(sums: Mapping[tuple[int, date], Figures], ref: int, periods: Sequence[Period]) -> list[Figures]:
    return [sums.get((ref, one.first)) or Figures() for one in periods]


def _as_tree(sums: Mapping[tuple[int, date], Figures], periods: Sequence[Period]) -> list[Row]:
    """Units with all below them, each below the one it is part of."""
    units = sorted(Unit.objects.all(), key=lambda one: one.label.lower())
    below: dict[int | None, list[Unit]] = {}
    for one in units:
        below.setdefault(one.parent_id, []).append(one)
    rows: list[Row] = []

    def walk(unit: Unit, depth: int) -> Row:
        row = Row(unit.pk, unit.label, [Figures() for _period in periods], depth)
        rows.append(row)
        parts = [cells_in(sums, unit.pk, periods)]
        parts += [walk(child, depth + 1).cells for child in below.get(unit.pk, ())]
        for cells in parts:
            for mine, part in zip(row.cells, cells, strict=True):
                mine.add(part)
        return row

    for top in below.get(None, ()):
        walk(top, 0)
    return rows


def people_of(only: Mapping[str, Any]) -> Any:
    """People of a role, a unit (and those below), a skill, or of a name."""
    rows = Person.objects.all()
    if only.get(ROLE):
        rows = rows.filter(role=only[ROLE]) if only[ROLE] != "0" else rows.filter(role__isnull=True)
    if only.get(SKILL):
        rows = rows.filter(skills__skill=only[SKILL])
    if only.get(UNIT) == "0":
        rows = rows.filter(units__isnull=True)
    elif only.get(UNIT):
        below = UnitShare.objects.filter(unit__in=units_below(int(only[UNIT])))  # once each, also who is in two of them
        rows = rows.filter(pk__in=below.values("person"))
    return matching(rows, ("name",), only["q"]) if only.get("q") else rows


def _of_people(periods: Sequence[Period], only: Mapping[str, Any], skip: int) -> Heat:
    """Whoever is here in these periods, and whoever is not and has work in them all the same."""
    here = ~(Q(leaves_on__lt=periods[0].first) | Q(arrives_on__gt=periods[-1].last))
    loaded = PersonLoad.objects.filter(Q(hard__gt=0) | Q(tentative__gt=0))
    loaded = loaded.filter(starts_on__range=(periods[0].first, periods[-1].last))
    rows = people_of(only).filter(here | Q(pk__in=loaded.values("person")))
    ids = list(rows.order_by("name", "pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(OVER, [periods[0].first, min(periods[-1].last, add_months(periods[0].first, URGENT))])
        over = dict(cursor.fetchall())
    ids.sort(key=lambda pk: -over.get(pk, 0.0))
    shown = ids[skip : skip + PEOPLE_SHOWN]
    sums = sums_of(OF_PEOPLE, periods, shown)
    people = Person.objects.select_related("role").in_bulk(shown)
    found = [
        Row(pk, people[pk].name, cells_in(sums, pk, periods), note=role.label if (role := people[pk].role) else "")
        for pk in shown
    ]
    return Heat(PERSON, periods, found, count=len(ids), more=max(len(ids) - skip - len(shown), 0), narrowed=only)


def tightest(today: date, *, most: int = 5, months: int = 6) -> Heat:
    """The roles with the highest load in any of the next months, worst first; those with none at all are left out."""
    from_now = periods_from(MONTH, today, months)
    found = heat(ROLE, from_now)
    rows = [row for row in found.rows if row.tightness > 0][:most]
    return Heat(ROLE, from_now, rows, count=found.count)
