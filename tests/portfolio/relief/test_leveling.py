"""A scope levelled by the engine: what moves, what stays, what is proven, and that computing moves nothing."""

from datetime import date, timedelta
from decimal import Decimal
from math import ceil

import pytest
from django.test import Client
from django.utils import timezone, translation

from pmo_portal.core import work
from pmo_portal.core.models import User, Work
from pmo_portal.core.periods import add_months
from portfolio.capacity.services import refresh
from portfolio.relief.export import plan_tables
from portfolio.relief.later import weekdays
from portfolio.relief.models import Leveling, Proposal
from portfolio.relief.selectors.runs import outcome
from portfolio.relief.services import runs, solving
from projects.hierarchy.models import Node, Project
from projects.planning.models import Milestone
from projects.raid.models import InterProjectDependency
from projects.resources.models import Allocation, AllocationMonth, Person, Role
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.make import TODAY

MOVES = 200


@pytest.fixture
def role(world: World) -> Role:
    """One architect; tram (large) and harbour (small) ask for all of her in the same month, harbour for the next one, too."""
    role = make.role("ARCH", name="Architecte", name_en="Architect")
    ann = make.person("Ann", role=role)
    first = month(2)
    Project.objects.update(forecast_end=None, baseline_end=None)
    Project.objects.filter(pk=world.tram.pk).update(size="XL")
    Project.objects.filter(pk=world.harbour.pk).update(size="S")
    given = {"role": role, "person": ann, "status": "confirmed", "answered_on": TODAY}
    make.allocation(world.tram, months={first: (18, 18)}, **given)
    make.allocation(world.harbour, months={first: (15, 15), add_months(first, 1): (4, 4)}, **given)
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    return role


def month(ahead: int) -> date:
    return add_months(timezone.localdate().replace(day=1), ahead)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def solved(by: User, **fields) -> Leveling:
    """Asked, and computed as a worker does."""
    run = runs.ask(by=by, at=timezone.now(), **{"moves": MOVES, "hold_must_wins": False, **fields})
    wanted = Work.objects.get(kind=runs.KIND, subject_id=run.pk).wanted
    Work.objects.filter(kind=runs.KIND, subject_id=run.pk).update(attempts=1)
    solving.solve(work.Lease(run.pk, wanted, 1))
    run.refresh_from_db()
    return run


def told(run: Leveling) -> dict[int, dict]:
    assert run.result is not None
    return {one["id"]: one for one in run.result["projects"]}


@pytest.mark.django_db
def test_work_before_a_fixed_date_stays_whatever_it_weighs(ada: User, world: World, role: Role) -> None:
    make.milestone(world.harbour, name="Échéance légale", forecast_date=month(2).replace(day=28), is_fixed=True)
    run = solved(ada)
    assert set(told(run)) == {world.tram.pk}
    assert told(run)[world.tram.pk]["milestones"] == []
    assert run.result["before_fixed"] == 15
    page = client_of(ada).get(f"/capacity/leveling/{run.pk}/").content.decode()
    assert "15 days lead to a fixed date" in page


@pytest.mark.django_db
def test_the_lighter_project_waits_and_its_dates_follow(ada: User, world: World, role: Role) -> None:
    day = month(3).replace(day=20)
    goal = make.milestone(world.harbour, name="Ouverture", baseline_date=day, forecast_date=day)
    run = solved(ada)
    assert (run.state, run.share) == ("done", 1.0)
    assert set(told(run)) == {world.harbour.pk}
    moved = told(run)[world.harbour.pk]
    assert [one["id"] for one in moved["milestones"]] == [goal.pk]
    assert moved["weight"] == 1
    assert moved["price"] == moved["weeks"] > 0
    assert run.result["short_before"] > run.result["short_after"]
    asked = sum(Decimal(x) for x in moved["allocations"][0]["after"].values())
    assert asked == 19  # as many days as before
    assert not AllocationMonth.objects.filter(month__gt=month(3)).exists()  # computing moves nothing
    goal.refresh_from_db()
    assert goal.forecast_date == day


