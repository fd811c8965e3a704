"""`expand=`: rows with the objects they point at, each exactly as its own resource answers it and only if the reader may read it.

One statement per kind of object, whatever the number of rows. Slices below know nothing of the resources above them: a resource
registers what can be embedded, and whoever points at it names it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from pmo_portal.core.api.rows import Listing, Row
from pmo_portal.core.registry import Registry

MEMBER = "expanded"


@dataclass(frozen=True, slots=True)
class Expandable:
    """A kind of object: `rows(user)` are what the reader may open, by the key `pk`; `shown` withholds what they may not see.

    `area` is the one its own resource is in: a token needs to read it (core/api/permissions.py).
    """

    serializer: type[serializers.Serializer]
    listing: Listing
    rows: Callable[[Any], QuerySet[Any]]
    shown: Callable[[list[Row], Any], list[Row]] = lambda rows, user: rows
    area: str = field(kw_only=True)


expandable: Registry[Expandable] = Registry("embedded object")


@dataclass(frozen=True, slots=True)
class Expand:
    """Where a row holds the id of such an object."""

    kind: str
    column: str


def hidden(name: str) -> str:
    """The member that carries the id through the listing and is taken off again."""
    return f"{MEMBER}:{name}"


def embed(rows: list[Row], chosen: Mapping[str, Expand], *, user: Any, site: str) -> list[Row]:
    """The rows with `expanded`: {name: the object, or null when there is none or the reader may not open it}."""
    if not chosen:
        return rows
    found = {name: _objects(one, [row[hidden(name)] for row in rows], user, site) for name, one in chosen.items()}
    for row in rows:
        row[MEMBER] = {name: objects.get(row.pop(hidden(name))) for name, objects in found.items()}
    return rows


def _objects(one: Expand, ids: Iterable[Any], user: Any, site: str) -> dict[Any, Row]:
    kind, wanted = expandable[one.kind], {pk for pk in ids if pk is not None}
    if not wanted:
        return {}
    selected = list(kind.rows(user).filter(pk__in=wanted).values_list(*kind.listing.columns, "pk"))
    rows = kind.shown(kind.listing.rows(selected, site=site), user)
    return dict(zip((values[-1] for values in selected), rows, strict=True))
