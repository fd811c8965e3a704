"""Who fits a request: by days that are really free, skill, place and cost, each with its reasons; fast for thousands."""

from datetime import date
from typing import Any

import pytest

from pmo_portal.core.models import User
from projects.models import Allocation, Person, Role
from projects.resources.selectors.fit import candidates
from projects.resources.wording import reasons
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english")

JAN, FEB = date(2027, 1, 1), date(2027, 2, 1)


@pytest.fixture
def rita(world: World) -> User:
    return make.user("rita", role="resource_manager", first_name="Rita", last_name="Roy")


@pytest.fixture
def dev(world: World) -> Role:
    return make.role("DEV")


def names(row: Allocation, reader: User) -> list[str]:
    return [one.person.name for one in candidates(row, reader=reader, on=make.TODAY)]


def told(row: Allocation, reader: User) -> dict[str, list[str]]:
    return {
        one.person.name: [reason.words for reason in reasons(one, row)]
        for one in candidates(row, reader=reader, on=make.TODAY)
    }


def given(person: Person, amount: int, month: date = JAN, **fields: Any) -> None:
    make.allocation(
        fields.pop("project", None), person=person, status="confirmed", answered_on=JAN, months={month: (amount, amount)},
        **fields,
    )  # fmt: skip


def test_the_days_they_have_come_first(world: World, dev: Role, rita: User) -> None:
    """Paid for with days of real calendars: somebody of two days a week, on leave, leaving, or busy elsewhere."""
    _free, busy, part, away, soft, gone = (
        make.person(name, role=dev) for name in ("Free", "Busy", "Part", "Away", "Soft", "Gone")
    )
    make.person("Other", role=make.role("OTHER"))
    given(busy, 12)
    make.pattern(part, monday=100, tuesday=100, wednesday=0, thursday=0, friday=0)
    make.absence(away, first_day=date(2027, 1, 4), last_day=date(2027, 1, 29))
    given(soft, 10, firmness="tentative")
    gone.leaves_on = date(2026, 12, 31)
    gone.save()
    row = make.allocation(world.tram, role=dev, months={JAN: 10, FEB: 4})
    assert names(row, rita) == ["Free", "Soft", "Busy", "Part", "Away"]
    words = told(row, rita)
    assert words["Free"][0] == "Free for 14 of 14 days"
    assert words["Soft"][0] == "Free for 14 of 14 days, 10 of them tentatively asked elsewhere"
    assert [words[name][0] for name in ("Part", "Busy", "Away")] == [
        "Free for 12 of 14 days", "Free for 12 of 14 days", "Free for 4 of 14 days"
    ]  # fmt: skip
    assert candidates(row, reader=rita, on=make.TODAY)[0].by_month == [(JAN, 10, 10), (FEB, 4, 4)]


def test_per_cent_is_of_every_day(world: World, dev: Role, rita: User) -> None:
    """Half of each day cannot be found on two whole days a week that are taken, however many days are left."""
    lea = make.person("Léa", role=dev)
    given(lea, 100, measure="percent", role=dev, month=FEB)
    row = make.allocation(world.tram, role=dev, measure="percent", months={JAN: 50, FEB: 50})
    (one,) = candidates(row, reader=rita, on=make.TODAY)
    assert (round(one.need, 1), round(one.free, 1), one.fits) == (20.0, 10.0, False)


