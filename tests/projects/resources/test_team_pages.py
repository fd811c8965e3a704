"""The team of a project, the queue of requests, one request with who fits, and the grid: as pages, with and without scripts."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pmo_portal.core.models import AuditEvent, User
from pmo_portal.core.periods import add_months, first_of_month
from projects.models import Allocation, AllocationMonth, Role
from projects.resources import services
from projects.resources.services import Whom
from tests import make
from tests.cast import World
from tests.core.api_client import Api

NOW = first_of_month(timezone.localdate())
NEXT = add_months(NOW, 1)


@pytest.fixture
def rita(world: World) -> User:
    return make.user("rita", role="resource_manager", first_name="Rita", last_name="Roy")


@pytest.fixture
def dev(world: World) -> Role:
    return make.role("DEV", name="Développeur", name_en="Developer")


def browser(user: User, language: str = "en") -> Client:
    user.language = language
    user.save()
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def asked(world: World, dev: Role, ben: User) -> Allocation:
    return services.request_allocation(
        project=world.tram, by=ben, on=timezone.localdate(), role=dev, note="Reprise des données",
        months={NOW: Decimal(10), NEXT: Decimal(8)},
    )  # fmt: skip


class TestTeam:
    def test_shows_asked_and_granted_by_month_with_the_answer(
        self, world: World, asked: Allocation, ben: User, rita: User, cleo: User, omar: User
    ) -> None:
        lea = make.person("Léa Petit", leaves_on=NOW.replace(day=2))
        services.confirm_allocation(
            allocation=asked, by=rita, version=1, on=timezone.localdate(), whom=Whom(lea), answer="Deux jours par semaine",
            granted={NOW: Decimal(6), NEXT: Decimal(8)}, anyway=True,
        )  # fmt: skip
        page = text(browser(ben).get(f"/projects/{world.tram.pk}/team/"))
        for words in ("Léa Petit", "6 /10", "Deux jours par semaine – Rita Roy", "Confirmed", "14 days", "Leaves on"):
            assert words in page, words
        assert "Ask for somebody" in page
        viewer = browser(cleo).get(f"/projects/{world.tram.pk}/team/")
        assert viewer.status_code == 200
        assert "Ask for somebody" not in text(viewer)
        assert browser(omar).get(f"/projects/{world.tram.pk}/team/").status_code == 404
        for month in ("9999-12", "0001-01"):
            assert browser(ben).get(f"/projects/{world.tram.pk}/team/?from={month}").status_code == 200
        assert "Équipe" in text(browser(ben, "fr").get(f"/projects/{world.tram.pk}/team/"))

    def test_asks_changes_and_withdraws(self, world: World, dev: Role, ben: User, cleo: User) -> None:
        client = browser(ben)
        url = f"/projects/{world.tram.pk}/team/new/"
        assert browser(cleo).get(url).status_code == 403
        form = {
            "role": dev.pk, "measure": "percent", "firmness": "tentative", "amount": "300", "level": "",
            "first_month": NOW.isoformat(), "last_month": add_months(NOW, 2).isoformat(), "note": "Trois à la fois",
        }  # fmt: skip
        assert client.post(url, {**form, "last_month": add_months(NOW, -1).isoformat()}).status_code == 422
        assert client.post(url, {**form, "amount": "-1"}).status_code == 422
        assert client.post(url, {**form, "person": make.person("Léa").pk}).status_code == 422
        assert client.post(url, form).status_code == 302
        row = Allocation.objects.get()
        assert (row.measure, row.months.count(), row.asked_by) == ("percent", 3, ben)
        edit = {"role": dev.pk, "measure": "percent", "firmness": "hard", "version": 1}
        assert client.post(f"/allocations/{row.pk}/edit/", edit).status_code == 302
        assert client.post(f"/allocations/{row.pk}/edit/", {**edit, "firmness": "tentative"}).status_code == 409
        assert client.post(f"/allocations/{row.pk}/delete/").status_code == 302
        assert not Allocation.objects.exists()

    def test_costs_as_many_statements_for_one_as_for_many(
        self, world: World, dev: Role, ben: User, django_assert_num_queries: Any
    ) -> None:
        """Reader, project, requests, their months, and of those in per cent: people, calendars, exceptions, units, patterns,
        absences, then calendars and exceptions of nobody in particular; the last review, in the header."""
        client = browser(ben)
        for count in (1, 15):
            for _ in range(count):
                make.allocation(
                    world.tram, role=dev, person=make.person(), measure="percent", months={NOW: 50, NEXT: 60},
                    answer="Oui", answered_by=ben,
                )  # fmt: skip
            with django_assert_num_queries(14):
                assert client.get(f"/projects/{world.tram.pk}/team/").status_code == 200

    def test_shows_a_past_day_as_it_was(self, world: World, asked: Allocation, ben: User) -> None:
        answer = browser(ben).get(f"/projects/{world.tram.pk}/team/?as_of=2026-01-01")
        assert answer.status_code == 404  # nothing was recorded by then


class TestQueue:
    def test_is_for_who_answers_and_holds_what_waits(
        self, world: World, asked: Allocation, dev: Role, rita: User, ben: User, eve: User
    ) -> None:
        for user, status in ((ben, 403), (eve, 403), (rita, 200)):
            assert browser(user).get("/allocations/").status_code == status
        make.allocation(world.harbour, role=make.role("OPS", name="Ops"), status="refused", answered_on=NOW)
        make.allocation(world.secret, role=dev)
        gone = make.person("Partie", leaves_on=add_months(NOW, -1))
        make.allocation(
            world.harbour, role=dev, person=gone, status="confirmed", answered_on=NOW, months={NEXT: (5, 5)}
        )
        client = browser(rita)
        page = text(client.get("/allocations/"))
        assert "Developer" in page
        assert "Harbour" not in page
        assert "Secret" not in page
        assert "1 row" in page
        assert "Partie" in text(client.get("/allocations/?view=astray"))
        assert "3 rows" in text(client.get("/allocations/?view=all"))
        for query in (f"role={dev.pk}", f"month={NEXT:%Y-%m}", "q=donnees", "status=requested"):
            assert "Tram line" in text(client.get(f"/allocations/?{query}")), query
        for query in ("since=30", "status=confirmed", "q=nothing", "firmness=tentative"):
            assert "Tram line" not in text(client.get(f"/allocations/?{query}")), query

    def test_points_the_arrow_of_waiting_the_way_its_days_go(
        self, world: World, asked: Allocation, dev: Role, rita: User
    ) -> None:
        today = timezone.localdate()
        for project, days in ((world.tram, 3), (world.harbour, 30)):
            make.allocation(project, role=dev, asked_on=today - timedelta(days=days))
        client = browser(rita)
        for query, way in (("", "descending"), ("?sort=since", "ascending"), ("?sort=-since", "descending")):
            table = client.get(f"/allocations/{query}").context["table"]
            waits = [(today - row.asked_on).days for row in table.rows]
            assert waits == sorted(waits, reverse=way == "descending"), query
            assert f'aria-sort="{way}"' in client.get(f"/allocations/{query}").content.decode(), query

    def test_costs_as_many_statements_for_one_as_for_many(
        self, world: World, dev: Role, rita: User, django_assert_num_queries: Any
    ) -> None:
        """Session, reader, one's units, the count, the rows, the two counts of the tabs, the choices of roles and units."""
        client = browser(rita)
        for count in (1, 20):
            for _ in range(count):
                make.allocation(world.tram, role=dev, person=make.person())
            with django_assert_num_queries(9):
                client.get("/allocations/")

    def test_a_project_that_is_over_waits_for_nobody(self, world: World, dev: Role, rita: User) -> None:
        make.allocation(world.tram, role=dev)
        make.allocation(world.harbour, role=dev)
        type(world.harbour).objects.filter(pk=world.harbour.pk).update(state="stopped")
        assert "Harbour" not in text(browser(rita).get("/allocations/"))
        assert "Harbour" in text(browser(rita).get("/allocations/?view=all"))
        for waiting, project in (("true", world.tram), ("false", world.harbour)):
            rows = Api(rita).rows("allocations/", waiting=waiting)
            assert [row["project"] for row in rows] == [project.pk]

    def test_of_my_units_holds_those_below(self, world: World, dev: Role, rita: User) -> None:
        top = make.unit("TOP", manager=make.person("Rita Roy", user=rita))
        team = make.unit("TEAM", parent=top)
        make.allocation(world.tram, role=dev, unit=team)
        make.allocation(world.harbour, role=dev)
        page = text(browser(rita).get("/allocations/?mine=1"))
        assert "Tram line" in page
        assert "Harbour" not in page
        day = browser(rita).get("/my-day/").content.decode()
        assert '<a href="/allocations/?mine=1">1 request waits</a>' in day, "leads to what it counts"

    def test_answers_many_at_once_and_says_which_could_not_be(
        self, world: World, dev: Role, rita: User, asked: Allocation
    ) -> None:
        lea, client = make.person("Léa"), browser(rita)
        named = make.allocation(world.tram, role=dev, person=lea, months={NEXT: 5})
        sel = {"sel": [asked.pk, named.pk]}
        page = client.post("/allocations/answers/?verb=confirm", sel)
        assert "nobody named" in text(page)
        page = client.post(
            "/allocations/answers/?verb=confirm", sel, headers={"referer": "http://testserver/allocations/?q=x"}
        )
        assert 'name="next" value="/allocations/?q=x"' in page.content.decode(), (
            "the other language: nobody can get this page"
        )
        versions = {f"version-{row.pk}": row.version for row in (asked, named)}
        told = client.post("/allocations/answers/?verb=confirm", {**sel, **versions, "apply": "1"})
        assert told.status_code == 409
        assert "Say who" in text(told)
        named.refresh_from_db()
        assert named.status == "confirmed"
        refuse = {"sel": [asked.pk], f"version-{asked.pk}": 1, "apply": "1"}
        assert client.post("/allocations/answers/?verb=refuse", refuse).status_code == 422, "no reason"
        assert client.post("/allocations/answers/?verb=refuse", {**refuse, "answer": "Non"}).status_code == 302
        asked.refresh_from_db()
        assert (asked.status, asked.answer) == ("refused", "Non")


