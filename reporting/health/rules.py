"""The rules of health: facts and limits in, colours with reasons out. Plain Python, no clock, no database.

Sources: domain.md §3.2 (dimensions and default limits; SAP and PM² figures beside them), BR-10 to BR-15, BR-21, BR-24, BR-33.
"""

from datetime import date
from decimal import Decimal

from pmo_portal.core.money import percent_of
from pmo_portal.core.periods import weekdays_between
from reporting.health.facts import Assessment, Limits, ProjectFacts, Reason

GREEN, AMBER, RED, GREY = "green", "amber", "red", "grey"
RANK = {GREEN: 2, AMBER: 1, RED: 0}
LEAST_GONE = 0.05  # days: less is told as nothing
MOST_PERCENT = Decimal(10**9)
COST_STATES = frozenset({"executing", "closing"})
ASSESSED_STATES = frozenset({"initiating", "planning", "executing", "closing"})


def assess(facts: ProjectFacts, limits: Limits, on: date) -> Assessment:
    """Judge one project as at the day `on`.

    Overall (BR-15): the worst of schedule, cost and, where people are asked for, resources; risks can only lower it by one
    notch. Missing data never yields green (BR-10): a green that rests on a missing schedule or cost is grey, while a known
    amber or red always shows. Data older than the red age limit makes the whole grey (BR-33). Amber that lasts with an unchanged
    plan is red, where that is asked for (BR-24). A project on hold or finished is not assessed.
    """
    reasons: list[Reason] = []
    slip_days, slip_percent = slippage(facts)
    variance, variance_percent, basis = cost_variance(facts)
    schedule = _schedule(facts, limits, on, slip_days, slip_percent, reasons)
    cost = _cost(facts, limits, variance, variance_percent, basis, reasons)
    risk = _risk(facts, limits, reasons)
    freshness = _freshness(facts, limits, on, reasons)
    resources = _resources(facts, limits, reasons)
    computed = _overall(facts, {"schedule": schedule, "cost": cost, "resources": resources}, risk, freshness, reasons)
    return Assessment(
        computed=computed,
        schedule=schedule,
        cost=cost,
        risk=risk,
        freshness=freshness,
        resources=resources,
        gap=gap(facts.declared_rag, computed),
        slip_days=slip_days,
        slip_percent=slip_percent,
        cost_variance=variance,
        cost_variance_percent=variance_percent,
        reasons=reasons,
    )


def slippage(facts: ProjectFacts) -> tuple[int | None, Decimal | None]:
    """K-E21: (actual or forecast end − baseline end) in calendar days, and in % of the baseline duration; None if unknown.

    Golden vector (domain.md §4.9): 2026-01-05 → 2026-12-18, forecast on 2027-02-26: 70 days, 20.17 % of 347 days.
    """
    end = facts.actual_end or facts.forecast_end
    if end is None or facts.baseline_end is None:
        return None, None
    days = (end - facts.baseline_end).days
    if facts.baseline_start is None:
        return days, None
    return days, _share(Decimal(days), Decimal((facts.baseline_end - facts.baseline_start).days))


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    """`percent_of`, cut off where the figure only says that one of the two is a typing error (a budget of one cent)."""
    percent = percent_of(part, whole)
    return None if percent is None else max(-MOST_PERCENT, min(MOST_PERCENT, percent))


def cost_variance(facts: ProjectFacts) -> tuple[Decimal | None, Decimal | None, str]:
    """(EAC − budget, that in % of the budget, basis). Positive is over budget.

    The basis is `whole_life` when both whole-life figures exist, else `year`: the published year's forecast against its
    budget. K-E13 with the sign turned so that an overrun is positive, as on French budget reports (atterrissage − budget).
    """
    if facts.budget is not None and facts.eac is not None:
        variance = facts.eac - facts.budget
        return variance, _share(variance, facts.budget), "whole_life"
    if facts.year_budget is not None and facts.year_forecast is not None:
        variance = facts.year_forecast - facts.year_budget
        return variance, _share(variance, facts.year_budget), "year"
    return None, None, ""


