"""What people can do and when, through the services: who may, what rows share, and what happens on bad days."""

import threading
from datetime import date

import pytest
from django.db import connection

from pmo_portal.core import trace, undo
from pmo_portal.core.editing import InvalidFields
from pmo_portal.core.errors import DomainError, NotAllowed, StaleVersion
from pmo_portal.core.models import AuditEvent, User
from projects.access.selectors import events_visible_to
from projects.hierarchy import history
from projects.resources.models import (
    Absence,
    CalendarException,
    PersonSkill,
    PooledCapacity,
    Rate,
    Role,
    Unit,
    UnitShare,
    WorkingCalendar,
)
from projects.resources.services import (
    create_person,
    create_supply,
    delete_supply,
    update_person,
    update_supply,
)
from tests import make
from tests.cast import World
from tests.projects.test_pages import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def rita(world: World) -> User:
    return make.user("rita", role="resource_manager", first_name="Rita", last_name="Blanc")


def test_a_person_in_two_units_counts_once(rita: User) -> None:
    zoe, build, run = make.person("Zoé"), make.unit("BUILD"), make.unit("RUN")
    half = create_supply(UnitShare, by=rita, person=zoe, unit=build, percent=60)
    with pytest.raises(DomainError, match=r"60 % are taken, so 40 % are left") as caught:
        create_supply(UnitShare, by=rita, person=zoe, unit=run, percent=50)
    assert caught.value.field == "percent"
    create_supply(UnitShare, by=rita, person=zoe, unit=run, percent=40)
    with pytest.raises(DomainError, match="are left"):
        update_supply(row=half, by=rita, version=1, changes={"percent": 61})
    assert (
        update_supply(row=UnitShare.objects.get(pk=half.pk), by=rita, version=1, changes={"percent": 50}).version == 2
    )


@pytest.mark.parametrize(
    ("model", "field", "values"),
    [
        (UnitShare, "percent", (0, 101, -5, 300)),
        (Absence, "share", (0, 101, -1)),
        (PersonSkill, "level", (0, 6, -1)),
        (PooledCapacity, "fte", (-1,)),
        (Rate, "daily_rate", (-1,)),
        (WorkingCalendar, "friday", (-1, 101)),
    ],
)
def test_negative_and_beyond_whole_is_refused(rita: User, model: type, field: str, values: tuple[int, ...]) -> None:
    made = {
        UnitShare: make.unit_share, Absence: make.absence, PersonSkill: make.person_skill, PooledCapacity: make.pool,
        Rate: make.rate, WorkingCalendar: make.working_calendar,
    }  # fmt: skip
    row = made[model]()
    before = getattr(row, field)
    for value in values:
        with pytest.raises(InvalidFields) as caught:
            update_supply(row=model.objects.get(pk=row.pk), by=rita, version=1, changes={field: value})  # type: ignore[attr-defined]
        assert caught.value.field == field
    row.refresh_from_db()
    assert getattr(row, field) == before


def test_nothing_of_a_role_is_no_capacity_and_no_error(rita: User) -> None:
    pool = create_supply(
        PooledCapacity, by=rita, role=make.role(), first_month=date(2027, 1, 1), last_month=date(2027, 3, 1), fte=0
    )
    assert pool.fte == 0
    with pytest.raises(DomainError, match="not before the first"):
        update_supply(row=pool, by=rita, version=1, changes={"last_month": date(2026, 12, 1)})


def test_a_role_renamed_keeps_its_people(rita: User) -> None:
    role = create_supply(Role, by=rita, code="ARCH", name="Architecte", name_en="Architect")
    zoe = make.person("Zoé", role=role)
    update_supply(row=role, by=rita, version=1, changes={"code": "ARC", "name": "Urbaniste", "name_en": ""})
    zoe.refresh_from_db()
    assert zoe.role is not None
    assert (zoe.role.label, zoe.role.code) == ("Urbaniste", "ARC")
    with pytest.raises(DomainError, match="already has this code"):
        create_supply(Role, by=rita, code="arc", name="Arc")
    with pytest.raises(DomainError, match="still used by: person"):
        delete_supply(row=role, by=rita, version=2)


def test_somebody_leaves(rita: User, ben: User) -> None:
    zoe = make.person("Zoé", arrives_on=date(2026, 5, 4))
    update_person(person=zoe, by=rita, version=1, changes={"leaves_on": date(2026, 12, 31)})
    zoe.refresh_from_db()
    with pytest.raises(DomainError, match="before the day of arrival"):
        update_person(person=zoe, by=rita, version=2, changes={"leaves_on": date(2026, 5, 3)})
    zoe.refresh_from_db()
    with pytest.raises(NotAllowed, match="Only who keeps resources") as caught:
        update_person(person=zoe, by=ben, version=2, changes={"leaves_on": None, "name": "Zoé B."})
    assert caught.value.field == "leaves_on"
    update_person(person=zoe, by=ben, version=2, changes={"leaves_on": zoe.leaves_on, "name": "Zoé B."})
    with pytest.raises(NotAllowed):
        create_person(by=ben, name="Max", role=make.role())