def test_skill_place_continuity_and_reasons(world: World, dev: Role, rita: User, ben: User) -> None:
    python, west = make.skill("PY", name="Python"), make.unit("WEST", name="Ouest")
    team = make.unit("TEAM", parent=west)
    able, beginner, _without, other = (
        make.person(name, role=role)
        for name, role in (("Able", dev), ("Beginner", dev), ("Without", dev), ("Other", make.role("OPS", name="Ops")))
    )
    for person, level in ((able, 4), (beginner, 1), (other, 5)):
        make.person_skill(person, python, level=level)
    make.unit_share(able, team)
    given(beginner, 1, project=world.tram, role=dev)
    given(able, 1, project=world.secret, role=dev)
    row = make.allocation(world.tram, role=dev, skill=python, level=3, unit=west)
    assert names(row, rita) == ["Able", "Other", "Beginner", "Without"]
    assert told(row, rita) == {
        "Able": ["Free for 10 of 10 days", "Python at level 4", "of Ouest"],
        "Beginner": [
            "Free for 10 of 10 days", "Python at level 1, 3 asked", "not of Ouest", "already on this project"
        ],
        "Without": ["Free for 10 of 10 days", "without Python", "not of Ouest"],
        "Other": ["Free for 10 of 10 days", "Python at level 5", "another role: Ops", "not of Ouest"],
    }  # fmt: skip


def test_cost_counts_for_who_sees_rates_alone(world: World, dev: Role, rita: User, ben: User) -> None:
    dear, cheap = make.person("A dear one", role=dev, daily_rate=900), make.person("B cheap one", role=dev)
    make.rate(role=dev, daily_rate=500)
    row = make.allocation(world.tram, role=dev)
    assert names(row, rita) == ["B cheap one", "A dear one"]
    assert told(row, rita)["B cheap one"][-1] == "€500 a day, the lowest"
    assert names(row, ben) == ["A dear one", "B cheap one"]
    assert "€" not in str(told(row, ben))
    make.rate(cheap, daily_rate=950, starts_on=date(2026, 6, 1))
    make.rate(cheap, daily_rate=100, starts_on=date(2027, 6, 1))
    assert names(row, rita) == ["A dear one", "B cheap one"]
    middle = make.person("C between", role=dev, daily_rate=925)
    found = {one.person.name: one.points for one in candidates(row, reader=rita, on=make.TODAY)}
    assert [found[one.name] - found["B cheap one"] for one in (dear, middle)] == [4, 2]


def test_of_what_everybody_costs_nothing_is_the_lowest(world: World, dev: Role, rita: User) -> None:
    make.person("One", role=dev)
    make.person("Other", role=dev)
    make.rate(role=dev, daily_rate=500)
    row = make.allocation(world.tram, role=dev)
    assert [why[-1] for why in told(row, rita).values()] == ["€500 a day", "€500 a day"]


def test_costs_as_many_statements_for_one_as_for_many(
    world: World, dev: Role, rita: User, django_assert_num_queries: Any
) -> None:
    """Months, able, people, calendars, exceptions, units, patterns, absences, firm and tentative load, skills, role, unit,
    its people, continuity, rates twice, the best with their roles."""
    python, west = make.skill("PY"), make.unit("WEST")
    row = make.allocation(world.tram, role=dev, skill=python, unit=west)
    rita.has_perm("projects.view_project")
    row = Allocation.objects.select_related("project").get(pk=row.pk)
    for count in (1, 10):
        for _ in range(count):
            given(make.person(role=dev), 5, role=dev)
        with django_assert_num_queries(17):
            candidates(row, reader=rita, on=make.TODAY)


def test_who_works_on_no_day_of_it_does_not_fit(world: World, dev: Role, rita: User) -> None:
    """A share of no working time is nothing, which is no fit: nothing would be short of nothing."""
    never = make.person("Never", role=dev)
    make.pattern(never, monday=0, tuesday=0, wednesday=0, thursday=0, friday=0)
    make.person("Free", role=dev)
    row = make.allocation(world.tram, role=dev, measure="percent", months={JAN: 50})
    found = {one.person.name: one.fits for one in candidates(row, reader=rita, on=make.TODAY)}
    assert found == {"Free": True, "Never": False}
    [first, *_rest] = next(
        reasons(one, row) for one in candidates(row, reader=rita, on=make.TODAY) if one.person.name == "Never"
    )
    assert (first.words, first.tone) == ("Free for 0 of 0 days", "bad")
