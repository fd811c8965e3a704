"""The workbook in the browser: take it, send it back, look, choose, apply."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from projects.exchange.models import ImportBatch
from reporting.status.models import StatusReport
from reporting.status.services.drafts import Change, save_draft
from tests import make
from tests.cast import World
from tests.projects.test_pages import client_of
from tests.reporting.status.reports import healthy, opened, report_of
from tests.reporting.status.workbooks import with_cells

pytestmark = pytest.mark.django_db
HOME = "/reports/workbook/"


def send(client: Any, content: bytes) -> Any:
    return client.post(HOME, {"file": SimpleUploadedFile("my reports.xlsx", content)})


def shown(page: Any) -> str:
    return str(page.context["shown"])


def test_from_the_download_to_submitted_reports(world: World, ben: Any) -> None:
    other = healthy(world.rail, code="BUS", name="Bus")
    make.member(ben, "project_manager", on=other)
    opened(world.north)
    client = client_of(ben)
    assert "2 reports to write" in client.get(HOME).content.decode()
    assert HOME in client.get("/my-day/").content.decode()
    answer = client.get(f"{HOME}download/?period={report_of(other).period_id}")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="status-reports-')
    content = with_cells(answer.content, {
        ("Reports", 2, "Key message"): "The new line is ordered",
        ("Reports", 2, "Cost"): "At risk",
        ("Reports", 3, "Trend"): "sideways",
    })  # fmt: skip
    at = send(client, content).headers["Location"]
    page = client.get(at)
    text = page.content.decode()
    assert "<del>On our way</del>" in text
    assert "The new line is ordered" in text
    assert "VR-05" in text
    assert "“sideways” is not one of the choices" in text
    report = report_of(other)
    assert report.state == "not_started"
    # Somebody saves in between: nothing is written, and what was ticked is still ticked.
    save_draft(report=report, by=ben, changes={"summary": Change("Later")}, on=timezone.localdate(), at=timezone.now())
    save_draft(
        report=report, by=ben, changes={"key_message": Change("Else")}, on=timezone.localdate(), at=timezone.now()
    )
    ticks = {"how": "submit", "submit": report.pk, "confirm": f"{report.pk}|VR-05:cost_comment"}
    answer = client.post(f"{at}apply/", {"shown": shown(page), **ticks})
    assert answer.status_code == 409
    assert "Something changed in the portal" in answer.content.decode()
    assert f'value="{report.pk}|VR-05:cost_comment" checked' in answer.content.decode()
    taken = {"take": f"{report.pk}|key_message"}
    done = client.post(f"{at}apply/", {"shown": shown(answer), **ticks, **taken}, follow=True).content.decode()
    assert "Submitted" in done
    report.refresh_from_db()
    assert (report.state, report.key_message, report.summary) == ("submitted", "The new line is ordered", "Later")
    assert report_of(world.tram).state == StatusReport.State.NOT_STARTED
    assert ImportBatch.objects.get().options == {}


def test_a_file_of_another_kind_and_a_file_dropped(world: World, ben: Any, omar: Any) -> None:
    opened(world.north)
    client = client_of(ben)
    answer = send(client, b"nothing of a workbook")
    assert answer.status_code == 422
    assert not ImportBatch.objects.exists()
    at = send(client, client.get(f"{HOME}download/").content).headers["Location"]
    assert "The workbook changes nothing" in client.get(at).content.decode()
    assert client_of(omar).get(at).status_code == 403
    assert client.post(f"{at}discard/").status_code == 302
    assert client.get(at).status_code == 404


def test_the_pmo_finds_it_in_the_collection(world: World, ada: Any) -> None:
    opened(world.north)
    assert HOME in client_of(ada).get("/collection/").content.decode()
    content = client_of(ada).get(f"{HOME}download/?period={report_of(world.tram).period_id}").content
    assert load_workbook(BytesIO(content)).worksheets[0]["A2"].value == "TRAM"


def test_the_page_costs_the_same_however_many_periods_collect(world: World, ada: Any) -> None:
    healthy(world.rail, code="BUS")
    opened(world.north)
    client = client_of(ada)
    client.get(HOME)
    with CaptureQueriesContext(connection) as few:
        client.get(HOME)
    for number in range(3):
        portfolio = make.portfolio(f"P{number}")
        healthy(portfolio)
        opened(portfolio)
    with CaptureQueriesContext(connection) as more:
        page = client.get(HOME)
    assert [count for _period, count in page.context["periods"]] == [2, 1, 1, 1]
    assert len(more) == len(few)
