"""Taking back: every kind of change of a page, all or nothing, refused once somebody changed the same thing."""

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pmo_portal.core import audit, trace
from pmo_portal.core.models import AuditEvent, User, Work
from projects.access.models import Membership
from projects.hierarchy.models import Node, Project
from projects.planning.models import Milestone
from projects.raid.models import Risk
from tests import make
from tests.cast import World
from tests.projects.test_pages import client_of


def offered(client: Client) -> str:
    """The change that the toast of the page just left offers to take back."""
    page = client.get("/preferences/").content.decode()
    assert 'name="change"' in page, "nothing is offered"
    return page.split('name="change" value="')[1].split('"')[0]


def undo(client: Client, change: str = "") -> str:
    """Press the button; the page one lands on."""
    answer = client.post("/undo/", {"change": change or offered(client), "next": "/help/"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/help/"
    return answer.content.decode()


def test_a_declared_status(world: World, ben: User) -> None:
    before = {"declared": "green", "declared_trend": "up", "key_message": "Fine.", "declared_on": date(2026, 10, 1)}
    Project.objects.filter(pk=world.tram.pk).update(**before)
    world.tram.refresh_from_db()
    client = client_of(ben)
    form = {"declared": "red", "declared_trend": "down", "key_message": "Late.", "version": str(world.tram.version)}
    client.post(f"/projects/{world.tram.pk}/status/", form)
    waiting = Work.objects.get(kind="health", subject_id=world.tram.pk).wanted
    assert "Taken back" in undo(client)
    world.tram.refresh_from_db()
    assert {name: getattr(world.tram, name) for name in before} == before
    assert Work.objects.get(kind="health", subject_id=world.tram.pk).wanted > waiting
    assert AuditEvent.objects.filter(action="undo", target_id=world.tram.pk, actor=ben).count() == 1


def test_a_step_in_the_life_of_a_project_goes_back_although_no_step_leads_back(world: World, ben: User) -> None:
    client = client_of(ben)
    page = client.get(f"/projects/{world.tram.pk}/edit/").context["form"]
    sent = {name: page[name].value() for name in page.fields if page[name].value() not in (None, "")}
    sent |= {"state": "closing", "version": str(world.tram.version)}
    assert client.post(f"/projects/{world.tram.pk}/edit/", sent).status_code == 302
    undo(client)
    world.tram.refresh_from_db()
    assert world.tram.state == "executing"


def test_undo_and_redo(world: World, ben: User) -> None:
    milestone, client = make.milestone(world.tram), client_of(ben)
    client.post(f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-04-04", "version": "1"})
    assert "Redo" in undo(client)
    milestone.refresh_from_db()
    assert milestone.forecast_date == date(2027, 1, 15)
    assert milestone.forecasts.latest("recorded_on").forecast_date == date(2027, 1, 15)
    again = AuditEvent.objects.filter(action="undo").latest("pk").request_id
    assert "Done again" in undo(client, again)
    milestone.refresh_from_db()
    assert milestone.forecast_date == date(2027, 4, 4)


def test_changed_meanwhile_is_refused_and_nothing_moves(world: World, ben: User, ada: User) -> None:
    milestone, client = make.milestone(world.tram), client_of(ben)
    client.post(f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-04-04", "version": "1"})
    change = offered(client)
    client_of(ada).post(f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-05-05", "version": "2"})
    assert "was changed again since" in undo(client, change)
    milestone.refresh_from_db()
    assert milestone.forecast_date == date(2027, 5, 5)


def test_another_field_changed_meanwhile_is_kept(world: World, ben: User, ada: User) -> None:
    milestone, client = make.milestone(world.tram), client_of(ben)
    client.post(f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-04-04", "version": "1"})
    change = offered(client)
    Milestone.objects.filter(pk=milestone.pk).update(name="Essais à blanc")
    undo(client, change)
    milestone.refresh_from_db()
    assert (milestone.forecast_date, milestone.name) == (date(2027, 1, 15), "Essais à blanc")


def test_what_was_added_goes_and_what_was_deleted_comes_back(world: World, ben: User) -> None:
    client, basics = client_of(ben), {"kind": "threat", "status": "active", "probability": "4", "impact": "5"}
    client.post(f"/projects/{world.tram.pk}/risks/new/", {**basics, "title": "Sol pollué"})
    undo(client)
    assert not world.tram.risks.exists()
    risk = make.risk(world.tram, title="Grève")
    client.post(f"/risks/{risk.pk}/delete/")
    undo(client)
    back = Risk.objects.get(pk=risk.pk)
    assert (back.title, back.level, back.project_id) == ("Grève", risk.level, world.tram.pk)


def test_the_cells_of_a_month(world: World, ben: User) -> None:
    line = make.budget_line(world.tram, kind="revised", month=date(2026, 11, 1), amount=Decimal("1000.50"))
    client = client_of(ben)
    sent = {"revised": "", "seen_revised": "1|1000.50", "actual": "40", "seen_actual": "0|"}
    assert client.post(f"/projects/{world.tram.pk}/budget/2026-11/?split=none", sent).status_code == 302
    assert [one.kind for one in world.tram.budget_lines.all()] == ["actual"]
    undo(client)
    assert [(one.pk, one.amount, one.month) for one in world.tram.budget_lines.all()] == [
        (line.pk, Decimal("1000.50"), date(2026, 11, 1))
    ]


def test_a_row_saved_in_place_offers_it_to_the_page(world: World, dan: User) -> None:
    milestone, client = make.milestone(world.tram), client_of(dan)
    answer = client.post(
        f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-04-04", "version": "1"}, headers={"HX-Request": "true"}
    )  # fmt: skip
    told: dict[str, Any] = json.loads(answer["HX-Trigger"])
    undo(client, told["row-saved"]["change"])
    milestone.refresh_from_db()
    assert milestone.forecast_date == date(2027, 1, 15)


def test_a_move(world: World, ada: User) -> None:
    client, version = client_of(ada), str(world.tram.version)
    client.post(f"/projects/{world.tram.pk}/move/", {"node": world.south.pk, "parent": "", "version": version})
    undo(client)
    world.tram.refresh_from_db()
    assert (world.tram.node_id, world.tram.portfolio_id) == (world.rail.pk, world.north.pk)
    assert world.tram.path.startswith(world.rail.path)


def test_a_new_portfolio_and_a_role(world: World, ada: User, cleo: User) -> None:
    client = client_of(ada)
    sent = {"code": "WEST", "name": "Ouest", "currency": "EUR", "scale": "pilote", "origin": "own"}
    assert client.post("/portfolios/new/", sent).status_code == 302
    undo(client)
    assert not Node.objects.filter(code="WEST").exists()
    held = Membership.objects.get(user=cleo)
    client.post(f"/members/{held.pk}/delete/")
    undo(client)
    assert Membership.objects.get(user=cleo).node_id == held.node_id


def test_an_account_but_never_its_password(world: World, ada: User, cleo: User) -> None:
    client, address = client_of(ada), f"/users/{cleo.pk}/edit/"
    sent = {"username": "cleo", "last_name": "Roux", "language": "en", "is_active": "on", "email": cleo.email}
    assert client.post(address, {**sent, "password": ""}).status_code == 302
    undo(client)
    again = User.objects.get(pk=cleo.pk)
    assert (again.last_name, again.first_name) == (cleo.last_name, cleo.first_name)
    assert client.post(address, {**sent, "password": "another long enough secret"}).status_code == 302
    assert 'name="change"' not in client.get("/preferences/").content.decode()


def test_each_request_is_taken_back_on_its_own_even_where_ids_come_again(world: World, ben: User) -> None:
    milestone, client = make.milestone(world.tram), client_of(ben)
    trace.current()  # what a management command or a signal leaves behind in a thread
    for version, day in enumerate(("2027-04-04", "2027-05-05"), start=1):
        client.post(f"/milestones/{milestone.pk}/dates/", {"forecast_date": day, "version": str(version)})
    saved = AuditEvent.objects.filter(source="page")
    ids = set(saved.values_list("request_id", flat=True))
    assert len(ids) == 2
    with audit.rewriting_history():
        saved.update(request_id="always-the-same")
        saved.filter(pk=saved.earliest("pk").pk).update(at=timezone.now() - timedelta(hours=1))
    undo(client, "always-the-same")
    milestone.refresh_from_db()
    assert milestone.forecast_date == date(2027, 4, 4)


def test_nobody_takes_back_what_others_did_nor_without_the_right_today(world: World, ben: User, dan: User) -> None:
    milestone, client = make.milestone(world.tram), client_of(ben)
    client.post(f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-04-04", "version": "1"})
    change = offered(client)
    assert client_of(dan).post("/undo/", {"change": change}).status_code == 404
    event = AuditEvent.objects.get(request_id=change, target_type="projects.Milestone")
    assert client_of(dan).post("/undo/", {"event": event.pk}).status_code == 404
    Membership.objects.filter(user=ben).update(role="viewer")
    assert "no longer lets you" in undo(client_of(ben), change)
    milestone.refresh_from_db()
    assert milestone.forecast_date == date(2027, 4, 4)


def test_who_no_longer_sees_a_record_is_not_told_what_became_of_it(world: World, ben: User, ada: User) -> None:
    """Their own former change is no way to ask what a record that is hidden by now is called, or whether it changed."""
    milestone, client = make.milestone(world.tram, name="Pose"), client_of(ben)
    client.post(f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-04-04", "version": "1"})
    change = offered(client)
    project = {"declared": "red", "declared_trend": "down", "key_message": "Late."}
    client.post(f"/projects/{world.tram.pk}/status/", {**project, "version": str(world.tram.version)})
    status = offered(client)
    Membership.objects.filter(user=ben).delete()
    Milestone.objects.filter(pk=milestone.pk).update(name="Rachat du concurrent", forecast_date=date(2027, 9, 9))
    Project.objects.filter(pk=world.tram.pk).update(name="Rachat du concurrent", name_en="", declared="amber")
    client = client_of(ben)
    for former in (change, status):
        page = undo(client, former)
        assert "Rachat" not in page
        assert "no longer lets you" in page


def test_taking_back_asks_the_right_that_the_change_asked(world: World, ben: User, ada: User) -> None:
    """A contributor moves forecasts: what they did as a project manager is not theirs to take back any more."""
    milestone, client = make.milestone(world.tram, name="Pose"), client_of(ben)
    form = client.get(f"/milestones/{milestone.pk}/edit/").context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, "")}
    client.post(f"/milestones/{milestone.pk}/edit/", {**sent, "name": "Dépose", "version": "1"})
    renamed = offered(client)
    client.post(f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-04-04", "version": "2"})
    moved = offered(client)
    client.post(f"/projects/{world.tram.pk}/milestones/new/", {"name": "Essais", "position": "9", "weight": "1"})
    added = offered(client)
    assert Milestone.objects.filter(name="Essais").exists()
    Membership.objects.filter(user=ben).update(role="contributor")
    for change, refused in ((renamed, True), (added, True), (moved, False)):
        assert ("no longer lets you" in undo(client_of(ben), change)) is refused
    milestone.refresh_from_db()
    assert (milestone.name, milestone.forecast_date) == ("Dépose", date(2027, 1, 15))
    assert Milestone.objects.filter(name="Essais").exists()


def test_a_rate_goes_back_by_who_sees_rates(world: World, ada: User) -> None:
    person, client = make.person("Zoé", daily_rate=Decimal("500")), client_of(ada)
    sent = {"name": "Zoé", "daily_rate": "900", "rate_currency": "EUR", "version": str(person.version)}
    assert client.post(f"/people/{person.pk}/edit/", sent).status_code == 302
    change = offered(client)
    Membership.objects.filter(user=ada).update(role="project_manager")
    assert "no longer lets you" in undo(client_of(ada), change)
    person.refresh_from_db()
    assert person.daily_rate == Decimal("900")


def test_the_history_restores_somebody_elses_change(world: World, ben: User, dan: User) -> None:
    milestone = make.milestone(world.tram)
    client_of(dan).post(f"/milestones/{milestone.pk}/dates/", {"forecast_date": "2027-04-04", "version": "1"})
    address = f"/projects/{world.tram.pk}/history/"
    assert 'name="event"' not in client_of(dan).get(address).content.decode()
    client, event = client_of(ben), AuditEvent.objects.filter(target_type="projects.Milestone").latest("pk")
    assert f'name="event" value="{event.pk}"' in client.get(address).content.decode()
    client.post("/undo/", {"event": event.pk, "next": address})
    milestone.refresh_from_db()
    assert milestone.forecast_date == date(2027, 1, 15)
    page = client.get(address).content.decode()
    assert "Milestone: change taken back" in page
    assert f'name="event" value="{event.pk}"' not in page


@pytest.mark.parametrize("sent", [{}, {"change": "nothing"}, {"event": "9" * 30}, {"event": "x"}])
def test_nothing_to_take_back(sent: dict[str, str], world: World, ben: User) -> None:
    assert client_of(ben).post("/undo/", sent).status_code == 404


def test_who_hid_a_project_does_not_show_it_again_alone(world: World, ada: User, ben: User) -> None:
    """Not by taking back, not by the form (decision 0144); whoever sees every confidential project there does."""
    client, address = client_of(ben), f"/projects/{world.tram.pk}/edit/"
    page = client.get(address).context["form"]
    assert not page.fields["confidentiality"].disabled
    sent = {name: page[name].value() for name in page.fields if page[name].value() not in (None, "")}
    sent |= {"confidentiality": "confidential", "version": str(world.tram.version)}
    assert client.post(address, sent).status_code == 302
    undo(client)
    assert client.get(address).context["form"].fields["confidentiality"].disabled
    world.tram.refresh_from_db()
    assert world.tram.is_confidential
    sent |= {"confidentiality": "public", "version": str(world.tram.version)}
    client.post(address, sent)
    world.tram.refresh_from_db()
    assert world.tram.is_confidential
    client_of(ada).post(address, sent | {"version": str(world.tram.version)})
    world.tram.refresh_from_db()
    assert not world.tram.is_confidential
