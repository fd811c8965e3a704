"""A resource manager of one unit: gives and keeps its people, nobody else's, on pages, in the API, in bulk and in undo."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from pmo_portal.core import trace, undo
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from portfolio.relief.selectors import proposals as relief
from projects.access.models import Delegation, Membership
from projects.access.services import grant_membership, revoke_membership
from projects.hierarchy.visibility import Access
from projects.models import Absence, Allocation, Person, Role, Unit, UnitShare
from projects.resources import services
from projects.resources.selectors import fit, queue, reach
from projects.resources.services import Answer, Cell, Whom, keeping
from projects.roster.services import check_right
from reporting.alerts.models import Notification, Rule
from reporting.alerts.services import gather
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.projects.test_pages import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
ON = date(2026, 11, 24)
JAN = date(2027, 1, 1)


@dataclass
class House:
    """IT with its team DATA, and LAW beside them; Dana is of the team, Ivo of IT, Lou of LAW, Max of both, Free of none."""

    it: Unit
    data: Unit
    law: Unit
    dana: Person
    ivo: Person
    lou: Person
    max: Person
    free: Person
    rosa: User

    @classmethod
    def built(cls, by: User) -> "House":
        make.working_calendar(is_default=True, country="")
        it, law, dev = make.unit("IT"), make.unit("LAW"), make.role("DEV")
        data = make.unit("DATA", parent=it, kind="team")
        people = [make.person(name, role=dev) for name in ("Dana", "Ivo", "Lou", "Max", "Free")]
        for person, unit, percent in ((0, data, 100), (1, it, 100), (2, law, 100), (3, it, 50), (3, law, 50)):
            make.unit_share(people[person], unit, percent=percent)
        rosa = make.user("rosa")
        grant_membership(by=by, user=rosa, role="resource_manager", unit=it)
        rosa.__dict__.pop("_access", None)
        return cls(it, data, law, *people, rosa)


@pytest.fixture
def house(world: World, ada: User) -> House:
    return House.built(ada)


def asked(world: World, **fields: Any) -> Allocation:
    months = {JAN: (5, fields.pop("granted", None))}
    return make.allocation(world.tram, months=months, role=Role.objects.get(), **fields)


def confirm(row: Allocation, by: User, person: Person | None = None, **more: Any) -> Allocation:
    whom = Whom(person) if person else None
    return services.confirm_allocation(allocation=row, by=by, version=row.version, on=ON, whom=whom, **more)


@pytest.mark.parametrize(
    ("fields", "theirs"),
    [
        ({}, True),
        ({"unit": "data"}, True),
        ({"unit": "law"}, False),
        ({"person": "dana"}, True),
        ({"person": "max"}, True),
        ({"person": "free"}, True),
        ({"person": "lou"}, False),
        ({"person": "lou", "unit": "it"}, False),
    ],
)
def test_whose_requests_are_theirs(world: World, house: House, fields: dict[str, str], theirs: bool) -> None:
    row = asked(world, **{name: getattr(house, value) for name, value in fields.items()})
    assert reach.answers_for(house.rosa, row) is theirs
    assert (row in queue.answerable(house.rosa)) is theirs
    assert client_of(house.rosa).get(f"/allocations/{row.pk}/").status_code == (200 if theirs else 403)
    everybody = make.user(role="resource_manager")
    assert reach.answers_for(everybody, row)
    assert row in queue.answerable(everybody)


def test_gives_their_own_people_alone(world: World, house: House) -> None:
    row = asked(world)
    with pytest.raises(NotAllowed, match="“Lou” is not of Unit IT"):
        confirm(row, house.rosa, house.lou)
    with pytest.raises(NotAllowed, match="is not of Unit IT"):
        services.propose_allocation(
            allocation=row, by=house.rosa, version=row.version, on=ON, whom=Whom(unit=house.law)
        )
    with pytest.raises(NotAllowed, match="no unit in particular"):
        services.refuse_allocation(allocation=row, by=house.rosa, version=row.version, on=ON, answer="No.")
    assert confirm(row, house.rosa, house.dana).person == house.dana
    assert [one.person.name for one in fit.candidates(row, reader=house.rosa, on=ON)] != []


def test_nobody_is_taken_away_from_another_unit(world: World, house: House, ada: User) -> None:
    row = confirm(asked(world), ada, house.lou)
    with pytest.raises(NotAllowed, match="asked of others than Unit IT"):
        confirm(row, house.rosa, house.dana)
    cells = [Cell(row.pk, JAN, Decimal(0), compare=False)]
    assert services.set_cells(by=house.rosa, on=ON, cells=cells, what="granted").changed == 0
    (told,) = services.answer_many(
        by=house.rosa, on=ON, answers=[Answer(row.pk, row.version, "refuse", {"answer": "No."})]
    )
    assert told.error is not None
    assert "asked of others" in told.error.message
    with pytest.raises(NotAllowed):
        services.hand_over(
            person=house.lou,
            by=house.rosa,
            on=ON,
            after=ON,
            parts=[services.Handed(row.pk, row.version, None)],
            answer="x",
        )
    event = AuditEvent.objects.filter(target_type="projects.Allocation", action="answer").latest("pk")
    with pytest.raises(NotAllowed):
        undo.take_back([event], by=house.rosa, on=ON)
    row.refresh_from_db()
    assert (row.status, row.person) == ("confirmed", house.lou)


def test_who_fits_is_among_theirs(world: World, house: House) -> None:
    row = asked(world)
    names = {one["person_name"] for one in Api(house.rosa).get(f"allocations/{row.pk}/candidates/").json()["results"]}
    assert names == {"Dana", "Ivo", "Max", "Free"}
    page = client_of(house.rosa).get(f"/allocations/{row.pk}/").content.decode()
    assert "Dana" in page
    assert "Lou" not in page
    assert "Unit LAW" not in page


def test_keeps_their_own_people_alone(house: House) -> None:
    rosa, day = house.rosa, {"first_day": JAN, "last_day": JAN}
    services.create_supply(Absence, by=rosa, person=house.max, **day)
    with pytest.raises(NotAllowed, match="You keep the people of Unit IT"):
        services.create_supply(Absence, by=rosa, person=house.lou, **day)
    of_lou = make.absence(house.lou)
    for wrong in (
        lambda: services.delete_supply(row=of_lou, by=rosa, version=of_lou.version),
        lambda: services.update_supply(row=of_lou, by=rosa, version=of_lou.version, changes={"share": 50}),
        lambda: services.create_supply(UnitShare, by=rosa, person=house.lou, unit=house.it, percent=0),
        lambda: services.create_supply(UnitShare, by=rosa, person=house.dana, unit=house.law, percent=0),
        lambda: services.create_supply(Role, by=rosa, code="NEW", name="New"),
        lambda: services.create_supply(Unit, by=rosa, code="NEW", name="New"),
        lambda: services.update_supply(row=house.it, by=rosa, version=1, changes={"manager": house.dana}),
        lambda: services.update_supply(row=house.data, by=rosa, version=1, changes={"parent": None}),
        lambda: services.update_person(
            person=house.lou, by=rosa, version=house.lou.version, changes={"leaves_on": JAN}
        ),
        lambda: check_right(rosa),
        lambda: check_right(rosa, what="absences", person=house.lou.pk),
        lambda: check_right(rosa, what="people", person=house.dana.pk),
    ):
        with pytest.raises(NotAllowed):
            wrong()
    services.create_supply(Unit, by=rosa, code="BI", name="BI", parent=Unit.objects.get(code="DATA"))
    services.create_supply(UnitShare, by=rosa, person=house.free, unit=house.data, percent=100)
    services.update_person(person=house.ivo, by=rosa, version=house.ivo.version, changes={"leaves_on": JAN})
    check_right(rosa, what="absences", person=house.dana.pk)
    assert keeping.keeps_person(rosa, house.free.pk)
    page = client_of(rosa).get(f"/people/{house.lou.pk}/").content.decode()
    assert f"/people/{house.lou.pk}/absences/new/" not in page
    assert f"/people/{house.max.pk}/absences/new/" in client_of(rosa).get(f"/people/{house.max.pk}/").content.decode()
    units = client_of(rosa).get("/units/").content.decode()
    assert f"/units/{house.data.pk}/edit/" in units
    assert f"/units/{house.it.pk}/edit/" not in units


def test_what_was_done_with_others_is_not_undone_by_them(house: House, ada: User) -> None:
    with trace.tracing(source="page", request_id="r1"):
        services.create_supply(Absence, by=ada, person=house.lou, first_day=JAN, last_day=JAN)
    event = AuditEvent.objects.get(target_type="projects.Absence")
    with pytest.raises(NotAllowed):
        undo.take_back([event], by=house.rosa, on=ON)
    undo.take_back([event], by=ada, on=ON)


def test_no_rates_since_they_would_be_everybodys(house: House) -> None:
    assert not Access.of(house.rosa).sees_everywhere("rates")
    assert Access.of(make.user(role="resource_manager")).sees_everywhere("rates")


def test_the_role_is_given_taken_away_and_given_back_with_its_unit(house: House, ada: User) -> None:
    with pytest.raises(DomainError, match="Only a resource manager"):
        grant_membership(by=ada, user=make.user(), role="viewer", unit=house.it)
    with pytest.raises(DomainError, match="already has this role"):
        grant_membership(by=ada, user=house.rosa, role="resource_manager", unit=house.it)
    second = grant_membership(by=ada, user=house.rosa, role="resource_manager", unit=house.law)
    house.rosa.__dict__.pop("_access", None)
    assert reach.keeps(house.rosa) == {house.it.pk, house.data.pk, house.law.pk}
    with trace.tracing(source="page", request_id="r2"):
        revoke_membership(by=ada, membership=second)
    event = AuditEvent.objects.get(target_type="projects.Membership", action="delete")
    undo.take_back([event], by=ada, on=timezone.localdate())
    assert Membership.objects.filter(user=house.rosa, unit=house.law).exists()
    grant_membership(by=ada, user=house.rosa, role="resource_manager")
    house.rosa.__dict__.pop("_access", None)
    assert reach.keeps(house.rosa) is None
    with pytest.raises(DomainError):
        services.delete_supply(row=house.law, by=ada, version=house.law.version)


def test_pages_and_the_api_say_the_unit(house: House, ada: User) -> None:
    assert "people of Unit IT" in client_of(ada).get("/members/").content.decode()
    row = Api(ada).get("memberships/", user=house.rosa.pk).json()["results"][0]
    assert (row["role"], row["unit"]) == ("resource_manager", house.it.pk)
    assert Api(house.rosa).get("me/").json()["memberships"][0]["unit"] == house.it.pk
    new = {"user": make.user().pk, "role": "resource_manager", "unit": house.law.pk}
    assert Api(ada).post("memberships/", new).json()["unit"] == house.law.pk


def test_who_is_told_of_a_request(world: World, house: House) -> None:
    everybody = make.user("omni", role="resource_manager")
    for unit in (house.law, house.data):
        asked(world, unit=unit, asked_on=timezone.localdate())
    gather.gather(on=timezone.localdate(), at=timezone.now())
    told = dict(Notification.objects.filter(rule=Rule.ASKED).values_list("user__username", "told__count"))
    assert told == {"rosa": 1, everybody.username: 2}


def test_proposals_about_people_are_answered_by_who_answers_for_them(world: World, house: House) -> None:
    row = asked(world, person=house.lou, status="confirmed", granted=5, answered_on=ON)
    theirs = asked(world, person=house.ivo, status="confirmed", granted=5, answered_on=ON)
    wrong = make.proposal(world.tram, kind="swap", steps={"allocation": row.pk, "person": house.dana.pk})
    right = make.proposal(world.tram, kind="swap", steps={"allocation": theirs.pk, "person": house.dana.pk})
    pool = make.proposal(None, kind="reinforce", steps={"unit": house.law.pk, "role": row.role_id})
    assert [relief.may_answer(house.rosa, one) for one in (wrong, right, pool)] == [False, True, False]
    assert list(relief.waiting_for(house.rosa)) == [right]


def test_what_another_unit_is_asked_is_not_theirs_through_who_is_in_none_or_in_both(
    world: World, house: House, ada: User
) -> None:
    free, shared = (asked(world, unit=house.law) for _one in range(2))
    free, shared = confirm(free, ada, house.free), confirm(shared, ada, house.max)
    assert not reach.answers_for(house.rosa, free)
    assert free not in queue.answerable(house.rosa)
    with pytest.raises(NotAllowed, match="asked of others"):
        services.refuse_allocation(allocation=shared, by=house.rosa, version=shared.version, on=ON, answer="No.")


@pytest.mark.parametrize("whom", ["dana", "data"])
def test_refusing_what_one_gave_of_a_request_to_everybody_gives_it_back(world: World, house: House, whom: str) -> None:
    row = asked(world)
    given = Whom(house.dana) if whom == "dana" else Whom(unit=house.data)
    services.propose_allocation(allocation=row, by=house.rosa, version=row.version, on=ON, whom=given)
    row.refresh_from_db()
    services.refuse_allocation(allocation=row, by=house.rosa, version=row.version, on=ON, answer="Not us.")
    row.refresh_from_db()
    assert (row.status, row.person, row.unit, row.answer) == ("requested", None, None, "Not us.")
    asked_of_them = asked(world, unit=house.data)
    services.refuse_allocation(allocation=asked_of_them, by=house.rosa, version=1, on=ON, answer="No.")
    asked_of_them.refresh_from_db()
    assert asked_of_them.status == "refused"


def test_an_answer_is_undone_by_who_answers(world: World, house: House, ada: User, ben: User) -> None:
    """Also when only the state, the person or the unit differs from the answer before, and when it is undone in turn."""
    row = asked(world)
    services.propose_allocation(allocation=row, by=ada, version=1, on=ON, whom=Whom(house.lou))
    for whom in (Whom(house.lou), Whom(house.dana), Whom(unit=house.law), Whom(unit=house.data)):
        row.refresh_from_db()
        services.confirm_allocation(allocation=row, by=ada, version=row.version, on=ON, whom=whom, anyway=True)
        event = AuditEvent.objects.filter(target_type="projects.Allocation", target_id=row.pk).latest("pk")
        for nobody in (ben, house.rosa):
            with pytest.raises(NotAllowed):
                undo.take_back([event], by=nobody, on=ON)
    undo.take_back([event], by=ada, on=ON)
    back = AuditEvent.objects.filter(target_type="projects.Allocation", target_id=row.pk, action="undo").latest("pk")
    with pytest.raises(NotAllowed):
        undo.take_back([back], by=ben, on=ON)


def test_what_is_lent_moves_nobody_for_good_and_is_told_of_the_lender(house: House, ada: User) -> None:
    lea = make.user("lea")
    grant_membership(by=ada, user=lea, role="resource_manager", unit=house.law)
    begun, over = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(days=1)
    Delegation.objects.create(membership=house.rosa.memberships.get(), delegate=lea, valid_from=begun, valid_until=over)
    assert reach.keeps(lea) == {house.it.pk, house.data.pk, house.law.pk}
    for wrong in (
        lambda: services.create_supply(UnitShare, by=lea, person=house.ivo, unit=house.law, percent=0),
        lambda: services.update_supply(row=house.data, by=lea, version=1, changes={"parent": house.law}),
    ):
        with pytest.raises(NotAllowed):
            wrong()
    for person, lender in ((house.dana, house.rosa), (house.lou, None)):
        with trace.tracing(source="page", request_id=person.name):
            services.create_supply(Absence, by=lea, person=person, first_day=JAN, last_day=JAN)
        event = AuditEvent.objects.get(target_type="projects.Absence", request_id=person.name)
        assert event.on_behalf_of == lender


def test_people_who_are_worked_with_do_not_go_with_an_undo_and_nobody_is_let_go(house: House) -> None:
    with trace.tracing(source="page", request_id="ivy"):
        ivy = services.create_person(by=house.rosa, name="Ivy")
    make.unit_share(ivy, house.law, percent=100)
    with pytest.raises(undo.CannotUndo, match="worked on since"):
        undo.take_back([AuditEvent.objects.get(request_id="ivy")], by=house.rosa, on=ON)
    share = UnitShare.objects.get(person=house.dana)
    with pytest.raises(DomainError, match="in no other unit"):
        services.delete_supply(row=share, by=house.rosa, version=share.version)
    make.member(house.rosa, "finance")
    with pytest.raises(NotAllowed):
        services.update_person(
            person=house.lou, by=house.rosa, version=house.lou.version, changes={"daily_rate": Decimal(1)}
        )


def test_pages_offer_what_can_be_done(world: World, house: House) -> None:
    client, row = client_of(house.rosa), asked(world, person=house.lou)
    assert f'href="/allocations/{row.pk}/"' not in client.get(f"/projects/{world.tram.pk}/team/").content.decode()
    for path in (f"/people/{house.lou.pk}/absences/new/", f"/units/{house.it.pk}/edit/", "/profiles/new/"):
        assert client.get(path).status_code == 403
    for path in (f"/people/{house.dana.pk}/absences/new/", f"/units/{house.data.pk}/edit/", "/units/new/"):
        assert client.get(path).status_code == 200
    assert 'value="refuse"' not in client.get(f"/allocations/{asked(world).pk}/").content.decode()
    assert 'name="leaves_on"' not in client.get(f"/people/{house.lou.pk}/edit/").content.decode()


def test_cells_of_many_requests_are_judged_in_as_many_statements_as_those_of_few(
    world: World, house: House, django_assert_max_num_queries: Any
) -> None:
    rows = [asked(world, person=house.dana, status="proposed", granted=1, answered_on=ON) for _one in range(12)]
    cells = [Cell(row.pk, JAN, Decimal("0.1"), compare=False) for row in rows]
    with django_assert_max_num_queries(18):
        assert services.set_cells(by=house.rosa, on=ON, cells=cells, what="granted").changed == 12
