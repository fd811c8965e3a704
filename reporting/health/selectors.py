"""The facts of a batch of projects: a fixed number of queries, whatever the batch.

The queries read only the columns the rules and the photograph need; one row per project except for open milestones.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from pmo_portal.core.periods import add_months
from projects.hierarchy.declared import rag_of
from reporting.health import lasting
from reporting.health.facts import DEFAULT_LIMITS, Crowded, KeyMilestone, Limits, ProjectFacts
from reporting.health.models import Threshold
from reporting.health.staffing import NEAR, Staffing, staffing

PROJECTS = """
    SELECT p.id, p.code, p.external_ref, p.name, p.name_en, p.node_id, p.portfolio_id, p.path,
        p.confidentiality = 'confidential', p.parent_id IS NULL, p.left_on, p.state, p.phase, p.project_manager_id,
        coalesce(person.name, ''), p.key_message, p.must_win, p.declared, p.declared_label, p.declared_on, p.declared_trend,
        p.start_date, p.baseline_start, p.baseline_end, p.forecast_end, p.actual_end, p.percent_complete, p.currency,
        p.data_date, p.tolerance_time, p.tolerance_cost, portfolio.status_date, p.size,
        p.priority
    FROM projects_project p
    JOIN projects_node portfolio ON portfolio.id = p.portfolio_id
    LEFT JOIN projects_person person ON person.id = p.project_manager_id
    WHERE p.id = ANY(%s)
"""
OPEN_MILESTONES = """
    SELECT project_id, is_key, name, baseline_date, forecast_date, name_en FROM projects_milestone
    WHERE project_id = ANY(%s) AND actual_date IS NULL AND (baseline_date IS NOT NULL OR forecast_date IS NOT NULL)
    ORDER BY project_id, coalesce(forecast_date, baseline_date), position, id
"""
MONEY = """
    SELECT project_id, kind, month IS NULL, sum(amount) FROM projects_budgetline
    WHERE project_id = ANY(%s) AND category <> 'fiscal_year' GROUP BY 1, 2, 3
"""
YEARS = """
    SELECT DISTINCT ON (project_id, kind) project_id, kind, month, sum(amount) OVER (PARTITION BY project_id, kind, month)
    FROM projects_budgetline WHERE project_id = ANY(%s) AND category = 'fiscal_year'
    ORDER BY project_id, kind, month DESC
"""
RISKS = """
    SELECT project_id, count(*), count(*) FILTER (WHERE open), max(level) FILTER (WHERE open AND threat),
        (array_agg(title ORDER BY level DESC, id) FILTER (WHERE open AND threat))[1],
        (array_agg(title_en ORDER BY level DESC, id) FILTER (WHERE open AND threat))[1]
    FROM (
        SELECT project_id, id, title, title_en, kind = 'threat' AS threat,
            status IN ('proposed', 'assessing', 'approval', 'active') AS open,
            coalesce(residual_probability * residual_impact, probability * impact) AS level
        FROM projects_risk WHERE project_id = ANY(%s)
    ) AS risks GROUP BY project_id
