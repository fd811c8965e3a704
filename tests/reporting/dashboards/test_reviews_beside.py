"""Independent reviews beside what is declared and computed: on pages, in lists, in the past, in what is frozen (BR-26)."""

import re
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pptx import Presentation

from projects.hierarchy.models import Project
from projects.models import Assessment
from projects.raid import services
from reporting.alerts.models import Notification
from reporting.alerts.selectors import told_to, waiting
from reporting.alerts.services import gather, own
from reporting.alerts.words import lines
from reporting.comparing.ends import on
from reporting.comparing.project import Difference, state_at
from reporting.dashboards.selectors.collection import collected
from reporting.exports.building import sheet_of
from reporting.exports.pdf import pdf
from reporting.exports.selectors import told
from reporting.exports.slide import pptx
from reporting.health.models import ProjectHealth
from reporting.status import snapshots
from reporting.status.models import ReportingPeriod, Snapshot, StatusReport
from reporting.status.services import freezing
from reporting.status.services.correcting import revise
from reporting.status.services.review import validate_all
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.reporting.dashboards.pages import client_of, compute, text
from tests.reporting.status.reports import opened

pytestmark = pytest.mark.django_db
NOW = timezone.now()
FILES = ("pdf", "pptx")
DASH = 'title="No independent review">–'


@pytest.fixture
def watermelon(world: World) -> Project:
    """tram: declared green, reviewed amber/red ten days ago."""
    Project.objects.filter(pk=world.tram.pk).update(declared="green", declared_on=make.TODAY)
    make.assessment(world.tram, released_at=NOW - timedelta(days=10), summary="Nobody has signed.")
    compute()
    return Project.objects.get(pk=world.tram.pk)


def test_the_page_of_a_project_shows_it_with_its_reason(world: World, watermelon: Project, eve: Any, cleo: Any) -> None:
    page = text(client_of(eve).get(f"/projects/{watermelon.pk}/"))
    assert "Exception: reviewed far below what is declared" in page
    assert "Nobody has signed." in page
    assert "Amber/red" in page
    hidden = text(client_of(cleo).get(f"/projects/{watermelon.pk}/"))
    assert not [one for one in ("Amber/red", "Nobody has signed.", "Independent review") if one in hidden]
    none = text(client_of(eve).get(f"/projects/{world.harbour.pk}/"))
    assert none.count(DASH) == 2, "a dash in the header and in the card, no colour"
    assert "Exception: reviewed" not in none


def test_a_past_day_shows_the_one_in_force_then(world: World, eve: Any) -> None:
    watermelon = world.tram
    Project.objects.filter(pk=watermelon.pk).update(declared="green")
    compute(at=NOW - timedelta(days=40), on=(NOW - timedelta(days=40)).date())
    make.assessment(watermelon, released_at=NOW - timedelta(days=10), summary="Nobody has signed.")
    make.assessment(watermelon, rating="green", released_at=NOW - timedelta(days=1), summary="Signed at last.")
    client, address = client_of(eve), f"/projects/{watermelon.pk}/"
    assert "Exception: reviewed" not in text(client.get(address))
    before, between = ((NOW - timedelta(days=back)).date() for back in (30, 5))
    assert "Amber/red" in text(client.get(f"{address}?as_of={between}"))
    assert DASH in text(client.get(f"{address}?as_of={before}"))
    ends = [state_at(watermelon, on(day), user=eve) for day in (before, between)]
    with translation.override("en"):
        told_of = Difference(watermelon, on(before), on(between), *ends).figures
    assert [(one.before, one.after) for one in told_of if one.label == "Independent review"] == [("–", "Amber/red")]


