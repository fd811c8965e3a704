"""Bad days: what changes after the fact, lies across a year, goes round in a circle, or comes by the thousand and goes."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.capacity.selectors.periods import MONTH, periods_from
from portfolio.capacity.selectors.picture import PERSON, ROLE, heat
from projects.exchange.models import ImportBatch
from projects.resources import services
from projects.resources.models import Allocation, CalendarException, Person, PersonSkill, Rate, UnitShare, WorkPattern
from projects.resources.selectors.remaining import remaining
from projects.resources.services import Handed
from projects.roster import services as roster
from tests import make
from tests.cast import World
from tests.make import TODAY
from tests.portfolio.capacity.test_refresh import catch_up, granted, group, now, of_month, person
from tests.projects.exchange.files import csv_bytes

pytestmark = pytest.mark.django_db
SEP, DEC, JAN, FEB = date(2026, 9, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)


def test_a_calendar_changed_after_the_fact_changes_the_months_that_are_over() -> None:
    """What was promised of September stays; the days on which it can have been done are fewer."""
    calendar = make.working_calendar(country="")
    ann = make.person(role=make.role(), calendar=calendar)
    granted(ann, SEP, 22)
    now()
    assert of_month(person(ann.pk), SEP, "capacity", "hard", "over") == [22, 22, 0]
    services.create_supply(CalendarException, by=make.user("rita", role="resource_manager"), calendar=calendar,
                           name="Closed", first_day=date(2026, 9, 7), last_day=date(2026, 9, 11), share=0)  # fmt: skip
    catch_up()
    assert of_month(person(ann.pk), SEP, "capacity", "hard", "over") == [17, 22, 5]
    assert of_month(group("role", ann.role_id or 0), SEP, "capacity", "hard", "over") == [17, 22, 5]


def test_an_allocation_across_the_year_is_neither_lost_nor_counted_twice() -> None:
    ann = make.person(role=make.role(), calendar=make.working_calendar(country=""))
    make.allocation(person=ann, role=ann.role, months={DEC: (10, 10), JAN: (12, 12), FEB: (8, 8)}, status="confirmed",
                    answered_on=TODAY)  # fmt: skip
    now()
    assert [of_month(person(ann.pk), month, "hard")[0] for month in (DEC, JAN, FEB)] == [10, 12, 8]
    days = person(ann.pk).filter(starts_on__range=(date(2026, 12, 28), JAN)).values_list("starts_on", "hard")
    assert sorted(day for day, _hard in days) == [date(2026, 12, 28), JAN], "the week of the new year is cut in two"


def test_work_handed_round_in_a_circle_comes_to_rest(world: World) -> None:
    """Ann hands over to Bob, who leaves too and hands back to Ann, who has left: nobody is asked twice, no day is lost."""
    rita, role = make.user("rita", role="resource_manager"), make.role()
    ann, bob = make.person("Ann", role=role, leaves_on=JAN), make.person("Bob", role=role, leaves_on=JAN)
    row = granted(ann, FEB, 10, world.tram, role=role)
    for giver, taker in ((ann, bob), (bob, ann), (ann, None)):
        row.refresh_from_db()
        part = Handed(row.pk, row.version, taker)
        services.hand_over(person=giver, by=rita, on=TODAY, after=date(2026, 12, 31), parts=[part], answer="Leaves")
    row.refresh_from_db()
    assert (row.status, row.person, Allocation.objects.count()) == ("requested", None, 1)
    assert dict(row.months.values_list("month", "asked")) == {FEB: 10}
    assert not remaining(ann, Allocation.objects.all(), after=JAN)


def test_whose_work_is_counted_is_named_among_the_people(world: World) -> None:
    """Work granted to who has left, or has not come yet, is in the row of their role: so it is in a row of its own too."""
    role = make.role()
    make.person("Zoe", role=role, leaves_on=date(2026, 12, 15))
    gone = make.person("Ann", role=role, leaves_on=date(2026, 12, 15))
    coming = make.person("Bob", role=role, arrives_on=date(2028, 1, 1))
    for one in (gone, coming):
        granted(one, FEB, 10, world.tram, role=role)
    now()
    columns = periods_from(MONTH, FEB)
    people = {row.ref: row.total.hard for row in heat(PERSON, columns).rows}
    [whole] = [row for row in heat(ROLE, columns).rows if row.ref == role.pk]
    assert people == {gone.pk: 10, coming.pk: 10}
    assert sum(people.values()) == whole.total.hard


def test_fifteen_hundred_people_that_came_with_all_they_can_do_go_in_a_few_statements(world: World) -> None:
    """One statement a table and thousand rows, whatever came with each: ten thousand take as many seconds as they must."""
    rita = make.user("rita", role="resource_manager")
    make.skill("JAVA"), make.unit("DSI")
    head = ["Ref", "Nom", "Unité", "Compétences", "Jours travaillés", "TJM", "Tarif depuis"]
    rows = [head, *([f"R{n}", f"Personne {n}", "DSI", "JAVA 4", "lun mar", "500", "2026-01-01"] for n in range(1_500))]
    batch = roster.stage_file(by=rita, content=csv_bytes(rows), file_name="p.csv", what=ImportBatch.PEOPLE)
    roster.apply(batch=batch, by=rita)
    everything: tuple[type, ...] = (Person, PersonSkill, UnitShare, WorkPattern, Rate)
    assert {model.objects.count() for model in everything} == {1_500}
    with CaptureQueriesContext(connection) as few:
        roster.take_back(batch=batch, by=rita)
    assert len(few) <= 60
    assert not any(model.objects.exists() for model in everything)
