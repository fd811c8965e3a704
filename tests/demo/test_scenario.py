"""Groupe Démo holds what it announces (domain.md §5.5), on whatever day it is loaded, and its figures agree with each other."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Count, F, Sum
from django.utils import timezone

from pmo_portal.core.models import AuditEvent, User
from pmo_portal.demo import accounts, cycle
from pmo_portal.demo.scenario import declared, spec, stage, timeline
from pmo_portal.demo.scenario.calendar import review_day
from projects.hierarchy import past
from projects.hierarchy.models import Node, Project
from projects.money.models import BudgetLine
from projects.money.selectors import Budget, approved, at_completion
from projects.planning.models import Milestone, MilestoneForecast
from projects.raid.models import Action, Decision, DecisionOption, InterProjectDependency, Issue, Risk
from projects.resources.models import Person
from reporting.alerts.models import Notification
from reporting.dashboards.selectors import my_day
from reporting.health.models import HealthHistory, ProjectHealth, Rollup, RollupHistory
from reporting.health.services import integrity
from reporting.status.models import ReportingPeriod, Snapshot, StatusReport

TODAY = timezone.localdate()
RED = {"REG-03", "REG-08", "SOC-01", "SOC-05", "SOC-09", "SOC-14", "TRF-02", "TRF-07", "TRF-11"}
WATERMELONS = {"SOC-09", "TRF-07"}
ZOMBIES = {"SOC-16", "TRF-15"}


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[Node]:
    """The scenario, played once for this module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        known = accounts.create()
        by = User.objects.get(username=accounts.ADMIN)
        root = stage.play(by=by, accounts=known, today=TODAY, seed=1)
        accounts.grant(by)
        yield root
        transaction.set_rollback(True)


@pytest.mark.parametrize("day", ["2026-11-24", "2026-12-01", "2027-01-31", "2027-05-12", "2028-02-29"])
def test_the_stories_are_the_same_on_any_day(day: str) -> None:
    today, texts = date.fromisoformat(day), spec.messages()
    red, now, states = set(), Counter[str](), Counter[str]()
    for portfolio in spec.portfolios():
        for project in portfolio.projects:
            reporter = declared.Reporter(project, 1, texts)
            for snapshot in timeline.snapshots(project, today, 1):
                colour, _slip, _percent = declared.judged(snapshot)
                told = reporter.report(snapshot)
                assert 3 <= len(told.message) < 140
                assert not re.search(r"[{}]|None", told.message)
                red |= {project.code} if colour == "red" else set()
            states[snapshot.state] += 1
            now[project.code] = snapshot.month
            if project.code in WATERMELONS:
                assert (colour, told.level) == ("red", "green")
    assert red == RED
    assert {code for code, month in now.items() if month < 0} >= ZOMBIES
    assert (states["closed"], states["suspended"], states["stopped"]) == (3, 1, 1)


def test_names_and_texts_are_whole() -> None:
    everyone = [name for names in spec.people().values() for name in names]
    assert len(everyone) == len(set(everyone)) == 85
    for portfolio in spec.portfolios():
        for project in portfolio.projects:
            assert project.name != project.name_en
            assert {project.manager, project.sponsor} <= set(everyone)
            assert 6 <= len(project.template.steps) <= 10
            assert project.template.steps[-1].part == 1