def test_the_list_shows_a_column_where_there_is_one_to_see(
    world: World, watermelon: Project, ada: Any, cleo: Any
) -> None:
    page = text(client_of(ada).get("/projects/"))
    assert not [one for one in ("Amber/red – ", "Reviewed far below what is declared") if one not in page]
    assert "Amber/red – " not in text(client_of(cleo).get("/portfolios/NORTH/"))
    more = [make.project(node=world.rail) for _one in range(30)]
    for one in more[:20]:
        make.assessment(one, released_at=NOW)
    compute(more)
    queries = []
    for address in ("/portfolios/SOUTH/", "/portfolios/NORTH/"):
        client = client_of(ada)
        client.get(address)
        with CaptureQueriesContext(connection) as caught:
            client.get(address)
        queries.append(sum("projects_assessment" in one["sql"] for one in caught.captured_queries))
    assert queries == [2, 2], "in the statement that reads the rows, and in what the poll compares"
    with CaptureQueriesContext(connection) as caught:
        client_of(cleo).get("/portfolios/NORTH/")
    assert not [one for one in caught.captured_queries if "projects_assessment" in one["sql"]]


@pytest.fixture
def period(world: World, watermelon: Project) -> ReportingPeriod:
    made = opened(world.north)
    StatusReport.objects.filter(project=watermelon).update(
        state="submitted", submitted_at=NOW, declared="green", key_message="On our way"
    )
    return made


def counts(user: Any, period: ReportingPeriod) -> dict[str, int]:
    return {tab.name: tab.count for tab in collected(user, period, show="all").tabs}


def test_the_pmo_is_told_whom_to_challenge(
    world: World, watermelon: Project, period: ReportingPeriod, ada: Any
) -> None:
    ProjectHealth.objects.update(gap=0, computed="green")
    page = text(client_of(ada).get(f"/collection/?period={period.pk}&show=challenge"))
    assert not [one for one in ("Tram line", "Amber/red", "Exception") if one not in page]
    assert counts(ada, period)["challenge"] == 1
    assert validate_all(period=period, by=ada, at=NOW) == 0, "it raises a question"
    finance = make.user("fin", role="finance")  # whatever the page asks of who opens it
    assert counts(finance, period)["challenge"] == 0
    freezing.freeze(period, by=ada, on=timezone.localdate(), at=NOW)
    period.refresh_from_db()
    assert counts(ada, period)["challenge"] == 1
    make.assessment(watermelon, rating="green", released_at=NOW + timedelta(seconds=1))
    assert counts(ada, period)["challenge"] == 1, "as it was frozen"
    assert counts(finance, period)["challenge"] == 0
    frozen = text(client_of(ada).get(f"/collection/?period={period.pk}"))
    assert "Amber/red" in frozen
    assert [row.review for row in collected(finance, period, show="all").rows] == [None]


def test_what_was_frozen_stays(world: World, watermelon: Project, period: ReportingPeriod, ada: Any, cleo: Any) -> None:
    report = StatusReport.objects.get(project=watermelon)
    freezing.freeze(period, by=ada, on=timezone.localdate(), at=NOW)
    kept = Snapshot.objects.get(report=report)
    assert kept.assessed == "amber_red"
    assert kept.content["assessment"]["summary"] == "Nobody has signed."
    assert snapshots.shown_to(kept, cleo)["assessment"] is None
    client = client_of(ada)
    pages = (f"/reports/{report.pk}/", f"/projects/{watermelon.pk}/flash/?period={period.pk}")
    before = [stripped(text(client.get(page))) for page in pages]
    api = [Api(ada).get(f"snapshots/{kept.pk}/").content, Api(ada).get("snapshots/").content]
    files = files_of(client, watermelon, period)
    assert all("Amber/red" in page for page in before)
    make.assessment(watermelon, rating="green", released_at=NOW + timedelta(minutes=5), summary="All signed.")
    assert [stripped(text(client.get(page))) for page in pages] == before
    assert [Api(ada).get(f"snapshots/{kept.pk}/").content, Api(ada).get("snapshots/").content] == api
    assert files_of(client, watermelon, period) == files
    assert "Amber/red" not in text(client_of(cleo).get(pages[0]))
    assert "All signed." not in "".join(before)


def files_of(client: Any, project: Project, period: ReportingPeriod) -> tuple[bytes, list[str]]:
    """The PDF, and the words of the slide (its package holds the moment it was made)."""
    made = {kind: client.get(f"/projects/{project.pk}/flash.{kind}", {"period": period.pk}).content for kind in FILES}
    return made["pdf"], words_of(made["pptx"])


