"""The generator: the same seed gives the same portfolio, whatever the ids and the batches; and it is whole."""

from datetime import date

import pytest
from django.db import connection
from django.utils import timezone

from pmo_portal.core.errors import DomainError
from pmo_portal.demo import generator
from projects.hierarchy.models import Node, Project
from projects.money.models import BudgetLine
from projects.planning.models import Milestone
from projects.raid.models import Risk
from reporting.health.models import HealthHistory, ProjectHealth
from reporting.health.services import refresh, rollups

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 15)
# Every column that carries a fact, without ids and times of writing; projects by number, so that two portfolios compare.
FACTS = {
    "projects": """SELECT md5(string_agg(concat_ws('|', right(code, 6), name, name_en, state, size, must_win, confidentiality,
        start_date, baseline_end, forecast_end, actual_end, percent_complete, declared, declared_trend, data_date), ','
        ORDER BY code))
        FROM projects_project WHERE path LIKE %s || '%%'""",
    "milestones": """SELECT md5(string_agg(concat_ws('|', m.position, m.name, m.baseline_date, m.forecast_date, m.actual_date),
        ',' ORDER BY p.code, m.position)) FROM projects_milestone m JOIN projects_project p ON p.id = project_id
        WHERE path LIKE %s || '%%'""",
    "money": """SELECT md5(string_agg(concat_ws('|', month, kind, cost_type, amount), ',' ORDER BY p.code, kind, month))
        FROM projects_budgetline JOIN projects_project p ON p.id = project_id WHERE path LIKE %s || '%%'""",
    "risks": """SELECT md5(string_agg(concat_ws('|', r.code, status, probability, impact), ',' ORDER BY p.code, r.code))
        FROM projects_risk r JOIN projects_project p ON p.id = project_id WHERE path LIKE %s || '%%'""",
    "history": """SELECT md5(string_agg(concat_ws('|', right(h.code, 6), valid_from, valid_to, computed, slip_days), ','
        ORDER BY h.code, valid_from)) FROM reporting_healthhistory h WHERE path LIKE %s || '%%'""",
}


def checksums(node: Node) -> dict[str, str]:
    with connection.cursor() as cursor:
        answer = {}
        for name, query in FACTS.items():
            cursor.execute(query, [node.path])
            answer[name] = cursor.fetchone()[0]
    return answer


def order(code: str, *, projects: int = 130, seed: int = 7) -> generator.Order:
    return generator.Order(projects=projects, seed=seed, code=code, today=TODAY)


def test_the_same_seed_gives_the_same_rows_whatever_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    first = checksums(generator.generate(order("ONE")))
    monkeypatch.setattr(generator, "BATCH", 37)
    assert checksums(generator.generate(order("TWO"))) == first


def test_another_seed_gives_other_rows() -> None:
    first, other = checksums(generator.generate(order("ONE"))), checksums(generator.generate(order("TWO", seed=8)))
    assert all(first[name] != other[name] for name in first)


def test_every_project_is_whole_and_its_health_can_be_computed() -> None:
    portfolio = generator.generate(order("ONE"))
    projects = Project.objects.below(portfolio)
    assert projects.count() == 130
    assert Node.objects.filter(parent=portfolio).count() == 2
    assert Milestone.objects.filter(project__in=projects).count() == 130 * 8
    assert Risk.objects.filter(project__in=projects).count() == 130 * 4
    assert HealthHistory.objects.filter(project__in=projects).count() == 130 * 6
    assert BudgetLine.objects.filter(project__in=projects, kind="revised").count() == 130 * 24
    assert set(BudgetLine.objects.values_list("kind", flat=True)) == {"revised", "committed", "actual", "forecast"}
    refresh.refresh(list(projects.values_list("pk", flat=True)), on=TODAY, at=timezone.now())
    colours = set(ProjectHealth.objects.values_list("computed", flat=True))
    assert colours == {"green", "amber", "red", "grey"}
    assert rollups.differences() == []


def test_a_taken_code_is_refused() -> None:
    generator.generate(order("ONE", projects=1))
    with pytest.raises(DomainError, match="ONE"):
        generator.generate(order("ONE", projects=1))
