"""What the portal knows before a file is applied, as plain data: `selectors.current` fills it, `plan` compares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from projects.exchange.records import BudgetKey


@dataclass(frozen=True, slots=True)
class KnownPart:
    """A stored milestone or risk. `ref` is "" for one that people made in the portal."""

    id: int
    ref: str
    code: str
    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KnownProject:
    """A stored project; people are given by name, its container by code, its parent by reference."""

    id: int
    ref: str
    code: str
    label: str
    values: Mapping[str, Any]
    container: str = ""
    parent_ref: str = ""
    may_edit: bool = True
    left: bool = False
    milestones: tuple[KnownPart, ...] = ()
    risks: tuple[KnownPart, ...] = ()
    budget: Mapping[BudgetKey, tuple[int, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Current:
    """The portfolio as it is. `containers` maps codes and folded names to codes; `keys` maps recognised names to project ids."""

    portfolio_code: str
    projects: tuple[KnownProject, ...] = ()
    keys: Mapping[str, int] = field(default_factory=dict)
    containers: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[int, str] = field(
        default_factory=dict
    )  # projects of the portfolio that the file does not name: id → label
    codes: frozenset[str] = frozenset()  # of every project of the portfolio, folded
    creates_in: frozenset[str] = frozenset()  # codes of the containers in which the actor may create projects
    may_shape_tree: bool = True
    may_set_confidentiality: bool = True
    status_date: Any = None
