"""The one table: declared columns whose cells small functions render; sort, groups, columns, filters and page in the address.

The template is only the frame: 100 rows of 12 cells cost a few milliseconds instead of fifty (performance.md, point 2).
A cell function returns escaped HTML (`format_html`, the tags of `templatetags`) or plain text, which is escaped.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from pmo_portal.core import table_markup
from pmo_portal.core.filters import ActiveFilter, Filter, Option, Text, TypedFilter, matching, values_of
from pmo_portal.core.keyset import Order, cut
from pmo_portal.core.table_columns import BulkAction, Cell, Column, Grouping

__all__ = ["BulkAction", "Cell", "Column", "Grouping", "Table"]


class Table:
    """Declare a subclass, then `table = MyTable(request); table.load(queryset)` and put it in the context as `table`.

    `labels` replaces column labels (units), `totals` maps a group's key to what `Column.total` reads.
    """

    key: ClassVar[str] = "rows"
    caption: ClassVar[Text] = ""
    columns: ClassVar[Sequence[Column]] = ()
    filters: ClassVar[Sequence[Filter]] = ()
    typed: ClassVar[Sequence[TypedFilter]] = ()
    groupings: ClassVar[Sequence[Grouping]] = ()
    search_fields: ClassVar[Sequence[str]] = ()
    search_label: ClassVar[Text] = ""
    default_sort: ClassVar[str] = ""
    default_group: ClassVar[str] = ""
    unique_sort: ClassVar[str] = "pk"
    page_size: ClassVar[int] = 100
    selectable: ClassVar[bool] = False
    empty_title: ClassVar[Text] = ""
    empty_text: ClassVar[Text] = ""
    empty_icon: ClassVar[str] = "folder-kanban"

    def __init__(
        self, request: HttpRequest, *, labels: Mapping[str, str] | None = None, totals: Mapping[Any, Any] | None = None
    ) -> None:
        self.request = request
        self.query = request.GET
        self.labels = labels or {}
        self.totals = totals or {}
        self.rows: Sequence[Any] = ()
        self.after = ""
        self.count: int | None = None
        self.foot: str = ""
        self.bulk: Sequence[BulkAction] = ()
        self.poll_url = self.etag = ""  # where the list asks "changed since?", and what it has

    # What the page asks for

    def load(self, queryset: QuerySet[Any], *, count: int | None = None) -> None:
        """Filter, count (unless known), sort and cut `queryset` as the address says. Two queries, one when `count` is given."""
        queryset = self.filtered(queryset)
        self.count = queryset.count() if count is None or self.narrowed else count
        page = cut(queryset, self.order, after=self.query.get("after", ""), size=self.page_size)
        self.show(page.rows, after=page.after)

    def show(self, rows: Sequence[Any], *, after: str = "") -> None:
        """Show rows that are already chosen and sorted."""
        self.rows, self.after = rows, after
        self.count = len(rows) if self.count is None else self.count

    def filtered(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The queryset under the filters and the search words of the address."""
        for one in self.filters:
            if chosen := self.chosen(one):
                queryset = one.apply(queryset, chosen)
        for typed in self.typed:
            if given := typed.typed(self.query):
                queryset = typed.where(queryset, given)
        return matching(queryset, self.search_fields, self.words) if self.words and self.search_fields else queryset

    # What the address says

    @cached_property
    def words(self) -> str:
        return self.query.get("q", "").strip()[:100]

    def chosen(self, one: Filter) -> list[str]:
        known = {value for value, _label in self.choices(one)}
        return [value for value in values_of(self.query, one.key) if value in known]

    def choices(self, one: Filter) -> Sequence[tuple[str, Text]]:
        return one.choices(self) if callable(one.choices) else one.choices

    @cached_property
    def narrowed(self) -> bool:
        """Whether a filter or a search leaves rows out."""
        typed = any(one.typed(self.query) for one in self.typed)
        return bool(self.words) or typed or any(self.chosen(one) for one in self.filters)

    @cached_property
    def active_filters(self) -> list[ActiveFilter]:
        found = []
        for one in self.filters:
            chosen = set(self.chosen(one))
            options = [Option(value, str(label), value in chosen) for value, label in self.choices(one)]
            if options:
                clear = self.url(**{one.key: None})
                found.append(ActiveFilter(one.key, str(one.label), options, clear, one.always_shown, self.key))
        return found

    @property
    def more_filters(self) -> list[ActiveFilter]:
        """Those behind "More filters"."""
        return [one for one in self.active_filters if not one.shown]

    @property
    def clear_url(self) -> str:
        return self.url(q=None, **dict.fromkeys([*(one.key for one in self.filters), *self.typed_keys]))

    @property
    def typed_keys(self) -> list[str]:
        return [key for one in self.typed for key in one.keys]

    @property
    def typed_filters(self) -> list[TypedFilter]:
        return [one.filled(self.query) for one in self.typed]

    @cached_property
    def grouping(self) -> Grouping | None:
        wanted = self.query.get("group", self.default_group)
        return next((one for one in self.groupings if one.key == wanted), None)

    @cached_property
    def sorts(self) -> list[tuple[str, bool]]:
        """(column key, descending) of the address, else of the table."""
        sortable = {column.key for column in self.columns if column.sort}
        asked = [(part.lstrip("-"), part.startswith("-")) for part in values_of(self.query, "sort")]
        asked = [pair for pair in asked if pair[0] in sortable]
        return asked or [(part.lstrip("-"), part.startswith("-")) for part in self.default_sort.split(",") if part]

    @property
    def order(self) -> list[Order]:
        fields = {column.key: column.sort for column in self.columns}
        found: dict[str, Order] = {}
        for field in self.grouping.order if self.grouping else ():
            found.setdefault(field, Order(field))
        for key, descending in self.sorts:
            field = fields.get(key) or key
            path = field.lstrip("-")
            found.setdefault(path, Order(path, descending != field.startswith("-")))
        found.setdefault(self.unique_sort, Order(self.unique_sort))
        return list(found.values())

    @cached_property
    def shown_columns(self) -> list[Column]:
        asked = values_of(self.query, "columns")
        return [
            column for column in self.columns if not column.hideable or (column.key in asked if asked else column.shown)
        ]

    def url(self, **changes: str | None) -> str:
        """This address with some keys changed; None removes a key, and the position in the list never survives."""
        query = self.query.copy()
        for key, value in {"after": None, "seen": None, **changes}.items():
            query.pop(key, None)
            if value:
                query[key] = value
        text = query.urlencode(safe=",")
        return f"{self.request.path}?{text}" if text else self.request.path

    def label(self, column: Column) -> str:
        return str(self.labels.get(column.key, column.label))

    @cached_property
    def kept(self) -> list[tuple[str, str]]:
        """What the filter form carries along unseen: sort, date, and whatever the page itself reads."""
        own = {"q", "group", "columns", "after", "seen", *(one.key for one in self.filters), *self.typed_keys}
        return [(key, value) for key, values in self.query.lists() if key not in own for value in values]

    @property
    def column_choices(self) -> list[tuple[Column, str, bool]]:
        return [
            (column, self.label(column), column in self.shown_columns) for column in self.columns if column.hideable
        ]

    @property
    def default_columns(self) -> str:
        """What the column menu sends when nothing was changed: it then stays out of the address."""
        return ",".join(column.key for column in self.columns if column.hideable and column.shown)

    @property
    def sort_choices(self) -> list[dict[str, Any]]:
        """The sortable columns, as a menu (phones have no header row)."""
        first = self.sorts[0] if self.sorts else ("", False)
        return [
            {
                "label": self.label(column),
                "url": self.url(sort=f"-{column.key}" if first == (column.key, False) else column.key),
                "current": first[0] == column.key,
            }
            for column in self.columns
            if column.sort
        ]

    @property
    def shown_so_far(self) -> int:
        """Rows on screen once these are added to those loaded before."""
        before = self.query.get("seen", "")
        return len(self.rows) + (int(before) if before.isdecimal() and self.query.get("after") else 0)

    @property
    def more_url(self) -> str:
        return self.url(after=self.after, seen=str(self.shown_so_far)) if self.after else ""

    # What the reader sees

    @property
    def hx(self) -> SafeString:
        """htmx attributes of the list, for every link and form in it that asks htmx: swap the list, keep the address true."""
        return mark_safe(
            f'hx-target="#{self.key}-list" hx-select="#{self.key}-list" hx-swap="outerHTML show:none" hx-push-url="true"'
            ' hx-inherit="hx-target hx-select hx-swap hx-push-url"'
        )

    @property
    def header(self) -> SafeString:
        return table_markup.header(self)

    @property
    def body(self) -> SafeString:
        return table_markup.body(self)

    @property
    def css(self) -> str:
        """Classes of the table itself, for what its cells share."""
        return ""

    @property
    def width(self) -> int:
        return len(self.shown_columns) + self.selectable

    def row_id(self, row: Any) -> str:
        """What identifies the row in the page and in a bulk action."""
        return str(row.pk)

    def row_class(self, row: Any) -> str:
        """Extra classes of the row, each with a space before it: `" off"`."""
        return ""
