"""What may be uploaded: a table of names and first bytes; what the browser says a file is counts for nothing (exam 21)."""

import logging
from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pmo_portal.core.models import User
from projects.models import ImportBatch
from tests.projects.exchange.files import csv_bytes, xlsx_bytes

ROWS = [["Code", "Project name"], ["R1", "Network"], ["R2", "Payroll"]]
TABLE = csv_bytes(ROWS)
# First bytes of what people and attackers send; "table" and "workbook" are the two that are good.
CONTENTS = {
    "table": TABLE,
    "workbook": xlsx_bytes({"Projects": ROWS}),
    "old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "other archive": b"PK\x03\x04" + b"\0" * 60,
    "program": b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0",
    "linux program": b"\x7fELF\x02\x01\x01" + b"\0" * 20,
    "picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 20,
    "photo": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 20,
    "document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\0",
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"\0" * 20,
    "pickle": b"\x80\x04\x95\0\0\0\0\0\0\0\0cposix\nsystem\n\0.",
    "nothing": b"",
    "zeros": b"\0" * 512,
}
NAMES = (
    "a.csv",
    "a.tsv",
    "a.txt",
    "a.xlsx",
    "A.CSV",
    "a.xlsm",
    "a.xls",
    "a.json",
    "a",
    ".csv.exe",
    "a.html",
    "a.htm",
    "a.svg",
    "a.xml",
    "a.php",
    "a.js",
    "a.exe",
    "a.zip",
    "a.pdf",
    "a.png",
    "a.csv.html",
    "a.csv ",
    "a.csv\u202ehtml",
    "a.xlsb",
    "a.ods",
    "a.docx",
    "a.csv;.html",
    "a.shtml",
    "a.swf",
    "a.py",
)
DECLARED = (
    "text/csv",
    "text/html",
    "image/svg+xml",
    "application/javascript",
    "text/html;image/png",
    "application/octet-stream",
    "",
    "application/x-msdownload",
    "multipart/form-data",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
READ_AS_TABLE = {"a.csv", "a.tsv", "a.txt", "A.CSV"}
READ_AS_WORKBOOK = READ_AS_TABLE | {"a.xlsx", "a.xlsm", "a.xls", "a.json"}  # a workbook is known by its first bytes


def accepted(name: str, content: str) -> bool:
    """The policy."""
    return name in {"table": READ_AS_TABLE, "workbook": READ_AS_WORKBOOK}.get(content, set())


def tried(client: Client, cases: Iterable[tuple[str, str, str]]) -> int:
    """The number of uploads that were answered as the policy says: all of them; what is refused leaves nothing behind."""
    wrong, asked = [], 0
    for name, content, declared in cases:
        before = ImportBatch.objects.count()
        file = SimpleUploadedFile(name, CONTENTS[content], content_type=declared)
        answer = client.post(
            "/imports/new/", {"file": file, "profile": "generic", "portfolio": "+", "new_code": "ZZ-1"}
        )
        taken = answer.status_code == 302
        asked += 1
        if (
            taken != accepted(name, content)
            or ImportBatch.objects.count() != before + taken
            or answer.status_code >= 500
        ):
            wrong.append(f"{name!r} with {content} as {declared}: {answer.status_code}")
        ImportBatch.objects.all().delete()
    assert wrong == []
    return asked


@pytest.mark.django_db
def test_names_and_contents_decide_together(client: Client, ada: User, caplog: pytest.LogCaptureFixture) -> None:
    client.force_login(ada)
    cases = [(name, "table", DECLARED[number % 10]) for number, name in enumerate(NAMES)]
    cases += [("a.csv", content, DECLARED[number % 10]) for number, content in enumerate(CONTENTS)]
    cases += [("a.xlsx", content, "text/csv") for content in ("workbook", "picture", "old workbook", "other archive")]
    with caplog.at_level(logging.WARNING, logger="pmo.security"):
        assert tried(client, cases) == len(cases)
    refused = [one for one in caplog.records if one.name == "pmo.security"]
    assert {one.event for one in refused} == {"upload_refused"}
    assert len(refused) > 15


@pytest.mark.django_db
def test_one_person_has_so_many_files_read_in_a_minute(client: Client, ada: User, settings: Any) -> None:
    settings.API_RATES = {**settings.API_RATES, "imports": 2}
    client.force_login(ada)
    form = {"profile": "generic", "portfolio": "+", "new_code": "ZZ-1"}
    answers = [client.post("/imports/new/", {"file": SimpleUploadedFile("a.csv", TABLE), **form}) for _time in range(3)]
    assert [one.status_code for one in answers] == [302, 302, 429]
    assert ImportBatch.objects.count() == 2
    told = client.post("/api/v1/imports/", {"file": SimpleUploadedFile("a.csv", TABLE), "portfolio": "NORTH"})
    assert (told.status_code, told["Content-Type"]) == (429, "application/problem+json")


@pytest.mark.django_db
def test_what_is_too_large_is_refused(client: Client, ada: User) -> None:
    client.force_login(ada)
    file = SimpleUploadedFile("a.csv", b"x" * (25 * 1024 * 1024 + 1))
    answer = client.post("/imports/new/", {"file": file, "profile": "generic", "portfolio": "+", "new_code": "ZZ-1"})
    assert answer.status_code == 422
    assert not ImportBatch.objects.exists()


@pytest.mark.django_db
def test_what_was_left_out_comes_back_as_a_file_that_runs_nothing(client: Client, ada: User) -> None:
    client.force_login(ada)
    rows = [
        ["Code", "Project name", "Forecast end"],
        ["R1", "Network", "31/12/2026"],
        ["R2", "<script>alert(1)</script>", "soon"],
    ]
    file = SimpleUploadedFile("a.csv", csv_bytes(rows))
    client.post("/imports/new/", {"file": file, "profile": "generic", "portfolio": "+", "new_code": "ZZ-1"})
    batch = ImportBatch.objects.get()
    client.post(f"/imports/{batch.pk}/apply/", {"skip": "1"})
    answer = client.get(f"/imports/{batch.pk}/left-out/")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].endswith("sandbox")
    assert answer["Content-Type"].startswith("text/csv")


def every_case() -> list[tuple[str, str, str]]:
    return list(product(NAMES, CONTENTS, DECLARED))
