"""Reads of budget lines for pages: the monthly grid, the totals, and the lines that are in no month."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pmo_portal.core.periods import add_months
from projects.hierarchy.models import Project
from projects.hierarchy.past import Trail
from projects.money.models import FISCAL_YEAR, BudgetLine

KINDS = tuple(BudgetLine.Kind)
# What the grid shows: every line, one cost type, or the lines that say neither.
SPLITS = {"all": None, "none": "", "capex": "capex", "opex": "opex"}


@dataclass(frozen=True, slots=True)
class GridCell:
    """A month of a kind: `version` is that of the line an editor changes (0: none yet); several lines cannot be edited as one."""

    kind: str
    label: str
    amount: Decimal | None
    version: int
    editable: bool


@dataclass(frozen=True, slots=True)
class GridRow:
    month: date
    cells: list[GridCell]


@dataclass(slots=True)
class Totals:
    """One kind: what its months sum to, and its whole-life figure where one was published; None: nothing known."""

    kind: str
    label: str
    monthly: Decimal | None = None
    whole_life: Decimal | None = None

    @property
    def known(self) -> Decimal | None:
        return self.monthly if self.whole_life is None else self.whole_life


@dataclass(slots=True)
class Budget:
    """All lines of a project, read once."""

    project: Project
    lines: list[BudgetLine] = field(default_factory=list)

    @classmethod
    def of(cls, project: Project) -> "Budget":
        return cls(
            project,
            list(BudgetLine.objects.filter(project=project).order_by("month", "kind", "cost_type", "category", "pk")),
        )

    @classmethod
    def then(cls, trail: Trail) -> "Budget":
        """The lines as they were on a past day."""
        ends = date.max  # the order of the database: what is in no month comes last
        lines = trail.rows(BudgetLine)
        lines.sort(key=lambda one: (one.month or ends, one.kind, one.cost_type, one.category, one.pk))
        return cls(trail.project, lines)

    @property
    def monthly(self) -> list[BudgetLine]:
        return [line for line in self.lines if line.month and line.category != FISCAL_YEAR]

    @property
    def apart(self) -> list[BudgetLine]:
        """Whole-life figures, published years, and amounts with a category: lines that are edited one by one."""
        return [line for line in self.lines if not line.month or line.category]

    @property
    def split(self) -> bool:
        """Whether any amount says CAPEX or OPEX."""
        return any(line.cost_type for line in self.lines)

    def years(self, today: date) -> list[int]:
        """The years to choose from: the project's, those with amounts, and that of `today` while it runs."""
        days = [line.month for line in self.monthly if line.month]
        days += [day for day in (self.project.start_date, self.project.baseline_end, self.project.forecast_end) if day]
        days += [today] if self.project.is_active or not days else []
        return list(range(min(days).year, max(days).year + 1))

    @property
    def held_years(self) -> set[int]:
        """The years with amounts by month."""
        return {line.month.year for line in self.monthly if line.month}

    def year_at(self, today: date, *, archived: bool) -> int:
        """The year a page opens on: this one; of an archived or finished project, the nearest with amounts."""
        years = self.years(today)
        if not archived and today.year in years:
            return today.year
        return min(self.held_years & set(years) or years, key=lambda year: (abs(year - today.year), -year))

    def rows(self, months: Sequence[date], split: str) -> list[GridRow]:
        """The grid of these months under one of `SPLITS`; the sum of all types is only for reading."""
        cost_type = SPLITS[split]
        held: dict[tuple[date, str], list[BudgetLine]] = defaultdict(list)
        for line in self.monthly:
            if line.month and (cost_type is None or line.cost_type == cost_type):
                held[line.month, line.kind].append(line)
        return [
            GridRow(month, [_cell(kind, held[month, kind], readable_only=cost_type is None) for kind in KINDS])
            for month in months
        ]

    def totals(self) -> list[Totals]:
        """Each kind, summed over its months, with its whole-life figure."""
        found = {str(kind): Totals(str(kind), str(kind.label)) for kind in KINDS}
        for line in self.lines:
            if line.category == FISCAL_YEAR:
                continue
            total = found[line.kind]
            if line.month:
                total.monthly = (total.monthly or Decimal(0)) + line.amount
            else:
                total.whole_life = (total.whole_life or Decimal(0)) + line.amount
        return list(found.values())


def months_of(year: int) -> list[date]:
    return [add_months(date(year, 1, 1), offset) for offset in range(12)]


def approved(totals: Sequence[Totals]) -> Decimal | None:
    """The current approved budget: the whole-life figure if there is one, else the sum of months; else the original."""
    by_kind = {total.kind: total.known for total in totals}
    revised = by_kind[BudgetLine.Kind.REVISED]
    return by_kind[BudgetLine.Kind.INITIAL] if revised is None else revised


def at_completion(totals: Sequence[Totals]) -> Decimal | None:
    """EAC: the whole-life forecast if one was published, else actuals + estimate to complete; None without any estimate."""
    by_kind = {total.kind: total for total in totals}
    forecast, actual = by_kind[BudgetLine.Kind.FORECAST], by_kind[BudgetLine.Kind.ACTUAL]
    if forecast.whole_life is not None:
        return forecast.whole_life
    return None if forecast.monthly is None else (actual.monthly or Decimal(0)) + forecast.monthly


def _cell(kind: BudgetLine.Kind, lines: Sequence[BudgetLine], *, readable_only: bool) -> GridCell:
    plain = [line for line in lines if not line.category]
    amount = sum((line.amount for line in lines), Decimal(0)) if lines else None
    version = plain[0].version if plain else 0
    return GridCell(
        str(kind), str(kind.label), amount, version, editable=not readable_only and len(plain) == len(lines)
    )