def gap(declared: str, computed: str) -> int | None:
    """BR-21: rank(declared) − rank(computed): +1 optimistic, +2 very optimistic, −1 prudent; None when one is grey."""
    if declared not in RANK or computed not in RANK:
        return None
    return RANK[declared] - RANK[computed]


def colour(value: float, limits: tuple[float, float], tolerance: float = 0.0) -> str:
    """Green up to the first limit, amber up to the second, red above; the project's tolerance widens both."""
    if value > limits[1] + tolerance:
        return RED
    return AMBER if value > limits[0] + tolerance else GREEN


def worst(*colours: str) -> str:
    """The worst known colour; grey only when nothing is known."""
    known = [RANK[c] for c in colours if c in RANK]
    return next(c for c, rank in RANK.items() if rank == min(known)) if known else GREY


def _schedule(
    facts: ProjectFacts,
    limits: Limits,
    on: date,
    slip_days: int | None,
    slip_percent: Decimal | None,
    reasons: list[Reason],
) -> str:
    if facts.baseline_end is None:
        _say(reasons, "schedule", "no_baseline", GREY)
        return worst(_overdue(facts, limits, on, reasons), _key_milestone(facts, limits, on, reasons))
    verdict = GREY
    if slip_days is None:
        _say(reasons, "schedule", "no_forecast", GREY)
    else:
        verdict = _slip_colour(facts, limits, slip_days, slip_percent)
        _say(reasons, "schedule", "slip", verdict, days=slip_days, percent=_number(slip_percent))
    overdue = _overdue(facts, limits, on, reasons)
    return worst(verdict, overdue, _key_milestone(facts, limits, on, reasons))


def _slip_colour(facts: ProjectFacts, limits: Limits, days: int, percent: Decimal | None) -> str:
    if days <= 0:
        return GREEN
    if percent is None:  # late, but nobody knows how much of the duration that is
        return AMBER
    return colour(float(percent), limits.slip_percent, facts.tolerance_time)


def _overdue(facts: ProjectFacts, limits: Limits, on: date, reasons: list[Reason]) -> str:
    """The announced end is behind us and nobody said the project ended: late by the calendar, whatever is forecast."""
    announced = facts.forecast_end or facts.baseline_end
    if facts.actual_end is not None or announced is None or announced >= on or facts.state not in ASSESSED_STATES:
        return GREY
    start, end = facts.baseline_start, facts.baseline_end
    verdict = AMBER
    if start is not None and end is not None and end > start:
        late = 100.0 * (on - end).days / (end - start).days
        verdict = worst(AMBER, colour(late, limits.slip_percent, facts.tolerance_time))
    _say(reasons, "schedule", "overdue", verdict, since=announced.isoformat())
    return verdict


def _key_milestone(facts: ProjectFacts, limits: Limits, on: date, reasons: list[Reason]) -> str:
    """The next key milestone, late in working days against its baseline (or against today when its date has passed)."""
    milestone = facts.key_milestone
    if milestone is None or milestone.baseline is None:
        return GREY
    expected = max(milestone.forecast or milestone.baseline, on if milestone.baseline < on else milestone.baseline)
    verdict = colour(weekdays_between(milestone.baseline, expected), limits.milestone_days)
    if verdict == GREEN:
        return GREY  # on time: says nothing against the end date, and cannot make an unknown end green
    params = {
        "name": milestone.name,
        "name_en": milestone.name_en,
        "baseline": milestone.baseline.isoformat(),
        "expected": milestone.forecast.isoformat() if milestone.forecast else None,
    }
    _say(reasons, "schedule", "key_milestone_late", verdict, **params)
    return verdict


def _cost(
    facts: ProjectFacts,
    limits: Limits,
    variance: Decimal | None,
    percent: Decimal | None,
    basis: str,
    reasons: list[Reason],
) -> str:
    if facts.state not in COST_STATES:  # BR-11
        _say(reasons, "cost", "before_execution", GREY)
        return GREY
    if variance is None:
        missing = "no_budget" if facts.budget is None and facts.year_budget is None else "no_forecast"
        _say(reasons, "cost", missing, GREY)
        return GREY
    if percent is None:  # a budget of zero: any spending is off budget, no spending is nothing to judge
        verdict = RED if variance > 0 else GREY
        _say(reasons, "cost", "nothing_budgeted", verdict, basis=basis, amount=str(variance))
        return verdict
    verdict = colour(float(percent), limits.cost_percent, facts.tolerance_cost)
    _say(reasons, "cost", "variance", verdict, amount=str(variance), percent=_number(percent), basis=basis)
    return verdict


