"""Each page of the facts: works for those allowed, 403 for who only sees, 404 for who does not; no query per row."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pmo_portal.core import audit
from pmo_portal.core.models import AuditEvent, User
from projects.hierarchy.models import Node
from tests import make
from tests.cast import World

Address = Callable[[World], str]
MONTH = date(2026, 11, 1)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


TABS: dict[str, Address] = {
    "schedule": lambda w: f"/projects/{w.tram.pk}/milestones/",
    "budget": lambda w: f"/projects/{w.tram.pk}/budget/",
    "figures": lambda w: f"/projects/{w.tram.pk}/budget/figures/",
    "risks": lambda w: f"/projects/{w.tram.pk}/risks/",
    "issues": lambda w: f"/projects/{w.tram.pk}/issues/",
    "actions": lambda w: f"/projects/{w.tram.pk}/actions/",
    "decisions": lambda w: f"/projects/{w.tram.pk}/decisions/",
    "dependencies": lambda w: f"/projects/{w.tram.pk}/dependencies/",
    "history": lambda w: f"/projects/{w.tram.pk}/history/",
}
# What a project manager may do, and a contributor may not.
MANAGER: dict[str, Address] = {
    "edit": lambda w: f"/projects/{w.tram.pk}/edit/",
    "status": lambda w: f"/projects/{w.tram.pk}/status/",
    "new milestone": lambda w: f"/projects/{w.tram.pk}/milestones/new/",
    "milestone": lambda w: f"/milestones/{make.milestone(w.tram).pk}/edit/",
    "milestone delete": lambda w: f"/milestones/{make.milestone(w.tram).pk}/delete/",
    "new line": lambda w: f"/projects/{w.tram.pk}/budget/lines/new/",
    "line": lambda w: f"/budget-lines/{make.budget_line(w.tram).pk}/edit/",
    "line delete": lambda w: f"/budget-lines/{make.budget_line(w.tram).pk}/delete/",
    "risk delete": lambda w: f"/risks/{make.risk(w.tram).pk}/delete/",
}
CONTRIBUTOR: dict[str, Address] = {
    "new risk": lambda w: f"/projects/{w.tram.pk}/risks/new/",
    "risk": lambda w: f"/risks/{make.risk(w.tram).pk}/edit/",
    "risk close": lambda w: f"/risks/{make.risk(w.tram).pk}/close/",
}
PMO: dict[str, Address] = {
    "move": lambda w: f"/projects/{w.tram.pk}/move/",
    "delete": lambda w: f"/projects/{w.tram.pk}/delete/",
    "node": lambda w: f"/tree/{w.rail.pk}/edit/",
    "node delete": lambda w: f"/tree/{w.rail.pk}/delete/",
}
EVERYWHERE = [
    "/projects/new/",
    "/portfolios/new/",
    "/programmes/new/",
    "/members/",
    "/members/new/",
    "/users/",
    "/users/new/",
]


def statuses(address: str, **people: User) -> dict[str, int]:
    return {name: client_of(user).get(address).status_code for name, user in people.items()}


@pytest.mark.parametrize("name", TABS)
def test_tabs_are_for_whoever_sees_the_project(
    name: str, world: World, ada: User, ben: User, cleo: User, eve: User, omar: User
) -> None:
    """Amounts are for the roles that see money: a viewer is told so."""
    seen = statuses(TABS[name](world), ada=ada, ben=ben, cleo=cleo, eve=eve, omar=omar)
    viewer = 403 if name in {"budget", "figures"} else 200
    assert seen == {"ada": 200, "ben": 200, "cleo": viewer, "eve": 200, "omar": 404}


@pytest.mark.parametrize("name", MANAGER)
def test_pages_of_the_project_manager(
    name: str, world: World, ada: User, ben: User, cleo: User, dan: User, omar: User
) -> None:
    seen = statuses(MANAGER[name](world), ada=ada, ben=ben, dan=dan, cleo=cleo, omar=omar)
    refused = 404 if name in {"line", "line delete"} else 403  # an amount they do not see does not exist for them
    assert seen == {"ada": 200, "ben": 200, "dan": refused, "cleo": refused, "omar": 404}


@pytest.mark.parametrize("name", CONTRIBUTOR)
def test_pages_of_contributors(name: str, world: World, ben: User, dan: User, cleo: User, omar: User) -> None:
    assert statuses(CONTRIBUTOR[name](world), ben=ben, dan=dan, cleo=cleo, omar=omar) == {
        "ben": 200, "dan": 200, "cleo": 403, "omar": 404,
    }  # fmt: skip


@pytest.mark.parametrize("name", PMO)
def test_pages_of_the_pmo(name: str, world: World, ada: User, ben: User, cleo: User, omar: User) -> None:
    assert statuses(PMO[name](world), ada=ada, ben=ben, cleo=cleo, omar=omar) == {
        "ada": 200, "ben": 403, "cleo": 403, "omar": 404,
    }  # fmt: skip


@pytest.mark.parametrize("address", EVERYWHERE)
def test_pages_about_the_organisation(address: str, ada: User, ben: User, cleo: User, omar: User) -> None:
    assert statuses(address, ada=ada, ben=ben, cleo=cleo, omar=omar) == {
        "ada": 200,
        "ben": 403,
        "cleo": 403,
        "omar": 403,
    }


def test_confidential_projects_are_hidden_from_executives(world: World, ada: User, eve: User) -> None:
    assert statuses(f"/projects/{world.secret.pk}/risks/", ada=ada, eve=eve) == {"ada": 200, "eve": 404}


@pytest.mark.parametrize("address", [*(f"/projects/1/{tab}/" for tab in ("edit", "risks")), "/members/"])
def test_strangers_sign_in_first(db: None, address: str) -> None:
    assert Client().get(address).headers["Location"].startswith("/sign-in/")
    assert AnonymousUser().is_anonymous


ROWS: dict[str, Callable[[Any], Any]] = {
    "schedule": lambda p: make.milestone(p, owner=make.person()),
    "budget": lambda p: make.budget_line(p, category=f"c{make.person().pk}", month=None),
    "risks": lambda p: make.risk(p, owner=make.person()),
    "issues": lambda p: make.issue(p, owner=make.person()),
    "actions": lambda p: make.action(p, owner=make.person(), decision=make.decision(p)),
    "decisions": lambda p: make.decision(p, asked_by=make.person(), options=[{"label": "A"}, {"label": "B"}]),
    "dependencies": lambda p: make.dependency(p, make.project(), supplier_owner=make.person()),
    "history": lambda p: None,
}


@pytest.mark.parametrize("name", ROWS)
def test_queries_do_not_grow_with_the_rows(name: str, world: World, ben: User) -> None:
    """Session, user, memberships, project with its header, the rows (the history: events, labels, fields, people)."""
    client, address = client_of(ben), TABS[name](world)
    counts = []
    with audit.rewriting_history():
        AuditEvent.objects.all().delete()  # the places of the world are no rows of this page
    for rows in (1, 49):
        for index in range(rows):
            ROWS[name](world.tram)
            if name == "history":
                client.post(
                    f"/projects/{world.tram.pk}/risks/new/",
                    {"title": f"R{index}", "kind": "threat", "status": "active", "probability": 3, "impact": 3},
                )
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 10, [query["sql"][:120] for query in caught.captured_queries]


class TestProjectPages:
    def test_create_edit_conflict(self, world: World, ada: User, ben: User) -> None:
        client = client_of(ada)
        answer = client.post("/projects/new/", {
            "node": world.rail.pk, "code": "NEW", "name": "Nouveau", "state": "planning", "confidentiality": "public",
            "currency": "EUR", "tolerance_time": "0", "tolerance_cost": "0,5",
        })  # fmt: skip
        made = type(world.tram).objects.get(code="NEW")
        assert (answer.status_code, answer["Location"]) == (302, f"/projects/{made.pk}/")
        form = {"code": "NEW", "name": "Neuf", "state": "planning", "confidentiality": "public", "currency": "EUR",
                "tolerance_time": "0", "tolerance_cost": "0", "version": "1"}  # fmt: skip
        assert client.post(f"/projects/{made.pk}/edit/", form).status_code == 302
        stale = client.post(f"/projects/{made.pk}/edit/", {**form, "name": "Autre"})
        assert stale.status_code == 409
        assert b"Autre" in stale.content
        assert b"Neuf" in stale.content
        assert b'name="version" value="2"' in stale.content
        refused = client.post(f"/projects/{made.pk}/edit/", {**form, "version": "2", "state": "closed"})
        assert refused.status_code == 422

    def test_a_form_without_a_version_never_overwrites(self, world: World, ben: User) -> None:
        answer = client_of(ben).post(f"/projects/{world.tram.pk}/status/", {
            "declared": "green", "declared_trend": "up", "key_message": "All well.",
        })  # fmt: skip
        assert answer.status_code == 409

    def test_declaring(self, world: World, ben: User) -> None:
        answer = client_of(ben).post(f"/projects/{world.tram.pk}/status/", {
            "declared": "red", "declared_trend": "down", "key_message": "The supplier failed.", "version": "1",
        })  # fmt: skip
        assert answer.status_code == 302
        world.tram.refresh_from_db()
        assert (world.tram.declared, world.tram.key_message) == ("red", "The supplier failed.")

    def test_moving_and_deleting(self, world: World, ada: User) -> None:
        client = client_of(ada)
        client.post(f"/projects/{world.tram.pk}/move/", {"node": world.south.pk, "version": "1"})
        world.tram.refresh_from_db()
        assert world.tram.portfolio_id == world.south.pk
        client.post(f"/projects/{world.tram.pk}/delete/")
        assert not type(world.tram).objects.filter(pk=world.tram.pk).exists()

    def test_a_regional_pmo_cannot_choose_a_hidden_place(self, world: World) -> None:
        regional = make.user(role="pmo", on=world.north)
        answer = client_of(regional).post(f"/projects/{world.tram.pk}/move/", {"node": world.south.pk, "version": "1"})
        world.tram.refresh_from_db()
        assert (answer.status_code, world.tram.portfolio_id) == (422, world.north.pk)


class TestTreePages:
    def test_portfolio_and_programme(self, world: World, ada: User) -> None:
        client = client_of(ada)
        basics = {"currency": "EUR", "scale": "pilote", "origin": "own"}
        client.post("/portfolios/new/", {**basics, "code": "it", "name": "SI"})
        made = Node.objects.get(code="IT")
        assert (
            client.post("/programmes/new/", {**basics, "code": "IT-1", "name": "Socle", "parent": made.pk}).status_code
            == 302
        )
        assert client.post("/programmes/new/", {**basics, "code": "X", "name": "X"}).status_code == 422
        client.post(
            f"/tree/{world.rail.pk}/edit/",
            {**basics, "code": "RAIL", "name": "Rail", "parent": made.pk, "version": "1"},
        )
        world.rail.refresh_from_db()
        assert world.rail.parent_id == made.pk
        assert client.post(f"/tree/{made.pk}/delete/").status_code == 422


class TestSchedule:
    def test_dates_in_place(self, world: World, dan: User) -> None:
        milestone, client = make.milestone(world.tram), client_of(dan)
        address = f"/milestones/{milestone.pk}/dates/"
        row = client.post(
            address, {"forecast_date": "2027-02-01", "actual_date": "", "version": "1"}, headers={"HX-Request": "true"}
        )
        assert row.status_code == 200
        assert row.content.strip().startswith(b"<tr")
        assert b"2027-02-01" in row.content
        stale = client.post(
            address, {"forecast_date": "2027-03-01", "actual_date": "", "version": "1"}, headers={"HX-Request": "true"}
        )
        assert stale.status_code == 409
        past = client.post(
            address, {"forecast_date": "2020-01-01", "actual_date": "", "version": "2"}, headers={"HX-Request": "true"}
        )
        assert past.status_code == 422
        assert b"already past" in past.content
        assert client.post(address, {"forecast_date": "2027-04-01", "version": "2"}).status_code == 302
        assert client.post(address, {"forecast_date": "x", "version": "3"}).status_code == 422

    def test_viewers_type_nothing(self, world: World, cleo: User, omar: User) -> None:
        milestone = make.milestone(world.tram)
        assert client_of(cleo).post(f"/milestones/{milestone.pk}/dates/", {"version": "1"}).status_code == 403
        assert client_of(omar).post(f"/milestones/{milestone.pk}/dates/", {"version": "1"}).status_code == 404
        assert (
            b"<input"
            not in client_of(cleo)
            .get(f"/projects/{world.tram.pk}/milestones/")
            .content.partition(b"<tbody>")[2]
            .partition(b"</tbody>")[0]
        )

    def test_form(self, world: World, ben: User) -> None:
        client = client_of(ben)
        client.post(
            f"/projects/{world.tram.pk}/milestones/new/",
            {"name": "Essais", "weight": "1", "baseline_date": "2027-05-01"},
        )
        made = world.tram.milestones.get()
        client.post(f"/milestones/{made.pk}/edit/", {"name": "Essais finis", "weight": "2", "version": "1"})
        made.refresh_from_db()
        assert (made.name, made.position, made.version) == ("Essais finis", 1, 2)
        client.post(f"/milestones/{made.pk}/delete/")
        assert not world.tram.milestones.exists()


class TestBudget:
    def post(self, client: Client, world: World, **cells: str) -> Any:
        return client.post(
            f"/projects/{world.tram.pk}/budget/2026-11/?split=none", cells, headers={"HX-Request": "true"}
        )

    def test_a_month_in_place(self, world: World, ben: User) -> None:
        client = client_of(ben)
        first = self.post(client, world, actual="1 250,5", seen_actual="0|", revised="", seen_revised="0|")
        assert (first.status_code, set(json.loads(first["HX-Trigger"]))) == (200, {"budget-saved", "row-saved"})
        line = world.tram.budget_lines.get()
        assert (str(line.amount), line.month, line.kind, line.cost_type) == ("1250.50", MONTH, "actual", "")
        lost = self.post(client, world, actual="9", seen_actual="0|")
        assert lost.status_code == 409
        assert b"1,250.5" in lost.content
        untouched = self.post(
            client, world, actual="1250.5", seen_actual="0|1250.50", forecast="10", seen_forecast="0|"
        )
        assert untouched.status_code == 200
        assert self.post(client, world, forecast="-1", seen_forecast="1|10.00").status_code == 422
        assert self.post(client, world, forecast="abc", seen_forecast="1|10.00").status_code == 422
        assert self.post(client, world, forecast="", seen_forecast="1|10.00").status_code == 200
        assert world.tram.budget_lines.filter(kind="forecast").count() == 0

    def test_the_sum_is_not_typed_in(self, world: World, ben: User) -> None:
        assert client_of(ben).post(f"/projects/{world.tram.pk}/budget/2026-11/?split=all", {}).status_code == 404
        assert client_of(ben).post(f"/projects/{world.tram.pk}/budget/2026-13/", {}).status_code == 404

    def test_whole_life_line(self, world: World, ben: User) -> None:
        client = client_of(ben)
        client.post(f"/projects/{world.tram.pk}/budget/lines/new/", {"kind": "revised", "amount": "2 000 000"})
        page = client.get(f"/projects/{world.tram.pk}/budget/").content.decode()
        assert "€2,000k" in page
        line = world.tram.budget_lines.get()
        client.post(
            f"/budget-lines/{line.pk}/edit/", {"kind": "revised", "amount": "1", "month": "2026-11-15", "version": "1"}
        )
        line.refresh_from_db()
        assert (line.month, line.amount) == (MONTH, 1)


class TestRisks:
    def test_register(self, world: World, dan: User) -> None:
        client, basics = client_of(dan), {"kind": "threat", "status": "active", "probability": "4", "impact": "5"}
        client.post(f"/projects/{world.tram.pk}/risks/new/", {**basics, "title": "Sol pollué"})
        risk = world.tram.risks.get()
        assert (risk.code, risk.level, risk.last_reviewed_on is not None) == ("R1", 20, True)
        page = client.get(f"/projects/{world.tram.pk}/risks/?at=4x5").content.decode()
        assert "Sol pollué" in page
        assert "Sol pollué" not in client.get(f"/projects/{world.tram.pk}/risks/?at=1x1").content.decode()
        half = client.post(
            f"/risks/{risk.pk}/edit/", {**basics, "title": "Sol", "residual_probability": "2", "version": "1"}
        )
        assert half.status_code == 422
        assert "residual" in half.content.decode()
        client.post(f"/risks/{risk.pk}/close/")
        risk.refresh_from_db()
        assert risk.status == "closed"


class TestHistory:
    def test_plain_words(self, world: World, ben: User, cleo: User) -> None:
        client_of(ben).post(f"/projects/{world.tram.pk}/status/", {
            "declared": "amber", "declared_trend": "flat", "key_message": "Moving.", "version": "1",
        })  # fmt: skip
        milestone = make.milestone(world.tram, name="Essais")
        client_of(ben).post(f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-04-04", "version": "1"})
        page = client_of(cleo).get(f"/projects/{world.tram.pk}/history/").content.decode()
        assert "Status declared" in page
        assert "<ins>Support needed</ins>" in page
        assert "<del>15 Jan 2027</del>" in page
        assert "<ins>4 Apr 2027</ins>" in page
        assert "by Ben Durand" in page
        only = (
            client_of(cleo).get(f"/projects/{world.tram.pk}/history/?field=key_message&who={ben.pk}").content.decode()
        )
        assert "Moving." in only
        assert "4 Apr 2027" not in only

    def test_hidden_records_stay_hidden(self, world: World, ada: User, cleo: User) -> None:
        client_of(ada).post(f"/projects/{world.tram.pk}/move/", {"node": world.south.pk, "parent": "", "version": "1"})
        make.member(cleo, "viewer", on=world.tram)
        page = client_of(cleo).get(f"/projects/{world.tram.pk}/history/").content.decode()
        assert "North" not in page.partition('class="journal"')[2] or "hidden or deleted" in page or "Railways" in page


def test_saving_is_a_handful_of_statements(world: World, ben: User) -> None:
    """Session, user, memberships, row, project with its header; then in one transaction: project, row, update, forecast
    (read and write), audit, data date, work row; between savepoints. Whatever the size of the project."""
    milestone, client = make.milestone(world.tram), client_of(ben)
    for _more in range(40):
        make.milestone(world.tram)
    with CaptureQueriesContext(connection) as caught:
        answer = client.post(f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-04-04", "version": "1"})
    assert answer.status_code == 302
    work = [query["sql"] for query in caught.captured_queries if "SAVEPOINT" not in query["sql"]]
    assert len(work) <= 16, work


def test_the_budget_of_an_archived_portfolio_opens_on_the_year_of_its_data(world: World) -> None:
    Node.objects.filter(pk=world.north.pk).update(status_date=date(2021, 7, 15))
    for year in (2019, 2020):
        make.budget_line(world.tram, month=date(year, 3, 1), kind="actual")
    world.tram.start_date = date(2018, 1, 1)
    world.tram.save()
    reader = make.user(role="executive")
    page = client_of(reader).get(f"/projects/{world.tram.pk}/budget/").content.decode()
    assert "Monthly budget 2020" in page


class TestWhoReadsTheHistory:
    def test_names_are_told_in_the_readers_language_whoever_wrote(self, world: World, ben: User, eve: User) -> None:
        User.objects.filter(pk=ben.pk).update(language="fr")
        milestone = make.milestone(world.tram, name="Essais", name_en="Trials")
        client_of(ben).post(f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-04-04", "version": "1"})
        sent = {"kind": "revised", "amount": "1", "month": "2026-11-15"}
        client_of(ben).post(f"/projects/{world.tram.pk}/budget/lines/new/", sent)
        address = f"/projects/{world.tram.pk}/history/"
        english = client_of(eve).get(address).content.decode()
        assert ">Trials</a>" in english
        assert "Current approved budget · Nov\u00a02026" in english
        User.objects.filter(pk=eve.pk).update(language="fr")
        french = client_of(eve).get(address).content.decode()
        assert ">Essais</a>" in french
        assert "Budget révisé · nov.\u00a02026" in french

    def test_rows_written_before_that_are_told_as_the_record_is_called_today(self, world: World, ben: User) -> None:
        milestone = make.milestone(world.tram, name="Essais", name_en="Trials")
        for target in (milestone.pk, 999_999):
            AuditEvent.objects.create(
                actor=ben, action="update", target_type="projects.Milestone", target_id=target, target_label="Essais",
                project_id=world.tram.pk, changes={"weight": ["1", "2"]}, source="page", request_id="old",
            )  # fmt: skip
        words = "Budget révisé · déc. 2026 · CAPEX"
        AuditEvent.objects.create(
            actor=ben, action="update", target_type="projects.BudgetLine", target_id=1, target_label=words,
            project_id=world.tram.pk, changes={"amount": ["1", "2"]}, source="page", request_id="old",
        )  # fmt: skip
        page = client_of(ben).get(f"/projects/{world.tram.pk}/history/").content.decode()
        assert words in page
        assert ">Trials</a>" in page
        assert ">Essais</a>" in page  # gone since: as it was written


def test_deleting_a_milestone_tells_what_goes_with_it(world: World, ben: User) -> None:
    milestone = make.milestone(
        world.tram, forecasts={date(2026, 1, 1): date(2027, 1, 1), date(2026, 3, 1): date(2027, 3, 1)}
    )
    page = client_of(ben).get(f"/milestones/{milestone.pk}/delete/").content.decode()
    assert "The history of its forecasts goes with it: 2 forecasts." in page
    assert "history of its forecasts" not in client_of(ben).get(
        f"/milestones/{make.milestone(world.tram).pk}/delete/"
    ).content.decode()  # fmt: skip


def test_many_years_are_chosen_from_a_list(world: World, ben: User, eve: User) -> None:
    make.budget_line(world.tram, month=date(2024, 5, 1), amount=4_321)
    client, address = client_of(ben), f"/projects/{world.tram.pk}/budget/"
    assert 'id="bg-y"' not in client.get(address).content.decode()
    make.budget_line(world.tram, month=date(2035, 5, 1))
    page = client.get(f"{address}?year=2024").content.decode()
    assert page.count("<option") == 12
    assert '<option value="2024" selected>2024 •</option>' in page
    assert "4,321" in page
    assert "4,321" in client_of(eve).get(f"{address}?year=2024&split=all").content.decode()


def test_a_budget_without_months_shows_no_empty_grid_to_readers(world: World, ben: User, eve: User) -> None:
    make.budget_line(world.tram, month=None)
    address = f"/projects/{world.tram.pk}/budget/"
    assert "Monthly budget" in client_of(ben).get(address).content.decode()
    read = client_of(eve).get(address)
    assert (read.status_code, "Monthly budget" in read.content.decode()) == (200, False)


def test_a_superuser_is_listed_as_administrator(world: World, ada: User) -> None:
    make.user("root", is_superuser=True, first_name="Rose", last_name="Racine")
    page = client_of(ada).get("/users/?q=racine").content.decode()
    assert "Administrator" in page
    assert "Administrator" not in client_of(ada).get("/users/?q=martin").content.decode()
