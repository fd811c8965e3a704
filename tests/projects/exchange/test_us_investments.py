"""US federal health IT: investments, their projects and activities, against answers computed here from the JSON alone."""

import ast
import json
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

from projects.models import BudgetLine, Milestone, Project
from tests.projects.exchange.published import load, published

pytestmark = pytest.mark.django_db

FILE = "us_health_it_2013/us_health_it_portfolio_2013.json"


def test_us_health_it() -> None:
    path = published(FILE)
    graph = json.loads(path.read_text())
    nodes: dict[int, dict[str, Any]] = {node["id"]: node for node in graph["nodes"]}
    kinds = Counter(node["label"] for node in nodes.values())
    staged = load(path, "us_health_it")
    assert staged.plan.errors == []
    assert Project.objects.count() == kinds["Investment"] + kinds["Project"]
    assert Milestone.objects.count() == kinds["Activity"]
    assert Project.objects.exclude(parent=None).count() == sum(1 for r in graph["relations"] if r[1] == "pays_for")
    told = Counter(node.get("Evaluation_by_CIO", "") for node in nodes.values() if node["label"] == "Investment")
    words = {"5": "green", "4": "amber_green", "3": "amber", "2": "amber_red", "1": "red"}
    ratings = Counter(Project.objects.exclude(declared="").values_list("declared", flat=True))
    assert ratings == Counter({words[text]: count for text, count in told.items() if text})
    told_by_projects = [node for node in nodes.values() if node["label"] == "Project" and "Planned_Cost" in node]
    parts = Project.objects.exclude(parent=None)
    lines = BudgetLine.objects.filter(project__in=parts)
    planned = sum(Decimal(str(node["Planned_Cost"])) for node in told_by_projects)
    assert lines.filter(kind="revised").aggregate(total=Sum("amount"))["total"] == planned * 1_000_000
    ends = Counter(us_days(node, "Planned_Duration", "Project_delay") for node in told_by_projects)
    assert Counter(parts.values_list("forecast_end", flat=True)) == ends
    activity = next(node for node in nodes.values() if node["label"] == "Activity" and "Actual_duration" in node)
    begun = date.fromisoformat(activity["Start_Date_Planned"]) + timedelta(
        days=int(activity["Actual_start_delay"].split()[0])
    )
    stored = Milestone.objects.get(external_ref=activity["Id"])
    assert stored.actual_date == begun + timedelta(days=int(activity["Actual_duration"].split()[0]))


def us_days(node: dict[str, Any], *durations: str) -> date:
    return date(2000, 1, 1) + timedelta(days=int(node["Start_days_after_2000"] + sum(node[name] for name in durations)))


def test_a_us_investment_has_the_dates_and_the_money_of_its_projects() -> None:
    """An investment publishes neither: earliest start, latest ends, sums of planned and projected cost of its projects."""
    path = published(FILE)
    graph = json.loads(path.read_text())
    nodes: dict[int, dict[str, Any]] = {node["id"]: node for node in graph["nodes"]}
    load(path, "us_health_it")
    parts: dict[int, list[dict[str, Any]]] = {}
    for relation in graph["relations"]:
        above, kind, below = ast.literal_eval(relation) if isinstance(relation, str) else relation
        if kind == "pays_for":
            parts.setdefault(above, []).append(nodes[below])
    stored = {project.external_ref: project for project in Project.objects.filter(parent=None)}
    assert len(parts) == 22
    for number, below in parts.items():
        project = stored[nodes[number]["Identifier"]]
        assert project.parts.count() == len(below)
        assert project.start_date == project.baseline_start == min(us_days(node) for node in below)
        assert project.baseline_end == max(us_days(node, "Planned_Duration") for node in below)
        assert project.forecast_end == max(us_days(node, "Planned_Duration", "Project_delay") for node in below)
        planned = sum(Decimal(str(node["Planned_Cost"])) for node in below)
        projected = planned - sum(Decimal(str(node["Cost_Variance"])) for node in below)
        ends = [part.actual_end for part in project.parts.all()]
        assert project.actual_end == (None if None in ends else max(end for end in ends if end))
        amounts = {line.kind: line.amount for line in project.budget_lines.all()}
        assert amounts == {"revised": planned * 1_000_000, "forecast": projected * 1_000_000}
    silent = [nodes[n]["Identifier"] for n in nodes if nodes[n]["label"] == "Investment" and n not in parts]
    assert not BudgetLine.objects.filter(project__external_ref__in=silent).exists()
    assert not Project.objects.filter(external_ref__in=silent).exclude(baseline_end=None).exists()
    counted = BudgetLine.objects.filter(project__parent=None, kind="revised")
    assert counted.aggregate(total=Sum("amount"))["total"] == sum(
        Decimal(str(node["Planned_Cost"])) * 1_000_000 for below in parts.values() for node in below
    )


def test_a_us_project_without_figures_has_the_span_of_its_activities() -> None:
    """Where both are published, the latest planned end of the activities is that of the project: in 108 cases of 108."""
    path = published(FILE)
    graph = json.loads(path.read_text())
    nodes: dict[int, dict[str, Any]] = {node["id"]: node for node in graph["nodes"]}
    load(path, "us_health_it")
    activities: dict[int, list[dict[str, Any]]] = {}
    for relation in graph["relations"]:
        above, kind, below = ast.literal_eval(relation) if isinstance(relation, str) else relation
        if kind == "has_task":
            activities.setdefault(above, []).append(nodes[below])
    stored = {project.external_ref: project for project in Project.objects.all()}
    finished = 0
    for number, below in activities.items():
        node, project = nodes[number], stored[nodes[number]["Id"]]
        assert project.baseline_end == max(us_activity(one, "Planned_Duration") for one in below)
        if "Planned_Cost" in node:
            assert project.baseline_end == us_days(node, "Planned_Duration")
            end = us_days(node, "Planned_Duration", "Project_delay")  # published for the project itself
        else:
            end = max(us_activity(one, "Actual_start_delay", "Actual_duration", missing=0) for one in below)
        ended = all("Actual_duration" in one for one in below)
        assert (project.state, project.actual_end) == (("closed", end) if ended else ("executing", None))
        finished += ended
    assert 0 < finished < len(activities) == 202


def us_activity(node: dict[str, Any], *durations: str, missing: int | None = None) -> date:
    days = sum(int(node[name].split()[0]) if name in node or missing is None else missing for name in durations)
    return date.fromisoformat(node["Start_Date_Planned"]) + timedelta(days=days)