@pytest.mark.django_db
@pytest.mark.parametrize("end", [None, 1])
def test_a_project_whose_dates_lie_before_its_work_is_late_by_that_work_and_costs_add_up(
    ada: User, world: World, role: Role, end: int | None
) -> None:
    """The harbour (S: weight 1) has work until month 3; its end is before that, or unknown."""
    Project.objects.filter(pk=world.harbour.pk).update(forecast_end=month(end) if end else None)
    run = solved(ada)
    moved = told(run)[world.harbour.pk]
    last, then = month(4) - timedelta(days=1), add_months(date.fromisoformat(moved["last"]), 1) - timedelta(days=1)
    assert then > last
    weeks = ceil((then - last).days / 7)
    assert (moved["weeks"], moved["price"], moved["milestones"], moved["beyond"]) == (weeks, weeks, [], True)
    assert moved["cost"] == moved["months"] == (then.year - last.year) * 12 + then.month - last.month
    assert sum(one["cost"] for one in told(run).values()) == run.cost
    page = client_of(ada).get(f"/capacity/leveling/{run.pk}/").content.decode()
    assert "the delay is that of its work" in page
    assert "none moves" not in page
    assert f"Together: cost {run.cost:g} (weight × months), price {weeks} (weight × weeks)." in page


@pytest.mark.django_db
def test_the_small_project_of_the_highest_priority_stays_and_the_large_one_of_the_lowest_waits(
    ada: User, world: World, role: Role
) -> None:
    Project.objects.filter(pk=world.harbour.pk).update(priority=5)
    Project.objects.filter(pk=world.tram.pk).update(priority=1)
    run = solved(ada)
    moved = told(run)
    assert set(moved) == {world.tram.pk}
    assert moved[world.tram.pk]["weight"] == 1.25
    page = client_of(ada).get(f"/capacity/leveling/{run.pk}/").content.decode()
    assert "weight 1.25" in page
    assert f'<div class="kpi-v">{run.cost:g}</div>' in page


@pytest.mark.django_db
def test_it_is_reproducible_and_never_worse_than_the_rule_nor_better_than_the_bound(
    ada: User, world: World, role: Role
) -> None:
    for number in range(8):
        other = make.project(node=world.rail, size="SML"[number % 3], forecast_end=None, baseline_end=None)
        months = {month(2 + number % 3): 6, month(3 + number % 3): 5}
        make.allocation(other, role=role, months=months)
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    one, two = solved(ada, seed=7), solved(ada, seed=7)
    assert one.result == two.result
    assert one.cost == two.cost
    assert one.lower <= one.cost <= one.rule_cost
    assert one.gap is not None


@pytest.mark.django_db
def test_what_is_held_stays_and_what_is_not_seen_is_no_part_of_it(ada: User, world: World, role: Role) -> None:
    Project.objects.filter(pk=world.harbour.pk).update(must_win=True)
    assert set(told(solved(ada, hold_must_wins=True))) == {world.tram.pk}  # the must-win stays: tram moves
    assert set(told(solved(ada, held=[world.tram.pk]))) == {world.harbour.pk}
    assert told(solved(ada, held=[world.tram.pk, world.harbour.pk])) == {}
    south = make.user("sol", role="portfolio_manager", on=world.south)
    run = solved(south)
    assert set(told(run)) == {world.harbour.pk}
    assert run.result["count"] == 1
    assert run.result["short_fixed"] == 0  # of what stays alone nothing is short
    north: Node = world.north
    assert set(told(solved(ada, node=north))) == {world.tram.pk}


@pytest.mark.django_db
def test_a_role_nobody_has_finds_no_place_and_is_named(ada: User, world: World) -> None:
    role = make.role("NOBODY", name="Personne", name_en="Nobody")
    make.allocation(world.tram, role=role, months={month(2): 10})
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    run = solved(ada)
    assert told(run)[world.tram.pk]["unplaced"] == [role.pk]
    page = client_of(ada).get(f"/capacity/leveling/{run.pk}/").content.decode()
    assert "No place is found for its work of:" in page
    assert "Nobody" in page


