"""The heat map, what is behind a cell, the files, and a person's own load."""

import csv
import io
import re
from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from pmo_portal.core.models import AuditEvent, User
from portfolio.capacity import export
from portfolio.capacity.asked import asked_of, reach
from portfolio.capacity.cells import percent
from portfolio.capacity.models import PersonLoad
from portfolio.capacity.selectors import behind as selector
from portfolio.capacity.selectors.behind import behind
from portfolio.capacity.selectors.periods import GRAINS, period_of
from portfolio.capacity.selectors.picture import Figures
from portfolio.capacity.services import refresh
from projects.resources.models import Person
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.make import TODAY

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def month() -> date:
    """The month after this one, by the clock of the page."""
    today = timezone.localdate()
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


@pytest.fixture
def team(world: World, month: date) -> Person:
    """An architect with 30 days of tram and 4 of the secret project in a month, and five days asked without a name."""
    role = make.role("ARCH", name="Architecte", name_en="Architect")
    ann = make.person("Ann Architecte", role=role)
    make.pattern(ann, percent_run=20, starts_on=date(2026, 1, 1))
    make.unit_share(ann, make.unit("DSI", name="DSI"), percent=50)
    for project, days in ((world.tram, 30), (world.secret, 4)):
        make.allocation(
            project, role=role, person=ann, months={month: (days, days)}, status="confirmed", answered_on=TODAY
        )
    make.allocation(world.harbour, role=role, months={month: 5})
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    return ann


def test_a_level_is_of_the_figure_that_is_shown() -> None:
    """What is tentative makes no row look used, and no figure is printed as one of another level."""
    assert Figures(capacity=100, hard=40, tentative=55).level == "idle"
    assert [Figures(capacity=100, hard=hard).level for hard in (60, 89.6, 90, 100)] == ["low", "good", "tight", "tight"]
    assert Figures(capacity=100, hard=40, tentative=61).level == "maybe"
    assert percent(60.4, "low") == "60"
    assert [percent(49.7, "idle"), percent(89.6, "good"), percent(100.04, "over")] == ["49,7", "89,6", "100,04"]
    assert [percent(1000.0, "over"), percent(12.6)] == [">999", "13"]


def test_who_may_see_capacity_sees_it(ada: User, eve: User, ben: User, cleo: User, omar: User, team: Person) -> None:
    for user, status in ((ada, 200), (eve, 200), (ben, 200), (cleo, 403), (omar, 403)):
        assert client_of(user).get("/capacity/").status_code == status
        assert client_of(user).post("/capacity/file/csv/").status_code == status
        assert client_of(user).get("/capacity/tightest/").status_code == status


def test_people_one_by_one_are_for_who_may_look_them_up(ada: User, eve: User, team: Person) -> None:
    assert "?by=person" in text(client_of(ada).get("/capacity/"))
    assert "?by=person" not in text(client_of(eve).get("/capacity/"))  # an executive: sums, no names
    for address in (
        "/capacity/?by=person",
        "/api/v1/capacity/?by=person",
        f"/capacity/?by=person&row={team.pk}&at=2026-12-01",
    ):
        assert client_of(ada).get(address).status_code == 200
        assert client_of(eve).get(address).status_code == 403
    assert client_of(eve).post("/capacity/file/csv/?by=person").status_code == 403
    indicators = text(client_of(eve).get("/capacity/indicators/"))
    assert "K-R08" in indicators
    assert "?by=person" not in indicators


def test_the_heat_map_says_what_is_too_much_in_words_and_figures(ada: User, team: Person) -> None:
    page = text(client_of(ada).get("/capacity/?by=role"))
    assert "Architect" in page
    year = timezone.localdate().year + 1
    assert f'<th scope="colgroup" colspan="12">{year}</th>' in text(client_of(ada).get(f"/capacity/?from={year}-01"))
    assert 'class="h h-over"' in page
    assert "More than there is" in page
    for by in ("unit", "skill", "person"):
        for grain in ("week", "month", "quarter"):
            assert client_of(ada).get(f"/capacity/?by={by}&grain={grain}&in=days").status_code == 200


@pytest.mark.parametrize("count", [1, 12])
def test_the_page_asks_as_much_whatever_its_size(
    ada: User, team: Person, django_assert_num_queries, count: int
) -> None:
    for number in range(count):
        make.person(role=make.role(name=f"Role {number}"))
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    client = client_of(ada)
    client.get("/capacity/")
    with django_assert_num_queries(5):  # session, user with their roles; sums, names of the rows, the picture
        client.get("/capacity/?by=role")
    with django_assert_num_queries(10):  # instead of names: people, too much, sums, people shown, three lists
        client.get("/capacity/?by=person")


