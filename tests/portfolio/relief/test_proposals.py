"""What is proposed, who answers, and that nothing moves before."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from pmo_portal.core.errors import DomainError, StaleVersion
from pmo_portal.core.models import AuditEvent, User
from pmo_portal.core.periods import add_months
from portfolio.capacity.selectors.periods import MONTH, period_of
from portfolio.capacity.services import refresh
from portfolio.relief.later import last_of
from portfolio.relief.models import Proposal
from portfolio.relief.selectors.conflict import conflict
from portfolio.relief.selectors.options import options
from portfolio.relief.services import proposals as services
from projects.access.models import Membership
from projects.hierarchy.models import Project
from projects.planning.models import Milestone
from projects.resources.models import Allocation, AllocationMonth, Person, PooledCapacity, Role
from reporting.alerts.models import Notification
from reporting.alerts.services.gather import gather
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.portfolio.relief.conflicts import Short, short_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def short(world: World) -> Short:
    return short_role(world)


@pytest.fixture
def rose(world: World) -> User:
    """A resource manager of everything."""
    return make.user("rose", role="resource_manager", first_name="Rose", last_name="Leroy")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def proposed(short: Short, by: User, kind: str, project: Project | None = None) -> Proposal:
    found = short.seen_by(by)
    option = next(
        one for one in options(found, reader=by).found if one.kind == kind and (not project or one.project == project)
    )
    return services.propose(by=by, at=timezone.now(), conflict=found, option=option, note="Le port passe avant.")


def post(user: User, row: Proposal, verb: str, version: int | None = None, **fields):
    data = {"version": version or row.version, "answer": "", **fields}
    return client_of(user).post(f"/capacity/proposals/{row.pk}/{verb}/", data)


@pytest.fixture
def due(world: World, short: Short) -> Milestone:
    """A milestone of tram on the last day of the short month, and no other date."""
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=None, baseline_end=None)
    day = last_of(short.month)
    return make.milestone(world.tram, name="Mise en service", baseline_date=day, forecast_date=day)


def test_a_shift_is_proposed_then_its_manager_accepts_and_only_then_it_moves(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    key = next(one.key for one in options(short.seen_by(ada), reader=ada).found if one.kind == "shift")
    answer = client_of(ada).post(f"/capacity/gives-way/{short.query}", {"option": key, "note": "Le port passe avant."})
    row = Proposal.objects.get()
    assert answer.url == f"/capacity/proposals/{row.pk}/"
    assert list(short.tram.months.values_list("month", "asked")) == [(short.month, 20)]  # nothing moved
    due.refresh_from_db()
    assert due.forecast_date == last_of(short.month)

    assert "Shift the project" in client_of(ben).get("/my-day/").content.decode()
    page = client_of(ben).get(f"/capacity/proposals/{row.pk}/").content.decode()
    assert "Mise en service" in page
    assert "Le port passe avant." in page
    assert post(ben, row, "accept", answer="D'accord").status_code == 302

    row.refresh_from_db()
    assert (row.state, row.answered_by, row.answer) == ("accepted", ben, "D'accord")
    due.refresh_from_db()
    assert due.forecast_date == last_of(short.month) + timedelta(weeks=row.weeks)
    short.tram.refresh_from_db()
    assert short.tram.status == "changed"  # who answers for the people still confirms the new months
    assert sum(short.tram.months.values_list("asked", flat=True)) == 20
    assert short.tram.months.filter(month__gt=short.month, asked__gt=0).exists()
    told = AuditEvent.objects.filter(target_type="projects.Milestone", target_id=due.pk, action="update")
    assert {one.actor for one in told} == {ben}


def change_offered(client: Client) -> str:
    """What the message of the page just left offers to take back."""
    page = client.get("/preferences/").content.decode()
    assert 'name="change"' in page, "nothing is offered"
    return page.split('name="change" value="')[1].split('"')[0]


def undo(client: Client, change: str, kind: str = "undo") -> str:
    """As the button of that message says: "undo" or "redo"."""
    sent = {"change": change, "as": kind, "next": "/preferences/"}
    return client.post("/undo/", sent, follow=True).content.decode()


def test_accepting_is_taken_back_and_the_proposal_waits_again(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    row, client, before = proposed(short, ada, "shift", world.tram), client_of(ben), short.tram.status

    def accept() -> str:
        row.refresh_from_db()
        answer = client.post(f"/capacity/proposals/{row.pk}/accept/", {"version": row.version, "answer": "D'accord"})
        assert answer.status_code == 302
        row.refresh_from_db()
        assert row.state == "accepted"
        return change_offered(client)

    assert "Taken back" in undo(client, accept())
    for one in (row, due, short.tram):
        one.refresh_from_db()
    assert (row.state, row.answered_by, row.answered_at, row.answer) == ("proposed", None, None, "")
    assert (due.forecast_date, short.tram.status) == (last_of(short.month), before)
    asked = short.tram.months.filter(asked__gt=0)
    assert list(asked.values_list("month", "asked", "granted")) == [(short.month, 20, 20)]
    assert "changed since" not in client.get(f"/capacity/proposals/{row.pk}/").content.decode()

    redo = AuditEvent.objects.filter(action="undo").latest("pk").request_id
    assert "Done again" in undo(client, redo, "redo")
    row.refresh_from_db()
    assert row.state == "accepted"
    again = AuditEvent.objects.filter(action="undo").latest("pk").request_id
    assert "Taken back" in undo(client, again)
    assert "changed since" not in client.get(f"/capacity/proposals/{row.pk}/").content.decode()

    change = accept()  # as it was: it is accepted again, and something else moves before it is taken back
    make.milestone(world.tram, name="Réception", baseline_date=due.forecast_date, forecast_date=due.forecast_date)
    assert "Taken back" in undo(client, change)
    row.refresh_from_db()
    assert row.state == "proposed"
    assert "changed since" in client.get(f"/capacity/proposals/{row.pk}/").content.decode()


def test_what_was_accepted_and_changed_again_is_not_taken_back(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    row, client = proposed(short, ada, "shift", world.tram), client_of(ben)
    client.post(f"/capacity/proposals/{row.pk}/accept/", {"version": row.version, "answer": ""})
    change = change_offered(client)
    due.refresh_from_db()
    later = due.forecast_date + timedelta(days=1)
    client_of(ada).post(f"/milestones/{due.pk}/dates/", {"forecast_date": later.isoformat(), "version": due.version})
    assert "was changed again since: nothing was taken back" in undo(client, change)
    row.refresh_from_db()
    assert row.state == "accepted"
    assert short.tram.months.filter(month__gt=short.month, asked__gt=0).exists()


def test_refusing_and_withdrawing_are_taken_back_unless_the_same_was_proposed_again(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    row = proposed(short, ada, "shift", world.tram)
    owner, author = client_of(ben), client_of(ada)
    owner.post(f"/capacity/proposals/{row.pk}/refuse/", {"version": row.version, "answer": "Non"})
    refusal = change_offered(owner)
    again = proposed(short, ada, "shift", world.tram)
    assert "The same was proposed again since" in undo(owner, refusal)
    author.post(f"/capacity/proposals/{again.pk}/withdraw/", {"version": again.version})
    withdrawal = change_offered(author)
    assert "Taken back" in undo(owner, refusal)
    row.refresh_from_db()
    assert (row.state, row.answer) == ("proposed", "")
    assert "The same was proposed again since" in undo(author, withdrawal)
    post(ada, row, "withdraw")
    assert "Taken back" in undo(author, withdrawal)
    again.refresh_from_db()
    assert again.state == "proposed"


def test_who_lost_the_right_takes_no_answer_back(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    row, client = proposed(short, ada, "shift", world.tram), client_of(ben)
    client.post(f"/capacity/proposals/{row.pk}/accept/", {"version": row.version, "answer": ""})
    change = change_offered(client)
    Membership.objects.filter(user=ben).delete()
    assert "Taken back" not in undo(client, change)
    row.refresh_from_db()
    assert row.state == "accepted"


def test_what_was_told_of_an_answer_goes_when_it_is_taken_back(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    row, client = proposed(short, ada, "shift", world.tram), client_of(ben)
    client.post(f"/capacity/proposals/{row.pk}/accept/", {"version": row.version, "answer": ""})
    change = change_offered(client)
    told = Notification.objects.filter(user=ada, rule="R05")
    gather(on=timezone.localdate(), at=timezone.now())
    assert told.count() == 1
    undo(client, change)
    gather(on=timezone.localdate(), at=timezone.now())
    assert told.count() == 0
    assert Notification.objects.filter(user=ben, rule="R04").exists()


def test_people_and_capacity_given_are_taken_back(ada: User, rose: User, short: Short, bea: Person) -> None:
    client = client_of(rose)
    for kind in ("reinforce", "swap"):
        row = proposed(short, ada, kind)
        client.post(f"/capacity/proposals/{row.pk}/accept/", {"version": row.version, "answer": ""})
        row.refresh_from_db()
        assert row.state == "accepted"
        change = change_offered(client)
        if kind == "swap":  # what comes back on Ann needs room like a confirmation
            assert "Ann Architecte" in undo(client, change)
            AllocationMonth.objects.filter(allocation__in=(short.harbour, short.secret)).delete()
        assert "Taken back" in undo(client, change)
        row.refresh_from_db()
        assert row.state == "proposed"
    short.tram.refresh_from_db()
    assert short.tram.person == short.ann
    assert not PooledCapacity.objects.exists()


def test_only_its_owner_answers(
    ada: User, ben: User, eve: User, omar: User, rose: User, short: Short, world: World, due: Milestone
) -> None:
    row = proposed(short, ada, "shift", world.tram)
    assert post(eve, row, "accept").status_code == 403
    assert post(rose, row, "accept").status_code == 403
    assert post(omar, row, "accept").status_code == 404
    assert post(ben, row, "withdraw").status_code == 403  # it is not his
    capacity = proposed(short, ada, "reinforce")
    assert post(ben, capacity, "accept").status_code == 404
    assert post(rose, capacity, "accept").status_code == 302
    assert PooledCapacity.objects.filter(role=short.role, first_month=short.month).count() == 1


def test_a_refusal_says_why(ada: User, ben: User, world: World, short: Short, due: Milestone) -> None:
    row = proposed(short, ada, "shift", world.tram)
    assert post(ben, row, "refuse").status_code == 422
    assert post(ben, row, "refuse", answer="Date contractuelle").status_code == 302
    row.refresh_from_db()
    assert (row.state, row.answer) == ("refused", "Date contractuelle")
    assert proposed(short, ada, "shift", world.tram).state == "proposed"  # asked again: that is another one


def test_two_owners_answer_at_once_and_the_second_is_told(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    row = proposed(short, ada, "shift", world.tram)
    assert post(ben, row, "refuse", answer="Non").status_code == 302
    late = post(ada, row, "accept")
    assert late.status_code == 409
    assert "Ben Durand answered this" in late.content.decode()
    assert short.tram.months.get().month == short.month


def test_what_changed_meanwhile_makes_it_outdated_and_nothing_is_done(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    row = proposed(short, ada, "shift", world.tram)
    Allocation.objects.filter(pk=short.tram.pk).update(note="Changed")
    assert "changed since" in client_of(ben).get(f"/capacity/proposals/{row.pk}/").content.decode()
    post(ben, row, "accept")
    row.refresh_from_db()
    assert row.state == "outdated"
    assert short.tram.months.get().month == short.month
    due.refresh_from_db()
    assert due.forecast_date == last_of(short.month)


def test_one_of_a_kind_waits_at_a_time_and_who_made_it_withdraws_it(
    ada: User, world: World, short: Short, due: Milestone
) -> None:
    row = proposed(short, ada, "shift", world.tram)
    with pytest.raises(services.AlreadyProposed):
        proposed(short, ada, "shift", world.tram)
    assert post(ada, row, "withdraw").status_code == 302
    row.refresh_from_db()
    assert row.state == "withdrawn"
    proposed(short, ada, "shift", world.tram)


def test_a_swap_gives_the_months_to_somebody_else_if_there_is_room(
    ada: User, rose: User, short: Short, world: World
) -> None:
    skill, bea = make.skill(), make.person("Bea Autre", role=make.role())
    make.person_skill(bea, skill, level=4)
    Allocation.objects.filter(pk=short.tram.pk).update(skill=skill)
    row = proposed(short, ada, "swap")
    assert post(rose, row, "accept").status_code == 302
    short.tram.refresh_from_db()
    assert (short.tram.person, short.tram.status) == (bea, "confirmed")

    harbour = make.allocation(world.harbour, role=short.role, skill=skill, person=short.ann, status="confirmed",
                              answered_on=timezone.localdate(), months={short.month: (15, 15)})  # fmt: skip
    other = make.person("Zoe Autre", role=make.role())
    make.person_skill(other, skill, level=4)
    row = proposed(short, ada, "swap")
    assert row.steps["allocation"] == harbour.pk
    make.allocation(world.tram, person=other, months={short.month: (20, 20)}, status="confirmed",
                    answered_on=timezone.localdate())  # fmt: skip
    assert post(rose, row, "accept").status_code == 409  # somebody gave her something else meanwhile
    row.refresh_from_db()
    assert row.state == "proposed"


def test_less_is_asked_and_a_stop_is_only_agreed(ada: User, ben: User, world: World, short: Short) -> None:
    less, stop = proposed(short, ada, "reduce", world.tram), proposed(short, ada, "stop", world.tram)
    page = post(ben, stop, "accept")
    assert page.status_code == 302
    world.tram.refresh_from_db()
    assert world.tram.state == "executing"
    assert "stop the project on its page" in client_of(ben).get(page.url).content.decode()
    post(ben, less, "accept")
    assert short.tram.months.get().asked == 20 - less.days


def test_the_owner_and_who_proposed_it_are_told(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    world.tram.project_manager = make.person("Ben Durand", user=ben)
    world.tram.save()
    row = proposed(short, ada, "shift", world.tram)
    gather(on=timezone.localdate(), at=timezone.now())
    gather(on=timezone.localdate(), at=timezone.now())
    assert [one.user for one in Notification.objects.filter(rule="R04")] == [ben]
    assert "is proposed to you" in client_of(ben).get("/my-day/").content.decode()
    post(ben, row, "refuse", answer="Non")
    gather(on=timezone.localdate(), at=timezone.now())
    assert [one.user for one in Notification.objects.filter(rule="R05")] == [ada]


def test_the_project_page_shows_what_it_is_asked(
    ada: User, ben: User, cleo: User, omar: User, world: World, short: Short, due: Milestone
) -> None:
    row = proposed(short, ada, "shift", world.tram)
    address = f"/projects/{world.tram.pk}/proposals/"
    assert (
        f"/capacity/proposals/{row.pk}/" in client_of(ben).get(address, headers={"HX-Request": "true"}).content.decode()
    )
    assert client_of(cleo).get(address).status_code == 200
    assert client_of(omar).get(address).status_code == 404
    assert address in client_of(ben).get(f"/projects/{world.tram.pk}/team/").content.decode()


def test_what_is_proposed_to_a_secret_project_is_seen_by_nobody_else(
    ada: User, ben: User, eve: User, world: World, short: Short
) -> None:
    row = proposed(short, ada, "stop", world.secret)
    for user in (ben, eve):
        assert client_of(user).get(f"/capacity/proposals/{row.pk}/").status_code == 404
        assert "Secret" not in client_of(user).get("/capacity/proposals/?view=all").content.decode()
    assert client_of(ada).get(f"/capacity/proposals/{row.pk}/").status_code == 200


def test_a_failure_of_one_step_undoes_all(ada: User, ben: User, world: World, short: Short, due: Milestone) -> None:
    row = proposed(short, ada, "shift", world.tram)
    steps = row.steps
    steps["allocations"][0]["after"] = {short.month.isoformat(): "40.00"}  # more than one person has
    Proposal.objects.filter(pk=row.pk).update(steps=steps)
    row.refresh_from_db()
    assert post(ben, row, "accept").status_code == 422
    row.refresh_from_db()
    assert row.state == "proposed"
    assert list(AllocationMonth.objects.filter(allocation=short.tram).values_list("month", flat=True)) == [short.month]


@pytest.mark.parametrize("count", [1, 5])
def test_the_list_asks_as_much_whatever_its_length(
    ada: User, world: World, short: Short, django_assert_max_num_queries, count: int
) -> None:
    kinds = ["stop", "reduce", "shift", "float", "swap"]
    for kind in kinds[:count]:
        Proposal.objects.create(
            kind=kind, project=world.tram, rows="role", ref=short.role.pk, subject="Architect", first_day=short.month,
            last_day=last_of(short.month), days=3, proposed_by=ada, proposed_at=timezone.now(),
        )  # fmt: skip
    client = client_of(ada)
    client.get("/capacity/proposals/")
    with django_assert_max_num_queries(9):  # session, reader, and what every page asks; the rows, and how many wait
        answer = client.get("/capacity/proposals/?view=all")
    assert "Architect " in answer.content.decode()
    User.objects.filter(pk=ada.pk).update(language="fr")
    assert "Architecte " in client.get("/capacity/proposals/?view=all").content.decode(), (
        "said in the reader's language"
    )


@pytest.fixture
def bea(short: Short) -> Person:
    """Of another role, with the skill that tram asks for."""
    skill, bea = make.skill(), make.person("Bea Autre", role=make.role())
    make.person_skill(bea, skill, level=4)
    Allocation.objects.filter(pk=short.tram.pk).update(skill=skill)
    return bea


def test_who_could_do_it_is_named_to_who_looks_people_up_until_it_is_accepted(
    ada: User, ben: User, cleo: User, rose: User, world: World, short: Short, bea: Person
) -> None:
    row = proposed(short, ada, "swap", world.tram)
    address = f"/capacity/proposals/{row.pk}/"
    assert "Bea Autre" in client_of(ben).get(address).content.decode()
    page = client_of(cleo).get(address).content.decode()
    assert "Bea Autre" not in page
    assert "somebody else" in page
    assert Api(ben).get(f"proposals/{row.pk}/").json()["steps"]["person"] == bea.pk
    [listed] = Api(cleo).rows("proposals/", fields="id,steps")
    assert {"person", "name"}.isdisjoint(listed["steps"])
    assert post(rose, row, "accept").status_code == 302
    assert "Bea Autre" in client_of(cleo).get(address).content.decode()


def test_no_room_any_more_is_said_in_words_of_this_page(
    ada: User, rose: User, world: World, short: Short, bea: Person
) -> None:
    row = proposed(short, ada, "swap", world.tram)
    make.allocation(world.harbour, person=bea, months={short.month: (20, 20)}, status="confirmed",
                    answered_on=timezone.localdate())  # fmt: skip
    refused = post(rose, row, "accept")
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "Bea Autre" in page
    assert "confirm anyway" not in page
    assert "refuse it and say why" in page


def test_it_is_told_to_who_can_answer_and_no_longer_than_it_waits(
    ada: User, ben: User, cleo: User, world: World, short: Short, due: Milestone
) -> None:
    """The person named as manager only looks at it here; who proposed it is not told, though they could answer."""
    pia = make.user("pia", role="pmo")
    world.tram.project_manager = make.person("Cleo", user=cleo)
    world.tram.save()
    row, capacity = proposed(short, ada, "shift", world.tram), proposed(short, ada, "reinforce")
    told = Notification.objects.filter(rule="R04")
    gather(on=timezone.localdate(), at=timezone.now())
    assert set(told.values_list("user", "told__proposal")) == {(pia.pk, row.pk), (pia.pk, capacity.pk)}
    told.filter(told__proposal=capacity.pk).update(mailed_at=timezone.now())
    for one in (row, capacity):
        assert post(ada, one, "withdraw").status_code == 302
    gather(on=timezone.localdate(), at=timezone.now())
    assert [one.seen_at is not None for one in told] == [True]  # the one that a letter told


def test_a_resource_manager_who_asks_for_capacity_asks_the_pmo(ada: User, rose: User, short: Short) -> None:
    row = proposed(short, rose, "reinforce")
    gather(on=timezone.localdate(), at=timezone.now())
    assert list(Notification.objects.filter(rule="R04").values_list("user", "told__proposal")) == [(ada.pk, row.pk)]


def test_what_is_offered_is_what_can_be_proposed(ada: User, world: World, short: Short, due: Milestone) -> None:
    """What waits for one month or one role is no reason to hide the button of another; a whole project waits everywhere."""
    after = add_months(short.month, 1)
    make.allocation(world.tram, role=short.role, months={after: 60})
    other = make.role()
    make.allocation(world.tram, role=other, months={short.month: 30})
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=last_of(after) + timedelta(weeks=9))
    Milestone.objects.all().delete()
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    sent = {kind: proposed(short, ada, kind, world.tram) for kind in ("float", "reduce", "stop")}
    sent["reinforce"] = proposed(short, ada, "reinforce")

    def waiting(role: Role, month: date, reader: User = ada) -> dict[str, Proposal | None]:
        cell = conflict("role", role.pk, "…", period_of(MONTH, month), reader=reader, today=timezone.localdate())
        found = [one for one in options(cell, reader=reader).found if one.project in (None, world.tram)]
        for one in found:
            if not one.asked:
                with transaction.atomic():
                    services.propose(by=ada, at=timezone.now(), conflict=cell, option=one)
                    transaction.set_rollback(True)
        return {one.kind: one.waits for one in found if one.asked}

    assert {kind: row for kind, row in waiting(short.role, short.month).items() if kind != "shift"} == sent
    assert waiting(short.role, after) == {
        kind: sent[kind] for kind in ("float", "stop")
    }  # it moves those months as well
    assert waiting(other, short.month) == {"stop": sent["stop"]}
    pam = make.user("pam", role="portfolio_manager")
    assert waiting(short.role, short.month, pam)["reinforce"] is None  # it waits, and is not theirs to read


def test_a_month_that_has_begun_meanwhile_makes_it_outdated(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    row = proposed(short, ada, "shift", world.tram)
    done = services.accept(proposal=row, by=ben, version=row.version, on=short.month, at=timezone.now())
    assert done.state == "outdated"
    assert short.tram.months.get().asked == 20
    capacity = proposed(short, ada, "reinforce")
    late = last_of(short.month) + timedelta(days=1)
    done = services.accept(proposal=capacity, by=ada, version=capacity.version, on=late, at=timezone.now())
    assert done.state == "outdated"
    assert not PooledCapacity.objects.exists()


def test_what_was_added_to_the_project_makes_it_outdated(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    row = proposed(short, ada, "shift", world.tram)
    make.milestone(world.tram, name="Réception", baseline_date=due.forecast_date, forecast_date=due.forecast_date)
    post(ben, row, "accept")
    row.refresh_from_db()
    assert row.state == "outdated"
    row = proposed(short, ada, "shift", world.tram)
    make.allocation(world.tram, role=short.role, months={short.month: 4})
    post(ben, row, "accept")
    row.refresh_from_db()
    assert row.state == "outdated"


def test_one_that_cannot_be_accepted_any_more_makes_room_and_who_may_propose_withdraws(
    ada: User, world: World, short: Short, due: Milestone
) -> None:
    old = proposed(short, ada, "shift", world.tram)
    Allocation.objects.filter(pk=short.tram.pk).update(note="Changed")
    row = proposed(short, ada, "shift", world.tram)
    old.refresh_from_db()
    assert (old.state, row.state) == ("outdated", "proposed")
    assert post(make.user("pia", role="pmo"), row, "withdraw").status_code == 302
    row.refresh_from_db()
    assert row.state == "withdrawn"


def test_a_shift_is_not_offered_again_while_its_months_wait_to_be_confirmed(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    post(ben, proposed(short, ada, "shift", world.tram), "accept")
    found = options(short.seen_by(ada), reader=ada)
    assert found.conflict.short > 10  # as before: what was granted stays granted
    assert found.conflict.needed < 0.1
    assert not found.found
    page = client_of(ada).get(f"/capacity/gives-way/{short.query}").content.decode()
    assert "are free once the changed requests are confirmed" in page
    assert "What was accepted is enough" in page


def test_less_is_not_asked_twice_and_a_refused_request_does_not_come_back(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    refused = make.allocation(world.tram, role=short.role, months={short.month: 5}, status="refused",
                              answered_on=timezone.localdate())  # fmt: skip
    row = proposed(short, ada, "shift", world.tram)
    assert [one["id"] for one in row.steps["allocations"]] == [short.tram.pk]
    post(ben, proposed(short, ada, "reduce", world.tram), "accept")
    refused.refresh_from_db()
    assert refused.status == "refused"
    kinds = {one.kind for one in options(short.seen_by(ada), reader=ada).found if one.project == world.tram}
    assert "shift" in kinds  # some is short still
    assert "reduce" not in kinds


def test_of_what_was_granted_in_part_only_that_gives_way(ada: User, ben: User, world: World, short: Short) -> None:
    make.allocation(world.harbour, role=short.role,
                    person=short.ann, status="confirmed", answered_on=timezone.localdate(),
                    months={short.month: (12, 12)})  # fmt: skip
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=short.month + timedelta(weeks=6))
    short.tram.months.update(granted=10)
    moved = proposed(short, ada, "float", world.tram)
    assert "the rest is not asked any more" in client_of(ben).get(f"/capacity/proposals/{moved.pk}/").content.decode()
    post(ada, moved, "withdraw")
    before = short.seen_by(ada).asked
    row = proposed(short, ada, "reduce", world.tram)
    assert float(row.days) == 5  # half of what it has, not of what it asks
    post(ben, row, "accept")
    assert short.seen_by(ada).asked == pytest.approx(before)  # no more than before
    assert short.tram.months.get().asked == 5


def test_somebody_else_takes_over_what_was_granted(ada: User, rose: User, short: Short, world: World) -> None:
    skill, bea = make.skill(), make.person("Bea Autre", role=make.role())
    make.person_skill(bea, skill, level=4)
    AllocationMonth.objects.filter(allocation=short.harbour).update(granted=14)
    Allocation.objects.filter(pk=short.tram.pk).update(skill=skill)
    short.tram.months.update(granted=15)  # of 20 asked
    make.allocation(world.harbour, person=bea, role=bea.role, status="confirmed", answered_on=timezone.localdate(),
                    months={short.month: (8, 8)})  # fmt: skip
    before = short.seen_by(ada).asked
    row = proposed(short, ada, "swap")
    part = sum(map(float, row.steps["part"].values()))
    assert 0 < part < 15
    assert post(rose, row, "accept").status_code == 302
    assert short.seen_by(ada).asked == pytest.approx(before - part)
    piece = Allocation.objects.get(origin=short.tram)
    assert (piece.person, float(piece.months.get().granted)) == (bea, part)
    assert float(short.tram.months.get().granted) == 15 - part


def test_capacity_is_added_once_and_only_while_it_is_missing(ada: User, rose: User, world: World, short: Short) -> None:
    row = proposed(short, ada, "reinforce")
    week = conflict("role", short.role.pk, "Architect", period_of("week", short.month.replace(day=10)), reader=ada,
                       today=timezone.localdate())  # fmt: skip
    option = next(one for one in options(week, reader=ada).found if one.kind == "reinforce")
    with pytest.raises(services.AlreadyProposed):
        services.propose(by=ada, at=timezone.now(), conflict=week, option=option)
    short.tram.months.all().delete()
    post(rose, row, "accept")
    row.refresh_from_db()
    assert row.state == "outdated"
    assert not PooledCapacity.objects.exists()


def both(*calls: Callable[[], Any]) -> list[Any]:
    """What each of these answered, or was refused with, done at the same moment."""
    ready, told = threading.Barrier(len(calls)), list[Any]()

    def one(call: Callable[[], Any]) -> None:
        try:
            ready.wait(5)
            told.append(call())
        except DomainError as refused:
            told.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return told


@pytest.mark.django_db(transaction=True)
def test_of_two_who_propose_or_accept_the_same_capacity_at_once_one_wins_and_the_other_is_told(
    ada: User, rose: User, world: World, short: Short
) -> None:
    found = short.seen_by(ada)
    [option] = [one for one in options(found, reader=ada).found if one.kind == "reinforce"]

    def propose(by: User) -> Proposal:
        return services.propose(by=by, at=timezone.now(), conflict=found, option=option)

    told = both(lambda: propose(ada), lambda: propose(rose))
    assert {type(one) for one in told} == {Proposal, services.AlreadyProposed}
    row = Proposal.objects.get()

    def accept(by: User) -> Proposal:
        return services.accept(proposal=row, by=by, version=row.version, on=timezone.localdate(), at=timezone.now())

    told = both(lambda: accept(ada), lambda: accept(rose))
    won = next(one for one in told if isinstance(one, Proposal))
    [late] = [one for one in told if isinstance(one, StaleVersion)]
    assert won.state == "accepted"
    assert won.answered_by.label in late.message
    assert PooledCapacity.objects.count() == 1


def test_capacity_for_a_unit_that_is_gone_is_outdated(ada: User, rose: User, world: World, short: Short) -> None:
    unit = make.unit()
    share = make.unit_share(short.ann, unit)
    cell = conflict("unit", unit.pk, "…", period_of(MONTH, short.month), reader=ada, today=timezone.localdate())
    [option] = [one for one in options(cell, reader=ada).found if one.kind == "reinforce"]
    row = services.propose(by=ada, at=timezone.now(), conflict=cell, option=option)
    assert row.steps["unit"] == unit.pk
    share.delete()
    unit.delete()
    assert "changed since" in client_of(rose).get(f"/capacity/proposals/{row.pk}/").content.decode()
    post(rose, row, "accept")
    row.refresh_from_db()
    assert row.state == "outdated"
    assert not PooledCapacity.objects.exists()


def test_the_page_says_when_nothing_is_short_any_more_and_its_owner_still_decides(
    ada: User, ben: User, world: World, short: Short, due: Milestone
) -> None:
    row, words = proposed(short, ada, "shift", world.tram), "Nothing is short there any more"
    assert words not in client_of(ben).get(f"/capacity/proposals/{row.pk}/").content.decode()
    AllocationMonth.objects.filter(allocation__in=(short.harbour, short.secret)).delete()
    assert words in client_of(ben).get(f"/capacity/proposals/{row.pk}/").content.decode()
    post(ben, row, "accept")
    row.refresh_from_db()
    assert row.state == "accepted"


def test_less_of_somebody_who_is_in_a_unit_by_a_share_costs_all_that_is_taken(
    ada: User, world: World, short: Short
) -> None:
    unit = make.unit()
    make.unit_share(short.ann, unit, percent=50)
    cell = conflict("unit", unit.pk, "…", period_of(MONTH, short.month), reader=ada, today=timezone.localdate())
    less = next(
        one for one in options(cell, reader=ada).found if (one.kind, one.project) == ("reduce", world.tram)
    )  # fmt: skip
    assert less.lost == pytest.approx(2 * less.days, abs=0.05)  # the unit wins half of what is not done
    assert less.price == pytest.approx(2 * less.lost / 5)
