"""A resource manager of one unit: gives and keeps its people, nobody else's, on pages, in the API, in bulk and in undo."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from pmo_portal.core import trace, undo
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from portfolio.relief.selectors import proposals as relief
from projects.access.models import Membership
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
        lambda: check_right(rosa, person=house.lou.pk),
    ):
        with pytest.raises(NotAllowed):
            wrong()
    services.create_supply(Unit, by=rosa, code="BI", name="BI", parent=Unit.objects.get(code="DATA"))
    services.create_supply(UnitShare, by=rosa, person=house.free, unit=house.data, percent=100)
    services.update_person(person=house.ivo, by=rosa, version=house.ivo.version, changes={"leaves_on": JAN})
    check_right(rosa, person=house.dana.pk)
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