@pytest.mark.django_db
class TestDemo:
    def test_announced_figures(self, demo: Node) -> None:
        projects = Project.objects.below(demo)
        assert Node.objects.filter(parent=demo, kind="portfolio").count() == 3
        assert projects.filter(state__in=Project.ACTIVE).count() == 42
        assert projects.count() == 47
        assert Risk.objects.filter(project__in=projects).count() == 160
        assert Person.objects.count() == 85
        lines = BudgetLine.objects.filter(project__in=projects, kind="revised")
        money = dict(lines.values_list("cost_type").annotate(total=Sum("amount")))
        assert money == {"capex": Decimal(18_000_000), "opex": Decimal(7_000_000)}
        assert projects.filter(confidentiality="confidential").count() == 1
        per_project = Milestone.objects.filter(project__in=projects).values_list("project").annotate(count=Count("pk"))
        assert {count for _project, count in per_project} <= set(range(6, 11))
        assert MilestoneForecast.objects.filter(milestone__project__in=projects).count() > 400

    def test_registers_are_not_empty(self, demo: Node) -> None:
        """Some are open, some are over; each decision has a recommended option, and what was decided says by whom."""
        projects = Project.objects.below(demo)
        issues, actions = Issue.objects.filter(project__in=projects), Action.objects.filter(project__in=projects)
        asked = Decision.objects.filter(project__in=projects)
        assert (issues.count(), issues.filter(status="resolved").count()) == (14, 5)
        assert (actions.count(), actions.filter(status="done").count()) == (14, 3)
        assert sum(1 for action in actions if action.origin) == 11
        assert Counter(asked.values_list("status", flat=True)) == {"asked": 7, "scheduled": 1, "taken": 4, "refused": 1}
        assert DecisionOption.objects.filter(decision__in=asked, recommended=True).count() == asked.count() == 13
        assert all(one.committee == one.decider for one in asked.exclude(outcome=""))

    def test_projects_depend_on_each_other(self, demo: Node) -> None:
        """Most are on track, what slipped since shows, and both managers hear of a promise that is too late (A11)."""
        rows = InterProjectDependency.objects.filter(receiver__in=Project.objects.below(demo)).with_standing(TODAY)
        counts = Counter(rows.values_list("standing", flat=True))
        assert (len(rows), counts["delivered"]) == (22, 2)
        assert all(counts[one] >= 2 for one in ("late", "at_risk", "on_track"))
        late = rows.filter(standing="late").first()
        for person in (late.receiver.project_manager, late.supplier.project_manager):
            assert late in [one.row for one in my_day.late_promises(person.user, on=TODAY)]

    def test_everybody_who_signs_in_has_something_to_do(self, demo: Node) -> None:
        """Decisions wait for the executive, none of a confidential project; three people have actions, reports or reviews."""
        user = {name: User.objects.get(username=name) for name in ("pmo", "executive", "project_manager")}
        waiting = my_day.decisions(user["executive"])
        assert len(waiting) >= 6
        assert "TRF-16" not in {one.project.code for one in waiting}
        assert any("Catherine Aubry" in one.committee for one in waiting)
        assert all(my_day.actions(one) for one in user.values())
        assert {one.state for one in my_day.owed(user["project_manager"], on=TODAY)} == {"draft", "not_started"}
        assert my_day.to_review(user["pmo"])
        assert Notification.objects.filter(rule="A01", period__state="frozen").exists()

    def test_the_dashboard_says_the_same(self, demo: Node) -> None:
        rollup = Rollup.objects.get(node=demo, audience="full")
        assert (rollup.projects, rollup.active, rollup.hold) == (47, 42, 1)
        assert rollup.budget == Decimal(25_000_000)
        assert rollup.budget_known == rollup.eac_known == 47
        assert rollup.green + rollup.amber + rollup.red + rollup.grey == 42
        assert rollup.red == 5
        parts = Rollup.objects.filter(node__parent=demo, audience="full").aggregate(
            total=Sum("budget"), count=Sum("projects")
        )
        assert (parts["total"], parts["count"]) == (rollup.budget, rollup.projects)

    def test_stories(self, demo: Node) -> None:
        history = HealthHistory.objects.filter(path__startswith=demo.path)
        active = ProjectHealth.objects.filter(path__startswith=demo.path, state__in=Project.ACTIVE)
        assert set(history.filter(computed="red").values_list("code", flat=True)) == RED
        assert set(active.filter(declared_rag="green", computed="red").values_list("code", flat=True)) == WATERMELONS
        assert set(active.filter(freshness="red").values_list("code", flat=True)) == ZOMBIES
        assert set(active.filter(computed="grey").values_list("code", flat=True)) == ZOMBIES | {"REG-12"}
        assert all(row.gap == 2 for row in active.filter(code__in=WATERMELONS))

    def test_two_years_of_months_can_be_read_back(self, demo: Node) -> None:
        days = set(RollupHistory.objects.filter(node=demo, audience="full").values_list("day", flat=True))
        assert {review_day(TODAY, month) for month in range(-20, 1)} <= days
        year_ago = timezone.make_aware(timezone.datetime.combine(review_day(TODAY, -12), timezone.datetime.max.time()))
        then = HealthHistory.objects.filter(path__startswith=demo.path).at(year_ago)
        assert 20 < then.count() < 42
        assert then.get(code="SOC-05").computed == "red"
        assert ProjectHealth.objects.get(code="SOC-05").computed == "amber"

    def test_everything_agrees(self, demo: Node) -> None:
        assert integrity.findings() == []

    def test_the_trace_tells_the_months(self, demo: Node) -> None:
        project = Project.objects.get(code="SOC-01")
        days = {event.at.date() for event in AuditEvent.objects.filter(project_id=project.pk, action="declare")}
        assert len(days) > 20
        assert any(0 <= (day - review_day(TODAY, -12)).days < 8 for day in days)  # within the week after the month
        assert AuditEvent.objects.filter(project_id=project.pk, actor__first_name="Émilie").exists()

    def test_twenty_four_periods_are_frozen_and_one_is_open(self, demo: Node) -> None:
        """Most report in time, some late, a few not at all, a few after a correction; today's period is half collected."""
        periods = ReportingPeriod.objects.filter(calendar__node=demo).exclude(state="upcoming")
        assert Counter(periods.values_list("state", flat=True)) == {"frozen": 24, "open": 1}
        assert all(one.snapshots.exists() for one in periods.filter(state="frozen"))
        frozen = StatusReport.objects.filter(period__in=periods.filter(state="frozen"))
        states = Counter(frozen.values_list("state", flat=True))
        late = frozen.filter(submitted_at__date__gt=F("period__due_on")).count()
        assert 0.01 < states["not_reported"] / frozen.count() < 0.05
        assert 0.03 < late / frozen.count() < 0.2
        assert frozen.exclude(review_comment="").count() >= 10
        assert {"renew", "express", "full"} <= set(frozen.values_list("way", flat=True))
        today = Counter(StatusReport.objects.filter(period__state="open").values_list("state", flat=True))
        assert today.keys() == {"not_started", "draft", "submitted", "validated", "to_correct"}
        assert today["submitted"] + today["validated"] > 15

    def test_what_was_frozen_tells_the_stories(self, demo: Node) -> None:
        """Declared and computed differ where the story says so, and the computed colour is that of the month, not an accident."""
        kept = {(one.code, one.period.starts_on): one for one in Snapshot.objects.select_related("period")}
        for portfolio in spec.portfolios():
            for project in portfolio.projects:
                for month in timeline.snapshots(project, TODAY, 1):
                    one = kept.get((project.code, month.day.replace(day=1)))
                    assert one is None or one.computed == declared.judged(month)[0], (project.code, month.month)
        gaps = Counter(one.code for one in kept.values() if one.is_reported and one.gap == 2)
        assert {code for code, months in gaps.items() if months >= 3} == WATERMELONS
        assert {code for code, _day in kept if kept[code, _day].computed == "red"} == RED
        for code in ZOMBIES:
            told = [one for one in sorted(kept.values(), key=lambda one: one.frozen_at) if one.code == code][-6:]
            assert [one.is_reported for one in told] == [True, True, True, True, False, False]
            assert len({(one.declared, one.content["report"]["key_message"]) for one in told[:4]}) == 1
            assert len({one.percent_complete for one in told}) == 1

    def test_reports_are_filled_in_in_french_and_some_in_english(self, demo: Node) -> None:
        reports = StatusReport.objects.exclude(summary="")
        assert all(3 <= len(one.key_message) <= 140 and not re.search(r"[{}]|None", one.summary) for one in reports)
        english = {one.project.code for one in reports.select_related("project") if " the " in f" {one.summary} "}
        assert english == {"TRF-06", "SOC-08", "SOC-11"}
        assert reports.filter(ask="asked").count() >= 5
        assert all(one.declared_reason for one in reports if one.schedule_reason)

    def test_confidential_project_is_hidden_from_the_executive(self, demo: Node) -> None:
        hidden = Project.objects.get(confidentiality="confidential")
        for username, sees in (("pmo", True), ("executive", False), ("contributor", False)):
            user = User.objects.get(username=username)
            assert Project.objects.visible_to(user).filter(pk=hidden.pk).exists() is sees

    def test_viewer_sees_one_sub_portfolio_only(self, demo: Node) -> None:
        seen = Project.objects.visible_to(User.objects.get(username="viewer"))
        assert set(seen.values_list("portfolio__code", flat=True)) == {"DEMO-REG"}
        assert seen.count() == 13

    def test_cleared_without_a_trace(self, demo: Node) -> None:
        cycle.erase(demo)
        stage.clear(demo)
        assert not Node.objects.filter(code__startswith="DEMO").exists()
        assert not Project.objects.exists()
        assert not ProjectHealth.objects.exists()
        assert not Person.objects.exists()
        assert not ReportingPeriod.objects.exists()

    @pytest.mark.parametrize("months", [3, 11, 20])
    def test_the_past_rebuilt_is_the_past_photographed(self, demo: Node, months: int) -> None:
        """Budgets, risks and milestones as of a past day, from the audit trail, give the figures reported on that day."""
        day, compared = review_day(TODAY, -months), 0
        for project in Project.objects.below(demo).select_related("portfolio"):
            photo = past.photograph(project, day)
            if photo is None:
                continue
            trail = past.Trail.of(project, day, BudgetLine, Milestone, Risk)
            totals = Budget.then(trail).totals()
            risks = [risk for risk in trail.rows(Risk) if risk.status in Risk.OPEN]
            ahead = [row.forecast_date or row.baseline_date for row in trail.rows(Milestone) if row.actual_date is None]
            assert (approved(totals), at_completion(totals)) == (photo.budget, photo.eac)
            assert len(risks) == photo.open_risks
            assert min((one for one in ahead if one), default=None) == photo.next_milestone_date
            compared += 1
        assert compared >= 5


def test_a_demo_in_english_tells_every_story_in_english() -> None:
    """The same colours and levels; no French word left in a key message, none longer than its field."""
    french, english = spec.messages(), spec.messages("en")
    assert {key: len(texts) for key, texts in french.items()} == {key: len(texts) for key, texts in english.items()}
    for portfolio in spec.portfolios():
        for project in portfolio.projects:
            told = spec.told_in_english(project)
            assert [month for month, _text in told.says] == [month for month, _text in project.says]
            one, two = declared.Reporter(project, 1, french), declared.Reporter(project, 1, english, "en")
            for snapshot in timeline.snapshots(project, TODAY, 1):
                ours, theirs = one.report(snapshot), two.report(snapshot)
                assert (ours.level, ours.trend, ours.back_to_green) == (
                    theirs.level,
                    theirs.trend,
                    theirs.back_to_green,
                )
                assert ours.message != theirs.message
                assert 3 <= len(theirs.message) < 140
                assert not re.search(
                    r"[{}]|None|[éèêàçùœ]|\s[;:!?]|\b(le|les|une?|des|du|jalon|projet)\b", theirs.message
                ), theirs
