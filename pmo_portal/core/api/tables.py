"""Lists as CSV (RFC 4180) for `Accept: text/csv`: the whole list in one answer, streamed, safe to open in a spreadsheet."""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from pmo_portal.core import quotas
from pmo_portal.core.api.pages import chosen_order, fetched
from pmo_portal.core.api.rendering import OrjsonRenderer, plain
from pmo_portal.core.api.selection import Selection
from pmo_portal.core.cells import cell
from pmo_portal.core.keyset import Order

MEDIA_TYPE = "text/csv"
MOST = 100_000
CHUNK = 1000
PAGED = ("cursor", "page_size", "count", "expand")


class CsvRenderer(OrjsonRenderer):
    """Chosen by `Accept: text/csv`. Lists are streamed by `streamed`; what is rendered here is a problem, which stays JSON."""

    media_type = MEDIA_TYPE
    format = "csv"


class Line:
    """What `csv.writer` writes to: hands each line back."""

    def write(self, text: str) -> str:
        return text


def streamed(view: Any, queryset: QuerySet[Any], request: Request, selection: Selection) -> StreamingHttpResponse:
    """The rows of all pages in the order asked for, with a line of headings. Refused (400) beyond `MOST` rows."""
    paged = {
        f"?{name}": [_("Not in a CSV: it holds the whole list.")] for name in PAGED if name in request.query_params
    }
    if paged:
        raise ValidationError(paged)
    if queryset.order_by()[: MOST + 1].count() > MOST:
        raise ValidationError(
            _("More than %(most)d rows: narrow the list, or read it page by page as JSON.") % {"most": MOST}
        )
    members = selection.members or view.members
    order = chosen_order(request, view)
    quotas.take("exports_per_hour", by=quotas.acting(request))
    lines = _lines(view, queryset, order, selection, members)
    name = str(view.basename).removeprefix("api-")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingHttpResponse(lines, content_type=f"{MEDIA_TYPE}; charset=utf-8; header=present", headers=headers)


def _lines(
    view: Any, queryset: QuerySet[Any], order: Sequence[Order], selection: Selection, members: tuple[str, ...]
) -> Iterator[str]:
    writer = csv.writer(Line())
    yield writer.writerow(members)
    listing, after = view.needed(selection), None
    while True:
        found, after = fetched(queryset, listing, order, after=after, size=CHUNK)
        rows = view.answered(found, listing, selection)
        yield "".join(writer.writerow([as_text(row[name]) for name in members]) for row in rows)
        if after is None:
            return


def as_text(value: Any) -> str:
    """A value as the JSON has it, without quotes: '' for null, decimals in plain digits, lists and objects as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | int | float):
        return value.isoformat() if isinstance(value, date) else str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list | dict):
        return orjson.dumps(value, default=plain, option=orjson.OPT_UTC_Z).decode()
    return str(cell(str(value)))
