"""The cells of a table as markup: small functions joined once, because a template per cell costs ten times as much."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from pmo_portal.core.formats import number
from pmo_portal.core.templatetags.ui import icon

if TYPE_CHECKING:
    from pmo_portal.core.tables import Column, Table


def header(table: "Table") -> SafeString:
    """The cells of the header row, with a link where the column sorts."""
    cells = []
    if table.selectable:
        cells.append(f'<td class="ck"><input type="checkbox" data-all aria-label="{escape(_("Select all"))}"></td>')
    return mark_safe("".join([*cells, *(_header_cell(table, column) for column in table.shown_columns)]))


def _header_cell(table: "Table", column: "Column") -> str:
    label, state = escape(table.label(column)), ""
    inner = f'{column.head(table)}<span class="vh">{label}</span>' if column.head else label
    if column.sort:
        key, descending = table.sorts[0] if table.sorts else ("", False)
        current = key == column.key
        mark = icon("chevrons-up-down")
        if current:
            state = f' aria-sort="{"descending" if descending else "ascending"}"'
            mark = icon("chevron-down" if descending else "chevron-up")
        target = escape(table.url(sort=f"-{column.key}" if current and not descending else column.key))
        inner = f'<a href="{target}" hx-get="{target}" {table.hx}>{inner}{mark}</a>'
    title = f' title="{escape(column.help)}"' if column.help else ""
    return f'<th scope="col"{_classes(column)}{title}{state}>{inner}</th>'


def body(table: "Table") -> SafeString:
    """Every row, with its group headings."""
    frames = [_cell_frame(table, column, position) for position, column in enumerate(table.shown_columns)]
    grouping, key, tick = table.grouping, table.key, escape(_("Select"))
    row_class = table.row_class
    parts: list[str] = []
    last: Any = object()
    index = 0
    for row in table.rows:
        if grouping:
            group, words = grouping.of(table, row)
            if group != last:
                last, index = group, index + 1
                parts.append(_group_row(table, group, words, index))
        identity = escape(table.row_id(row))
        group_mark = f' data-g="{index}"' if grouping else ""
        parts.append(f'<tr class="row{row_class(row)}" id="{key}-{identity}"{group_mark}>')
        if table.selectable:
            parts.append(
                f'<td class="ck"><input type="checkbox" name="sel" value="{identity}" form="{key}-bulk"'
                f' aria-label="{tick} {escape(table.row_name(row))}"></td>'
            )
        for opening, cell, closing in frames:
            parts.append(f"{opening}{conditional_escape(cell(table, row))}{closing}")
        parts.append("</tr>")
    return mark_safe("".join(parts))


def _cell_frame(table: "Table", column: "Column", position: int) -> tuple[str, Callable[[Any, Any], str], str]:
    element, closing = ('th scope="row"', "</th>") if position == 0 else ("td", "</td>")
    label = f' data-l="{escape(table.label(column))}"' if column.phone_label else ""
    return f"<{element}{_classes(column, column.phone)}{label}>", column.cell, closing


def _classes(column: "Column", phone: str = "meta") -> str:
    """The class attribute of a cell; being a "meta" of the phone card is the default and needs no class."""
    names = [column.align, column.css, "" if phone == "meta" else f"p-{phone}"]
    text = " ".join(name for name in names if name)
    return f' class="{text}"' if text else ""


def _group_row(table: "Table", group: Any, words: str, index: int) -> str:
    """A heading that folds its rows, with the subtotals `Column.total` draws from `table.totals[group]`."""
    totals = table.totals.get(group)
    size = getattr(totals, "projects", None)
    count = f'<span class="n">{number(size)}</span>' if size is not None else ""
    button = f'<button type="button" data-act="group" data-g="{index}" aria-expanded="true">{icon("chevron-down")}'
    cells = ['<td class="ck"></td>'] if table.selectable else []
    cells.append(f'<th scope="rowgroup">{button}<span>{escape(words)}</span>{count}</button></th>')
    covered = 0
    for column in table.shown_columns[1:]:
        if covered:
            covered -= 1
            continue
        covered = column.total_span - 1
        shown = conditional_escape(column.total(table, totals)) if column.total and totals is not None else ""
        span = f' colspan="{column.total_span}"' if column.total_span > 1 else ""
        cells.append(f"<td{_classes(column, 'meta' if shown else 'hide')}{span}>{shown}</td>")
    return f'<tr class="grp">{"".join(cells)}</tr>'
