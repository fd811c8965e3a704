"""Pages of a sorted list by position ("after this row"), so that page 200 costs what page 1 costs and no row is skipped twice."""

import base64
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.http import Http404


@dataclass(frozen=True, slots=True)
class Order:
    """One ordering key: a field path of the queryset; missing values always come last.

    `never_null` lets an ordinary index of the field give the order, and the place of a page in it.
    """

    field: str
    descending: bool = False
    never_null: bool = False

    def expression(self) -> Any:
        field = F(self.field)
        if self.never_null:
            return field.desc() if self.descending else field.asc()
        return field.desc(nulls_last=True) if self.descending else field.asc(nulls_last=True)


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows of one page and the token of the next, '' at the end."""

    rows: list[Any]
    after: str


def cut(queryset: QuerySet[Any], order: Sequence[Order], *, after: str, size: int) -> Slice:
    """At most `size` rows of `queryset` in `order`, past the row the token points at. 404 for a token that means nothing.

    `order` must end with a unique key (`pk`). Rows may be model instances or `values()` dictionaries.
    """
    if after:
        try:
            queryset = queryset.filter(beyond(order, decoded(after, len(order))))
        except (ValueError, TypeError, ValidationError) as error:
            raise Http404 from error
    rows = list(queryset.order_by(*[one.expression() for one in order])[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return Slice(rows, encoded([value_of(rows[-1], one.field) for one in order]) if more else "")


def beyond(order: Sequence[Order], values: Sequence[Any]) -> Q:
    """The condition "comes after these values": later in the first key, or equal there and later in the next, and so on."""
    condition, equal, bound = Q(pk__in=[]), Q(), Q()
    for one, value in zip(order, values, strict=True):
        if value is None:
            equal &= Q(**{f"{one.field}__isnull": True})
            continue
        side = "lt" if one.descending else "gt"
        later = Q(**{f"{one.field}__{side}": value})
        if one.never_null:
            bound &= Q(**{f"{one.field}__{side}e": value}) if not equal else Q()
        else:
            later |= Q(**{f"{one.field}__isnull": True})
        condition |= equal & later
        equal &= Q(**{one.field: value})
    return bound & condition


def value_of(row: Any, path: str) -> Any:
    """The value of an ordering key on a row; None as soon as a relation is missing."""
    if isinstance(row, dict):
        return row[path]
    for name in path.split("__"):
        row = getattr(row, name)
        if row is None:
            return None
    return row


def encoded(values: Sequence[Any]) -> str:
    """A short opaque token; it carries sort values only, rights are applied again on every page."""
    plain = [
        value.isoformat() if isinstance(value, dt.date) else str(value) if isinstance(value, Decimal) else value
        for value in values
    ]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def decoded(token: str, count: int) -> list[Any]:
    """The values of a token; ValueError when it is not one of ours."""
    values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    if (
        not isinstance(values, list)
        or len(values) != count
        or not all(isinstance(one, str | int | float | None) for one in values)
    ):
        raise ValueError("not a page token")
    return values
