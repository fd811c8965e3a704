"""What a table is declared with: its columns, the groups of its rows, the actions on rows that are ticked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pmo_portal.core.filters import Text

Cell = Callable[[Any, Any], str]


@dataclass(frozen=True, slots=True)
class Column:
    """`cell(table, row)` renders a cell, `total(table, totals)` the cell of a group row.

    `sort`: field path to order by, with a minus where what is shown grows as the field falls (the age of a day). `align` "r" for
    figures. `css`: "wide" (from 1600 px only), "fill" (takes the room left).
    `phone`: badge, meta or hide, its place on the card a phone shows; `phone_label` writes the label before the value. The first
    column names the row: its text is what a screen reader hears on the checkbox, and the title of the card.
    """

    key: str
    label: Text
    cell: Cell
    sort: str = ""
    align: str = ""
    help: Text = ""
    hideable: bool = True
    shown: bool = True
    css: str = ""
    phone: str = "meta"
    phone_label: bool = False
    head: Callable[[Any], str] | None = None
    total: Cell | None = None
    total_span: int = 1


@dataclass(frozen=True, slots=True)
class Grouping:
    """Rows under headings: `of(table, row)` gives (key, words) and `order` the fields that keep a group together."""

    key: str
    label: Text
    of: Callable[[Any, Any], tuple[Any, str]]
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A button of the selection bar: posts `sel=<id>` of every ticked row to `url`."""

    label: Text
    url: str
    icon: str = "pencil"
