"""The history of one record: every kind has a page, for whoever sees the record, in plain words, with its way back."""

import importlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from pmo_portal.core import trace, undo
from pmo_portal.core.models import AuditEvent, User
from portfolio.relief.services.proposals import refuse
from projects.access.services import grant_membership, revoke_membership, update_user
from projects.hierarchy import records
from projects.hierarchy.services import update_node
from projects.money.services import create_budget_line, delete_budget_line, update_budget_line
from projects.planning.services import update_milestone
from projects.raid.services import (
    Choice,
    delete_risk,
    update_action,
    update_assessment,
    update_decision,
    update_dependency,
    update_issue,
    update_risk,
)
from projects.resources import histories
from projects.resources.services import change_allocation, update_person
from reporting.health.models import Threshold
from reporting.health.services import thresholds
from tests import make
from tests.cast import World
from tests.projects.test_pages import client_of

ON = make.TODAY


def changed_container(world: World, by: User) -> models.Model:
    return update_node(node=world.rail, by=by, version=1, changes={"name": "Rail express"})


def changed_milestone(world: World, by: User) -> models.Model:
    row = make.milestone(world.tram, name="Percement")
    return update_milestone(milestone=row, by=by, version=1, on=ON, changes={"name": "Tunnel"})


def changed_amount(world: World, by: User) -> models.Model:
    row = create_budget_line(project=world.tram, by=by, on=ON, month=None, kind="revised", amount=Decimal(2640000))
    return update_budget_line(line=row, by=by, version=1, on=ON, changes={"amount": Decimal(3105000)})


def changed_risk(world: World, by: User) -> models.Model:
    row = make.risk(world.tram, title="Sol instable")
    return update_risk(risk=row, by=by, version=1, on=ON, changes={"title": "Nappe phréatique"})


def changed_issue(world: World, by: User) -> models.Model:
    row = make.issue(world.tram, title="Recette bloquée")
    return update_issue(issue=row, by=by, version=1, on=ON, changes={"title": "Recette faite"})


def changed_action(world: World, by: User) -> models.Model:
    row = make.action(world.tram, title="Relancer")
    return update_action(action=row, by=by, version=1, on=ON, changes={"title": "Payer"})


def changed_decision(world: World, by: User) -> models.Model:
    row = make.decision(world.tram, question="Qui ?")
    return update_decision(decision=row, by=by, version=1, on=ON, changes={"question": "Quand ?"})


def changed_review(world: World, by: User) -> models.Model:
    row = make.assessment(world.tram)
    return update_assessment(assessment=row, by=by, version=1, on=ON, changes={"rating": "red"})


def changed_option(world: World, by: User) -> models.Model:
    row = make.decision(world.tram, options=[{"label": "Tout"}])
    update_decision(decision=row, by=by, version=1, on=ON, changes={}, options=[Choice("Rien")])
    return row.options.get()


def changed_dependency(world: World, by: User) -> models.Model:
    row = make.dependency(world.tram, make.project("BRIDGE", node=world.rail), title="Accès")
    return update_dependency(dependency=row, by=by, version=1, on=ON, changes={"title": "Accès au pont"})


def changed_allocation(world: World, by: User) -> models.Model:
    row = make.allocation(world.tram)
    return change_allocation(allocation=row, by=by, version=1, on=ON, changes={"note": "Recette"})


def changed_month(world: World, by: User) -> models.Model:
    row = make.allocation(world.tram)
    change_allocation(allocation=row, by=by, version=1, on=ON, changes={}, months={date(2027, 1, 1): Decimal(7)})
    return row.months.get()


def refused_proposal(world: World, by: User) -> models.Model:
    row = make.proposal(world.tram)
    return refuse(proposal=row, by=by, version=1, at=timezone.now(), answer="Date contractuelle")


def changed_person(world: World, by: User) -> models.Model:
    return update_person(person=make.person("Zoé Petit"), by=by, version=1, changes={"name": "Zoé Grand"})


def changed_account(world: World, by: User) -> models.Model:
    return update_user(by=by, user=make.user("gus", last_name="Avant"), changes={"last_name": "Après"})


def changed_limit(world: World, by: User) -> models.Model:
    for amber in (5, 8):
        thresholds.save(by=by, node=world.north, values={"milestone_days": (Decimal(amber), Decimal(30))})
    return Threshold.objects.get(node=world.north, key="milestone_days")


def given_role(world: World, by: User) -> models.Model:
    return grant_membership(by=by, user=make.user("gus"), role="viewer", project=world.tram)


