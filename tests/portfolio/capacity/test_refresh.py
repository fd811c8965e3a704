"""The stored picture against days counted by hand, and moved against computed anew (decision 0221)."""

import random
from datetime import date

import pytest
from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone

from pmo_portal.core.models import Work
from portfolio.capacity.horizon import horizon_on, piece_of
from portfolio.capacity.models import GroupLoad, PersonLoad, Picture, Stale
from portfolio.capacity.services import queue, refresh
from projects.hierarchy.models import Project
from projects.resources.models import Absence, Allocation, AllocationMonth, Person
from projects.resources.services import create_supply, update_supply
from tests import make
from tests.make import TODAY

pytestmark = pytest.mark.django_db
DEC, JAN, FEB = date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)
FIGURES = ("capacity", "hard", "tentative", "over")
OPEN = ("open_capacity", "open_hard", "open_tentative")


def now() -> int:
    return refresh.at_once(on=TODAY, at=timezone.now())


def catch_up() -> None:
    """What is stale, and nothing else, as the worker would; the clock of a test stands still, so no lease is waited for."""
    queue.gather()
    for kind in queue.KINDS:
        waiting = Work.objects.filter(kind=kind, wanted__gt=F("done"))
        if ids := sorted(waiting.values_list("subject_id", flat=True)):
            refresh.compute(kind, ids, on=TODAY, at=timezone.now())
            waiting.update(done=F("wanted"))


def of_month(rows, month: date, *names: str) -> list[float]:
    last = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    sums = rows.filter(starts_on__gte=month, starts_on__lt=last).aggregate(**{f"s_{n}": Sum(n) for n in names})
    return [round(sums[f"s_{n}"] or 0.0, 4) for n in names]


def person(pk: int):
    return PersonLoad.objects.filter(person=pk)


def group(kind: str, ref: int):
    return GroupLoad.objects.filter(kind=kind, ref=ref)


def granted(someone: Person, month: date = JAN, amount: float = 10, project=None, **fields) -> Allocation:
    fields = {"status": "confirmed", "answered_on": TODAY, **fields}
    return make.allocation(project, person=someone, months={month: (amount, amount)}, **fields)


def test_a_person_their_role_units_and_skills_have_the_same_days() -> None:
    role, skill, unit = make.role(), make.skill(), make.unit()
    ann = make.person("Ann", role=role)
    make.unit_share(ann, unit, percent=60)
    make.person_skill(ann, skill)
    granted(ann, amount=25)
    granted(ann, amount=50, measure="percent", firmness="tentative")
    now()
    # January 2027: 20 days, the first is a holiday
    assert of_month(person(ann.pk), JAN, *FIGURES) == [20, 25, 10, 5]
    assert of_month(group("role", role.pk), JAN, *FIGURES) == [20, 25, 10, 5]
    assert of_month(group("skill", skill.pk), JAN, *FIGURES) == [20, 25, 10, 5]
    assert of_month(group("unit", unit.pk), JAN, *FIGURES) == [12, 15, 6, 3]
    assert of_month(group("unit", 0), JAN, *FIGURES) == [8, 10, 4, 2]
    assert of_month(group("source", 0), JAN, *FIGURES) == [20, 25, 10, 5]
    assert Picture.objects.get().first_month == date(2026, 7, 1)


def test_who_has_no_role_loads_the_role_they_are_asked_as() -> None:
    """Too much of a day is of each role by its part of it; what they could do is capacity of no role."""
    architect, tester = make.role(), make.role()
    ann, sam = make.person("Ann", role=architect), make.person("Sam", is_external=True)
    granted(ann, amount=10, role=tester)  # her own role counts, whatever she is asked as
    granted(sam, amount=15, role=architect)
    granted(sam, amount=10, role=tester)
    make.allocation(person=sam, role=tester, months={JAN: 4})
    now()
    assert of_month(group("role", architect.pk), JAN, *FIGURES) == [20, 25, 0, 3]
    assert of_month(group("role", tester.pk), JAN, *FIGURES) == [0, 10, 4, 2]
    assert of_month(group("role", 0), JAN, *FIGURES) == [20, 0, 0, 0]
    assert of_month(group("source", 1), JAN, *FIGURES) == [20, 25, 4, 5]
    moved = pictures()
    Person.objects.filter(pk=sam.pk).update(role=tester)
    catch_up()
    assert of_month(group("role", architect.pk), JAN, *FIGURES) == [20, 10, 0, 0]
    assert of_month(group("role", tester.pk), JAN, *FIGURES) == [20, 25, 4, 5]
    Person.objects.filter(pk=sam.pk).update(role=None)
    catch_up()
    assert pictures() == moved
    Allocation.objects.filter(person=sam, status="requested").update(role=architect)
    make.absence(sam, first_day=date(2027, 1, 4), last_day=date(2027, 1, 8))
    catch_up()
    assert of_month(group("role", architect.pk), JAN, *FIGURES) == [20, 25, 4, 6]  # fifteen days left for twenty-five
    assert of_month(group("role", tester.pk), JAN, *FIGURES) == [0, 10, 0, 4]
    Project.objects.filter(allocations__person=sam, allocations__role=tester).update(state="closed")
    Allocation.objects.filter(person=sam, role=architect).delete()
    catch_up()
    moved = pictures()
    now()
    assert pictures() == moved
    assert of_month(group("role", architect.pk), JAN, *FIGURES) == [20, 10, 0, 0]