class TestAnswer:
    def test_shows_who_fits_and_why_and_takes_the_answer(
        self, world: World, asked: Allocation, dev: Role, rita: User, ben: User
    ) -> None:
        lea = make.person("Léa Petit", role=dev)
        make.person("Somebody Else")
        assert browser(ben).get(f"/allocations/{asked.pk}/").status_code == 403
        client, url = browser(rita), f"/allocations/{asked.pk}/"
        page = text(client.get(url))
        assert "Free for" in page
        assert "Somebody Else" not in page
        assert "Somebody Else" in text(client.get(f"{url}?q=somebody"))
        form = {"version": 1, "who": lea.pk, f"m-{NOW:%Y-%m}": "4", f"m-{NEXT:%Y-%m}": "0", "answer": "Une partie"}
        assert client.post(url, {**form, "verb": "refuse", "answer": ""}).status_code == 422
        assert client.post(url, {**form, "who": "unit", "verb": "confirm"}).status_code == 422
        assert client.post(url, {**form, "who": "999999", "verb": "confirm"}).status_code == 422
        assert client.post(url, {**form, "verb": "split", "anyway": "on"}).status_code == 302
        part = Allocation.objects.exclude(pk=asked.pk).get()
        assert (part.status, part.person, part.origin) == ("confirmed", lea, asked)
        stale = client.post(url, {**form, "verb": "confirm"})
        assert stale.status_code == 409
        assert "The request changed since you opened it" in text(stale)

    def test_is_told_who_came_first_and_may_insist(self, world: World, dev: Role, rita: User, ada: User) -> None:
        lea = make.person("Léa Petit", role=dev)
        first, second = (make.allocation(place, role=dev, months={NEXT: 15}) for place in (world.harbour, world.tram))
        client, url = browser(ada), f"/allocations/{second.pk}/"
        (seen,) = re.findall(rf'name="seen-{lea.pk}" value="(\w+)"', client.get(url).content.decode())
        services.confirm_allocation(allocation=first, by=rita, version=1, on=timezone.localdate(), whom=Whom(lea))
        form = {"version": 1, "verb": "confirm", "who": lea.pk, f"seen-{lea.pk}": seen, f"m-{NEXT:%Y-%m}": "15"}
        told = client.post(url, form)
        assert told.status_code == 409
        assert "Rita Roy confirmed Léa Petit for “Harbour”" in text(told)
        assert "would have 30 days of work" in text(told)
        assert client.post(url, {**form, "anyway": "on"}).status_code == 302