def words_of(deck: bytes) -> list[str]:
    return [shape.text_frame.text for shape in Presentation(BytesIO(deck)).slides[0].shapes if shape.has_text_frame]


def stripped(page: str) -> str:
    """Without what belongs to a request: tokens and nonces."""
    return re.sub(r'(nonce|value|content)="[\w=+/-]{16,}"', "", page)


def test_the_flash_report_shows_it_in_every_form(
    world: World, watermelon: Project, period: ReportingPeriod, ada: Any
) -> None:
    found = told(watermelon, ada, period=period.pk, as_of=None, now=NOW)
    assert found is not None
    sheet = sheet_of(found, "fr")
    said = sheet.confidence
    assert (said.review.state, said.review.words, said.review_by, said.review_far) == (
        "amber",
        "Orange/rouge",
        "Iris Roy",
        True,
    )
    assert pdf(sheet, at=NOW).startswith(b"%PDF-")
    words = "\n".join(words_of(pptx(sheet)))
    assert not [one for one in ("Orange/rouge", "Exception") if one not in words]
    nobody = told(watermelon, make.user("fin", role="finance"), period=period.pk, as_of=None, now=NOW)
    assert nobody is not None
    assert sheet_of(nobody, "fr").confidence.review.state == ""


def test_who_writes_the_report_sees_it_beside(world: World, watermelon: Project, ben: Any) -> None:
    opened(world.north)
    report = StatusReport.objects.get(project=watermelon)
    page = text(client_of(ben).get(f"/reports/{report.pk}/"))
    assert not [one for one in ("Nobody has signed.", "Read the review") if one not in page]


def told_words(user: Any, language: str = "en") -> list[str]:
    with translation.override(language):
        return [one.words.replace("\xa0", " ") for one in lines(told_to(user)) if one.rule == "B26"]


def tell() -> None:
    gather.gather(on=timezone.localdate(), at=timezone.now())


def test_an_exception_is_told_once_to_those_it_concerns_and_ends_when_it_is_resolved(
    world: World, watermelon: Project, ada: Any, ben: Any, eve: Any
) -> None:
    boss = make.user("boss", role="sponsor")
    blind = make.user("blind", role="viewer")
    Project.objects.filter(pk=watermelon.pk).update(sponsor=make.person("Boss", user=boss))
    for _run in range(3):
        tell()
    words = "The independent review says “Amber/red”: far below what is declared."
    assert [told_words(one) for one in (ada, ben, boss)] == [[words]] * 3
    assert told_words(ben, "fr") == [
        "La revue indépendante dit « Orange/rouge » : très en dessous de ce qui est déclaré."
    ]
    assert told_words(eve) == told_words(blind) == []
    row = Notification.objects.get(user=ben, rule="B26")
    review = Assessment.objects.get()
    address = lines([row])[0].url
    assert address == f"/projects/{watermelon.pk}/assessments/#assessment-{review.pk}"
    assert f'id="assessment-{review.pk}"' in text(client_of(ben).get(address))
    Project.objects.filter(pk=watermelon.pk).update(declared="amber")  # the project manager agrees
    tell()
    assert not waiting(ben).filter(rule="B26").exists(), "no letter tells what is over"
    assert not Notification.objects.filter(rule="B26").exists(), "nobody read it: it was not told"
    assert "exception" not in text(client_of(ben).get(f"/projects/{watermelon.pk}/assessments/"))
    Project.objects.filter(pk=watermelon.pk).update(declared="amber_green")  # one rank
    make.assessment(watermelon, rating="red", released_at=timezone.now())  # another review, two ranks below again
    tell(), tell()
    assert Notification.objects.filter(rule="B26").count() == 3


def test_an_exception_that_comes_back_is_told_again_to_who_did_not_read_of_it(
    world: World, watermelon: Project, ada: Any, ben: Any
) -> None:
    """Green, amber before anybody looked, green again: the same review against the same level."""
    erin = make.user("erin", role="pmo")
    tell()
    own.put_away(by=ada, at=NOW)
    Notification.objects.filter(user=erin).update(mailed_at=NOW)
    for level in ("amber", "green"):
        Project.objects.filter(pk=watermelon.pk).update(declared=level)
        tell()
    assert [row.user for row in Notification.objects.filter(rule="B26", seen_at__isnull=True)] == [ben]
    assert len(told_words(ben)) == len(told_words(ada)) == len(told_words(erin)) == 1, "to the others it was told"


