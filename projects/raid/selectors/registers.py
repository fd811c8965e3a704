"""Reads of issues, actions and decisions for pages: what is open first, what presses most on top; now or on a past day."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery, Value

from projects.hierarchy.models import Project
from projects.hierarchy.past import Trail
from projects.raid.models import Action, Decision, DecisionOption, InterProjectDependency, Issue, Risk

NEVER = date.max  # nothing is due: after everything that is


def issues(project: Project) -> list[Issue]:
    """The issues of a project: the open ones first, by urgency × impact, then by the day they are due."""
    return by_issue(Issue.objects.filter(project=project).select_related("owner"))


def issues_then(trail: Trail) -> list[Issue]:
    return by_issue(trail.rows(Issue, "owner"))


def by_issue(rows: Iterable[Issue]) -> list[Issue]:
    return sorted(rows, key=lambda row: (not row.is_open, -row.level, row.due_date or NEVER, row.pk))


def actions(project: Project) -> list[Action]:
    """The actions of a project: the open ones first, by the day they are due, then by priority."""
    return by_action(Action.objects.filter(project=project).select_related("owner", "risk", "issue", "decision"))


def actions_then(trail: Trail) -> list[Action]:
    """The same as on a past day, under the names their origins had then; one that was made later is not named."""
    found = trail.rows(Action, "owner")
    then: dict[str, dict[int, Any]] = {
        "risk": {row.pk: row for row in trail.rows(Risk)},
        "issue": {row.pk: row for row in trail.rows(Issue)},
        "decision": {row.pk: row for row in trail.rows(Decision)},
    }
    for row in found:
        for name, known in then.items():
            setattr(row, name, known.get(getattr(row, f"{name}_id")))
    return by_action(found)


def by_action(rows: Iterable[Action]) -> list[Action]:
    return sorted(rows, key=lambda row: (not row.is_open, row.due_date or NEVER, -row.priority, row.pk))


def decisions(project: Project) -> list[Decision]:
    """The decisions of a project with their `choices`: the open ones first, by the day they are needed; then the latest taken."""
    rows = Decision.objects.filter(project=project).select_related("asked_by", "decided_by")
    return with_choices(rows, DecisionOption.objects.filter(project=project))


def decisions_then(trail: Trail) -> list[Decision]:
    return with_choices(trail.rows(Decision, "asked_by", "decided_by"), trail.rows(DecisionOption))


def with_choices(rows: Iterable[Decision], options: Iterable[DecisionOption]) -> list[Decision]:
    """The decisions, each with its options in their order as `choices`."""
    held: dict[int, list[DecisionOption]] = defaultdict(list)
    for option in sorted(options, key=lambda one: one.position):
        held[option.decision_id].append(option)
    found: list[Any] = list(rows)
    for row in found:
        row.choices = held[row.pk]
    return sorted(found, key=lambda row: (not row.is_open, *_pressing(row), row.pk))


def _pressing(row: Decision) -> tuple[date, int]:
    if row.is_open:
        return row.needed_by or NEVER, 0
    return NEVER, -(row.taken_on or date.min).toordinal()


def open_counts(project: Project) -> dict[str, int]:
    """How many lines of each register are open, in one statement."""
    kinds: dict[str, Any] = {"risk": Risk, "issue": Issue, "action": Action, "decision": Decision}
    counts = {
        name: Subquery(
            kind.objects.filter(project=OuterRef("pk"), status__in=kind.OPEN)
            .order_by()
            .values("project")
            .annotate(n=Count("pk"))
            .values("n")
        )
        for name, kind in kinds.items()
    }
    sides = InterProjectDependency.objects.open().filter(Q(receiver=OuterRef("pk")) | Q(supplier=OuterRef("pk")))
    counts["dependency"] = Subquery(
        sides.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n")
    )
    found = Project.objects.filter(pk=project.pk).values_list(*counts.values()).first() or ()
    return {name: count or 0 for name, count in zip(counts, found, strict=False)}


def origins(project: Project) -> dict[str, list[tuple[int, str]]]:
    """What an action of the project may come from: {"risk": [(id, "R1 · name")…], "issue": …, "decision": …}."""
    kinds: dict[str, Any] = {"risk": Risk, "issue": Issue, "decision": Decision}
    return {
        name: [(row.pk, f"{row.code} · {row.label}") for row in kind.objects.filter(project=project).order_by("pk")]
        for name, kind in kinds.items()
    }