class TestGrid:
    def test_saves_cells_of_the_script_and_names_what_is_wrong(
        self, world: World, asked: Allocation, ben: User, cleo: User
    ) -> None:
        client, url = browser(ben), f"/projects/{world.tram.pk}/team/grid/"
        assert browser(cleo).get(url).status_code == 403
        assert f'name="c-{NOW:%Y-%m}" value="10"' in client.get(url).content.decode()
        cells = [
            [asked.pk, f"{NOW:%Y-%m}", "1 200,5", "10"], [asked.pk, f"{NEXT:%Y-%m}", "abc", "8"],
            [asked.pk, "2030-01", "-3", ""], [asked.pk, "2030-02", "7", "4"],
        ]  # fmt: skip
        body = {"what": "asked", "cells": cells}
        told = client.post(url, json.dumps(body), content_type="application/json").json()
        assert (told["changed"], told["rows"][str(asked.pk)]["version"]) == (1, 2)
        assert [(one["month"], one["conflict"]) for one in told["wrong"]] == [
            (f"{NEXT:%Y-%m}", False), ("2030-01", False), ("2030-02", True)
        ]  # fmt: skip
        assert AllocationMonth.objects.get(month=NOW).asked == Decimal("1200.5")
        for wrong in ("", "[]", '{"cells": [[1]], "what": "asked"}', '{"cells": [], "what": "all"}'):
            assert client.post(url, wrong, content_type="application/json").status_code == 400, wrong

    def test_saves_a_row_without_scripts(self, world: World, asked: Allocation, ben: User) -> None:
        client, url = browser(ben, "fr"), f"/projects/{world.tram.pk}/team/grid/"
        page = client.get(url).content.decode()
        (seen,) = re.findall(r'name="seen" value="([^"]*)"', page)
        assert seen == ";".join(["10", "8", *[""] * 11])
        row = {"row": asked.pk, "what": "asked", "seen": seen, f"c-{NOW:%Y-%m}": "10", f"c-{NEXT:%Y-%m}": "7,5"}
        assert client.post(url, row).status_code == 302
        assert AllocationMonth.objects.get(month=NEXT).asked == Decimal("7.5")
        wrong = client.post(url, {**row, f"c-{NEXT:%Y-%m}": "9"})
        assert wrong.status_code == 422
        assert "7,5" in text(wrong)
        assert 'value="9"' in wrong.content.decode()

    def test_spans_projects_and_five_years(
        self, world: World, asked: Allocation, dev: Role, rita: User, ben: User, django_assert_num_queries: Any
    ) -> None:
        given = {"role": dev, "months": {NEXT: (5, 5)}, "status": "confirmed", "answered_on": NOW}
        for project in (world.harbour, world.tram):
            make.allocation(project, person=make.person("Léa"), **given)
        page = browser(rita).get(f"/allocations/grid/?role={dev.pk}&span=60").content.decode()
        assert page.count("data-row=") == 2  # what waits for an answer has nothing granted to type
        assert page.count('name="c-') == 120
        assert "Harbour" not in browser(ben).get(f"/allocations/grid/?role={dev.pk}").content.decode()
        client = browser(rita)
        for _ in range(2):
            make.allocation(world.tram, person=make.person(), **given)
            with django_assert_num_queries(7):  # session, reader, the rows, their months, the choices of three menus
                client.get(f"/allocations/grid/?role={dev.pk}")

    def test_reads_what_people_paste(self, english: None) -> None:
        from projects.resources.grid import number_in

        for typed, value in (
            ("12", 12),
            ("1 250,5", "1250.5"),
            ("1,250.5", "1250.5"),
            ("50 %", 50),
            ("", None),
            ("−3", -3),
        ):
            assert number_in(typed) == (None if value is None else Decimal(value)), typed


