"""The rules of a report, one by one, from the text of domain.md §7.4."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from reporting.status import rules
from reporting.status.facts import Danger, Finding, Known, Mark
from reporting.status.rules import DIMENSIONS

TODAY = date(2026, 11, 30)
LEVELS = ("green", "amber_green", "amber", "red")
SAID: dict[str, Any] = {
    "declared": "green", "declared_reason": "", "declared_evidence": "", "key_message": "All goes as planned", "milestones": {},
    "percent_complete": Decimal(40), "percent_reason": "", "etc": Decimal(700), "exception_cause": "", "exception_plan": "",
    "risks": {}, "new_risk_title": "", "new_risk_probability": None, "new_risk_impact": None, "ask": "", "ask_question": "",
    "ask_needed_by": None, "ask_amount": None, "ask_options": [], "back_to_green": None, "confirmed": {},
    **{f"{one}{part}": "" for one in DIMENSIONS for part in ("_comment", "_reason", "_evidence")},
    **dict.fromkeys(DIMENSIONS, "green"),
}  # fmt: skip
GREEN = {"overall": "green", "schedule": "green", "cost": "green", "risk": "green"}
MARK = Mark(1, "Go live", True, date(2027, 1, 10), date(2027, 1, 10), None)


def found(said: dict[str, Any] | None = None, **known: Any) -> set[tuple[str, str]]:
    """{(rule, kind)} of a report that says this on top of a healthy one."""
    facts = {
        "today": TODAY,
        "levels": LEVELS,
        "computed": GREEN,
        "budget": Decimal(1000),
        "actual": Decimal(300),
        **known,
    }
    return {(one.rule, one.kind) for one in rules.findings(SAID | (said or {}), Known(**facts))}


def test_a_healthy_report_has_nothing_to_explain() -> None:
    assert found() == set()


ERRORS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("VR-01", {"declared": ""}, {}),
    ("VR-01", {"declared": "amber_red"}, {}),
    ("VR-06", {"milestones": {"1": {"forecast": "2026-11-29"}}}, {"marks": [MARK]}),
    ("VR-06b", {"milestones": {"1": {"reached": "2026-12-01"}}}, {"marks": [MARK]}),
    ("VR-10", {"etc": Decimal(-1)}, {}),
    ("VR-10b", {"etc": Decimal(0)}, {}),
    ("VR-15c", {"new_risk_title": "A new supplier"}, {}),
    ("VR-16", {"declared": "amber", "schedule_comment": "x"}, {"computed": {}}),
    ("VR-16b", {"declared": "red", "ask": "asked", "back_to_green": TODAY, "ask_needed_by": TODAY}, {"computed": {}}),
    ("VR-17", {"declared": "red", "ask": "none"}, {"computed": {}}),
]


@pytest.mark.parametrize(("rule", "said", "known"), ERRORS)
def test_what_keeps_a_report_back(rule: str, said: dict[str, Any], known: dict[str, Any]) -> None:
    assert (rule, "error") in found(said, **known)


WARNINGS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("VR-02", {"key_message": "ok"}, {}),
    ("VR-02b", {}, {"messages": ["All goes as planned"]}),
    ("VR-03", {}, {"computed": {**GREEN, "overall": "amber"}}),
    ("VR-03", {}, {"computed": {**GREEN, "resources": "red"}}),
    ("VR-03", {"schedule_reason": "too short", "schedule_evidence": "milestone"}, {"computed": {"schedule": "red"}}),
    ("VR-03", {"schedule_reason": "The acceptance was signed"}, {"computed": {"schedule": "red"}}),
    ("VR-04", {"cost": "red", "cost_comment": "x"}, {}),
    ("VR-05", {"cost": "amber"}, {}),
    ("VR-07", {"milestones": {"2": {"forecast": "2026-12-20"}}},
     {"marks": [MARK, Mark(2, "After", False, None, None, None)]}),
    ("VR-08", {"milestones": {"1": {"forecast": "2027-02-10"}}}, {"marks": [MARK]}),
    ("VR-09", {}, {"percents": [Decimal(50)]}),
    ("VR-09b", {"percent_complete": Decimal(100)}, {"marks": [MARK]}),
    ("VR-11", {"etc": Decimal(800)}, {"cost_limit": Decimal(3)}),
    ("VR-12", {}, {"etc_before": Decimal(700), "actual_before": Decimal(200)}),
    ("VR-14", {}, {"dangers": [Danger(7, "Supplier", 12, TODAY - timedelta(days=1))]}),
    ("VR-14", {}, {"dangers": [Danger(7, "Supplier", 4, TODAY - timedelta(days=46))]}),
    ("VR-15", {"new_risk_title": "Short", "new_risk_probability": 2, "new_risk_impact": 2}, {}),
    ("VR-15b", {"new_risk_title": "Single supplier", "new_risk_probability": 2, "new_risk_impact": 2},
     {"titles": ["A single supplier"]}),
    ("VR-16c", {"ask": "asked", "ask_question": "Which?", "ask_needed_by": TODAY - timedelta(days=1)}, {}),
    ("VR-16d", {"ask": "asked", "ask_question": "Which?", "ask_needed_by": TODAY, "ask_amount": Decimal(5)}, {}),
    ("VR-17b", {"back_to_green": date(2027, 3, 1)}, {"forecast_end": date(2027, 2, 1)}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "said", "known"), WARNINGS)
def test_what_asks_for_a_word_and_is_let_pass_with_a_click(
    rule: str, said: dict[str, Any], known: dict[str, Any]
) -> None:
    assert (rule, "warning") in found(said, **known)
    facts = {
        "today": TODAY,
        "levels": LEVELS,
        "computed": GREEN,
        "budget": Decimal(1000),
        "actual": Decimal(300),
        **known,
    }
    keys = {one.key: "shown" for one in rules.findings(SAID | said, Known(**facts)) if one.rule == rule}
    assert (rule, "warning") not in found(said | {"confirmed": keys}, **known)


def test_an_honest_red_needs_no_more_than_two_clicks() -> None:
    """Worse than computed is never asked why; what a red must say is answered by “none” and “not known yet”."""
    red = {**dict.fromkeys(DIMENSIONS, "red"), **{f"{one}_comment": "x" for one in DIMENSIONS}, "declared": "red"}
    assert found(red) == {("VR-16", "error"), ("VR-17", "error")}
    assert found(red | {"ask": "none", "confirmed": {"VR-17:back_to_green": "shown"}}) == set()


def test_quality_counts_the_rules_that_have_nothing_to_say() -> None:
    found = [
        Finding("VR-03", "cost_reason", "warning"),
        Finding("VR-03", "declared_reason", "warning"),
        Finding("VR-09b", "x", "hint"),
    ]
    assert rules.quality(found) == (15, 17)
    assert rules.quality([]) == (17, 17)


def test_grey_is_neither_better_nor_worse() -> None:
    assert found(computed={"overall": "grey", "schedule": "grey"}) == set()


def test_nearly_done_three_times_is_a_hint() -> None:
    assert found({"percent_complete": Decimal(96)}, percents=[Decimal(96), Decimal(95)]) == {("VR-09c", "hint")}


def test_money_is_not_asked_of_who_sees_none() -> None:
    assert found({"etc": Decimal(-1)}, sees_money=False) == set()


@pytest.mark.parametrize(
    ("reason", "known"),
    [
        ("not_green", {"computed": {"overall": "grey"}}),
        ("alerts", {"alerts": 1}),
        ("stale", {"stale": True}),
        ("third", {"renewals": 2}),
    ],
)
def test_nothing_to_report_is_not_offered(reason: str, known: dict[str, Any]) -> None:
    assert rules.may_renew(Known(**{"today": TODAY, "levels": LEVELS, "computed": GREEN, **known})) == [reason]


def test_nothing_to_report_is_offered_twice() -> None:
    assert rules.may_renew(Known(today=TODAY, levels=LEVELS, computed=GREEN, renewals=1)) == []


def test_the_two_other_paths() -> None:
    assert rules.path_of(SAID | {"cost": "red"}) == "express"
    assert rules.path_of(SAID | {"cost": "red", "risk": "amber"}) == "full"
    assert rules.path_of(SAID | {"ask": "asked"}) == "full"


def test_trigrams_count_as_postgresql_counts_them() -> None:
    """`SELECT similarity('word', 'two words')` is 0.36363637 (documentation of pg_trgm)."""
    assert rules.alike("word", "two words") == pytest.approx(0.36363637)