def test_a_cell_names_what_its_reader_sees_and_nothing_else(
    ada: User, ben: User, world: World, team: Person, month: date
) -> None:
    address = f"/capacity/?by=role&row={team.role_id}&at={month}"
    everything, part = text(client_of(ada).get(address)), text(client_of(ben).get(address))
    assert "Secret project" in everything
    assert "Harbour" in everything
    assert "Tram line" in part
    assert "Secret" not in part
    assert "SECRET" not in part
    assert "Harbour" not in part
    assert "Other commitments" in part
    assert "of daily operations taken off" in part
    fragment = text(client_of(ben).get(address, HTTP_HX_REQUEST="true"))
    assert fragment.strip().startswith("<section")


def test_lines_of_a_cell_come_to_its_sum(ada: User, ben: User, team: Person, month: date) -> None:
    period = period_of("month", month)
    stored = PersonLoad.objects.filter(starts_on__range=(period.first, period.last))
    capacity = sum(stored.values_list("capacity", flat=True))
    rows = (("role", team.role_id, 1.0), ("person", team.pk, 1.0), ("unit", team.units.get().unit_id, 0.5))
    for reader in (ada, ben):
        for kind, ref, share in rows:
            cell = behind(kind, ref, period, reader=reader)
            assert cell.capacity == pytest.approx(capacity * share)
            assert cell.hard == pytest.approx(34 * share)
            assert cell.run == pytest.approx(cell.capacity / 4)
    told = Api(ben).get("capacity/", by="role").json()["results"][0]["periods"][1]
    cell = behind("role", team.role_id, period, reader=ben)
    assert [told[name] for name in ("capacity", "hard", "tentative")] == pytest.approx(
        [cell.capacity, cell.hard, cell.tentative], abs=0.001
    )
    make.person(role=team.role, leaves_on=period.first - timedelta(1))
    make.person(role=team.role, arrives_on=period.last)
    cell = behind("role", team.role_id, period, reader=ada)
    assert (cell.tentative, cell.people) == (pytest.approx(5), 2)


def test_a_skill_tells_what_there_is_at_each_level(ada: User, team: Person, month: date) -> None:
    skill = make.person_skill(team, level=4).skill
    make.person_skill(make.person("Beginner"), skill, level=1)
    cell = behind("skill", skill.pk, period_of("month", month), reader=ada)
    assert [level for level, _days in cell.levels] == [4, 1]
    assert sum(days for _level, days in cell.levels) == pytest.approx(cell.capacity)
    page = text(client_of(ada).get(f"/capacity/?by=skill&row={skill.pk}&at={month}"))
    assert "whatever their level" in page
    assert re.search(r"By level: [\d.]+ at 4/5 · [\d.]+ at 1/5", page)


def test_addresses_that_make_no_sense_show_the_usual(ada: User, team: Person) -> None:
    client = client_of(ada)
    for query in (
        "by=nonsense",
        "grain=day",
        "from=yesterday",
        "from=1066-01-01",
        "from=9999-12",
        "skip=x",
        "row=-1&at=x",
    ):
        assert client.get(f"/capacity/?{query}").status_code == 200
    assert client.get("/capacity/?by=role&row=999999&at=2027-01-01").status_code == 404
    assert client.get("/capacity/?by=role&row=0&at=2027-01-01").status_code == 200
    assert client.get("/capacity/?by=person&role=x&unit=0&skill=99&q=%25").status_code == 200
    assert "Nothing is known of people yet" not in text(client.get("/capacity/?by=person&q=nobody"))
    assert client.post("/capacity/file/pdf/").status_code == 404


def test_files_hold_what_the_page_shows(ada: User, team: Person, month: date) -> None:
    client = client_of(ada)
    csv_ = client.post("/capacity/file/csv/?by=role&grain=month").content.decode("utf-8-sig")
    lines = [row for row in csv.reader(io.StringIO(csv_), delimiter=";") if row[1] == month.isoformat()]
    assert [(row[0], row[4], row[5], row[6]) for row in lines] == [("Architect", "34.0", "5.0", "5.0")]
    book = load_workbook(io.BytesIO(client.post("/capacity/file/xlsx/?by=person").content))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][0] == "People"
    assert {row[0] for row in rows[1:]} == {"Ann Architecte"}


def test_a_file_leaves_a_trace_and_counts_among_those_taken_out(ada: User, team: Person, settings) -> None:
    client = client_of(ada)
    assert client.get("/capacity/file/csv/").status_code == 405
    settings.QUOTAS = {**settings.QUOTAS, "exports_per_hour": 1}
    assert client.post("/capacity/file/csv/?by=person&grain=quarter").status_code == 200
    told = AuditEvent.objects.get(action="export", actor=ada)
    assert (told.target_type, told.changes["by"], told.changes["format"]) == (
        "projects.Person",
        [None, "person"],
        [None, "csv"],
    )
    refused = client.post("/capacity/file/csv/?by=person&grain=quarter")
    assert (refused.status_code, refused["Location"]) == (302, "/capacity/?by=person&grain=quarter")
    assert AuditEvent.objects.filter(action="export").count() == 1
    page = text(client.get("/capacity/?by=person"))
    assert 'method="post" action="/capacity/file/xlsx/?by=person' in page