@pytest.mark.parametrize("change", [{"state": "closed"}, {"left_on": date(2026, 11, 1)}, {"declared": "not_rated"}])
def test_what_is_over_or_not_judged_is_no_exception(world: World, watermelon: Project, change: dict[str, Any]) -> None:
    Project.objects.filter(pk=watermelon.pk).update(**change)
    tell()
    assert not Notification.objects.filter(rule="B26").exists()


def test_who_manages_without_a_role_that_reads_reviews_is_not_told(world: World, watermelon: Project) -> None:
    low = make.user("low", role="viewer", on=world.tram)
    Project.objects.filter(pk=watermelon.pk).update(project_manager=make.person("Low", user=low))
    tell()
    assert told_words(low) == []
    assert not Notification.objects.filter(user=low, rule="B26").exists()


def test_a_revision_keeps_what_the_freeze_kept(
    world: World, watermelon: Project, period: ReportingPeriod, ada: Any
) -> None:
    report = StatusReport.objects.get(project=watermelon)
    freezing.freeze(period, by=ada, on=timezone.localdate(), at=NOW)
    make.assessment(watermelon, rating="green", released_at=NOW + timedelta(minutes=5))
    report.refresh_from_db()
    revise(report=report, by=ada, at=NOW, reason="The wrong weather was sent.", changes={"declared": "amber"})
    later = Snapshot.objects.get(project=watermelon, revision=2)
    assert (later.assessed, later.content["assessment"]["rating"]) == ("amber_red", "amber_red")


def test_a_released_review_reaches_the_page_at_once(world: World, watermelon: Project, eve: Any) -> None:
    iris = make.user("iris", role="assurance")
    client, address = client_of(eve), f"/projects/{watermelon.pk}/"
    etag = client.get(address, headers={"HX-Request": "true"}).headers["ETag"]
    again = {"HX-Request": "true", "If-None-Match": etag}
    assert client.get(address, headers=again).status_code == 304
    draft = services.create_assessment(
        project=watermelon, by=iris, on=timezone.localdate(), rating="red", summary="Worse."
    )
    assert client.get(address, headers=again).status_code == 304
    services.release_assessment(assessment=draft, by=iris, version=1, on=timezone.localdate(), at=timezone.now())
    answer = client.get(address, headers=again)
    assert (answer.status_code, "Worse." in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("address", ["/projects/", "/portfolios/NORTH/", "/executive/?portfolio=NORTH"])
def test_a_released_review_reaches_the_poll_of_who_reads_it(
    world: World, watermelon: Project, eve: Any, cleo: Any, address: str
) -> None:
    Project.objects.filter(pk=watermelon.pk).update(must_win=True)
    compute()
    readers = {"eve": client_of(eve), "cleo": client_of(cleo)}
    polls = {}
    for name, client in readers.items():
        etag = client.get(address, headers={"HX-Request": "true"}).headers["ETag"]
        polls[name] = {"HX-Request": "true", "If-None-Match": etag}
        assert client.get(address, headers=polls[name]).status_code == 304
    make.assessment(watermelon, rating="red", released_at=timezone.now())
    answer = readers["eve"].get(address, headers=polls["eve"])
    assert (answer.status_code, ">Red<" in answer.content.decode()) == (200, True)
    assert readers["cleo"].get(address, headers=polls["cleo"]).status_code == 304


def test_the_executive_reads_it_beside_the_must_wins(world: World, watermelon: Project, eve: Any) -> None:
    Project.objects.filter(pk=watermelon.pk).update(must_win=True)
    compute()
    assert "Amber/red" in text(client_of(eve).get("/executive/?portfolio=NORTH"))
    assert "Amber/red" not in text(client_of(make.user("fin", role="finance")).get("/executive/?portfolio=NORTH"))