"""
CROWDED = """
    SELECT project_id, count(*), max(percent)
    FROM (
        SELECT named.project_id, 100 * load.over / greatest(load.capacity, load.over) AS percent
        FROM (
            SELECT DISTINCT m.project_id, a.person_id FROM projects_allocationmonth m
            JOIN projects_allocation a ON a.id = m.allocation_id
            WHERE m.project_id = ANY(%s) AND a.firmness = 'hard' AND a.person_id IS NOT NULL AND m.granted > 0
                AND a.status IN ('confirmed', 'changed') AND m.month >= %s AND m.month < %s
        ) AS named
        JOIN LATERAL (
            SELECT sum(over) AS over, sum(capacity) AS capacity FROM portfolio_personload
            WHERE person_id = named.person_id AND starts_on >= %s AND starts_on < %s
        ) AS load ON load.over > 0.05
    ) AS people GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Money:
    """Whole-life money of a project, in its currency."""

    budget: Decimal | None = None
    eac: Decimal | None = None
    committed: Decimal | None = None
    actual: Decimal | None = None
    year_budget: Decimal | None = None
    year_forecast: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A project to photograph: what is copied as it stands, the facts to judge, the day and the size class to judge them by."""

    project_id: int
    on: date
    left: bool
    size: str
    copied: dict[str, Any]
    facts: ProjectFacts


def subjects(ids: Sequence[int], *, on: date) -> list[Subject]:
    """The facts of these projects as at `on` (or at their portfolio's data date when it has one): eight queries."""
    first = on.replace(day=1)
    months = [first, add_months(first, NEAR)]
    from_now = [max(on - timedelta(days=on.weekday()), first), months[1]]
    with connection.cursor() as cursor:
        projects = _rows(cursor, PROJECTS, ids)
        milestones = _grouped(_rows(cursor, OPEN_MILESTONES, ids))
        money = _money(_grouped(_rows(cursor, MONEY, ids)), _grouped(_rows(cursor, YEARS, ids)))
        risks = {row[0]: row[1:] for row in _rows(cursor, RISKS, ids)}
        ambers = lasting.in_a_row(cursor, ids)
        staffed = staffing(cursor, ids, first=months[0], until=months[1])
        crowded = {row[0]: Crowded(*row[1:]) for row in _rows(cursor, CROWDED, ids, *months, *from_now)}
    none = Money()
    return [
        _subject(
            row,
            milestones.get(row[0], ()),
            money.get(row[0], none),
            risks.get(row[0], (0, 0, None, "", "")),
            ambers.get(row[0], lasting.NEVER),
            (staffed.get(row[0], Staffing()), crowded.get(row[0])),
            on,
        )
        for row in projects
    ]


def _subject(
    row: tuple[Any, ...], milestones: Sequence[tuple[Any, ...]], money: Money, risks: Any, ambers: lasting.Ambers,
    people: tuple[Staffing, Crowded | None], on: date,
) -> Subject:  # fmt: skip
    (pid, code, ref, name, name_en, node, portfolio, path, confidential, counted, left_on, state, phase, manager, manager_name,
     message, must_win, declared, label, declared_on, trend, start, base_start, base_end, forecast, actual_end, percent,
     currency, data_date, tolerance_time, tolerance_cost, status_date, size, priority) = row  # fmt: skip
    day = status_date or on
    recorded, opened, highest, title, title_en = risks
    upcoming = milestones[0] if milestones else None
    rag = rag_of(declared).value
    expected = (upcoming[4] or upcoming[3]) if upcoming else None
    copied = {
        "code": code, "external_ref": ref, "name": name, "name_en": name_en, "node_id": node, "portfolio_id": portfolio,
        "path": path, "confidential": confidential, "counted": counted, "state": state, "phase": phase,
        "manager_id": manager, "manager_name": manager_name, "key_message": message, "must_win": must_win,
        "priority": priority,
        "declared": declared, "declared_label": label, "declared_rag": rag, "declared_on": declared_on, "trend": trend,
        "start_date": start, "baseline_start": base_start, "baseline_end": base_end, "forecast_end": actual_end or forecast,
        "percent_complete": percent, "budget": money.budget, "eac": money.eac, "committed": money.committed,
        "actual": money.actual, "year_budget": money.year_budget, "year_forecast": money.year_forecast,
        "currency": currency, "open_risks": opened, "max_risk": highest, "data_date": data_date,
        "late_milestones": sum(1 for m in milestones if m[3] is not None and (m[3] < day or (m[4] or m[3]) > m[3])),
        "next_milestone": upcoming[2] if upcoming else "", "next_milestone_en": upcoming[5] if upcoming else "",
        "next_milestone_date": expected,
        "next_milestone_slip": (expected - upcoming[3]).days if upcoming and expected and upcoming[3] else None,
    }  # fmt: skip
    key = next((m for m in milestones if m[1]), None)
    facts = ProjectFacts(
        state=state,
        baseline_start=base_start or start,
        baseline_end=base_end,
        forecast_end=forecast,
        actual_end=actual_end,
        key_milestone=KeyMilestone(key[2], key[3], key[4], key[5]) if key else None,
        budget=money.budget,
        eac=money.eac,
        year_budget=money.year_budget,
        year_forecast=money.year_forecast,
        risks_recorded=recorded,
        risks_open=opened,
        highest_risk=highest,
        highest_risk_title=title or "",
        highest_risk_title_en=title_en or "",
        data_date=data_date,
        declared_rag=rag,
        ambers=ambers.count(base_end, money.budget),
        ambers_limit=ambers.limit,
        required_days=people[0].required,
        staffed_days=people[0].staffed,
        gone_days=people[0].gone,
        crowded=people[1],
        tolerance_time=float(tolerance_time),
        tolerance_cost=float(tolerance_cost),
    )
    return Subject(pid, day, left_on is not None and left_on <= day, size, copied, facts)


def _money(kinds: Mapping[int, list[Any]], years: Mapping[int, list[Any]]) -> dict[int, Money]:
    """Whole-life figures per project.

    Budget: whole-life approved lines when there are any, else the monthly ones, else the original budget.
    EAC: the whole-life forecast when there is one, else actuals + estimate to complete (K-E11); None without any forecast.
    """
    answer: dict[int, Money] = {}
    for project_id in kinds.keys() | years.keys():
        sums = {(kind, whole): total for _project, kind, whole, total in kinds.get(project_id, ())}
        year = {kind: total for _project, kind, _month, total in years.get(project_id, ())}
        budget = _first(sums, "revised")
        etc = sums.get(("forecast", False))
        eac = sums.get(("forecast", True))
        if eac is None and etc is not None:
            eac = (_first(sums, "actual") or Decimal(0)) + etc
        answer[project_id] = Money(
            budget=budget if budget is not None else _first(sums, "initial"),
            eac=eac,
            committed=_first(sums, "committed"),
            actual=_first(sums, "actual"),
            year_budget=year.get("revised"),
            year_forecast=year.get("forecast"),
        )
    return answer


def _first(sums: Mapping[tuple[str, bool], Decimal], kind: str) -> Decimal | None:
    whole = sums.get((kind, True))
    return whole if whole is not None else sums.get((kind, False))


def _rows(cursor: Any, sql: str, ids: Sequence[int], *more: date) -> list[tuple[Any, ...]]:
    cursor.execute(sql, [list(ids), *more])
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    groups: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        groups[row[0]].append(row)
    return groups


class LimitBook:
    """The thresholds of the organisation with every override below it and for a size class, read once a batch."""

    def __init__(self, rows: Iterable[tuple[int | None, str, str, Decimal, Decimal]]) -> None:
        self._by_scope: dict[tuple[int | None, str], dict[str, tuple[float, float]]] = defaultdict(dict)
        for node_id, size, key, amber, red in rows:
            self._by_scope[node_id, size][key] = (float(amber), float(red))
        self._known: dict[tuple[str, str], Limits] = {}

    @classmethod
    def read(cls) -> "LimitBook":
        return cls(Threshold.objects.values_list("node_id", "size", "key", "amber", "red"))

    def replaced(
        self, node_id: int | None, values: Mapping[str, tuple[Decimal, Decimal]], *, size: str = ""
    ) -> "LimitBook":
        """A copy in which this scope has these values: what a preview reads."""
        book = LimitBook(())
        for scope, limits in self._by_scope.items():
            book._by_scope[scope] = dict(limits)
        book._by_scope[node_id, size] = {key: (float(amber), float(red)) for key, (amber, red) in values.items()}
        return book

    def of(self, subject: Subject) -> Limits:
        """The limits of a project: the organisation's, overridden by each container from the root down, then by its size."""
        home = subject.copied["path"].split("p", 1)[0], subject.size
        limits = self._known.get(home)
        if limits is None:
            limits = self._known[home] = self._merged(*home)
        return limits

    def _merged(self, path: str, size: str) -> Limits:
        merged = dict(DEFAULT_LIMITS)
        chain = [None, *(int(part) for part in path.split("/") if part)]
        for one in ("", size) if size else ("",):
            for node_id in chain:
                merged.update(self._by_scope.get((node_id, one), {}))
        return Limits(**merged)