def test_a_file_says_when_it_does_not_hold_everybody(ada: User, team: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_PEOPLE", 50)
    for number in range(51):
        make.person(f"Somebody {number}", role=team.role)
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    client = client_of(ada)
    lines = text(client.post("/capacity/file/csv/?by=person&grain=quarter")).splitlines()
    assert lines[-1].startswith("The first 50 people only")
    assert "people only" not in text(client.post("/capacity/file/csv/?by=role&grain=quarter"))


def test_what_is_not_shown_keeps_hard_and_tentative_apart(
    ada: User, team: Person, month: date, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selector, "SHOWN", 1)
    make.allocation(world.tram, role=team.role, months={month: (3, 3)}, status="confirmed",
                    answered_on=TODAY, unit=make.unit())  # fmt: skip
    cell = behind("role", team.role_id, period_of("month", month), reader=ada)
    assert cell.beyond is not None
    assert (cell.beyond.hard, cell.beyond.tentative) == (pytest.approx(7), pytest.approx(5))
    page = text(client_of(ada).get(f"/capacity/?by=role&row={team.role_id}&at={month}", HTTP_HX_REQUEST="true"))
    row = page[page.index("More requests, smaller ones") :].split("</tr>")[0]
    assert re.findall(r">([\d.]+)<", row) == ["7.0", "5.0"]


def test_a_role_without_capacity_says_so_and_divides_by_nothing(ada: User, world: World, month: date) -> None:
    role = make.role(name="Juriste")
    make.allocation(world.tram, role=role, months={month: 5})
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    page = text(client_of(ada).get("/capacity/?by=role"))
    assert 'class="h h-none"' in page
    assert "no capacity" in page
    assert client_of(ada).get("/capacity/tightest/").status_code == 200


def test_a_renamed_role_is_called_by_its_new_name(ada: User, team: Person) -> None:
    type(team.role).objects.update(name="Urbaniste", name_en="Planner")
    assert "Planner" in text(client_of(ada).get("/capacity/?by=role"))


def test_units_hold_those_below_them(ada: User, team: Person, month: date) -> None:
    top = make.unit("TOP", name="Tout en haut")
    type(top).objects.filter(code="DSI").update(parent=top)
    page = text(client_of(ada).get("/capacity/?by=unit&in=days"))
    assert page.index("Tout en haut") < page.index("DSI")
    assert "No unit" in page  # half of Ann


def test_people_of_a_unit_are_those_below_it_too_once_each(ada: User, team: Person) -> None:
    top, other = make.unit("TOP"), make.unit("OTHER")
    type(top).objects.exclude(pk=top.pk).update(parent=top)
    make.unit_share(team, other, percent=50)
    make.person("Somewhere else")
    for unit in (top, other):
        page = Api(ada).get("capacity/", by="person", unit=unit.pk).json()
        assert [one["name"] for one in page["results"]] == ["Ann Architecte"]
    assert Api(ada).get("capacity/", by="person", unit=99999).json()["results"] == []


def test_ones_own_page(ada: User, ben: User, eve: User, omar: User, team: Person, month: date) -> None:
    make.absence(team, first_day=month, last_day=month, share=50)
    assert "No person is linked" in text(client_of(omar).get("/capacity/me/"))
    Person.objects.filter(pk=team.pk).update(user=omar)
    answer = client_of(omar).get("/capacity/me/", follow=True)
    page = text(answer)
    assert answer.status_code == 200
    assert "My load" in page
    assert "hold" in page
    assert "TRAM" in page  # omar sees no project, and knows what he works on: its name, and the way to nothing
    assert "Tram line" in page
    assert not re.search(r"/projects/\d", answer.content.decode())
    assert "Other commitments" in page  # the confidential one
    assert "SECRET" not in page
    assert "Secret" not in page
    period = period_of("month", month)
    assert [line.named for line in behind("person", team.pk, period, reader=omar, own=True).lines] == [True]
    days = Api(omar).get(f"people/{team.pk}/load/").json()["days"]
    assert {one["code"] for day in days for one in day["projects"]} == {"TRAM"}
    assert behind("person", team.pk, period, reader=omar).lines == []  # the heat map is not one's own page
    assert "Away" in page
    assert "Tram line" in text(client_of(ada).get(f"/capacity/people/{team.pk}/"))
    assert client_of(ben).get(f"/capacity/people/{team.pk}/").status_code == 200
    assert client_of(eve).get(f"/capacity/people/{team.pk}/").status_code == 403
    assert client_of(ada).get("/capacity/people/999999/").status_code == 404


def test_the_api_gives_the_same_figures(
    ada: User, eve: User, cleo: User, omar: User, team: Person, month: date
) -> None:
    told = Api(eve).get("capacity/", by="role").json()
    [row] = [one for one in told["results"] if one["id"] == team.role_id]
    [cell] = [one for one in row["periods"] if one["first"] == month.isoformat()]
    assert (cell["hard"], cell["tentative"], cell["unnamed"], cell["level"]) == (34, 5, 5, "over")
    assert cell["utilisation"] == pytest.approx(100 * 34 / cell["capacity"], abs=0.1)
    people = Api(ada).get("capacity/", by="person", grain="week", role=team.role_id).json()
    assert [one["name"] for one in people["results"]] == ["Ann Architecte"]
    assert people["next"] is None
    for user in (cleo, omar):
        assert Api(user).get("capacity/").status_code == 403
    far = {"from": "2999-01-01"}
    for lost in ({"by": "role", "role": team.role_id}, {"skill": 1}):
        assert Api(ada).get("capacity/", **lost).json()["errors"][0]["path"] == f"?{list(lost)[-1]}"
    for wrong in ({"by": "tree"}, {"grain": "day"}, {"from": "soon"}, {"skip": 10**7}, {"colour": "red"}, far):
        assert Api(ada).get("capacity/", **wrong).status_code == 400


@pytest.mark.parametrize("today", [date(2026, 11, 29), date(2027, 1, 1), date(2028, 2, 29)])
@pytest.mark.parametrize("grain", GRAINS)
def test_every_column_is_computed(grain: str, today: date) -> None:
    """However far one goes: a column the portal does not compute would say that nobody is there."""
    first, last = reach(today)
    for way in ("earlier", "later"):
        asked = asked_of({"grain": grain}, today=today)
        assert asked.start == period_of(grain, today).first
        while address := getattr(asked, way):
            asked = asked_of(dict(parse_qsl(address[1:])), today=today)
            assert first <= asked.periods[0].first < asked.periods[-1].last <= last
        slack = asked.periods[0].first - first if way == "earlier" else last - asked.periods[-1].last
        assert slack < timedelta(days=7)
    for given in ("1999-01-01", "2999-01-01"):
        assert asked_of({"grain": grain, "from": given}, today=today).periods[-1].last <= last


def test_the_days_with_too_much_say_of_what_as_far_as_their_reader_may_know(
    ada: User, ben: User, omar: User, team: Person, month: date
) -> None:
    """34 days in a month of about 21, a fifth of each day being daily operations: every working day is too much."""
    stored = PersonLoad.objects.filter(person=team, over__gt=0)
    whole, part = (Api(user).get(f"people/{team.pk}/load/").json()["days"] for user in (ada, ben))
    assert sum(one["over"] for one in whole) == pytest.approx(sum(stored.values_list("over", flat=True)), abs=0.05)
    assert {date.fromisoformat(one["day"]).replace(day=1) for one in whole} == {month}
    assert (whole[0]["capacity"], whole[0]["hard"]) == (0.8, pytest.approx(34 / len(whole), abs=0.001))
    assert [one["code"] for one in whole[0]["projects"]] == ["TRAM", "SECRET"]
    assert [one["code"] for one in part[0]["projects"]] == ["TRAM"]
    assert part[0]["others"] == pytest.approx(4 / len(whole), abs=0.001)
    page = text(client_of(ben).get(f"/capacity/people/{team.pk}/"))
    assert "Days with too much" in page
    assert f"{len(whole)} days from today on" in page
    assert "SECRET" not in page
    make.allocation(make.project(), person=make.person("Free", user=omar), months={month: (1, 1)}, status="confirmed",
                    answered_on=TODAY)  # fmt: skip
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    assert "Days with too much" not in text(client_of(omar).get("/capacity/me/", follow=True))


def test_the_api_gives_a_persons_load_by_week(ada: User, eve: User, omar: User, team: Person) -> None:
    answer = Api(ada).get(f"people/{team.pk}/load/").json()
    assert len(answer["weeks"]) == 26
    assert sum(week["hard"] for week in answer["weeks"]) == pytest.approx(34, abs=0.1)
    assert Api(eve).get(f"people/{team.pk}/load/").status_code == 403
    assert Api(ada).get("people/999999/load/").status_code == 404
    Person.objects.filter(pk=team.pk).update(user=omar)
    assert Api(omar).get(f"people/{team.pk}/load/").status_code == 200