# kind: what changes a record of it, and who of the cast else may read its history, beside ada (true) or not (false)
CHANGES: dict[str, tuple[Callable[[World, User], models.Model], dict[str, bool]]] = {
    "container": (changed_container, {"ben": True, "cleo": True, "omar": False}),
    "milestone": (changed_milestone, {"ben": True, "cleo": True, "omar": False}),
    "amount": (changed_amount, {"ben": True, "cleo": False, "omar": False}),
    "risk": (changed_risk, {"ben": True, "cleo": True, "omar": False}),
    "issue": (changed_issue, {"ben": True, "cleo": True, "omar": False}),
    "action": (changed_action, {"ben": True, "cleo": True, "omar": False}),
    "decision": (changed_decision, {"ben": True, "cleo": True, "omar": False}),
    "option": (changed_option, {"ben": True, "cleo": True, "omar": False}),
    "assessment": (changed_review, {"ben": False, "cleo": False, "omar": False}),  # drafts are for few
    "dependency": (changed_dependency, {"ben": False, "cleo": True, "omar": False}),  # for who sees both projects
    "allocation": (changed_allocation, {"ben": True, "cleo": True, "omar": False}),
    "allocation-month": (changed_month, {"ben": True, "cleo": True, "omar": False}),
    "proposal": (refused_proposal, {"ben": True, "cleo": True, "omar": False}),
    "person": (changed_person, {"ben": True, "cleo": False, "omar": False}),
    "account": (changed_account, {"ben": False, "cleo": False, "omar": False}),
    "limit": (changed_limit, {"ben": False, "cleo": False, "omar": False}),
    "membership": (given_role, {"ben": False, "cleo": False, "omar": False}),
}


# A role is given and taken away, a review is the judgement of one person: neither is taken back by another. An answer to a
# proposal goes back with all it did, by who gave it.
TAKEN_BACK = [kind for kind in CHANGES if kind not in ("membership", "assessment", "proposal")]


def address(record: models.Model) -> str:
    found = records.address(record._meta.label, record.pk)
    assert found
    return found


def test_every_kind_is_tried_here() -> None:
    importlib.import_module("pmo_portal.urls")  # where they are registered
    supply = {*histories.KINDS, "rate"}  # one rule for all of them: tests/projects/resources
    assert set(CHANGES) | supply == set(records.kinds.keys())


def test_every_record_that_can_be_taken_back_has_a_page() -> None:
    for label in undo.ways.keys():  # noqa: SIM118  (a registry)
        assert records.address(label, 1), label
        assert apps.get_model(label)


@pytest.mark.parametrize("kind", CHANGES)
def test_whoever_sees_a_record_reads_its_history(
    kind: str, world: World, ada: User, ben: User, cleo: User, omar: User
) -> None:
    change, readers = CHANGES[kind]
    with trace.tracing(source="page", request_id="the-request"):
        record = change(world, ada)
    text = client_of(ada).get(address(record)).content.decode()
    assert "by Ada Martin" in text
    assert "/administration/audit/?request=the-request" in text
    for name, may in readers.items():
        answer = client_of({"ben": ben, "cleo": cleo, "omar": omar}[name]).get(address(record))
        assert answer.status_code == (200 if may else 404), name
        assert ("administration/audit" in answer.content.decode()) is False


@pytest.mark.parametrize("kind", TAKEN_BACK)
def test_its_last_change_is_taken_back_from_there_and_nobody_else_may(
    kind: str, world: World, ada: User, cleo: User
) -> None:
    record = CHANGES[kind][0](world, ada)
    event = AuditEvent.objects.filter(target_type=record._meta.label, target_id=record.pk).latest("pk")
    page = client_of(ada).get(address(record)).content.decode()
    assert f'name="event" value="{event.pk}"' in page
    assert client_of(cleo).post("/undo/", {"event": event.pk}).status_code == 404
    answer = client_of(ada).post("/undo/", {"event": event.pk, "next": address(record)}, follow=True)
    assert "Taken back" in answer.content.decode()
    name, (before, _after) = next(iter(event.changes.items()))
    fresh: Any = type(record)._default_manager.get(pk=record.pk)
    assert undo.same(undo.former_value(fresh, name, before), getattr(fresh, name))
    assert f'value="{event.pk}"' not in answer.content.decode(), "what no longer stands is not offered"


