"""Issues and actions: their numbers, the day they come to an end, where an action comes from."""

from datetime import date

import pytest

from pmo_portal.core import undo
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import AuditEvent, User
from projects.models import Action, Issue, Risk
from projects.raid import services
from projects.raid.selectors import actions, issues
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english")

ON, LATER = date(2026, 11, 24), date(2026, 11, 30)


def test_each_register_counts_for_itself(world: World, dan: User) -> None:
    make.issue(world.tram, code="I4"), make.action(world.harbour, code="A9")
    told = {"project": world.tram, "by": dan, "on": ON}
    made = (
        services.create_issue(title="Recette bloquée", **told),
        services.create_action(title="Relancer", **told),
        services.create_decision(question="Quel prestataire ?", **told),
        services.create_action(title="Payer", code="X", **told),
    )
    assert [row.code for row in made] == ["I5", "A1", "D1", "X"]
    world.tram.refresh_from_db()
    assert world.tram.data_date == ON


def test_the_day_of_an_issue_comes_and_goes_with_its_status(world: World, ben: User) -> None:
    issue = services.create_issue(project=world.tram, by=ben, on=ON, title="Recette bloquée")

    def change(on: date = LATER, **changes: object) -> Issue:
        stored = Issue.objects.get(pk=issue.pk)
        return services.update_issue(issue=stored, by=ben, version=stored.version, changes=changes, on=on)

    assert (issue.status, issue.closed_on) == ("open", None)
    assert change(status="resolved").closed_on == LATER
    assert change(status="closed", closed_on=None).closed_on == LATER, "it was resolved that day already"
    assert change(closed_on=ON).closed_on == ON
    with pytest.raises(DomainError, match="what has happened by now") as early:
        change(on=ON, closed_on=LATER)
    assert early.value.field == "closed_on"
    assert change(status="open").closed_on is None
    with pytest.raises(DomainError, match="leave the day empty"):
        change(closed_on=ON)
    assert Issue.objects.get(pk=issue.pk).is_open


def test_an_action_that_is_done_is_whole(world: World, ben: User) -> None:
    action = services.create_action(project=world.tram, by=ben, on=ON, title="Relancer", percent_complete=40)
    done = services.update_action(action=action, by=ben, version=1, changes={"status": "done"}, on=LATER)
    assert (done.done_on, done.percent_complete, done.is_open) == (LATER, 100, False)
    again = services.update_action(action=done, by=ben, version=2, changes={"status": "in_progress"}, on=LATER)
    assert (again.done_on, again.percent_complete) == (None, None)
    dropped = services.update_action(action=again, by=ben, version=3, changes={"status": "cancelled"}, on=LATER)
    assert (dropped.done_on, dropped.is_open) == (None, False)


def test_an_action_has_one_origin_of_its_own_project(world: World, ben: User) -> None:
    told = {"project": world.tram, "by": ben, "on": ON, "title": "Relancer"}
    risk, issue = make.risk(world.tram), make.issue(world.tram)
    assert services.create_action(risk=risk, **told).origin == risk
    with pytest.raises(DomainError, match="keep one of them"):
        services.create_action(risk=risk, issue=issue, **told)
    with pytest.raises(DomainError, match="belongs to another project") as foreign:
        services.create_action(issue=make.issue(world.harbour), **told)
    assert foreign.value.field == "issue"
    assert Action.objects.count() == 1


def test_an_action_outlives_its_origin_and_finds_it_again(world: World, ada: User) -> None:
    risk = make.risk(world.tram)
    action = services.create_action(project=world.tram, by=ada, on=ON, title="Relancer", risk=risk)
    services.delete_risk(risk=risk, by=ada, version=1, on=ON)
    action.refresh_from_db()
    assert action.risk_id is None
    gone = AuditEvent.objects.get(target_type="projects.Risk", action="delete")
    parted = AuditEvent.objects.filter(target_type="projects.Action", action="update").latest("pk")
    undo.take_back([gone, parted], by=ada, on=ON)
    action.refresh_from_db()
    assert (action.risk_id, Risk.objects.get().title) == (risk.pk, risk.title)
    services.delete_risk(risk=Risk.objects.get(), by=ada, version=Risk.objects.get().version, on=ON)
    with pytest.raises(DomainError):  # what it came from is gone: the link alone cannot come back
        undo.take_back([AuditEvent.objects.filter(target_type="projects.Action").latest("pk")], by=ada, on=ON)


def test_what_presses_most_stands_first(world: World) -> None:
    for title, urgency, status, closed in (
        ("low", 1, "open", None),
        ("high", 5, "postponed", None),
        ("over", 5, "closed", ON),
    ):
        make.issue(world.tram, title=title, urgency=urgency, status=status, closed_on=closed)
    assert [row.title for row in issues(world.tram)] == ["high", "low", "over"]
    make.action(world.tram, title="undated", priority=5)
    make.action(world.tram, title="late", due_date=ON, priority=1)
    make.action(world.tram, title="dropped", status="cancelled")
    assert [row.title for row in actions(world.tram)] == ["late", "undated", "dropped"]
