"""Files made in the test, and one call that imports them."""

import csv
from collections.abc import Sequence
from datetime import date
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook

from pmo_portal.core.models import AuditEvent, User
from projects.exchange.models import ImportBatch
from projects.exchange.services import stage
from projects.exchange.services.apply import apply
from projects.exchange.services.stage import Order, Staged

TODAY = date(2026, 11, 24)
Rows = Sequence[Sequence[Any]]


def facts_recorded() -> int:
    """How many changes of facts the history holds; the import itself leaves a row about itself there as well."""
    return AuditEvent.objects.exclude(target_type=ImportBatch._meta.label).count()


def csv_bytes(rows: Rows, *, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    out = StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    text = out.getvalue()
    if encoding in ("utf-16-le-bom", "utf-16-be-bom"):
        mark = b"\xff\xfe" if encoding == "utf-16-le-bom" else b"\xfe\xff"
        return mark + text.encode(encoding.removesuffix("-bom"))
    return text.encode(encoding)


def xlsx_bytes(sheets: dict[str, Rows]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def order(profile: str = "generic", **changes: Any) -> Order:
    given = {"portfolio": "OWN" if profile == "generic" else "", "file_name": "file.csv", "by": None, **changes}
    settings = given.pop("settings", None)
    return Order(profile=stage.profile_for(profile, settings), today=TODAY, **given)


def dry_run(content: bytes, **changes: Any) -> Staged:
    asked = order(**changes)
    return stage.dry_run(stage.parse(content, asked.file_name), asked)


def load(content: bytes, **changes: Any) -> tuple[Staged, ImportBatch]:
    asked = order(**changes)
    return apply(stage.parse(content, asked.file_name), asked, content=content)


def load_as(user: User | None, content: bytes, portfolio: str = "OWN", **changes: Any) -> tuple[Staged, ImportBatch]:
    return load(content, by=user, portfolio=portfolio, **changes)
