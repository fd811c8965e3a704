"""Lists that leave the portal as files: counted among what their reader takes out, told in the audit, with the marks of their
language."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pmo_portal.core import audit, quotas
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.exchange import workbooks

KINDS = ("csv", "xlsx")
Table = tuple[str, list[list[Any]]]  # its name, and its lines with the headings first


def taken_out(
    request: HttpRequest, kind: str, *, name: str, about: type[Model], back: str,
    tables: Callable[[], Sequence[Table]], **told: Any,
) -> HttpResponse:  # fmt: skip
    """The file; back to its page with the reason where it is refused. `told` goes into the audit beside its kind and rows."""
    try:
        quotas.take("exports_per_hour", by=quotas.acting(request))
        found = tables()
    except DomainError as refused:
        messages.error(request, refused.message)
        return redirect(back)
    facts = {"format": kind, **told, "rows": len(found[0][1]) - 1}
    changes = {key: [None, value] for key, value in facts.items()}
    audit.tell(by=cast(User, request.user), action="export", about=about, changes=changes)
    return as_file(kind, name, found)


def as_file(kind: str, name: str, tables: Sequence[Table]) -> HttpResponse:
    """The first table alone as CSV, each in a sheet as XLSX. A spreadsheet in French takes 2.5 for a day of May."""
    if kind == "csv":
        decimal = "," if get_language() == "fr" else "."
        content, type_ = workbooks.csv_file(tables[0][1], decimal=decimal), workbooks.CSV_TYPE
    else:
        content, type_ = workbooks.xlsx(tables), workbooks.XLSX_TYPE
    headers = {"Content-Disposition": f'attachment; filename="{slugify(name)}.{kind}"'}
    return HttpResponse(content, content_type=type_, headers=headers)


def at_most(lines: list[list[Any]], most: int) -> list[list[Any]]:
    """These lines; refused where there are more than a file holds, since rows are never lost in silence."""
    if len(lines) > most:
        raise DomainError(_("More than %(most)d lines: narrow the list first.") % {"most": most})
    return lines
