"""The workbook of reports for programs: taken, sent, read, applied as it was read."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from pmo_portal.core.models import User
from reporting.status.models import StatusReport
from reporting.status.services.drafts import Change, save_draft
from tests import make
from tests.reporting.status.reports import healthy, opened, report_of
from tests.reporting.status.workbooks import with_cells

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
AT = "/api/v1/report-workbooks/"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def client_of(user: User) -> Client:
    user.language = "en"
    user.save()
    client = Client()
    client.force_login(user)
    return client


def sent(client: Client, content: bytes) -> Any:
    return client.post(AT, {"file": SimpleUploadedFile("reports.xlsx", content)})


def applied(client: Client, item: str, tag: str, **said: Any) -> Any:
    return client.post(f"{item}apply/", said, content_type="application/json", headers={"If-Match": tag})


def test_from_the_file_to_a_submitted_report() -> None:
    ben, node = make.user("ben"), make.portfolio("PTF")
    project = healthy(node, code="AAA")
    make.member(ben, "project_manager", on=project)
    client = client_of(ben)
    assert client.get(f"{AT}file/").status_code == 422  # no period is open
    opened(node)
    report = report_of(project)
    file = client.get(f"{AT}file/", {"period": report.period_id}, headers={"Accept": XLSX})
    assert (file.status_code, file.headers["Content-Type"]) == (200, XLSX)
    cells = {("Reports", 2, "Key message"): "By a program", ("Reports", 2, "Cost"): "At risk"}
    begun = sent(client, with_cells(file.content, cells))
    item, one = begun.json()["url"].removeprefix("http://testserver"), begun.json()["reports"][0]
    assert begun.status_code == 201
    assert (one["report"], one["complete"], one["refused"]) == (report.pk, False, [])
    assert one["changes"][0] == {
        "path": "key_message", "sheet": "Reports", "cell": "L2", "stored": "On our way", "wanted": "By a program",
    }  # fmt: skip
    keys = [found["key"] for found in one["findings"]]
    assert keys == ["VR-05:cost_comment"]

    theirs = {"key_message": Change("By a person")}
    save_draft(report=report, by=ben, changes=theirs, on=timezone.localdate(), at=timezone.now())
    assert client.post(f"{item}apply/", {}, content_type="application/json").status_code == 428
    assert applied(client, item, begun.headers["ETag"]).status_code == 412
    again = client.get(item)
    assert again.json()["reports"][0]["conflicts"][0]["stored"] == "By a person"
    said = {"confirmed": {str(report.pk): keys}, "taken": {str(report.pk): ["key_message"]}, "submit": [report.pk]}
    assert applied(client, item, again.headers["ETag"], confirmed={"x": []}).status_code == 400
    done = applied(client, item, again.headers["ETag"], **said)
    assert (done.status_code, done.json()["submitted"], done.json()["reports"]) == (200, [report.pk], None)
    report.refresh_from_db()
    assert (report.state, report.key_message) == (StatusReport.State.SUBMITTED, "By a program")

    other = client_of(make.user("omar"))
    assert other.get(AT).status_code == 403
    stranger = client_of(make.user("zoe", role="project_manager", on=healthy(node, code="ZZZ")))
    assert stranger.get(item).status_code == 404
    assert stranger.get(AT).json()["results"] == []
    refused = sent(client, b"PK nothing")
    assert (refused.status_code, client.get(AT).json()["results"][0]["state"]) == (422, "applied")
