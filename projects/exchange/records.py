"""What a file says, once understood: projects with what hangs off them, still without a database."""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from projects.exchange.columns import Mapped
from projects.exchange.problems import Place, Problem

BudgetKey = tuple[date | None, str, str, str]  # month, kind, cost type, category


@dataclass(slots=True)
class PartRecord:
    """A milestone or a risk; `ref` is unique among those of its project."""

    ref: str
    row: int
    values: dict[str, Any]


@dataclass(slots=True)
class Programme:
    """The container a project belongs to: a code within the portfolio and the name to give it when it is created."""

    code: str
    name: str


@dataclass(slots=True)
class ProjectRecord:
    """One project as the file describes it. Fields that the file does not mention are absent from `values`.

    `keys` are the names and numbers that recognise it in other editions. `known_only` marks a record that the file does
    not describe itself: only its milestones, budget or risks are given, so it must exist already. `places` says where the
    fields stand that only a look at the portfolio can find wrong, by field and row.
    """

    ref: str
    row: int
    sheet: str = ""
    keys: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    programme: Programme | None = None
    parent_ref: str = ""
    milestones: dict[str, PartRecord] = field(default_factory=dict)
    budget: dict[BudgetKey, Decimal | None] = field(default_factory=dict)  # None: the file says that there is no figure
    risks: dict[str, PartRecord] = field(default_factory=dict)
    known_only: bool = False
    rows: list[int] = field(default_factory=list)
    places: dict[tuple[str, int], Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """A sheet that was read, and how its columns were understood."""

    name: str
    entity: str
    mapped: Mapped
    rows: int
    flipped: bool


@dataclass(slots=True)
class Reading:
    """A whole file understood. `on` is the day of its facts when the file or its profile tells it."""

    records: dict[str, ProjectRecord] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    sheets: list[ReadSheet] = field(default_factory=list)
    rows: int = 0
    on: date | None = None
    skip: Set[tuple[str, int]] = frozenset()

    @property
    def errors(self) -> list[Problem]:
        """The problems that keep rows from being written."""
        return [problem for problem in self.problems if not problem.warning]

    @property
    def warnings(self) -> list[Problem]:
        """What is worth knowing and stops nothing."""
        return [problem for problem in self.problems if problem.warning]
