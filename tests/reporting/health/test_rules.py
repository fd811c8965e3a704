"""The rules: golden vectors of domain.md §3.2 and §4.9, and what missing data gives."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.health.facts import KeyMilestone, Limits, ProjectFacts
from reporting.health.rules import assess, cost_variance, gap, slippage, worst

LIMITS = Limits(
    slip_percent=(5, 15), milestone_days=(0, 10), cost_percent=(3, 10), risk_level=(9, 14), age_days=(31, 45)
)
ON = date(2026, 11, 24)
HEALTHY = ProjectFacts(
    state="executing",
    baseline_start=date(2026, 1, 5),
    baseline_end=date(2027, 6, 30),
    forecast_end=date(2027, 6, 30),
    budget=Decimal(1000),
    eac=Decimal(1000),
    risks_recorded=1,
    risks_open=1,
    highest_risk=4,
    data_date=date(2026, 11, 20),
    declared_rag="green",
)


def judged(**changes):
    return assess(replace(HEALTHY, **changes), LIMITS, ON)


def codes(assessment, dimension):
    return {reason["code"] for reason in assessment.reasons if reason["dimension"] == dimension}


def test_golden_slip():
    facts = replace(
        HEALTHY, baseline_start=date(2026, 1, 5), baseline_end=date(2026, 12, 18), forecast_end=date(2027, 2, 26)
    )
    assert slippage(facts) == (70, Decimal("20.17"))


def test_everything_known_and_on_time_is_green():
    assessment = judged()
    assert (assessment.computed, assessment.schedule, assessment.cost, assessment.risk) == ("green",) * 4
    assert assessment.gap == 0


@pytest.mark.parametrize(
    ("forecast", "expected"),
    [
        (date(2027, 6, 30), "green"),
        (date(2027, 7, 27), "green"),  # 27 of 541 days = 4.99 %
        (date(2027, 7, 28), "amber"),  # 28 = 5.18 %
        (date(2027, 9, 19), "amber"),  # 81 = 14.97 %
        (date(2027, 9, 20), "red"),  # 82 = 15.16 %
    ],
)
def test_slip_limits(forecast, expected):
    assert judged(forecast_end=forecast).schedule == expected


@pytest.mark.parametrize(
    ("eac", "expected"), [("1030", "green"), ("1030.10", "amber"), ("1100", "amber"), ("1100.10", "red")]
)
def test_cost_limits(eac, expected):
    assert judged(eac=Decimal(eac)).cost == expected


def test_tolerance_widens_the_limits():
    assert judged(eac=Decimal(1200), tolerance_cost=10.0).cost == "amber"


@pytest.mark.parametrize(
    ("missing", "dimension"),
    [
        ({"baseline_end": None}, "schedule"),
        ({"forecast_end": None}, "schedule"),
        ({"budget": None}, "cost"),
        ({"eac": None}, "cost"),
    ],
)
def test_missing_data_is_grey_never_green(missing, dimension):
    assessment = judged(**missing)
    assert getattr(assessment, dimension) == "grey"
    assert assessment.computed == "grey"
    assert codes(assessment, "overall") == {"missing"}
    assert assessment.gap is None


def test_a_known_red_shows_even_when_something_is_missing():
    assert judged(budget=None, forecast_end=date(2028, 6, 30)).computed == "red"


def test_the_published_year_stands_in_for_a_missing_whole_life_forecast():
    facts = replace(HEALTHY, eac=None, year_budget=Decimal(100), year_forecast=Decimal(120))
    assert cost_variance(facts) == (Decimal(20), Decimal("20.00"), "year")
    assert assess(facts, LIMITS, ON).cost == "red"


def test_a_budget_of_zero_has_no_percentage():
    assert judged(budget=Decimal(0), eac=Decimal(0)).cost == "grey"
    assert judged(budget=Decimal(0), eac=Decimal(5)).cost == "red"


@pytest.mark.parametrize(
    ("level", "expected"), [(9, "green"), (10, "amber"), (14, "amber"), (15, "amber"), (25, "amber")]
)
def test_risks_lower_a_green_project_by_one_notch_only(level, expected):
    assert judged(highest_risk=level).computed == expected


def test_a_red_risk_turns_amber_into_red():
    assert judged(highest_risk=20, eac=Decimal(1050)).computed == "red"


def test_an_amber_risk_leaves_an_amber_project_amber():
    assert judged(highest_risk=12, eac=Decimal(1050)).computed == "amber"


def test_no_risk_recorded_is_grey_for_risks_and_changes_nothing_else():
    assessment = judged(risks_recorded=0, highest_risk=None)
    assert (assessment.risk, assessment.computed) == ("grey", "green")


def test_old_data_is_not_reported_as_if_fresh():
    assessment = judged(data_date=date(2026, 10, 9))  # 46 days
    assert (assessment.freshness, assessment.computed) == ("red", "grey")
    assert judged(data_date=date(2026, 10, 10)).computed == "green"


def test_a_passed_end_is_late_whatever_is_forecast():
    assessment = judged(baseline_end=date(2026, 11, 1), forecast_end=date(2026, 11, 1))
    assert (assessment.slip_days, assessment.schedule) == (0, "amber")
    assert "overdue" in codes(assessment, "schedule")


def test_late_key_milestone():
    late = KeyMilestone("Recette", date(2026, 11, 20), date(2026, 11, 30))
    assert judged(key_milestone=late).schedule == "amber"  # 6 working days
    assert judged(key_milestone=replace(late, forecast=date(2026, 12, 7))).schedule == "red"  # 11 working days
    assert judged(key_milestone=replace(late, forecast=None)).schedule == "amber"  # its day has passed: 2 working days


def test_cost_is_not_judged_before_execution():
    assessment = judged(state="planning", eac=Decimal(5000))
    assert (assessment.cost, assessment.computed) == ("grey", "green")


@pytest.mark.parametrize("state", ["suspended", "closed", "stopped"])
def test_a_project_on_hold_or_finished_is_not_assessed(state):
    assert judged(state=state).computed == "grey"


def test_gap_names_the_optimist():
    assert gap("green", "red") == 2
    assert gap("amber", "amber") == 0
    assert gap("red", "amber") == -1
    assert gap("grey", "red") is None


def test_worst_ignores_the_unknown():
    assert worst("grey", "green", "amber") == "amber"
    assert worst("grey", "grey") == "grey"


days = st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2035, 1, 1)))
money = st.one_of(st.none(), st.decimals(0, 10**9, places=2))


@given(
    state=st.sampled_from(["initiating", "planning", "executing", "closing", "closed", "suspended", "stopped"]),
    baseline_start=days,
    baseline_end=days,
    forecast_end=days,
    budget=money,
    eac=money,
    highest_risk=st.one_of(st.none(), st.integers(1, 25)),
    data_date=days,
)
def test_green_always_rests_on_known_figures(**facts):
    facts["risks_recorded"] = int(facts["highest_risk"] is not None)
    assessment = judged(**facts)
    assert {reason["dimension"] for reason in assessment.reasons} >= {"schedule", "cost", "risk", "freshness"}
    if assessment.computed == "green":
        assert assessment.schedule == "green"
        assert assessment.freshness != "red"
        assert facts["baseline_end"] is not None
        if facts["state"] in ("executing", "closing"):
            assert assessment.cost == "green"
            assert facts["budget"] is not None