def test_units_are_one_tree(rita: User) -> None:
    top, middle = make.unit("TOP"), make.unit("MIDDLE")
    update_supply(row=middle, by=rita, version=1, changes={"parent": top})
    low = create_supply(Unit, by=rita, code="LOW", name="Low", parent=middle)
    with pytest.raises(DomainError, match="below itself"):
        update_supply(row=top, by=rita, version=1, changes={"parent": low})
    with pytest.raises(DomainError, match="still used by: unit"):
        delete_supply(row=Unit.objects.get(pk=top.pk), by=rita, version=1)


def test_one_calendar_is_the_usual_one(rita: User) -> None:
    first = create_supply(WorkingCalendar, by=rita, name="Paris", is_default=True)
    second = create_supply(WorkingCalendar, by=rita, name="Strasbourg", country="FR", region="6AE", is_default=True)
    first.refresh_from_db()
    assert (first.is_default, second.is_default) == (False, True)
    with pytest.raises(DomainError, match="Make another calendar the usual one first"):
        delete_supply(row=second, by=rita, version=1)
    delete_supply(row=first, by=rita, version=first.version)
    with pytest.raises(DomainError, match="“Bavière” is no region of FR"):
        update_supply(row=second, by=rita, version=1, changes={"region": "Bavière"})


def test_exceptions_do_not_overlap(rita: User) -> None:
    calendar = make.working_calendar("Paris")
    closed = {"calendar": calendar, "name": "Closure", "first_day": date(2027, 8, 2), "last_day": date(2027, 8, 13)}
    create_supply(CalendarException, by=rita, **closed)
    with pytest.raises(DomainError, match="overlaps with “Closure”"):
        create_supply(CalendarException, by=rita, **{**closed, "first_day": date(2027, 8, 9)})
    with pytest.raises(DomainError, match="begins on this day"):
        create_supply(CalendarException, by=rita, **closed)
    with pytest.raises(DomainError, match="The last day is before the first"):
        create_supply(CalendarException, by=rita, **{**closed, "last_day": date(2027, 7, 1)})
    other = make.working_calendar("Lyon")
    create_supply(CalendarException, by=rita, **{**closed, "calendar": other})


def test_the_second_writer_is_told(rita: User) -> None:
    absence = make.absence()
    update_supply(row=Absence.objects.get(pk=absence.pk), by=rita, version=1, changes={"share": 50})
    with pytest.raises(StaleVersion):
        update_supply(row=absence, by=rita, version=1, changes={"share": 40})


def test_rates_are_written_and_read_by_who_sees_them(rita: User, ada: User, ben: User) -> None:
    """Not that there are any, neither in the log nor to whoever lost the right."""
    rate = create_supply(Rate, by=rita, role=make.role(), starts_on=date(2026, 1, 1), daily_rate="612.50")
    with pytest.raises(DomainError, match="from this day on"):
        create_supply(Rate, by=rita, role=rate.role, starts_on=date(2026, 1, 1), daily_rate="1")
    with pytest.raises(DomainError, match="of a person or of a role"):
        create_supply(Rate, by=rita, role=rate.role, person=make.person(), starts_on=date(2026, 1, 1), daily_rate="1")
    with pytest.raises(NotAllowed, match="does not show rates"):
        update_supply(row=rate, by=ben, version=1, changes={"daily_rate": "1"})
    with pytest.raises(NotAllowed, match="does not show rates"):
        delete_supply(row=rate, by=ben, version=1)
    told = AuditEvent.objects.filter(target_type="projects.Rate")
    assert told.count() == 1
    administrator = make.user(role="administrator")
    for reader, known in ((ada, True), (administrator, False)):
        assert events_visible_to(reader).filter(pk__in=told).exists() is known
        assert bool(history.in_words(list(told), reader=reader)) is known
        assert (client_of(reader).get(f"/history/rate/{rate.pk}/").status_code == 200) is known
    assert client_of(ben).get(f"/history/rate/{rate.pk}/").status_code == 404


def test_changes_are_taken_back_under_the_same_rules(rita: User, ben: User) -> None:
    zoe, build, run = make.person("Zoé"), make.unit("BUILD"), make.unit("RUN")
    share = create_supply(UnitShare, by=rita, person=zoe, unit=build, percent=100)
    with trace.tracing(source="page", request_id="second"):
        delete_supply(row=share, by=rita, version=1)
    other = create_supply(UnitShare, by=rita, person=zoe, unit=run, percent=50)
    with pytest.raises(DomainError, match="50 % are left"):
        undo.take_back(undo.events_of(rita, "second"), by=rita, on=make.TODAY)
    delete_supply(row=other, by=rita, version=1)
    undo.take_back(undo.events_of(rita, "second"), by=rita, on=make.TODAY)
    assert UnitShare.objects.get().pk == share.pk


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_give_more_than_a_whole_person() -> None:
    rita, zoe = make.user(role="resource_manager"), make.person("Zoé")
    units = [make.unit(f"U{number}") for number in range(4)]
    told: list[str] = []

    def give(number: int) -> None:
        try:
            create_supply(UnitShare, by=rita, person=zoe, unit=units[number], percent=40)
            told.append("given")
        except DomainError:
            told.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=give, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["given", "given", "refused", "refused"]
    assert sum(UnitShare.objects.values_list("percent", flat=True)) == 80
