"""Query parameters, declared once: read, checked, applied and documented. An unknown or a repeated one is refused (400)."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

YEARS = range(1900, 2201)
LARGEST_ID = 2**63 - 1
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """How the text of a parameter becomes a value; `read` raises ValueError. `schema` is its JSON Schema."""

    read: Callable[[str], Any]
    schema: Mapping[str, Any]
    example: str


def read_text(text: str) -> str:
    if "\x00" in text or len(text) > LONGEST:
        raise ValueError
    return text


def read_id(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > LARGEST_ID:
        raise ValueError
    return int(text)


def read_flag(text: str) -> bool:
    return {"true": True, "false": False}[text]


def read_day(text: str) -> dt.date:
    day = dt.date.fromisoformat(text)
    if day.year not in YEARS or len(text) != len("2026-01-31"):
        raise ValueError
    return day


def read_moment(text: str) -> dt.datetime:
    """An instant; a bare day is its first instant, and a time without offset is the site's."""
    moment = parse_datetime(text.replace(" ", "+")) or dt.datetime.combine(read_day(text), dt.time())
    if moment.year not in YEARS:
        raise ValueError
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


TEXT = Kind(read_text, {"type": "string", "maxLength": LONGEST}, "")
ID = Kind(read_id, {"type": "integer", "minimum": 0}, "12")
FLAG = Kind(read_flag, {"type": "boolean"}, "true")
DAY = Kind(read_day, {"type": "string", "format": "date"}, "2026-06-30")
MOMENT = Kind(read_moment, {"type": "string", "format": "date-time"}, "2026-06-30T08:00:00Z")


@dataclass(frozen=True, slots=True)
class Param:
    """One filter. It narrows `member` of the listing by `lookup`, unless `where(queryset, value, user)` does it another way.

    With `choices` several may be given, separated by commas. `current_only`: makes no sense on a past day.
    """

    description: str
    kind: Kind = TEXT
    member: str = ""
    lookup: str = "exact"
    choices: Collection[str] = ()
    where: Callable[[QuerySet[Any], Any, Any], QuerySet[Any]] | None = None
    current_only: bool = False

    def value(self, text: str) -> Any:
        """The value of a text; ValueError with what would be right."""
        if self.choices:
            values = [one for one in text.split(",") if one]
            if not values or not set(values) <= set(self.choices):
                raise ValueError(_("Choose among: %(choices)s.") % {"choices": ", ".join(self.choices)})
            return values
        try:
            return self.kind.read(text)
        except (ValueError, KeyError, OverflowError) as error:
            expected = self.kind.example or _("at most %(count)s characters") % {"count": LONGEST}
            raise ValueError(
                _("Not understood. Expected, for example: %(example)s.") % {"example": expected}
            ) from error

    @property
    def schema(self) -> dict[str, Any]:
        if self.choices:
            return {"type": "array", "items": {"type": "string", "enum": list(self.choices)}}
        return dict(self.kind.schema)


def check_query(request: Request, known: Collection[str]) -> None:
    """400 for a parameter nobody declared here, or given twice."""
    refused = {
        f"?{name}": [_("This parameter does not exist here.")] for name in request.query_params if name not in known
    }
    twice = [name for name, values in request.query_params.lists() if len(values) > 1]
    refused |= {f"?{name}": [_("Give this parameter once.")] for name in twice}
    if refused:
        raise ValidationError(refused)


def values_of(request: Request, params: Mapping[str, Param]) -> dict[str, Any]:
    """The values given, read; 400 naming every one that is not understood."""
    values, refused = {}, {}
    for name, text in request.query_params.items():
        if name in params:
            try:
                values[name] = params[name].value(str(text))
            except ValueError as error:
                refused[f"?{name}"] = [str(error)]
    if refused:
        raise ValidationError(refused)
    return values


class DeclaredFilters(BaseFilterBackend):
    """Applies the parameters the view declares (`view.params`), and documents them."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        params: Mapping[str, Param] = view.params
        for name, value in values_of(request, params).items():
            param = params[name]
            if param.where:
                queryset = param.where(queryset, value, request.user)
            elif param.member:
                lookup = "in" if param.choices else param.lookup
                queryset = queryset.filter(**{f"{view.listing.path(param.member)}__{lookup}": value})
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [documented(name, param) for name, param in view.params.items()]


def documented(name: str, param: Param) -> dict[str, Any]:
    """The OpenAPI parameter object."""
    shown: dict[str, Any] = {"name": name, "in": "query", "description": param.description, "schema": param.schema}
    if param.choices:
        shown |= {"explode": False, "style": "form"}
    return shown