@pytest.mark.django_db
def test_more_than_a_month_holds_is_spread_over_several(ada: User, world: World, role: Role) -> None:
    AllocationMonth.objects.all().delete()
    make.allocation(world.tram, role=role, months={month(2): 50})
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    after = told(solved(ada))[world.tram.pk]["allocations"][0]["after"]
    assert len(after) >= 3
    assert sum(Decimal(x) for x in after.values()) == 50


@pytest.mark.django_db
def test_nothing_to_level_is_done_at_once(ada: User, world: World) -> None:
    run = solved(ada)
    assert (run.state, run.cost, told(run)) == ("done", 0.0, {})
    assert "Nothing has to move" in client_of(ada).get(f"/capacity/leveling/{run.pk}/").content.decode()


@pytest.mark.django_db
def test_it_is_asked_shown_and_cancelled_on_its_page_by_its_author_alone(
    ada: User, eve: User, ben: User, world: World, role: Role
) -> None:
    for user in (eve, ben):
        assert client_of(user).get("/capacity/leveling/").status_code == 403
    body = {"node": world.north.pk, "moves": "5000", "seed": "3", "hold_must_wins": "on"}
    answer = client_of(ada).post("/capacity/leveling/", body)
    run = Leveling.objects.get()
    assert answer.url == f"/capacity/leveling/{run.pk}/"
    assert (run.node, run.moves, run.seed, run.hold_must_wins) == (world.north, 5000, 3, True)
    assert "Waiting for a worker" in client_of(ada).get(answer.url, headers={"HX-Request": "true"}).content.decode()
    other = make.user("pia", role="pmo")
    assert client_of(other).get(answer.url).status_code == 404
    assert client_of(other).post(f"{answer.url}cancel/").status_code == 404
    client_of(ada).post(f"{answer.url}cancel/")
    run.refresh_from_db()
    assert run.state == "cancelled"
    solving.solve(work.Lease(run.pk, 1, 1))
    run.refresh_from_db()
    assert (run.state, run.result) == ("cancelled", None)
    south = make.user("sol", role="portfolio_manager", on=world.south)
    assert client_of(south).post("/capacity/leveling/", body).status_code == 422  # a portfolio they do not see


@pytest.mark.django_db
def test_three_wait_at_most(ada: User, world: World) -> None:
    for _number in range(runs.MOST_OPEN):
        runs.ask(by=ada, at=timezone.now())
    with pytest.raises(runs.TooManyRuns):
        runs.ask(by=ada, at=timezone.now())
    assert client_of(ada).post("/capacity/leveling/", {"moves": "1000", "seed": "1"}).status_code == 422


