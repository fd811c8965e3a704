"""The pages of issues, actions and decisions as people use them: ask, decide, look back, take back."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from pmo_portal.core.models import AuditEvent, User
from projects.models import Action, Decision, DecisionOption, Issue
from tests import make
from tests.cast import World
from tests.projects.test_pages import client_of

SCALES = {"urgency": "4", "impact": "5", "status": "open"}
QUESTION: dict[str, Any] = {
    "question": "Quelle reprise ?", "needed_by": "2099-01-15", "amount_asked": "45 000", "recommended": "2",
    "option-1-label": "Tout reprendre", "option-1-cost": "45 000,50", "option-1-delay_days": "20",
    "option-2-label": "Rien", "option-2-note": "Au risque du projet.", "option-4-label": "",
}  # fmt: skip


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.parametrize(
    ("tab", "first", "button"),
    [("issues", "No issue recorded", "Add an issue"), ("actions", "No action recorded", "Add an action"),
     ("decisions", "No decision asked for", "Ask for a decision")],
)  # fmt: skip
def test_an_empty_register_says_what_it_is_for(
    world: World, ben: User, cleo: User, tab: str, first: str, button: str
) -> None:
    address = f"/projects/{world.tram.pk}/{tab}/"
    assert first in text(client_of(ben), address)
    assert button in text(client_of(ben), address)
    assert button not in text(client_of(cleo), address)


def test_an_issue_is_entered_resolved_and_found_under_all(world: World, dan: User) -> None:
    client, address = client_of(dan), f"/projects/{world.tram.pk}/issues/"
    assert client.post(f"{address}new/", {**SCALES, "title": "Recette bloquée"}).status_code == 302
    issue = Issue.objects.get()
    page = text(client, address)
    assert "4 × 5 = 20" in page
    assert client.post(f"/issues/{issue.pk}/close/").status_code == 302
    issue.refresh_from_db()
    assert (issue.status, issue.closed_on is not None) == ("resolved", True)
    assert "No open issue" in text(client, address)
    assert "Recette bloquée" in text(client, f"{address}?show=all")
    change = AuditEvent.objects.filter(target_type="projects.Issue").latest("pk").request_id
    client.post("/undo/", {"change": change, "next": address})
    assert Issue.objects.get().is_open


def test_an_action_comes_from_what_its_page_was_opened_on(world: World, ben: User) -> None:
    client, decision = client_of(ben), make.decision(world.tram, question="Qui ?", code="D7")
    make.risk(world.harbour, title="Not ours")
    address = f"/projects/{world.tram.pk}/actions/"
    form = text(client, f"{address}new/?origin=decision:{decision.pk}")
    assert f'<option value="decision:{decision.pk}" selected' in form
    assert "Not ours" not in form
    body = {"title": "Chiffrer", "status": "to_do", "priority": "3"}
    foreign = client.post(f"{address}new/", {**body, "origin": f"risk:{make.risk(world.harbour).pk}"})
    assert foreign.status_code == 422
    client.post(f"{address}new/", {**body, "origin": f"decision:{decision.pk}"})
    action = Action.objects.get()
    assert action.decision == decision
    assert "D7" in text(client, address)
    client.post(f"/actions/{action.pk}/edit/", {**body, "origin": "", "version": "1"})
    action.refresh_from_db()
    assert action.origin is None


class TestDecision:
    def ask(self, world: World, by: User, **more: Any) -> Any:
        return client_of(by).post(f"/projects/{world.tram.pk}/decisions/new/", {**QUESTION, **more})

    def test_is_asked_in_one_form_with_its_options(self, world: World, ben: User, cleo: User, dan: User) -> None:
        assert self.ask(world, ben).status_code == 302
        options = list(DecisionOption.objects.values_list("position", "label", "cost", "delay_days", "recommended"))
        assert options == [(1, "Tout reprendre", Decimal("45000.50"), 20, False), (2, "Rien", None, None, True)]
        address = f"/projects/{world.tram.pk}/decisions/"
        for user, may in ((ben, True), (cleo, False), (dan, False)):
            page = text(client_of(user), address)
            assert ("Tout reprendre" in page, "+20" in page, "45 k€" in page or "€45k" in page) == (True, True, may)
        form = text(client_of(dan), f"/decisions/{Decision.objects.get().pk}/edit/")
        assert "option-1-label" in form
        assert "option-1-cost" not in form
        assert "amount_asked" not in form

    def test_what_is_wrong_in_an_option_is_said_and_nothing_typed_is_lost(self, world: World, ben: User) -> None:
        wrong = {"option-3-cost": "7", "option-1-delay_days": "soon", "recommended": "5"}
        answer = self.ask(world, ben, **wrong)
        page = answer.content.decode()
        assert answer.status_code == 422
        for words in (
            "Name this option",
            "There is no option in this place",
            "Option 1, Delay in days",
            "Au risque du projet.",
        ):
            assert words in page, words
        assert not Decision.objects.exists()

    def test_is_decided_by_who_may_and_undone_by_them(self, world: World, ben: User, eve: User) -> None:
        self.ask(world, ben)
        decision = Decision.objects.get()
        page = text(client_of(eve), f"/projects/{world.tram.pk}/decisions/")
        assert f"/decisions/{decision.pk}/take/" in page
        assert f"/decisions/{decision.pk}/edit/" not in page
        assert client_of(ben).get(f"/decisions/{decision.pk}/take/").status_code == 403
        client, here = client_of(eve), f"/decisions/{decision.pk}/take/"
        body = {"outcome": "go_conditional", "taken_on": "2026-11-20", "decided_by_name": "COMEX", "version": "1"}
        refused = client.post(here, body)
        assert (refused.status_code, "under which conditions" in refused.content.decode()) == (422, True)
        assert client.post(here, {**body, "reason": "Sans surcoût."}).status_code == 302
        page = text(client_of(ben), f"/projects/{world.tram.pk}/decisions/?show=all")
        for words in ("Go under conditions", "COMEX", "Sans surcoût."):
            assert words in page
        assert client_of(ben).post(f"/decisions/{decision.pk}/edit/", {**QUESTION, "version": "2"}).status_code == 403
        again = client.post(here, {**body, "reason": "x", "version": "2"})
        assert (again.status_code, "this step is not possible" in again.content.decode()) == (422, True)
        change = AuditEvent.objects.filter(target_type="projects.Decision").latest("pk").request_id
        client.post("/undo/", {"change": change, "next": "/"})
        decision.refresh_from_db()
        assert (decision.status, decision.outcome) == ("asked", "")

    def test_goes_on_an_agenda_is_given_up_and_asked_again(self, world: World, ben: User) -> None:
        self.ask(world, ben)
        decision, client = Decision.objects.get(), client_of(ben)
        steps: list[tuple[str, dict[str, str], str]] = [
            ("schedule", {"scheduled_for": "2099-01-10", "committee": "COPIL"}, "scheduled"),
            ("lapse", {"reason": "Sans objet"}, "lapsed"),
            ("reopen", {}, "asked"),
        ]
        for verb, body, becomes in steps:
            here = f"/decisions/{decision.pk}/{verb}/"
            assert client.get(here).status_code == 200
            assert client.post(here, {**body, "version": str(decision.version)}).status_code == 302
            decision.refresh_from_db()
            assert decision.status == becomes
        assert client.post(f"/decisions/{decision.pk}/lapse/", {"version": "1"}).status_code == 409

    def test_two_editors_and_a_form_without_options(self, world: World, ben: User, ada: User) -> None:
        """The second editor sees both versions and keeps what they typed; a form that holds no options leaves them."""
        self.ask(world, ben)
        here = f"/decisions/{Decision.objects.get().pk}/edit/"
        only = {"question": "Que reprendre ?", "version": "1"}
        assert client_of(ada).post(here, only).status_code == 302
        assert DecisionOption.objects.count() == 2
        late = client_of(ben).post(
            here, {**QUESTION, "question": "Tout ?", "option-1-label": "Presque tout", "version": "1"}
        )
        page = late.content.decode()
        assert late.status_code == 409
        for words in ("Que reprendre ?", "Tout ?", "Presque tout"):
            assert words in page

    def test_comes_back_with_its_options_when_its_deletion_is_undone(self, world: World, ben: User) -> None:
        self.ask(world, ben)
        client, pk = client_of(ben), Decision.objects.get().pk
        client.post(f"/decisions/{pk}/delete/")
        assert not DecisionOption.objects.exists()
        change = AuditEvent.objects.filter(target_type="projects.Decision", action="delete").get().request_id
        client.post("/undo/", {"change": change, "next": "/"})
        assert [one.label for one in Decision.objects.get(pk=pk).options.all()] == ["Tout reprendre", "Rien"]
