"""Options, plans and proposals as files: what the page shows its reader, and no more."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from openpyxl import load_workbook

from pmo_portal.core import work
from pmo_portal.core.models import AuditEvent, User
from pmo_portal.core.periods import add_months
from portfolio.capacity.services import refresh
from portfolio.relief.export import carried
from portfolio.relief.later import last_of
from portfolio.relief.models import Leveling
from portfolio.relief.services import runs, solving
from projects.hierarchy.models import Project
from tests import make
from tests.cast import World
from tests.make import TODAY
from tests.portfolio.relief.conflicts import Short, short_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def short(world: World) -> Short:
    return short_role(world)


def client_of(user: User, language: str = "en") -> Client:
    User.objects.filter(pk=user.pk).update(language=language)
    client = Client()
    client.force_login(user)
    return client


def lines_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def sheets_of(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    return {one.title: list(one.iter_rows(values_only=True)) for one in load_workbook(io.BytesIO(content)).worksheets}


def test_the_options_of_a_cell_are_those_of_its_page(
    ada: User, eve: User, ben: User, world: World, short: Short
) -> None:
    make.rate(role=short.role, daily_rate=Decimal(600))
    Project.objects.filter(pk=world.tram.pk).update(
        name="=1+1", name_en="=1+1", forecast_end=None, baseline_end=None, size="S", priority=2
    )
    day = last_of(short.month)
    make.milestone(world.tram, name="Go live", baseline_date=day, forecast_date=day)
    address = f"/capacity/gives-way/file/csv/{short.query}"
    lines = lines_of(client_of(ada).post(address).content)
    page = client_of(ada).get(f"/capacity/gives-way/{short.query}&all=1")
    with translation.override("en"):
        assert [line["What gives way"] for line in lines] == [one.label for one in page.context["options"]]
    shift = next(one for one in lines if one["What gives way"] == "Shift the project" and one["Code"] == "TRAM")
    later = day + timedelta(weeks=int(shift["Weeks later"]))
    assert (shift["Project"], shift["Weight"], shift["Price"]) == ("'=1+1", "0.5", str(0.5 * int(shift["Weeks later"])))
    assert shift["Dates that move"].startswith("Go live ")
    assert shift["Dates that move"].endswith(f" {later.year}")
    more = next(one for one in lines if one["What gives way"] == "Reinforce")
    assert float(more["Cost"]) > 0
    french = client_of(ada, "fr").post(address)
    assert "0,5" in next(one for one in lines_of(french.content) if one["Code"] == "TRAM" and one["Poids"]).values()
    book = sheets_of(client_of(ada).post(address.replace("csv", "xlsx")).content)
    assert [(name, type(rows[0][0])) for name, rows in book.items()] == [("Options", str), ("Dates that move", str)]
    moved = [row[2:] for row in book["Dates that move"][1:] if row[0] == "TRAM"]
    assert [(name, day_.date(), to.date()) for name, day_, to in moved] == [("Go live", day, later)]
    # Money shows to who sees rates, a secret project to those it is open to, and nothing to who does not see capacity.
    headings = lines_of(client_of(eve).post(address).content)[0]
    assert "Cost" not in headings
    assert "SECRET" not in client_of(eve).post(address).content.decode()
    assert client_of(make.user("vera", role="viewer")).post(address).status_code == 403
    assert client_of(ada).post(address.replace("csv", "pdf")).status_code == 404
    told = AuditEvent.objects.filter(action="export", actor=ada, target_type="portfolio.Proposal")
    assert told.latest("pk").changes == {"format": [None, "xlsx"], "rows": [None, len(lines)]}


def solved(by: User, **fields: Any) -> Leveling:
    run = runs.ask(by=by, at=timezone.now(), **{"moves": 200, "hold_must_wins": False, **fields})
    work.Work.objects.filter(kind=runs.KIND, subject_id=run.pk).update(attempts=1)
    solving.solve(work.Lease(run.pk, 1, 1))
    run.refresh_from_db()
    return run


def test_a_plan_says_from_which_month_to_which_by_role_with_dates_and_what_finds_no_place(
    ada: User, world: World
) -> None:
    role, nobody = make.role("ARCH", name="Architecte", name_en="Architect"), make.role("NOBODY", name_en="Nobody")
    ann = make.person("Ann", role=role)
    month = add_months(timezone.localdate().replace(day=1), 2)
    Project.objects.update(forecast_end=None, baseline_end=None)
    Project.objects.filter(pk=world.tram.pk).update(size="XL")
    given = {"role": role, "person": ann, "status": "confirmed", "answered_on": TODAY}
    make.allocation(world.tram, months={month: (18, 18)}, **given)
    make.allocation(world.harbour, months={month: (15, 15)}, **given)
    make.allocation(world.tram, role=nobody, months={month: 10})
    goal = last_of(month)
    make.milestone(world.harbour, name="Opening", baseline_date=goal, forecast_date=goal)
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    run = solved(ada)
    address = f"/capacity/leveling/{run.pk}/file/"
    lines = lines_of(client_of(ada).post(f"{address}csv/").content)
    moved = [line for line in lines if line["Code"] == "HARBOUR"]
    assert {(line["Role"], line["Person"], line["From"]) for line in moved} == {("Architect", "Ann", month.isoformat())}
    assert all(line["To"] > line["From"] for line in moved)
    page = client_of(ada).get(f"/capacity/leveling/{run.pk}/")
    [told] = [one for one in page.context["outcome"].lines if one.project == world.harbour]
    assert sum(float(line["Days that move"]) for line in moved) == pytest.approx(told.days, abs=0.1)
    assert moved[0]["Dates that move"].startswith("Opening ")
    [away] = [line for line in lines if line["Code"] == "TRAM"]
    assert (away["No place for its work of"], away["To"]) == ("Nobody", "")
    book = sheets_of(client_of(ada).post(f"{address}xlsx/").content)
    assert list(book) == ["Plan", "Projects", "Dates that move"]
    assert {(row[0], row[4]) for row in book["Projects"][1:]} == {("HARBOUR", 2), ("TRAM", 5)}
    assert client_of(make.user("pia", role="pmo")).post(f"{address}csv/").status_code == 404


def test_what_leaves_a_month_first_arrives_first_and_what_was_not_granted_goes_nowhere() -> None:
    one = {
        "before": {"2027-02-01": "18", "2027-03-01": "4"},
        "after": {"2027-03-01": "2", "2027-04-01": "10", "2027-05-01": "5"},
    }
    jan, feb, mar, apr = (date(2027, month, 1) for month in (2, 3, 4, 5))
    assert list(carried(one, percent=False)) == [(jan, mar, 10), (jan, apr, 5)]
    half = {"before": {"2027-02-01": "50"}, "after": {"2027-03-01": "43.48"}}
    [(_month, _to, days)] = carried(half, percent=True)
    assert days == pytest.approx(10, abs=0.01)
    [(_month, _to, days)] = carried(half, percent=True, full={jan: 8.0, feb: 9.2})  # of who works two days a week
    assert days == pytest.approx(4, abs=0.01)
    assert feb > jan


def test_the_list_of_proposals_is_that_of_its_page(
    ada: User, ben: User, omar: User, world: World, settings: Any
) -> None:
    make.proposal(world.tram, proposed_by=ada, note="-2+3")
    make.proposal(world.secret, proposed_by=ada)
    lines = lines_of(client_of(ada).post("/capacity/proposals/file/csv/?view=mine").content)
    assert [(line["Code"], line["State"]) for line in lines] == [("SECRET", "Waiting"), ("TRAM", "Waiting")]
    assert lines[1]["Why"] == "'-2+3"
    bens = lines_of(client_of(ben).post("/capacity/proposals/file/csv/?view=all").content)
    assert [line["Code"] for line in bens] == ["TRAM"]
    assert lines_of(client_of(omar).post("/capacity/proposals/file/csv/?view=all").content) == []
    book = sheets_of(client_of(ada).post("/capacity/proposals/file/xlsx/?view=all").content)
    assert len(book["Proposals"]) == 3
    settings.QUOTAS = {**settings.QUOTAS, "exports_per_hour": 1}
    assert client_of(ben).post("/capacity/proposals/file/csv/?view=mine").status_code == 200
    answer = client_of(ben).post("/capacity/proposals/file/csv/?view=mine")
    assert (answer.status_code, answer.url) == (302, "/capacity/proposals/?view=mine")
    assert (
        'action="/capacity/proposals/file/xlsx/?view=all"'
        in client_of(ada).get("/capacity/proposals/?view=all").content.decode()
    )