def test_what_has_no_name_is_of_its_role_unit_and_skill() -> None:
    role, skill, supplier = make.role(), make.skill(), make.unit(kind="supplier")
    make.allocation(role=role, skill=skill, months={JAN: 30})
    fields = {"measure": "percent", "status": "confirmed", "answered_on": TODAY}
    make.allocation(role=role, unit=supplier, months={JAN: (150, 300)}, **fields)
    make.allocation(role=role, months={JAN: (8, 0)}, status="refused", answered_on=TODAY)
    make.allocation(role=role, unit=supplier, months={JAN: (9, 4)}, status="changed")
    make.pool(role, unit=supplier, fte=2.5)
    now()
    assert of_month(group("role", role.pk), JAN, *OPEN) == [50, 64, 35]
    assert of_month(group("unit", supplier.pk), JAN, *OPEN) == [50, 64, 5]
    assert of_month(group("unit", 0), JAN, *OPEN) == [0, 0, 30]
    assert of_month(group("skill", skill.pk), JAN, *OPEN) == [0, 0, 30]
    assert of_month(group("source", 1), JAN, *OPEN) == [50, 64, 5]


def test_a_project_that_is_over_loads_nobody_and_one_on_hold_keeps_its_people() -> None:
    role, ann = make.role(), make.person()
    held = {"state": "suspended", "resume_date": date(2027, 3, 1)}
    states = {"closed": {"state": "closed"}, "stopped": {"state": "stopped"}, "left": {"left_on": TODAY}, "held": held}
    for days, fields in enumerate(states.values(), start=1):
        home = make.project(**fields)
        granted(ann, amount=days, project=home)
        make.allocation(home, role=role, months={JAN: 10 * days})
    now()
    assert of_month(person(ann.pk), JAN, "hard") == [4]
    assert of_month(group("role", role.pk), JAN, *OPEN) == [0, 0, 40]
    Project.objects.update(state="executing", left_on=None)  # all of them go on after all
    catch_up()
    assert of_month(person(ann.pk), JAN, "hard") == [10]
    assert of_month(group("role", role.pk), JAN, *OPEN) == [0, 0, 100]
    Stale.objects.all().delete()
    Project.objects.update(state="planning", name="Another name")
    assert not Stale.objects.exists()


def test_weeks_are_cut_where_months_begin() -> None:
    ann = make.person()
    granted(ann, DEC, 22)
    granted(ann, JAN, 10)
    now()
    pieces = dict(person(ann.pk).filter(starts_on__range=(date(2026, 12, 28), JAN)).values_list("starts_on", "hard"))
    assert set(pieces) == {date(2026, 12, 28), JAN}  # the week of 28 December is two pieces
    assert pieces[date(2026, 12, 28)] == 4
    assert pieces[JAN] == 0  # a holiday
    assert piece_of(date(2027, 1, 2)) == JAN


@pytest.mark.parametrize(
    "change",
    [
        lambda p: make.absence(p, first_day=date(2027, 1, 4), last_day=date(2027, 1, 8)),
        lambda p: make.pattern(p, friday=0, starts_on=date(2027, 1, 1)),
        lambda p: granted(p, amount=30),
        lambda p: Person.objects.filter(pk=p.pk).update(leaves_on=date(2027, 1, 12)),
        lambda p: AllocationMonth.objects.filter(allocation__person=p).update(granted=3),
        lambda p: Allocation.objects.filter(person=p).update(person=make.person(role=p.role)),
        lambda p: AllocationMonth.objects.filter(allocation__person=p).delete(),
        lambda p: Allocation.objects.filter(person=p).delete(),
        lambda p: Person.objects.filter(pk=p.pk).update(role=make.role()),
        lambda p: Person.objects.filter(pk=p.pk).update(is_external=True),
        lambda p: p.units.all().delete(),
        lambda p: p.skills.all().delete(),
        lambda p: make.unit_share(p, percent=30),
        make.person_skill,
        lambda p: make.calendar_exception(p.calendar, first_day=JAN, last_day=date(2027, 1, 20)),
        lambda p: type(p.calendar).objects.update(country="DE"),
        lambda p: make.working_calendar(is_default=True, friday=0),
        lambda p: Project.objects.filter(allocations__person=p).update(state="closed"),
        lambda p: Project.objects.filter(allocations__person=p).update(left_on=TODAY),
        lambda p: Project.objects.filter(allocations__person__isnull=True).update(state="stopped"),
        lambda p: make.pool(p.role),
        lambda p: make.allocation(role=p.role, months={JAN: 12}),
    ],
)
def test_whatever_changes_whoever_writes_the_picture_follows(change) -> None:
    role, calendar = make.role(), make.working_calendar()
    ann, bob = make.person(role=role, calendar=calendar), make.person(role=role)
    for one in (ann, bob):
        make.unit_share(one, make.unit(), percent=70)
        make.person_skill(one)
        granted(one)
    make.allocation(role=role, months={JAN: 3})
    granted(make.person(), role=role)
    catch_up()
    before = pictures()
    change(Person.objects.get(pk=ann.pk))
    catch_up()
    moved = pictures()
    assert moved != before
    assert not Stale.objects.exists()
    now()
    assert pictures() == moved  # what followed step by step is what counting everything anew gives


