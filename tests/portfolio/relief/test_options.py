"""What could give way in a short cell: what it frees, what it costs, and who may know."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from pmo_portal.core.models import User
from pmo_portal.core.periods import add_months
from portfolio.capacity.horizon import horizon_on, months_of
from portfolio.capacity.selectors.periods import period_of
from portfolio.capacity.services import refresh
from portfolio.relief.export import options_tables
from portfolio.relief.later import last_of
from portfolio.relief.models import Proposal
from portfolio.relief.selectors.conflict import Conflict, Ground, conflict
from portfolio.relief.selectors.options import Option, options
from portfolio.relief.selectors.supply import swaps
from portfolio.relief.selectors.weights import weight_of
from projects.hierarchy.models import Project
from projects.resources.models import AllocationMonth
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.make import TODAY
from tests.portfolio.relief.conflicts import Short, short_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def short(world: World) -> Short:
    return short_role(world)


def by_kind(found: list[Option], project: Project | None = None) -> dict[str, Option]:
    return {one.kind: one for one in found if project is None or one.project == project}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_shortage_is_that_of_the_heat_map(ada: User, short: Short) -> None:
    found = short.seen_by(ada)
    assert found.short == pytest.approx(33 - found.cell.capacity)
    assert found.short_hard == pytest.approx(23 - found.cell.capacity)


def test_work_before_a_far_date_moves_within_its_float_and_costs_nothing(ada: User, world: World, short: Short) -> None:
    end = last_of(short.month) + timedelta(weeks=6)
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=end, size="L", must_win=True)
    found = options(short.seen_by(ada), reader=ada).found
    kinds = by_kind(found, world.tram)
    assert kinds["float"].price == 0
    assert kinds["float"].moved == ()
    assert kinds["float"].days == pytest.approx(short.seen_by(ada).short, abs=0.1)  # all that is short
    assert found[0].price == 0


def test_a_shift_names_the_dates_that_move_and_weighs_the_weeks(ada: User, world: World, short: Short) -> None:
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=None, baseline_end=None, size="L", must_win=True)
    day = last_of(short.month)
    make.milestone(world.tram, name="Mise en service", baseline_date=day, forecast_date=day)
    make.milestone(world.tram, name="Atteint", forecast_date=day, actual_date=date(2026, 11, 1))
    kinds = by_kind(options(short.seen_by(ada), reader=ada).found, world.tram)
    assert "float" not in kinds
    shift = kinds["shift"]
    assert [one.dated.name for one in shift.moved] == ["Mise en service"]
    assert shift.moved[0].to == day + timedelta(weeks=shift.weeks)
    assert shift.price == 9 * shift.weeks  # L is 3, three times as much for a must-win


def test_a_fixed_date_is_moved_by_no_option(ada: User, world: World, short: Short) -> None:
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=None, baseline_end=None)
    day = last_of(short.month)
    deadline = make.milestone(world.tram, name="Échéance légale", forecast_date=day, is_fixed=True)
    kinds = by_kind(options(short.seen_by(ada), reader=ada).found, world.tram)
    assert set(kinds) == {"reduce", "stop"}
    type(deadline).objects.filter(pk=deadline.pk).update(forecast_date=day + timedelta(weeks=3))
    kinds = by_kind(options(short.seen_by(ada), reader=ada).found, world.tram)
    assert kinds["float"].steps["weeks"] <= 3
    assert "shift" not in kinds or kinds["shift"].steps["weeks"] <= 3


@pytest.mark.parametrize(
    ("fields", "weight"),
    [
        ({}, 2), ({"size": "S"}, 1), ({"size": "XL", "must_win": True}, 15),  # as before there were priorities
        ({"size": "L", "priority": 3}, 3), ({"size": "L", "priority": 4}, 6), ({"size": "L", "priority": 2}, 1.5),
        ({"size": "S", "priority": 1}, 0.25), ({"size": "XL", "must_win": True, "priority": 5}, 60),
    ],
)  # fmt: skip
def test_each_step_of_priority_doubles_the_weight_and_none_leaves_it(fields: dict, weight: float) -> None:
    assert weight_of(Project(**fields)) == weight


def test_a_weight_with_decimals_is_shown_and_told_as_it_is(ada: User, world: World, short: Short) -> None:
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=None, baseline_end=None, size="L", priority=1)
    Project.objects.filter(pk=world.harbour.pk).update(size="S", priority=2)
    page = client_of(ada).get(f"/capacity/gives-way/{short.query}&all=1").content.decode()
    assert "weight 0.75" in page
    assert "weight 0.5" in page
    told = Api(ada).get(f"capacity/options/{short.query}").json()["results"]
    stop = next(one for one in told if one["kind"] == "stop" and one["project"] == world.tram.pk)
    assert (stop["weight"], stop["price"]) == (0.75, 0.75 * stop["weeks"])


def test_without_any_date_the_float_is_unknown_and_the_delay_is_that_of_the_work(
    ada: User, world: World, short: Short
) -> None:
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=None, baseline_end=None)
    kinds = by_kind(options(short.seen_by(ada), reader=ada).found, world.tram)
    assert "float" not in kinds
    assert kinds["shift"].unknown
    assert kinds["shift"].weeks == kinds["shift"].steps["weeks"]


def test_where_its_dates_lie_before_its_work_the_delay_is_that_of_the_work(
    ada: User, world: World, short: Short
) -> None:
    end = add_months(short.month, -1)
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=end, baseline_end=None, size="L", must_win=True)
    make.milestone(world.tram, name="Étude", forecast_date=end - timedelta(days=9))
    shift = by_kind(options(short.seen_by(ada), reader=ada).found, world.tram)["shift"]
    weeks = shift.steps["weeks"]  # of all its work: the last of it ends that much later
    assert weeks > 0
    assert (shift.moved, shift.weeks, shift.price, shift.last_date) == ([], weeks, 9 * weeks, end)  # L 3, must-win × 3
    page = client_of(ada).get(f"/capacity/gives-way/{short.query}&all=1").content.decode()
    assert "the delay is that of its work" in page
    assert "none moves" not in page


def test_what_is_tentative_is_reduced_first_and_of_what_is_firm_half_at_most(
    ada: User, world: World, short: Short
) -> None:
    found = options(short.seen_by(ada), reader=ada).found
    soft, firm = by_kind(found, world.harbour)["reduce"], by_kind(found, world.tram)["reduce"]
    assert soft.tentative
    assert soft.days == pytest.approx(10, abs=0.1)
    assert not firm.tentative
    assert firm.days == pytest.approx(10, abs=0.1)
    assert soft.price == pytest.approx(2 * soft.days / 5)  # unknown size weighs 2; five days are a week


def test_what_is_proposed_is_written_in_half_per_cents_and_frees_what_it_says(
    ada: User, world: World, short: Short
) -> None:
    """The harbour asks 77.7 % beside 23 days; what is short then leaves it no round per cent."""
    type(short.harbour).objects.filter(pk=short.harbour.pk).update(measure="percent")
    AllocationMonth.objects.filter(allocation=short.harbour).update(asked=Decimal("77.7"), granted=Decimal("77.7"))
    AllocationMonth.objects.filter(allocation=short.tram).update(asked=Decimal("9.3"), granted=Decimal("9.3"))
    Project.objects.filter(pk=world.harbour.pk).update(forecast_end=None, baseline_end=None)
    cell = short.seen_by(ada)
    kinds = by_kind(options(cell, reader=ada).found, world.harbour)
    for kind in ("reduce", "shift"):
        [step] = kinds[kind].steps["allocations"]
        assert {Decimal(amount) % Decimal("0.5") for amount in step["after"].values()} == {0}
        assert kinds[kind].days == pytest.approx(cell.short)
        left = Decimal(step["after"].get(short.month.isoformat(), 0))
        AllocationMonth.objects.filter(allocation=short.harbour).update(asked=left, granted=left)
        assert short.seen_by(ada).solved
    assert kinds["reduce"].lost == pytest.approx(cell.short, abs=0.15), "half a per cent of 23 days at most too much"


def test_stopping_frees_all_of_it_and_costs_all_the_rest(ada: User, world: World, short: Short) -> None:
    stop = by_kind(options(short.seen_by(ada), reader=ada).found, world.tram)["stop"]
    assert stop.days == pytest.approx(short.seen_by(ada).short)
    assert stop.lost == pytest.approx(20)
    assert stop.weeks >= 26


def test_somebody_of_another_role_with_the_skill_and_room_can_take_it(ada: User, world: World, short: Short) -> None:
    skill, other = make.skill(), make.person("Bea Autre", role=make.role())
    make.person_skill(other, skill, level=4)
    type(short.tram).objects.filter(pk=short.tram.pk).update(skill=skill)
    swap = by_kind(options(short.seen_by(ada), reader=ada).found)["swap"]
    assert swap.whom.person == other
    assert swap.steps["part"] == {short.month.isoformat(): "20.00"}
    assert by_kind(options(short.seen_by(ada), reader=make.user(role="executive")).found).get("swap") is None


def test_reinforcing_shows_its_cost_to_who_sees_rates_only(ada: User, eve: User, short: Short) -> None:
    make.rate(role=short.role, daily_rate=Decimal(600))
    dear = by_kind(options(short.seen_by(ada), reader=ada).found)["reinforce"]
    assert dear.fte is not None
    assert dear.cost is not None
    assert dear.cost >= 600 * Decimal(dear.days)  # rounded up to a tenth of a full-time equivalent
    assert by_kind(options(short.seen_by(eve), reader=eve).found)["reinforce"].cost is None
    assert "600" not in client_of(eve).get(f"/capacity/gives-way/{short.query}").content.decode()


def test_a_project_its_reader_does_not_see_is_no_option_and_has_no_name(ben: User, world: World, short: Short) -> None:
    found = options(short.seen_by(ben), reader=ben).found
    assert {one.project for one in found if one.project} == {world.tram}
    page = client_of(ben).get(f"/capacity/gives-way/{short.query}").content.decode()
    assert "other commitments" in page
    assert "Harbour" not in page
    assert "Propose" not in page  # a project manager looks; who arbitrates proposes


def test_a_role_without_any_capacity_is_short_of_all_that_is_asked(ada: User, world: World) -> None:
    month = add_months(timezone.localdate().replace(day=1), 2)
    role = make.role()
    make.allocation(world.tram, role=role, months={month: 12})
    page = client_of(ada).get(f"/capacity/gives-way/?by=role&grain=month&row={role.pk}&at={month}").content.decode()
    assert "<b>12.0 days</b>" in page
    assert "Reinforce" in page


def test_months_under_way_stay_where_they_are(ada: User, world: World, short: Short) -> None:
    now = timezone.localdate().replace(day=1)
    AllocationMonth.objects.filter(allocation=short.tram).update(month=now, asked=40, granted=40)
    page = client_of(ada).get(f"/capacity/gives-way/?by=role&grain=month&row={short.role.pk}&at={now}").content.decode()
    assert "These months are under way" in page
    assert "Shift the project" not in page


def test_shifting_tells_what_becomes_short_elsewhere(ada: User, world: World, short: Short) -> None:
    after = add_months(short.month, 1)
    make.allocation(world.harbour, role=short.role, person=short.ann, months={after: (20, 20)}, status="confirmed",
                    answered_on=date(2026, 11, 1))  # fmt: skip
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=None, baseline_end=None)
    shift = by_kind(options(short.seen_by(ada), reader=ada).found, world.tram)["shift"]
    assert shift.elsewhere > 0


def test_beyond_the_picture_nothing_is_said_to_become_short(ada: User, world: World) -> None:
    role, last = make.role(), months_of(horizon_on(timezone.localdate()))[1]
    make.person(role=role)
    make.allocation(world.tram, role=role, months={last: 60})
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=None, baseline_end=None)
    shift = by_kind(options(at("role", role.pk, "month", last, ada, today=timezone.localdate()), reader=ada).found)[
        "shift"
    ]
    assert shift.elsewhere == 0


def test_what_one_may_propose_is_said_for_each_option(world: World, short: Short) -> None:
    """Portfolio manager of what tram is in, a reader of the rest."""
    pam = make.user("pam", role="executive")
    make.member(pam, "portfolio_manager", on=world.tram)
    found = {(one.kind, one.project): one.proposes for one in options(short.seen_by(pam), reader=pam).found}
    assert found["stop", world.tram]
    assert not found["stop", world.harbour]
    page = client_of(pam).get(f"/capacity/gives-way/{short.query}&all=1").content.decode()
    assert f'value="stop-{world.tram.pk}"' in page
    assert f'value="stop-{world.harbour.pk}"' not in page


def test_a_cell_that_fits_again_says_so(ada: User, short: Short) -> None:
    AllocationMonth.objects.all().delete()
    page = client_of(ada).get(f"/capacity/gives-way/{short.query}").content.decode()
    assert "Nothing is short here any more" in page
    answer = client_of(ada).post(f"/capacity/gives-way/{short.query}", {"option": "stop-1"})
    assert answer.status_code == 409
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?by=role&row=x&at=2027-01-01",
        "?by=role&row=999999&at=2027-01-01",
        "?by=role&row=1&at=1900-01-01",
        "?by=skill&row=0&at=2027-01-01",
    ],
)
def test_what_is_no_cell_is_not_found(ada: User, query: str) -> None:
    assert client_of(ada).get(f"/capacity/gives-way/{query}").status_code == 404


def test_who_may_look(ada: User, eve: User, ben: User, cleo: User, omar: User, short: Short) -> None:
    for user, status in ((ada, 200), (eve, 200), (ben, 200), (cleo, 403), (omar, 403)):
        assert client_of(user).get(f"/capacity/gives-way/{short.query}").status_code == status


@pytest.mark.parametrize("by", ["role", "unit", "skill", "person"])
def test_every_kind_of_row_has_its_options(ada: User, world: World, short: Short, by: str) -> None:
    unit, skill = make.unit(), make.skill()
    make.unit_share(short.ann, unit)
    make.person_skill(short.ann, skill)
    ref = {"role": short.role, "unit": unit, "skill": skill, "person": short.ann}[by].pk
    page = client_of(ada).get(f"/capacity/gives-way/?by={by}&grain=quarter&row={ref}&at={short.month}")
    assert page.status_code == 200


def at(kind: str, ref: int, grain: str, day: date, reader: User, today: date = date(2026, 11, 28)) -> Conflict:
    return conflict(kind, ref, "…", period_of(grain, day), reader=reader, today=today)


def test_capacity_begins_with_a_month_to_come_and_costs_all_its_days(ada: User, world: World) -> None:
    """November is under way, so what 60 days of a quarter need is found in December (23 weekdays); a week takes its month."""
    role = make.role()
    make.rate(role=role, daily_rate=Decimal(100), starts_on=date(2026, 1, 1))
    make.allocation(world.tram, role=role, months={date(2026, 10, 1): 60, date(2027, 1, 1): 20})
    quarter = by_kind(options(at("role", role.pk, "quarter", date(2026, 11, 1), ada), reader=ada).found)["reinforce"]
    open_days = 60 / float(quarter.fte or 1)
    assert 20 <= open_days <= 23
    assert quarter.steps["first_month"] == quarter.steps["last_month"] == "2026-12-01"
    week = by_kind(options(at("role", role.pk, "week", date(2027, 1, 11), ada), reader=ada).found)["reinforce"]
    assert week.fte == Decimal(1)  # 5 of its 20 days in 5 of 20 open days
    assert week.cost is not None
    assert week.cost >= 19 * 100
    under_way = options(at("role", role.pk, "month", date(2026, 10, 1), ada, today=date(2026, 10, 5)), reader=ada)
    assert under_way.found == []


def test_what_was_not_looked_at_is_told(ada: User) -> None:
    """Sixteen projects ask somebody who has no day left: the fifteen largest are looked at, of the requests the six largest."""
    feb = add_months(timezone.localdate().replace(day=1), 3)
    ann = make.person("Ann", role=make.role(), leaves_on=feb - timedelta(days=1))
    for number in range(16):
        make.allocation(make.project(), person=ann, role=ann.role, months={feb: 1 + number})
    address = f"?by=role&row={ann.role_id}&grain=month&at={feb}"
    told = Api(ada).get(f"capacity/options/{address}").json()
    assert (told["projects_left_out"], told["requests_left_out"]) == (1, 10)
    page = client_of(ada).get(f"/capacity/gives-way/{address}").content.decode()
    assert "1 more project with fewer days was not looked at" in page
    assert "For 10 smaller requests nobody else was looked for" in page


def test_somebody_else_is_found_outside_a_large_group_for_months_to_come_at_the_cost_of_all_of_them(
    ada: User, world: World
) -> None:
    """Fifteen of the row fit better than Bea; half of Ann counts in the unit, and all her days cost."""
    role, skill, unit = make.role(), make.skill(), make.unit()
    ann, bea = make.person("Ann", role=role), make.person("Bea", role=make.role())
    for person in (ann, *(make.person(role=role) for _ in range(15))):
        make.unit_share(person, unit, percent=50)
        make.person_skill(person, skill, level=5)
    make.person_skill(bea, skill, level=1)
    jan, feb = date(2027, 1, 1), date(2027, 2, 1)
    for starts_on, amount in ((date(2026, 1, 1), 100), (feb, 900)):
        make.rate(ann, daily_rate=Decimal(amount), starts_on=starts_on)
    make.rate(bea, daily_rate=Decimal(300), starts_on=date(2026, 1, 1))
    make.allocation(world.tram, role=role, skill=skill, unit=unit, person=ann, status="confirmed", answered_on=TODAY,
                    months={jan: (200, 200), feb: (10, 10)})  # fmt: skip
    found = at("unit", unit.pk, "quarter", feb, ada, today=date(2027, 1, 11))
    ground = Ground("unit", unit.pk, found.period)
    [swap] = swaps(found, ground, reader=ada)
    assert swap["whom"].person == bea
    assert swap["steps"]["part"] == {feb.isoformat(): "10.00"}  # January is under way
    assert swap["days"] == pytest.approx(5)  # half of Ann is in the unit
    assert swap["cost"] == (300 - 900) * 10


def test_less_for_a_week_costs_what_is_taken_of_the_month(ada: User, world: World, short: Short) -> None:
    day = short.month.replace(day=10)
    cell = conflict("role", short.role.pk, "…", period_of("week", day), reader=ada, today=timezone.localdate())
    less = by_kind(options(cell, reader=ada).found, world.tram)["reduce"]
    asked = 20 - sum(Decimal(x) for one in less.steps["allocations"] for x in one["after"].values())
    assert less.lost == pytest.approx(float(asked), abs=0.01)  # of the month
    assert less.lost > 2 * less.days  # the week is won a part of it
    assert less.price == pytest.approx(2 * less.lost / 5)


@pytest.mark.usefixtures("english")
def test_what_others_wait_for_holds_the_float_and_is_told(ada: User, world: World, short: Short) -> None:
    """Tram gives the harbour something five weeks after its work, and the secret project something at once."""
    end = last_of(short.month)
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=end + timedelta(weeks=40))
    before = by_kind(options(short.seen_by(ada), reader=ada).found, world.tram)["float"]
    given = make.dependency(world.harbour, world.tram, title="Rails", needed_by=end, promised_on=end)
    make.dependency(world.secret, world.tram, title="Hush", needed_by=end, promised_on=end)
    kinds = by_kind(options(short.seen_by(ada), reader=ada).found, world.tram)
    assert "float" not in kinds
    assert before.days
    shift = kinds["shift"]
    assert (shift.price, {one.promised.name for one in shift.late}) == (
        0,
        {"Rails, for Harbour", "Hush, for Secret project"},
    )
    assert shift.steps["dependencies"][0] == {"id": given.pk, "to": shift.late[0].to.isoformat()}
    assert all(one.to is None for one in kinds["stop"].late)
    sheet = options_tables(options(short.seen_by(ada), reader=ada))[-1][1]
    assert {line[2] for line in sheet[1:]} == {"Rails, for Harbour", "Hush, for Secret project"}
    client = client_of(ada)
    assert "Rails, for" in client.get(f"/capacity/gives-way/{short.query}").content.decode()
    client.post(f"/capacity/gives-way/{short.query}", {"option": shift.key})
    row = Proposal.objects.get()
    assert "Hush, for" in client.get(f"/capacity/proposals/{row.pk}/").content.decode()
    ben = make.user("benno", role="project_manager", on=world.tram)
    page = client_of(ben).get(f"/capacity/proposals/{row.pk}/").content.decode()
    assert "Hush" not in page
    assert "Rails" not in page
    assert page.count("/dependencies/") >= 2