@pytest.mark.parametrize("month", ["0001-01", "1999-12", "2099-12", "9999-12", "²-01", "2027-13", "x"])
def test_months_of_odd_addresses_show_some_months(world: World, asked: Allocation, ben: User, month: str) -> None:
    client = browser(ben)
    for page in (f"/projects/{world.tram.pk}/team/", f"/projects/{world.tram.pk}/team/grid/", "/allocations/grid/"):
        answer = client.get(f"{page}?from={month}&span=60&role={asked.role_id}")
        assert answer.status_code == 200, page
    seen = client.get(f"/projects/{world.tram.pk}/team/?from=9999-12").content.decode()
    assert "from=2099-06" in seen
    assert "from=2100-06" in seen
    assert client.get(f"/projects/{world.tram.pk}/team/?from=2100-06").status_code == 200


def test_digits_that_are_no_numbers_are_none(world: World, asked: Allocation, rita: User) -> None:
    """“²” is a digit to Python, and no number."""
    client = browser(rita)
    assert client.get("/allocations/grid/?role=²&person=²&unit=²").status_code == 200
    assert client.post("/allocations/answers/?verb=refuse", {"sel": ["²", asked.pk]}).status_code == 200
    given = {"sel": [asked.pk], f"version-{asked.pk}": "²", "answer": "No", "apply": "1"}
    assert client.post("/allocations/answers/?verb=refuse", given).status_code == 409
    form = {"version": 1, "verb": "confirm", "who": "²"}
    assert client.post(f"/allocations/{asked.pk}/", form).status_code == 422
    assert client.post("/allocations/export/?project=²", {"format": "csv"}).status_code == 200
    assert client.post(f"/projects/{world.tram.pk}/team/grid/", {"row": "²", "seen": ";" * 12}).status_code == 400
    for cell in (["²", f"{NOW:%Y-%m}", "1", ""], [10**30, f"{NOW:%Y-%m}", "1", ""], [asked.pk, "9999-12", "1", ""]):
        sent = json.dumps({"what": "granted", "cells": [cell]})
        answer = client.post("/allocations/grid/", sent, content_type="application/json")
        assert answer.status_code == 400, cell