def pictures() -> dict:
    """Everything stored that is not nothing."""
    people = PersonLoad.objects.values_list("person_id", "starts_on", *FIGURES)
    sums = GroupLoad.objects.values_list("kind", "ref", "starts_on", *FIGURES, *OPEN)
    rows = {("person", *row[:2]): row[2:] for row in people} | {row[:3]: row[3:] for row in sums}
    rounded = {key: tuple(round(value, 4) + 0.0 for value in values) for key, values in rows.items()}
    return {key: values for key, values in rounded.items() if any(values)}


def test_many_small_changes_leave_no_crumbs() -> None:
    chance = random.Random(5)
    roles = [make.role() for _ in range(2)]
    people = [make.person(role=chance.choice(roles)) for _ in range(4)]
    for _step in range(25):
        someone = chance.choice(people)
        match chance.randrange(4):
            case 0:
                granted(someone, chance.choice([DEC, JAN, FEB]), round(chance.uniform(0.1, 30), 2),
                        role=chance.choice(roles))  # fmt: skip
            case 1:
                Absence.objects.create(person=someone, first_day=JAN, last_day=date(2027, 1, chance.randint(1, 31)))
            case 2:
                Person.objects.filter(pk=someone.pk).update(role=chance.choice([*roles, None]))
            case _:
                Allocation.objects.filter(person=someone).delete()
        catch_up()
    moved = pictures()
    now()
    assert pictures() == moved


def test_nothing_that_stays_the_same_is_written_again() -> None:
    ann = make.person(role=make.role())
    granted(ann)
    now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(xmin::text ORDER BY id) FROM portfolio_personload")
        before = cursor.fetchone()
        now()
        cursor.execute("SELECT array_agg(xmin::text ORDER BY id) FROM portfolio_personload")
        assert cursor.fetchone() == before


def test_a_person_that_is_deleted_takes_their_days_along() -> None:
    ann = make.person(role=make.role())
    now()
    Person.objects.filter(pk=ann.pk).delete()
    catch_up()
    assert not PersonLoad.objects.exists()
    assert of_month(group("role", ann.role_id), JAN, *FIGURES) == [0, 0, 0, 0]


def test_a_group_that_is_deleted_leaves_no_rows() -> None:
    role = make.role()
    now()
    assert group("role", role.pk).exists()
    pk = role.pk
    role.delete()
    queue.everything()
    catch_up()
    assert not group("role", pk).exists()


def test_a_new_month_moves_the_horizon() -> None:
    ann = make.person()
    now()
    later = date(2027, 2, 3)
    refresh.at_once(on=later, at=timezone.now())
    first, last = horizon_on(later).first, horizon_on(later).last
    days = list(person(ann.pk).order_by("starts_on").values_list("starts_on", flat=True))
    assert days[0].toordinal() == first
    assert last - days[-1].toordinal() < 7
    assert group("role", 0).earliest("starts_on").starts_on == days[0]


@pytest.mark.django_db(transaction=True)
def test_the_worker_answers_what_triggers_noted_and_a_broken_batch_is_tried_one_by_one(monkeypatch) -> None:
    good, bad = make.person(), make.person()
    true = refresh.refresh_people

    def poison(ids, horizon):
        if bad.pk in ids:
            raise ValueError("broken on purpose")
        return true(ids, horizon)

    monkeypatch.setattr(refresh, "refresh_people", poison)
    assert queue.waits()
    refresh.drain(seconds=30)
    refresh.drain(seconds=30)
    assert person(good.pk).exists()
    assert not person(bad.pk).exists()
    assert "broken" in Work.objects.get(kind=queue.PEOPLE, subject_id=bad.pk).last_error
    make.absence(good)  # answered a moment ago: the same turn waits for it
    refresh.drain(seconds=30)
    assert not Work.objects.filter(subject_id=good.pk, wanted__gt=F("done")).exists()
    monkeypatch.undo()
    make.absence(bad)  # asked again, it is tried again
    Work.objects.update(next_try=timezone.now())
    refresh.drain(seconds=30)
    assert person(bad.pk).exists()
    assert not queue.waits()


@pytest.mark.django_db(transaction=True)
def test_services_ring_once_a_transaction(ada, monkeypatch) -> None:
    rings = []
    monkeypatch.setattr(queue, "ring", lambda: rings.append(1))
    ann = make.person()
    with transaction.atomic():
        row = create_supply(Absence, by=ada, person=ann, first_day=JAN, last_day=JAN)
        update_supply(row=row, by=ada, version=row.version, changes={"share": 50})
    assert rings == [1]
