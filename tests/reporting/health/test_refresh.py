"""Computing health: what is kept, what history says, and that sums moved by differences equal sums from scratch."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmo_portal.core import work
from pmo_portal.core.as_of import end_of
from pmo_portal.core.errors import DomainError
from pmo_portal.core.events import announce
from pmo_portal.core.models import Work
from projects.hierarchy.services import delete_node, delete_project
from projects.models import BudgetLine, Milestone, Node, Project, Risk
from reporting.health.services import integrity, queue, refresh, rollups
from reporting.models import HealthHistory, ProjectHealth, Rollup, RollupHistory
from tests import make

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 24)


def moment(day, hour=12):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@pytest.fixture
def portfolio():
    node = Node.objects.create(kind="portfolio", code="P", name="Portefeuille")
    node.refresh_from_db()
    return node


def add_project(node, code="A", **facts):
    facts = {
        "state": "executing",
        "baseline_start": date(2026, 1, 1),
        "baseline_end": date(2026, 12, 31),
        "forecast_end": date(2026, 12, 31),
        "data_date": TODAY,
    } | facts
    project = Project.objects.create(code=code, name=code, node=node, **facts)
    BudgetLine.objects.create(project=project, kind="revised", amount=1000)
    BudgetLine.objects.create(project=project, kind="forecast", amount=1000)
    return project


def test_facts_become_a_photograph(portfolio):
    project = add_project(portfolio, declared="amber_green")
    Milestone.objects.create(
        project=project, name="Recette", baseline_date=date(2026, 11, 1), forecast_date=date(2026, 12, 1)
    )
    Risk.objects.create(
        project=project, title="Fournisseur", probability=4, impact=4, residual_probability=2, residual_impact=4
    )
    for month, amount in ((date(2026, 9, 1), 100), (date(2026, 10, 1), 150)):
        BudgetLine.objects.create(project=project, kind="actual", month=month, amount=amount)

    refresh.refresh([project.pk], on=TODAY, at=moment(24))

    health = ProjectHealth.objects.get(project=project)
    assert (health.computed, health.declared_rag, health.gap) == ("green", "green", 0)
    assert (health.budget, health.eac, health.actual) == (1000, 1000, 250)
    assert (health.next_milestone, health.next_milestone_slip, health.late_milestones) == ("Recette", 30, 1)
    assert (health.max_risk, health.open_risks) == (8, 1)


def test_monthly_lines_give_budget_and_landing(portfolio):
    project = Project.objects.create(code="M", name="M", node=portfolio, state="executing")
    for kind, amounts in {"initial": [50, 50], "revised": [60, 60], "actual": [70, 0], "forecast": [0, 80]}.items():
        for month, amount in enumerate(amounts, start=1):
            BudgetLine.objects.create(project=project, kind=kind, month=date(2026, month, 1), amount=amount)
    refresh.refresh([project.pk], on=TODAY, at=moment(24))
    health = ProjectHealth.objects.get()
    assert (health.budget, health.eac, health.cost_variance, health.cost_variance_percent) == (120, 150, 30, 25)


def test_a_published_year_is_never_summed_into_whole_life_figures(portfolio):
    project = Project.objects.create(code="Y", name="Y", node=portfolio, state="executing")
    BudgetLine.objects.create(project=project, kind="revised", amount=9000)
    for kind, amount in (("revised", 100), ("forecast", 110)):
        BudgetLine.objects.create(
            project=project, kind=kind, month=date(2026, 4, 1), category="fiscal_year", amount=amount
        )
    refresh.refresh([project.pk], on=TODAY, at=moment(24))
    health = ProjectHealth.objects.get()
    assert (health.budget, health.eac, health.year_budget, health.year_forecast) == (9000, None, 100, 110)
    assert (health.cost_variance, health.cost_variance_percent) == (10, 10)


def test_nothing_is_written_when_nothing_changed(portfolio):
    project = add_project(portfolio)
    assert refresh.refresh([project.pk], on=TODAY, at=moment(24)) == 1
    assert refresh.refresh([project.pk], on=TODAY, at=moment(24, 13)) == 0
    assert HealthHistory.objects.count() == 1


def test_history_can_be_read_at_any_past_moment(portfolio):
    project = add_project(portfolio)
    refresh.refresh([project.pk], on=date(2026, 11, 1), at=moment(1))
    Project.objects.filter(pk=project.pk).update(forecast_end=date(2027, 6, 30))
    refresh.refresh([project.pk], on=date(2026, 11, 10), at=moment(10))
    assert [row.computed for row in HealthHistory.objects.at(moment(5))] == ["green"]
    assert [row.computed for row in HealthHistory.objects.at(moment(10))] == ["red"]
    assert not HealthHistory.objects.at(moment(1) - timedelta(seconds=1))


def test_a_state_recorded_for_an_earlier_moment_never_makes_history_run_backwards(portfolio):
    project = add_project(portfolio)
    refresh.refresh([project.pk], on=TODAY, at=moment(20))
    Project.objects.filter(pk=project.pk).update(forecast_end=date(2027, 6, 30))
    refresh.refresh([project.pk], on=TODAY, at=moment(10))
    row = HealthHistory.objects.get()
    assert (row.valid_from, row.valid_to, row.computed) == (moment(20), None, "red")


def test_a_project_that_left_stays_readable_in_the_past(portfolio):
    project = add_project(portfolio)
    refresh.refresh([project.pk], on=date(2026, 11, 1), at=moment(1))
    Project.objects.filter(pk=project.pk).update(left_on=date(2026, 11, 10))
    refresh.refresh([project.pk], on=date(2026, 11, 10), at=moment(10))
    assert not ProjectHealth.objects.exists()
    assert HealthHistory.objects.at(moment(5)).count() == 1
    assert not HealthHistory.objects.at(moment(11))
    assert rollups.differences() == []


def test_an_archived_portfolio_is_judged_on_its_data_date(portfolio):
    Node.objects.filter(pk=portfolio.pk).update(status_date=date(2021, 7, 15))
    project = add_project(portfolio, data_date=date(2021, 7, 15), forecast_end=date(2026, 12, 31))
    refresh.refresh([project.pk], on=TODAY, at=moment(24))
    assert ProjectHealth.objects.get().computed == "green"


def test_confidential_projects_are_in_the_full_sums_only(portfolio):
    ids = [add_project(portfolio, "A").pk, add_project(portfolio, "B", confidentiality="confidential").pk]
    refresh.refresh(ids, on=TODAY, at=moment(24))
    assert dict(Rollup.objects.filter(node=portfolio).values_list("audience", "projects")) == {"full": 2, "open": 1}


def test_a_part_of_a_project_is_not_counted_twice(portfolio):
    whole = add_project(portfolio, "W")
    part = Project.objects.create(code="W1", name="W1", node=portfolio, parent=whole)
    refresh.refresh([whole.pk, part.pk], on=TODAY, at=moment(24))
    assert Rollup.objects.get(node=portfolio, audience="full").projects == 1


def test_money_in_another_currency_is_counted_apart(portfolio):
    ids = [add_project(portfolio, "A").pk, add_project(portfolio, "B", currency="GBP").pk]
    refresh.refresh(ids, on=TODAY, at=moment(24))
    sums = Rollup.objects.get(node=portfolio, audience="full")
    assert (sums.projects, sums.budget, sums.budget_known, sums.other_currency) == (2, 1000, 1, 1)


def test_each_day_keeps_its_sums(portfolio):
    project = add_project(portfolio)
    refresh.refresh([project.pk], on=date(2026, 11, 1), at=moment(1))
    Project.objects.filter(pk=project.pk).update(forecast_end=date(2027, 6, 30))
    refresh.refresh([project.pk], on=date(2026, 11, 10), at=moment(10))
    days = RollupHistory.objects.filter(node=portfolio, audience="full").order_by("day")
    assert list(days.values_list("day", "green", "red")) == [(date(2026, 11, 1), 1, 0), (date(2026, 11, 10), 0, 1)]


def test_the_number_of_queries_does_not_depend_on_the_batch(portfolio, django_assert_num_queries):
    ids = [add_project(portfolio, f"P{n}").pk for n in range(30)]
    # savepoint, lock timeout, claim, stored rows, limits, 8 fact queries, the past, the rows, currencies, sums, day,
    # release; one more when some projects are new and others changed
    with django_assert_num_queries(19):
        refresh.refresh(ids[:1], on=TODAY, at=moment(24))
    with django_assert_num_queries(19):
        refresh.refresh(ids[1:20], on=TODAY, at=moment(24))
    Project.objects.update(must_win=True)
    with django_assert_num_queries(19):
        refresh.refresh(ids[:20], on=TODAY, at=moment(25))
    Project.objects.update(must_win=False)
    with django_assert_num_queries(20):
        refresh.refresh(ids, on=TODAY, at=moment(26))


def test_announced_changes_wait_in_the_writers_transaction(portfolio, django_capture_on_commit_callbacks):
    project = add_project(portfolio)
    with django_capture_on_commit_callbacks() as rings:
        announce([project.pk])
        announce([project.pk])
    row = Work.objects.get()
    assert (row.wanted, row.done) == (2, 0)
    assert len(rings) == 1  # the second ask found the first ring under way


def test_a_dated_state_of_the_past_is_photographed_at_once_as_of_its_day(portfolio):
    project = add_project(portfolio, data_date=date(2019, 7, 15))
    announce([project.pk], on=date(2019, 7, 15))
    row = HealthHistory.objects.get()
    assert timezone.localdate(row.valid_from) == date(2019, 7, 15)
    assert Work.objects.get().wanted == 1  # today's state still has to be computed


moves = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(["forecast", "move", "confidential", "state", "budget", "left", "declared", "currency"]),
        st.integers(0, 400),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=moves)
def test_sums_moved_by_differences_equal_sums_from_scratch(portfolio, moves):
    sid = transaction.savepoint()
    nodes = [Node.objects.create(kind="programme", code=f"G{n}", name="G", parent=portfolio) for n in range(3)]
    projects = [add_project(nodes[n % 3], f"P{n}") for n in range(6)]
    ids = [project.pk for project in projects]
    at = moment(1)
    refresh.refresh(ids, on=TODAY, at=at)
    for index, what, amount in moves:
        row = Project.objects.filter(pk=ids[index])
        change = {
            "forecast": {"forecast_end": date(2026, 12, 31) + timedelta(days=amount - 100)},
            "move": {"node": nodes[amount % 3]},
            "confidential": {"confidentiality": ["public", "confidential"][amount % 2]},
            "state": {"state": ["executing", "closed", "planning"][amount % 3]},
            "left": {"left_on": [None, date(2026, 11, 1)][amount % 2]},
            "declared": {"declared": ["green", "amber", "red", ""][amount % 4]},
            "currency": {"currency": ["EUR", "GBP"][amount % 2]},
        }.get(what)
        if change:
            row.update(**change)
        else:
            BudgetLine.objects.filter(project_id=ids[index], kind="forecast").update(amount=Decimal(amount) * 10)
        at += timedelta(minutes=1)
        refresh.refresh([ids[index]], on=TODAY, at=at)
    assert rollups.differences() == []
    transaction.savepoint_rollback(sid)


def test_rebuilding_the_sums_gives_the_same_sums(portfolio):
    ids = [add_project(portfolio, f"P{n}", forecast_end=date(2027, n, 1)).pk for n in range(1, 7)]
    refresh.refresh(ids, on=TODAY, at=moment(24))
    before = list(Rollup.objects.order_by("node", "audience").values_list(*rollups.FIELDS))
    rollups.rebuild()
    assert list(Rollup.objects.order_by("node", "audience").values_list(*rollups.FIELDS)) == before


def test_integrity_finds_what_was_tampered_with(portfolio):
    project = add_project(portfolio, data_date=timezone.localdate())
    refresh.refresh([project.pk], on=timezone.localdate(), at=timezone.now())
    assert integrity.findings() == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE reporting_rollup SET budget = budget + 1")
        cursor.execute("UPDATE reporting_projecthealth SET computed = 'green', slip_days = 99")
    assert len(integrity.findings()) >= 3


@pytest.mark.django_db(transaction=True)
class TestDrain:
    def test_answers_everything_that_waits(self, portfolio):
        ids = [add_project(portfolio, f"P{n}").pk for n in range(7)]
        queue.everything()
        assert refresh.drain(batch=3) == 7
        assert ProjectHealth.objects.count() == len(ids)
        assert work.waiting(refresh.KIND) == 0

    def test_one_poisonous_project_does_not_stop_the_others(self, portfolio, monkeypatch):
        poison, *others = [add_project(portfolio, f"P{n}").pk for n in range(5)]
        queue.everything()
        assess = refresh.rules.assess

        def bitten(facts, limits, on):
            if facts.highest_risk == 25:
                raise ZeroDivisionError("poison")
            return assess(facts, limits, on)

        Risk.objects.create(project_id=poison, title="Poison", probability=5, impact=5)
        monkeypatch.setattr(refresh.rules, "assess", bitten)
        assert refresh.drain() == 4
        assert set(ProjectHealth.objects.values_list("project_id", flat=True)) == set(others)
        for _attempt in range(work.MAX_ATTEMPTS):
            Work.objects.update(next_try=timezone.now())
            refresh.drain()
        row = Work.objects.get(subject_id=poison)
        assert (row.state, row.attempts) == ("dead", work.MAX_ATTEMPTS)
        assert "poison" in row.last_error

    def test_a_dead_project_is_tried_again_when_it_changes(self, portfolio):
        project = add_project(portfolio)
        Work.objects.create(kind="health", subject_id=project.pk, wanted=3, done=1, attempts=5, state="dead")
        announce([project.pk])
        assert refresh.drain() == 1

    def test_a_change_during_the_computation_is_answered_after_it(self, portfolio):
        project = add_project(portfolio)
        work.want(refresh.KIND, [project.pk])
        leases = work.lease(refresh.KIND, limit=10)
        work.want(refresh.KIND, [project.pk])
        work.finish(refresh.KIND, leases)
        row = Work.objects.get()
        assert (row.wanted, row.done) == (2, 1)
        assert refresh.drain() == 1

    def test_several_lanes_answer_each_project_once(self, portfolio):
        ids = [add_project(portfolio, f"P{n}").pk for n in range(9)]
        queue.everything()
        assert refresh.drain_in_lanes(2, batch=2) == 9
        assert HealthHistory.objects.filter(project__in=ids, valid_to=None).count() == 9
        assert integrity.findings() == []

    def test_who_waits_for_one_goes_before_the_night(self, portfolio):
        first, *_others, last = [add_project(portfolio, f"P{n}").pk for n in range(5)]
        queue.everything()
        work.want(refresh.KIND, [last])
        assert [lease.subject_id for lease in work.lease(refresh.KIND, limit=1)] == [last]
        assert [lease.subject_id for lease in work.lease(refresh.KIND, limit=1)] == [first]

    def test_the_night_does_not_push_back_who_waits_already(self, portfolio):
        _first, *_others, last = [add_project(portfolio, f"P{n}").pk for n in range(5)]
        work.want(refresh.KIND, [last])
        queue.everything()
        assert [lease.subject_id for lease in work.lease(refresh.KIND, limit=1)] == [last]

    def test_what_many_asked_for_waits_behind_what_one_asked_for(self, portfolio):
        crowd = range(1, work.MANY + 2)
        work.want(refresh.KIND, crowd)
        work.want(refresh.KIND, [7, 200_000])
        assert {lease.subject_id for lease in work.lease(refresh.KIND, limit=2)} == {7, 200_000}
        work.want(refresh.KIND, [*crowd, 200_001])
        assert work.lease(refresh.KIND, limit=1)[0].subject_id == 1


def test_only_the_columns_that_differ_are_written(portfolio):
    project = add_project(portfolio)
    refresh.refresh([project.pk], on=date(2026, 6, 1), at=moment(1))
    Project.objects.filter(pk=project.pk).update(name="Après")
    with CaptureQueriesContext(connection) as captured:
        refresh.refresh([project.pk], on=date(2026, 6, 1), at=moment(2))
    (update,) = [query["sql"] for query in captured if "UPDATE reporting_projecthealth" in query["sql"]]
    assert ", name = fresh.name FROM json" in update
    assert ProjectHealth.objects.get().name == "Après"
    assert [row.name for row in HealthHistory.objects.order_by("valid_from")] == ["A", "Après"]


def test_a_programme_with_a_reported_past_cannot_be_deleted(portfolio):
    """Its projects moved away; what they were while they were in it stays readable."""
    programme = make.programme(parent=portfolio)
    project = add_project(programme)
    refresh.refresh([project.pk], on=date(2026, 6, 1), at=moment(1))
    Project.objects.filter(pk=project.pk).update(node=portfolio)
    refresh.refresh([project.pk], on=date(2026, 6, 2), at=moment(2))
    with translation.override("en"), pytest.raises(DomainError, match="must stay readable"):
        delete_node(node=programme, by=make.user(), version=programme.version)
    assert HealthHistory.objects.filter(node=programme).count() == 1


def deleted(project):
    delete_project(project=project, by=make.user(), version=project.version)


def test_a_project_that_a_past_day_shows_cannot_be_deleted(portfolio):
    """Promise 3: what was counted on a past day is counted there for ever."""
    kept, dropped = add_project(portfolio), add_project(portfolio, code="B")
    now = timezone.now()
    refresh.refresh([kept.pk, dropped.pk], on=date(2026, 6, 1), at=now - timedelta(days=3))
    Project.objects.filter(pk=dropped.pk).update(name="Changed since")
    refresh.refresh([dropped.pk], on=timezone.localdate(), at=now)
    then = end_of(timezone.localdate() - timedelta(days=1))
    for project in (kept, dropped):
        with translation.override("en"), pytest.raises(DomainError, match=r"past dates\. Close it, stop it"):
            deleted(Project.objects.get(pk=project.pk))
    assert HealthHistory.objects.at(then).count() == ProjectHealth.objects.count() == 2
    assert not rollups.differences()


def test_a_project_entered_today_by_mistake_is_deleted_without_a_trace_in_the_past(portfolio):
    project = add_project(portfolio)
    now = timezone.now()
    refresh.refresh([project.pk], on=timezone.localdate(), at=now)
    Project.objects.filter(pk=project.pk).update(name="Second try")
    refresh.refresh([project.pk], on=timezone.localdate(), at=now + timedelta(milliseconds=5))
    assert HealthHistory.objects.count() == 2
    deleted(Project.objects.get(pk=project.pk))
    assert not HealthHistory.objects.exists()
    assert not rollups.differences()


def test_the_next_milestone_is_told_in_both_languages(portfolio):
    project = add_project(portfolio)
    make.milestone(project, name="Mise en service", name_en="Go-live", forecast_date=date(2026, 9, 1))
    refresh.refresh([project.pk], on=date(2026, 6, 1), at=moment(1))
    photo = ProjectHealth.objects.get()
    with translation.override("en"):
        assert photo.next_milestone_label == "Go-live"
    with translation.override("fr"):
        assert photo.next_milestone_label == "Mise en service"
