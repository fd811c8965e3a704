"""Filters of a list: declared once, read from the query string, shown as menus and removable chips."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from pmo_portal.core.search import fold, words_in
from pmo_portal.core.templatetags.ui import quoted

Text = str | Promise
Choices = Sequence[tuple[str, Text]]


@dataclass(frozen=True, slots=True)
class Filter:
    """`key=value,value` in the address. `field` filters with `__in`; `where(queryset, values)` replaces it for anything else.

    `choices` is a list, or a function of the table when they depend on the page (its programmes, its people).
    """

    key: str
    label: Text
    choices: Choices | Callable[[Any], Choices]
    field: str = ""
    where: Callable[[QuerySet[Any], list[str]], QuerySet[Any]] | None = None
    always_shown: bool = True

    def apply(self, queryset: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
        return self.where(queryset, values) if self.where else queryset.filter(**{f"{self.field}__in": values})


@dataclass(frozen=True, slots=True)
class Box:
    """One field of a typed filter: `kind` is the type of its input, `value` what the address says."""

    key: str
    label: Text
    kind: str = "search"
    value: str = ""


@dataclass(frozen=True, slots=True)
class TypedFilter:
    """A filter one types: a period, a name, a number. `where(queryset, {key: value})` gets what was typed, never all empty."""

    key: str
    label: Text
    boxes: Sequence[Box]
    where: Callable[[QuerySet[Any], dict[str, str]], QuerySet[Any]]

    @property
    def keys(self) -> list[str]:
        return [box.key for box in self.boxes]

    def typed(self, query: QueryDict) -> dict[str, str]:
        """What the address says; empty when nothing was typed."""
        found = {key: query.get(key, "").strip()[:100] for key in self.keys}
        return found if any(found.values()) else {}

    def filled(self, query: QueryDict) -> "TypedFilter":
        """The filter as the page shows it."""
        return replace(self, boxes=[replace(box, value=query.get(box.key, "")) for box in self.boxes])

    @property
    def chosen(self) -> list[str]:
        return [box.value for box in self.boxes if box.value]


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    checked: bool


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """A filter as the page shows it: a menu of its own, or a part of "More filters" until something is chosen there."""

    key: str
    label: str
    options: list[Option]
    clear_url: str
    always_shown: bool = True
    table: str = ""

    @property
    def boxes(self) -> SafeString:
        """The options as ticks: joined here, because a template loop costs ten times as much."""
        parts = [
            f"<label><input type=checkbox name={quoted(self.key)} value={quoted(option.value)}"
            f"{' checked' if option.checked else ''}>{escape(option.label)}</label>"
            for option in self.options
        ]
        return mark_safe("".join(parts))  # noqa: S308  (every part is escaped above)

    @property
    def shown(self) -> bool:
        return self.always_shown or bool(self.chosen)

    @property
    def chosen(self) -> list[str]:
        return [option.label for option in self.options if option.checked]


def values_of(query: QueryDict, key: str) -> list[str]:
    """`?key=a,b` and `?key=a&key=b` mean the same; order kept, doubles dropped."""
    found = [value.strip() for given in query.getlist(key) for value in given.split(",")]
    return list(dict.fromkeys(value for value in found if value))


def matching(queryset: QuerySet[Any], fields: Sequence[str], query: str) -> QuerySet[Any]:
    """Rows where every word of `query` is in one of the text fields, accents and case ignored."""
    return queryset.filter(words_in(fold(query), *fields))
