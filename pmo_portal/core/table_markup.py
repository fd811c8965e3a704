"""The cells of a table as markup: small functions joined once, because a template per cell costs ten times as much.

A page of a hundred rows is mostly cells, so they are written as HTML allows: attributes without quotes where none are needed,
no end tags of cells and rows, words that every row shares said once in the head and named by their id.
"""

from typing import TYPE_CHECKING, Any

from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from pmo_portal.core.formats import number
from pmo_portal.core.templatetags.ui import icon, quoted

if TYPE_CHECKING:
    from pmo_portal.core.tables import Column, Table


def header(table: "Table") -> SafeString:
    """The cells of the header row, with a link where the column sorts."""
    cells = []
    if table.selectable:
        pick = f'<span hidden id="pick">{escape(_("Select"))}</span>'
        cells.append(
            f'<td class="ck"><input type="checkbox" data-all aria-label="{escape(_("Select all"))}">{pick}</td>'
        )
    return mark_safe("".join([*cells, *(_header_cell(table, column) for column in table.shown_columns)]))


def _header_cell(table: "Table", column: "Column") -> str:
    label, state = escape(table.label(column)), ""
    inner = f'{column.head(table)}<span class="vh">{label}</span>' if column.head else label
    if column.sort:
        key, descending = table.sorts[0] if table.sorts else ("", False)
        current = key == column.key
        if current:
            state = f' aria-sort="{"descending" if descending else "ascending"}"'
        target = escape(table.url(sort=f"-{column.key}" if current and not descending else column.key))
        inner = f'<a href="{target}">{inner}</a>'
    title = f' title="{escape(column.help)}"' if column.help else ""
    return f'<th scope="col"{_classes(column)}{title}{state}>{inner}</th>'


def body(table: "Table") -> SafeString:
    """Every row, with its group headings."""
    columns = [(_cell_opening(table, column), column.cell) for column in table.shown_columns[1:]]
    grouping, row_class = table.grouping, table.row_class
    named, css = table.shown_columns[0].cell, _classes(table.shown_columns[0])
    parts: list[str] = []
    last: Any = object()
    index = 0
    for row in table.rows:
        if grouping:
            group, words = grouping.of(table, row)
            if group != last:
                last, index = group, index + 1
                parts.append(_group_row(table, group, words, index))
        identity, more = table.row_id(row), row_class(row)
        name = f"r{identity}"
        parts.append(f"<tr class={quoted(f'row{more}')}>")
        if table.selectable:
            words = escape(f"pick {name}")
            parts.append(
                f'<td class=ck><input type=checkbox name=sel value={quoted(identity)} aria-labelledby="{words}">'
            )
        parts.append(f"<th scope=row id={quoted(name)}{css}>{conditional_escape(named(table, row))}")
        for opening, cell in columns:
            parts.append(opening)
            parts.append(conditional_escape(cell(table, row)))
    return mark_safe("".join(parts))


def _cell_opening(table: "Table", column: "Column") -> str:
    label = f" data-l={quoted(table.label(column))}" if column.phone_label else ""
    return f"<td{_classes(column, column.phone)}{label}>"


def _classes(column: "Column", phone: str = "meta") -> str:
    """The class attribute of a cell; being a "meta" of the phone card is the default and needs no class."""
    names = [column.align, column.css, "" if phone == "meta" else f"p-{phone}"]
    text = " ".join(name for name in names if name)
    return f" class={quoted(text)}" if text else ""


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