def test_the_whole_of_the_largest_grid_is_saved_and_more_says_why(world: World, asked: Allocation, ben: User) -> None:
    url, rows = f"/projects/{world.tram.pk}/team/grid/", 400
    months = [f"{add_months(NOW, n):%Y-%m}" for n in range(60)]
    cells = [[asked.pk + row, month, "", ""] for row in range(rows) for month in months]
    answer = browser(ben).post(url, json.dumps({"what": "asked", "cells": cells}), content_type="application/json")
    assert answer.status_code == 200
    cells.append([asked.pk, months[0], "1", ""])
    refused = browser(ben).post(url, json.dumps({"what": "asked", "cells": cells}), content_type="application/json")
    assert (refused.status_code, refused["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert refused.content.decode() == (
        "Nothing was saved: more than 24,000 cells at once. Bring them as a file: Requests for people, Import."
    )


def test_requests_as_a_file(world: World, asked: Allocation, rita: User, ben: User, omar: User) -> None:
    make.allocation(world.harbour, note="=1+1")
    url = "/allocations/export/"
    table = browser(rita).post(f"{url}?view=all", {"format": "csv"}).content.decode("utf-8-sig").splitlines()
    assert len(table) == 4
    assert table[0].startswith("Code;Project;")
    assert "'=1+1" in table[1]
    mine = browser(ben).post(f"{url}?project={world.tram.pk}", {"format": "csv"}).content.decode()
    assert "TRAM" in mine
    assert "HARBOUR" not in browser(ben).post(f"{url}?view=all", {"format": "csv"}).content.decode()
    assert len(browser(omar).post(f"{url}?view=all", {"format": "csv"}).content.decode().splitlines()) == 1
    workbook = browser(rita).post(url, {"format": "xlsx"})
    assert workbook.content[:2] == b"PK"
    assert browser(rita).get(url).status_code == 405
    told = AuditEvent.objects.filter(action="export", target_type="projects.Allocation", actor=rita)
    assert [one.changes for one in told.order_by("pk")] == [
        {"format": [None, "csv"], "rows": [None, 3]}, {"format": [None, "xlsx"], "rows": [None, 3]}
    ]  # fmt: skip


def test_an_address_that_only_takes_a_form_leads_to_the_page_it_stands_on(world: World, rita: User) -> None:
    """After signing in again, or on a reload: told once, whatever lies between; a program keeps its 405."""
    page = {"Accept": "text/html,application/xhtml+xml"}
    client = browser(rita, "fr")
    for address, leads in (
        ("/allocations/answers/?verb=confirm", "/allocations/?verb=confirm"),
        ("/people/export/?q=ba", "/people/?q=ba"),
        ("/capacity/proposals/7/refuse/", "/capacity/proposals/7/"),
        ("/capacity/file/csv/?by=role", "/capacity/?by=role"),
        ("/capacity/gives-way/file/csv/", "/capacity/gives-way/"),
    ):
        assert client.get(address, headers=page).headers["Location"] == leads
    answer = client.get("/allocations/answers/?verb=confirm", headers=page, follow=True)
    assert answer.status_code == 200
    assert answer.content.decode().count("cette adresse ne reçoit qu’un formulaire") == 1
    assert "cette adresse" not in client.get("/allocations/", headers=page).content.decode()
    assert client.get("/allocations/answers/").status_code == 405
    assert client.put("/allocations/answers/", headers=page).status_code == 405
    outside = Client().get("/allocations/answers/", headers=page)
    assert outside.headers["Location"].startswith("/sign-in/?next=")
    english = browser(make.user("otto", role="pmo")).get("/capacity/leveling/7/cancel/", headers=page, follow=True)
    assert (english.status_code, english.redirect_chain[-1][0]) == (404, "/capacity/leveling/7/")
    assert "only takes a form" in english.content.decode()