@pytest.mark.parametrize("kind", TAKEN_BACK)
def test_what_changed_again_since_is_not_taken_back(kind: str, world: World, ada: User) -> None:
    """The fields hold something else by now: refused, and nothing moves."""
    record = CHANGES[kind][0](world, ada)
    event = AuditEvent.objects.filter(target_type=record._meta.label, target_id=record.pk).latest("pk")
    name, (_before, after) = next(iter(event.changes.items()))
    other = Decimal("9") if isinstance(getattr(record, name), Decimal) else f"{after} again"
    type(record)._default_manager.filter(pk=record.pk).update(**{name: other})
    answer = client_of(ada).post("/undo/", {"event": event.pk, "next": "/help/"}, follow=True)
    assert "was changed again since" in answer.content.decode()
    assert getattr(type(record)._default_manager.get(pk=record.pk), name) == other


def test_a_role_taken_away_is_given_back_by_whoever_may_give_it(world: World, ada: User, ben: User) -> None:
    membership = grant_membership(by=ada, user=make.user("gus"), role="viewer", project=world.tram)
    revoke_membership(by=ada, membership=membership)
    event = AuditEvent.objects.filter(target_type="projects.Membership", action="delete").latest("pk")
    assert client_of(ben).post("/undo/", {"event": event.pk}).status_code == 404
    assert (
        "Taken back"
        in client_of(ada).post("/undo/", {"event": event.pk, "next": "/help/"}, follow=True).content.decode()
    )
    assert User.objects.get(username="gus").memberships.count() == 1


def test_a_deleted_record_keeps_its_history_for_who_sees_the_project(
    world: World, ada: User, cleo: User, omar: User
) -> None:
    risk = make.risk(world.tram, title="Sol instable")
    where = address(risk)
    delete_risk(risk=risk, by=ada, version=1, on=ON)
    line = create_budget_line(project=world.tram, by=ada, on=ON, month=None, kind="revised", amount=Decimal(5))
    amount = address(line)
    delete_budget_line(line=line, by=ada, version=1, on=ON)
    for user, told, money in ((ada, 200, 200), (cleo, 200, 404), (omar, 404, 404)):
        assert client_of(user).get(where).status_code == told, user
        assert client_of(user).get(amount).status_code == money, user
    page = client_of(ada).get(where).content.decode()
    assert "Sol instable" in page
    assert "deleted" in page
    event = AuditEvent.objects.get(target_type="projects.Risk", action="delete")
    client_of(ada).post("/undo/", {"event": event.pk})
    assert client_of(ada).get(where).content.decode().count("Restore") == 0
    answer = client_of(ada).post("/undo/", {"event": event.pk, "next": "/help/"}, follow=True)
    assert "was changed again since" in answer.content.decode(), "a second press does no harm"


def test_unknown_kinds_and_numbers_are_nothing(world: World, ada: User) -> None:
    for path in ("/history/nothing/1/", "/history/risk/999999/", "/history/container/999999/", "/history/amount/7/"):
        assert client_of(ada).get(path).status_code == 404, path


def test_a_budget_is_told_in_one_sentence(world: World, ada: User) -> None:
    line = changed_amount(world, ada)
    english = " ".join(client_of(ada).get(address(line)).content.decode().split())
    assert "<b>Budget revised:</b> <del>€2,640k</del>" in english
    ada.language = "fr"
    ada.save()
    french = client_of(ada).get(address(line)).content.decode()
    assert "<b>Budget révisé\u00a0:</b> <del>2\u202f640\u00a0k€</del>" in french
    assert "<ins>3\u202f105\u00a0k€</ins>" in french
    assert "par Ada Martin" in french


def test_each_page_of_a_record_leads_to_its_history(world: World, ada: User, cleo: User) -> None:
    milestone, risk = make.milestone(world.tram), make.risk(world.tram)
    line = make.budget_line(world.tram, month=None)
    person, account = make.person("Zoé"), make.user("gus")
    membership = make.member(account, "viewer", on=world.tram)
    limit = changed_limit(world, ada)
    for page, record in (
        (f"/milestones/{milestone.pk}/edit/", milestone),
        (f"/risks/{risk.pk}/edit/", risk),
        (f"/budget-lines/{line.pk}/edit/", line),
        (f"/people/{person.pk}/edit/", person),
        (f"/users/{account.pk}/edit/", account),
        ("/members/", membership),
        (f"/tree/{world.north.pk}/edit/", world.north),
        (world.north.get_absolute_url(), world.north),
        ("/settings/thresholds/NORTH/", limit),
    ):
        answer = client_of(ada).get(page)
        assert answer.status_code == 200, page
        assert f'href="{address(record)}"' in answer.content.decode().replace("href=/", 'href="/'), page
    for page, record in (
        (f"/projects/{world.tram.pk}/milestones/", milestone),
        (f"/projects/{world.tram.pk}/risks/", risk),
        (world.north.get_absolute_url(), world.north),
    ):
        assert f'href="{address(record)}"' in client_of(cleo).get(page).content.decode(), page