@pytest.mark.django_db
def test_cancelled_while_it_is_computed_it_stops_and_keeps_nothing(
    ada: User, world: World, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_twice: list[float] = []
    watch = solving.Watcher.__call__

    def cancelling(self: solving.Watcher, progress) -> bool:
        told_twice.append(progress.share)
        runs.cancel(run=Leveling.objects.get(pk=self.pk), at=timezone.now())
        self.last = 0.0
        return watch(self, progress)

    monkeypatch.setattr(solving.Watcher, "__call__", cancelling)
    run = solved(ada, moves=100_000)
    assert (run.state, run.result) == ("cancelled", None)
    assert len(told_twice) == 1
    assert Work.objects.filter(kind=runs.KIND).get().done == 1


@pytest.mark.django_db
def test_the_owners_of_what_is_ticked_are_asked_and_accepting_moves_it(ada: User, world: World, role: Role) -> None:
    day = month(3).replace(day=20)
    goal = make.milestone(world.harbour, name="Ouverture", baseline_date=day, forecast_date=day)
    run = solved(ada)
    address = f"/capacity/leveling/{run.pk}/"
    assert client_of(ada).post(f"{address}propose/", {}).status_code == 422
    assert client_of(ada).post(f"{address}propose/", {"held": [world.harbour.pk]}).status_code == 302
    row = Proposal.objects.get()
    assert (row.kind, row.project, row.run) == ("shift", world.harbour, run)
    page = client_of(ada).get(address).content.decode()
    assert f"/capacity/proposals/{row.pk}/" in page
    sol = make.user("sol", role="project_manager", on=world.harbour)
    assert client_of(sol).get(f"/capacity/proposals/{row.pk}/").status_code == 200
    assert client_of(sol).post(f"/capacity/proposals/{row.pk}/accept/", {"version": row.version}).status_code == 302
    goal.refresh_from_db()
    assert goal.forecast_date > day
    assert Allocation.objects.get(project=world.harbour).status == "changed"


@pytest.mark.django_db
def test_what_was_computed_and_proposed_is_read_in_the_language_of_its_reader(
    ada: User, world: World, role: Role
) -> None:
    """Computed and proposed in English, by names that the milestone had then."""
    day = month(3).replace(day=20)
    goal = make.milestone(world.harbour, name="Ouverture", name_en="Opening", forecast_date=day)
    gone = make.milestone(world.harbour, name="Visite", name_en="Visit", forecast_date=day)
    Project.objects.filter(pk=world.harbour.pk).update(forecast_end=day)
    with translation.override("en"):
        run = solved(ada, node=world.south)
    client_of(ada).post(f"/capacity/leveling/{run.pk}/propose/", {"held": [world.harbour.pk]})
    row = Proposal.objects.get()
    stored = {one["name"] for one in row.steps["milestones"]}
    assert (stored, row.subject) == ({"Opening", "Visit", "End of the project"}, "Levelling: South")
    Milestone.objects.filter(pk=goal.pk).update(name="Inauguration")
    Milestone.objects.filter(pk=gone.pk).delete()
    User.objects.filter(pk=ada.pk).update(language="fr")
    french = client_of(ada)
    plan = french.get(f"/capacity/leveling/{run.pk}/").content.decode()
    page = french.get(f"/capacity/proposals/{row.pk}/").content.decode()
    for shown in (plan, page):
        assert all(name in shown for name in ("Inauguration", "Fin du projet", "Visit"))
        assert "Opening" not in shown
    named = "Nivellement\u00a0: Sud"
    assert named in page
    assert named in french.get("/capacity/proposals/?view=all").content.decode()
    api = Api(ada)
    api.headers["Accept-Language"] = "fr"
    listed = api.get(f"proposals/{row.pk}/").json()
    assert listed["subject"] == named
    assert {one["name"] for one in listed["steps"]["milestones"]} == {"Inauguration", "Visit", "Fin du projet"}
    result = api.get(f"levelings/{run.pk}/").json()["result"]
    assert {one["name"] for one in result["projects"][0]["milestones"]} == {"Inauguration", "Visit", "Fin du projet"}
    run.delete()
    assert Proposal.objects.with_names().get().scope_now == world.south.pk  # kept as data


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_was_killed_is_followed_by_another_and_one_that_fails_is_told(
    ada: User, world: World, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs.ask(by=ada, at=timezone.now(), moves=MOVES, hold_must_wins=False)
    (held,) = work.lease(runs.KIND, limit=1)  # a worker takes it and says nothing any more
    assert work.renew(runs.KIND, held, seconds=60)
    assert solving.drain() == 0  # nobody else takes it as long as the loan runs
    Work.objects.filter(kind=runs.KIND).update(next_try=timezone.now())
    assert solving.drain() == 1
    run.refresh_from_db()
    assert run.state == "done"
    assert not work.renew(runs.KIND, held)  # the first one would learn that it is no longer its own

    def broken(*_args, **_fields):
        raise ValueError("broken")

    monkeypatch.setattr(solving, "levelled", broken)
    again = runs.ask(by=ada, at=timezone.now(), moves=MOVES)
    for _attempt in range(work.MAX_ATTEMPTS):
        Work.objects.filter(kind=runs.KIND, subject_id=again.pk).update(next_try=timezone.now())
        solving.drain()
    again.refresh_from_db()
    assert again.state == "failed"
    assert "could not be computed" in client_of(ada).get(f"/capacity/leveling/{again.pk}/").content.decode()


@pytest.mark.django_db
def test_a_person_is_planned_no_more_than_a_shorter_month_has(ada: User, world: World, role: Role) -> None:
    """23 days of March are 22 in April and one in May, so that its owner can accept them."""
    AllocationMonth.objects.all().delete()
    march = date(timezone.localdate().year + 1, 3, 1)
    ann = Person.objects.get(name="Ann")
    given = {"role": role, "person": ann, "status": "confirmed", "answered_on": TODAY}
    make.allocation(world.tram, months={march: (23, 23)}, **given)
    moved = make.allocation(world.harbour, months={march: (23, 23)}, **given)
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    run = solved(ada)
    [step] = told(run)[world.harbour.pk]["allocations"]
    assert (step["id"], sum(Decimal(x) for x in step["after"].values())) == (moved.pk, 23)
    for month_, days in step["after"].items():
        assert Decimal(days) <= len(weekdays(date.fromisoformat(month_)))
    client_of(ada).post(f"/capacity/leveling/{run.pk}/propose/", {"held": [world.harbour.pk]})
    row = Proposal.objects.get()
    client_of(ada).post(f"/capacity/proposals/{row.pk}/accept/", {"version": row.version})
    row.refresh_from_db()
    assert row.state == "accepted"


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
def test_what_is_given_is_waited_for_and_a_circle_is_told(ada: User, world: World, role: Role) -> None:
    """Tram stays, and gives the harbour something two months after it is needed; a second one leads back from the harbour."""
    AllocationMonth.objects.all().delete()
    Project.objects.filter(pk=world.harbour.pk).update(size="M")
    make.allocation(world.tram, role=role, months={month(2): 5, month(4): 5})
    make.allocation(world.harbour, role=role, months={month(3): 5, month(5): 1})
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    assert told(solved(ada)) == {}  # there is room for all of it
    kept = make.dependency(world.harbour, world.tram, needed_by=month(2), promised_on=month(4).replace(day=9))
    run = solved(ada)
    moved = told(run)
    assert set(moved) == {world.harbour.pk}
    assert min(moved[world.harbour.pk]["allocations"][0]["after"]) == month(5).isoformat()  # not before it is there
    assert [(one["id"], one["why"]) for one in run.result["links"]] == [(kept.pk, "kept")]
    # Of a project that stays, its promise is waited for; what stays itself is not made to wait, and that is told.
    assert set(told(solved(ada, held=[world.tram.pk]))) == {world.harbour.pk}
    run = solved(ada, held=[world.harbour.pk])
    assert (told(run), run.result["links"][0]["why"]) == ({}, "kept")  # it comes when it was promised
    back = make.dependency(world.tram, world.harbour, needed_by=month(2), promised_on=month(3).replace(day=9))
    InterProjectDependency.objects.filter(pk=kept.pk).update(needed_by=month(2), promised_on=month(4).replace(day=9))
    run = solved(ada)
    assert {one["id"]: one["why"] for one in run.result["links"]} == {kept.pk: "kept", back.pk: "circle"}
    page = client_of(ada).get(f"/capacity/leveling/{run.pk}/").content.decode()
    assert "it closes a circle" in page
    assert f"#dependency-{back.pk}" in page
    found = outcome(run, reader=ada, today=timezone.localdate())
    assert found is not None
    _heads, *lines = plan_tables(run, found, reader=ada)[-1][1]
    assert [(line[0], line[-1]) for line in lines] == [(back.label, "no"), (kept.label, "yes")]
