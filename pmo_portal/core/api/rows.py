"""Reading rows straight from the database: one query for the columns an answer needs, no model instance, no serializer per row.

The schema comes from the serializer, the values from here; `of_serializer` derives the one from the other, so they cannot drift.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from rest_framework import serializers

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Worked:
    """A value worked out from columns: `of(*values of columns)`; ordered and filtered by the first column."""

    columns: tuple[str, ...]
    of: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Link:
    """An absolute address: `pattern` has one `{}` for the column, and starts at the site's root."""

    pattern: str
    column: str = "id"


Source = str | Worked | Link


class Listing:
    """Where each member of an answer comes from, worked out once: columns to select, and how a tuple becomes a row."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.sources = dict(sources)
        self.columns: list[str] = []
        self._worked: list[tuple[str, Callable[..., Any], list[int]]] = []
        self._links: list[tuple[str, str, int]] = []
        self._template: dict[str, int] = {}
        for name, source in self.sources.items():
            if isinstance(source, str):
                self._template[name] = self.position(source)
            elif isinstance(source, Worked):
                self._template[name] = 0
                self._worked.append((name, source.of, [self.position(column) for column in source.columns]))
            else:
                self._template[name] = 0
                self._links.append((name, source.pattern, self.position(source.column)))
        self._names = tuple(self._template)
        self._positions = tuple(self._template.values())

    def position(self, column: str) -> int:
        """Where this column is in the selected tuple; added when it is not yet there."""
        if column not in self.columns:
            self.columns.append(column)
        return self.columns.index(column)

    def only(self, names: Iterable[str], **more: Source) -> "Listing":
        """The listing of some of its members, in this order; `more` are members it does not have."""
        return Listing({**{name: self.sources[name] for name in names}, **more})

    def path(self, name: str) -> str:
        """The lookup path of a member, to filter or order by."""
        source = self.sources.get(name, name)
        if isinstance(source, Worked):
            return source.columns[0]
        return source.column if isinstance(source, Link) else source

    def rows(self, found: Sequence[tuple[Any, ...]], *, site: str) -> list[Row]:
        """Selected tuples as rows; `site` is the address the links start with."""
        names, positions, answer = self._names, self._positions, []
        for values in found:
            row = dict(zip(names, [values[position] for position in positions], strict=True))
            for name, of, needed in self._worked:
                row[name] = of(*[values[position] for position in needed])
            for name, pattern, position in self._links:
                row[name] = site + pattern.format(quote(str(values[position]), safe=""))
            answer.append(row)
        return answer


@cache
def members_of(serializer: Hashable) -> tuple[str, ...]:
    """The names of what a serializer answers."""
    return tuple(name for name, field in serializer().fields.items() if not field.write_only)  # type: ignore[operator]


def of_serializer(serializer: type[serializers.Serializer], **known: Source) -> Listing:
    """The listing of a serializer's readable fields; `known` gives those that are not simply a column."""
    sources: dict[str, Source] = {}
    for name, field in serializer().fields.items():
        if field.write_only:
            continue
        if name in known:
            sources[name] = known[name]
        elif isinstance(field, serializers.PrimaryKeyRelatedField):
            sources[name] = f"{field.source}_id"
        else:
            sources[name] = str(field.source).replace(".", "__")
    if missing := known.keys() - sources.keys():
        raise TypeError(f"{serializer.__name__} has no field {sorted(missing)}")
    return Listing(sources)