def _risk(facts: ProjectFacts, limits: Limits, reasons: list[Reason]) -> str:
    if facts.risks_recorded == 0:
        _say(reasons, "risk", "none_recorded", GREY)
        return GREY
    if facts.highest_risk is None:
        _say(reasons, "risk", "none_open", GREEN)
        return GREEN
    verdict = colour(facts.highest_risk, limits.risk_level)
    title = {"title": facts.highest_risk_title, "title_en": facts.highest_risk_title_en}
    _say(reasons, "risk", "highest", verdict, **title, level=facts.highest_risk, open=facts.risks_open)
    return verdict


def _freshness(facts: ProjectFacts, limits: Limits, on: date, reasons: list[Reason]) -> str:
    if facts.data_date is None:
        _say(reasons, "freshness", "unknown", GREY)
        return GREY
    verdict = colour((on - facts.data_date).days, limits.age_days)
    _say(reasons, "freshness", "dated", verdict, date=facts.data_date.isoformat())
    return verdict


def _resources(facts: ProjectFacts, limits: Limits, reasons: list[Reason]) -> str:
    """K-R06: how much of what is firmly asked for in the next three months somebody was granted for, and whether those named
    have too much. Grey without requests: nobody asked is not everybody there."""
    if facts.required_days <= 0:
        _say(reasons, "resources", "nobody_asked", GREY)
        return GREY
    missing = max(100.0 * (1 - facts.staffed_days / facts.required_days), 0.0)
    verdict = colour(round(missing, 6), limits.unstaffed_percent)
    figures = {"percent": round(100 - missing, 1), "missing": round(facts.required_days - facts.staffed_days, 1)}
    if facts.gone_days >= LEAST_GONE:
        figures["gone"] = round(facts.gone_days, 1)
    _say(reasons, "resources", "staffing", verdict, **figures)
    if facts.crowded is None:
        return verdict
    crowded = colour(facts.crowded.percent, limits.overload_percent)
    told = {"people": facts.crowded.people, "percent": round(facts.crowded.percent, 1)}
    _say(reasons, "resources", "crowded", crowded, **told)
    return worst(verdict, crowded)


def _overall(facts: ProjectFacts, judged: dict[str, str], risk: str, freshness: str, reasons: list[Reason]) -> str:
    """`judged`: each dimension that decides. Who asks for nobody in the portal is judged without resources."""
    if facts.state not in ASSESSED_STATES:
        _say(reasons, "overall", "state", GREY, state=facts.state)
        return GREY
    if freshness == RED and facts.data_date is not None:
        _say(reasons, "overall", "stale", GREY, date=facts.data_date.isoformat())
        return GREY
    required = ("schedule", "cost") if facts.state in COST_STATES else ("schedule",)
    missing = [name for name in required if judged[name] == GREY]
    verdict = worst(*judged.values())
    if missing and verdict in (GREEN, GREY):
        _say(reasons, "overall", "missing", GREY, dimensions=missing)
        verdict = GREY
    if risk in RANK and verdict in RANK and RANK[risk] < RANK[verdict]:
        verdict = AMBER if verdict == GREEN else RED
        _say(reasons, "overall", "lowered_by_risk", verdict)
    elif verdict in (AMBER, RED):
        _say(reasons, "overall", "worst", verdict, dimensions=[name for name, one in judged.items() if one == verdict])
    if verdict == AMBER and 0 < facts.ambers_limit <= facts.ambers:
        verdict = RED
        _say(reasons, "overall", "amber_too_long", verdict, reports=facts.ambers)
    return verdict


def _say(reasons: list[Reason], dimension: str, code: str, verdict: str, **params: object) -> None:
    reasons.append({"dimension": dimension, "code": code, "colour": verdict, "params": params})


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
