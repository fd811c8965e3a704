"""Pages by position: page 200 costs what page 1 costs, and rows inserted meanwhile neither repeat nor hide another."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError as InvalidValue
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import remove_query_param, replace_query_param

from pmo_portal.core.api.rows import Listing, Row
from pmo_portal.core.api.selection import documented
from pmo_portal.core.keyset import Order, beyond, decoded, encoded

LARGEST = 200
PARAMETERS = frozenset({"cursor", "page_size", "ordering", "count"})


class KeyCursorPagination(BasePagination):
    """`{"next": address or null, "results": […]}`; `count` only when asked for, because counting reads every row."""

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:
        selection = view.selection()
        listing, order, size = view.needed(selection), chosen_order(request, view), page_size(request)
        self.next: str | None = None
        self.count = queryset.count() if wants_count(request) else None
        found, last = fetched(after_cursor(queryset, request, order), listing, order, after=None, size=size)
        if last is not None:
            self.next = self.next_address(request, last)
        answered: list[Any] = view.answered(found, listing, selection)
        return answered

    def next_address(self, request: Request, last: Sequence[Any]) -> str:
        here = remove_query_param(request.build_absolute_uri(), "count")
        return replace_query_param(here, "cursor", encoded(last))

    def get_paginated_response(self, data: list[Row]) -> Response:
        counted = {} if self.count is None else {"count": self.count}
        return Response({"next": self.next, **counted, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = "Address of the following page; null on the last one."
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {"type": ["string", "null"], "format": "uri", "description": following},
                "count": {"type": "integer", "description": "Number of rows of all pages; only with `count=true`."},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        orders = [sign + name for name in view.orders for sign in ("", "-")]
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": api_settings.PAGE_SIZE}
        ordering = {"type": "string", "enum": orders, "default": view.default_order}
        shown: dict[str, tuple[str, dict[str, Any]]] = {
            "cursor": ("Position in the list: take it from `next`, never make one.", {"type": "string"}),
            "page_size": ("Rows of a page.", size),
            "ordering": ("Order of the rows; unknown values come last.", ordering),
            "count": ("Also count the rows of all pages.", {"type": "boolean", "default": False}),
            **documented(view.members, view.expands),
        }
        return [
            {"name": name, "in": "query", "description": description, "schema": schema, **spelled(schema)}
            for name, (description, schema) in shown.items()
        ]


def spelled(schema: dict[str, Any]) -> dict[str, Any]:
    """How a parameter that holds several values writes them: with commas."""
    return {"explode": False, "style": "form"} if schema["type"] == "array" else {}


def fetched(
    queryset: QuerySet[Any], listing: Listing, order: Sequence[Order], *, after: Sequence[Any] | None, size: int
) -> tuple[list[tuple[Any, ...]], list[Any] | None]:
    """(at most `size` tuples past the row with the keys `after`, the keys of the last one; None when no more follow)."""
    keys = [one.field for one in order]
    columns = [*listing.columns, *(key for key in keys if key not in listing.columns)]
    if after is not None:
        queryset = queryset.filter(beyond(order, after))
    queryset = queryset.order_by(*[one.expression() for one in order])
    if len(order) > 1:  # choose the rows by their keys alone: all their columns would be sorted along
        queryset = queryset.filter(pk__in=queryset.values("pk")[: size + 1])
    found = list(queryset.values_list(*columns)[: size + 1])
    more = len(found) > size
    return found[:size], [found[size - 1][columns.index(key)] for key in keys] if more else None


def refuse(name: str, message: str) -> ValidationError:
    return ValidationError({f"?{name}": [message]})


def page_size(request: Request) -> int:
    text = request.query_params.get("page_size", str(api_settings.PAGE_SIZE))
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:6]) <= LARGEST:
        raise refuse("page_size", _("Choose between 1 and %(largest)s.") % {"largest": LARGEST})
    return int(text)


def wants_count(request: Request) -> bool:
    text = request.query_params.get("count", "false")
    if text not in ("true", "false"):
        raise refuse("count", _("Choose among: %(choices)s.") % {"choices": "true, false"})
    return text == "true"


def chosen_order(request: Request, view: Any) -> list[Order]:
    """The order asked for among those of the view, made unique by the row's key."""
    text = request.query_params.get("ordering", view.default_order)
    name = text.removeprefix("-")
    if name not in view.orders:
        raise refuse("ordering", _("Choose among: %(choices)s.") % {"choices": ", ".join(view.orders)})
    view.check_order(name)
    chosen = Order(view.listing.path(name), text.startswith("-"))
    unique = view.listing.path(view.unique)
    return [chosen] if chosen.field == unique else [chosen, Order(unique)]


def after_cursor(queryset: QuerySet[Any], request: Request, order: Sequence[Order]) -> QuerySet[Any]:
    text = request.query_params.get("cursor", "")
    if not text:
        return queryset
    try:
        values = decoded(text, len(order))
        if any(isinstance(value, str) and ("\x00" in value or not value.encode()) for value in values):
            raise ValueError
        return queryset.filter(beyond(order, values))
    except (ValueError, TypeError, OverflowError, InvalidValue) as error:
        raise refuse("cursor", _("This position means nothing here. Start again without it.")) from error
