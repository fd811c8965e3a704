"""Charts as plug points: one decorated function draws what its selector read; the data table comes for free.

Adding a chart: a selector that returns `ChartData`, a function decorated with `@chart` that draws it, a line in `all.py`
only when it opens a new family. It then has a fragment, its JSON and its table twin.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import plotly.graph_objects as go
from django.utils.functional import Promise

from pmo_portal.core.registry import Registry
from reporting.health.scope import Scope


@dataclass(frozen=True, slots=True)
class Twin:
    """The figures of a chart as a table: texts, already in the reader's language."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]] = field(default_factory=tuple)
    note: str = ""


class ChartData(Protocol):
    """What a selector returns and a drawing function reads."""

    @property
    def is_empty(self) -> bool: ...

    def twin(self) -> Twin: ...


@dataclass(frozen=True, slots=True)
class Chart:
    """`select` reads the figures of a scope (in a fixed number of queries), `draw` only draws them.

    `money`: it tells amounts or what follows from them, so it is drawn for who may see all the money of the scope.
    """

    key: str
    label: Promise
    select: Callable[[Scope], Any]
    draw: Callable[[Any], go.Figure]
    money: bool = False


charts: Registry[Chart] = Registry("charts")


def chart(
    key: str, *, label: Promise, select: Callable[[Scope], Any], money: bool = False
) -> Callable[[Callable[[Any], go.Figure]], Any]:
    """Register the decorated drawing function under `key`."""

    def register(draw: Callable[[Any], go.Figure]) -> Callable[[Any], go.Figure]:
        charts.add(key, Chart(key, label, select, draw, money))
        return draw

    return register
