"""The resources dimension: staffing of the next three months (K-R06), and people on the project with too much work."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from pmo_portal.core.models import Work
from portfolio.capacity.services import refresh as pictures
from projects.resources.models import AllocationMonth
from reporting.health import rules, wording
from reporting.health.facts import DEFAULT_LIMITS, Crowded, Limits, ProjectFacts
from reporting.health.models import HealthHistory, ProjectHealth
from reporting.health.services import refresh
from tests import make
from tests.make import TODAY

DAY = date(2026, 11, 24)
LIMITS = Limits(**DEFAULT_LIMITS)
GOOD = {
    "state": "executing", "baseline_start": date(2026, 1, 1), "baseline_end": date(2027, 6, 30),
    "forecast_end": date(2027, 6, 30), "budget": Decimal(100), "eac": Decimal(100), "data_date": DAY, "risks_recorded": 1,
}  # fmt: skip


def judged(**people: object):
    return rules.assess(ProjectFacts(**GOOD, **people), LIMITS, DAY)


@pytest.mark.parametrize(
    ("required", "staffed", "colour"),
    [
        (0, 0, "grey"),
        (20, 20, "green"),
        (20, 19, "green"),
        (20, 18.9, "amber"),
        (20, 14, "amber"),
        (20, 13.9, "red"),
        (20, 0, "red"),
    ],
)
def test_staffing_of_the_next_three_months(required: float, staffed: float, colour: str) -> None:
    assert judged(required_days=required, staffed_days=staffed).resources == colour


@pytest.mark.parametrize(("percent", "colour"), [(4, "green"), (6, "amber"), (21, "red")])
def test_too_much_work_of_somebody_named(percent: float, colour: str) -> None:
    crowded = Crowded(1, percent)
    assert judged(required_days=20, staffed_days=20, crowded=crowded).resources == colour
    assert judged(crowded=crowded).resources == "grey"  # nothing is asked


@pytest.mark.parametrize(
    ("staffed", "risk", "colour", "code"),
    [(0, 1, "red", "worst"), (0, 20, "red", "worst"), (15, 1, "amber", "worst"), (15, 20, "red", "lowered_by_risk")],
)
def test_the_whole_is_the_worst_with_resources_and_risks_take_one_notch(
    staffed: float, risk: int, colour: str, code: str
) -> None:
    """BR-15, with schedule and cost green."""
    facts = ProjectFacts(**{**GOOD, "risks_open": 1, "highest_risk": risk}, required_days=20, staffed_days=staffed)
    found = rules.assess(facts, LIMITS, DAY)
    (whole,) = [one for one in found.reasons if one["dimension"] == "overall"]
    assert (found.computed, whole["code"]) == (colour, code)


def test_a_known_shortage_shows_where_money_is_not_known() -> None:
    unknown = {**GOOD, "budget": None, "year_budget": None}
    assert rules.assess(ProjectFacts(**unknown, required_days=20, staffed_days=15), LIMITS, DAY).computed == "amber"
    assert rules.assess(ProjectFacts(**unknown, required_days=20, staffed_days=20), LIMITS, DAY).computed == "grey"


def test_who_asks_for_nobody_is_judged_without() -> None:
    assert judged().computed == "green"  # no request changes nothing, and says so
    assert [one["code"] for one in judged().reasons if one["dimension"] == "resources"] == ["nobody_asked"]


def test_reasons_in_words() -> None:
    with translation.override("en"):
        gone = judged(required_days=200, staffed_days=189, gone_days=5).reasons
        assert wording.sentences(gone, DAY, "EUR", dimension="resources") == [
            "94.5% of what is firmly asked for in the next three months is granted: 11.0 days are missing, of which "
            "5.0 are granted to people who are not there then"
        ]
    few = judged(required_days=200, staffed_days=189, gone_days=1.5).reasons
    with translation.override("fr"):
        [words] = wording.sentences(few, DAY, "EUR", dimension="resources")
        assert "11,0 jours manquent, dont 1,5 accordé à des personnes" in words.replace("\xa0", " ")
    reasons = judged(required_days=20, staffed_days=15, crowded=Crowded(3, 30)).reasons
    with translation.override("en"):
        assert wording.sentences(reasons, DAY, "EUR", dimension="resources") == [
            "75% of what is firmly asked for in the next three months is granted: 5.0 days are missing",
            "3 people have too much in the next three months, the worst 30% of their time",
        ]
    with translation.override("fr"):
        assert "manquent" in wording.sentences(reasons, DAY, "EUR", dimension="resources")[0]


@pytest.fixture
def month() -> date:
    return TODAY.replace(day=1)


def photograph(project) -> ProjectHealth:
    refresh.refresh([project.pk], on=TODAY, at=timezone.now())
    return ProjectHealth.objects.get(project=project)


@pytest.mark.django_db
def test_requests_are_weighed_with_what_was_granted(month: date) -> None:
    project, ann = make.project(), make.person("Ann")
    assert photograph(project).resources == "grey"
    granted = {"status": "confirmed", "answered_on": TODAY}
    make.allocation(project, person=ann, months={month: (12, 12)}, **granted)
    assert photograph(project).resources == "green"
    make.allocation(project, months={month: 4})  # 12 of 16: three quarters
    make.allocation(project, months={month: 40}, firmness="tentative")
    later = date(2027, 2, 1)
    make.allocation(project, months={later: 40})  # beyond three months
    one = photograph(project)
    assert one.resources == "amber"
    assert [each["params"]["percent"] for each in one.reasons if each["dimension"] == "resources"] == [75.0]
    make.allocation(
        project, months={month: (10, 90)}, measure="percent", **granted, unit=make.unit()
    )  # 2 of 2, not 18 of 2
    assert photograph(project).resources == "amber"
    AllocationMonth.objects.filter(allocation__person=ann).update(granted=0)
    assert photograph(project).resources == "red"


@pytest.mark.django_db
def test_what_makes_somebody_crowded_has_the_health_of_their_projects_computed_again() -> None:
    ann = make.person("Ann")
    mine, theirs = make.project(), make.project()
    granted = {"status": "confirmed", "answered_on": TODAY}
    december = date(2026, 12, 1)
    make.allocation(mine, person=ann, months={december: (10, 10)}, **granted)
    pictures.at_once(on=TODAY, at=timezone.now())
    assert photograph(mine).resources == "green"
    Work.objects.filter(kind="health").delete()
    make.allocation(theirs, person=ann, months={december: (40, 40)}, **granted)
    pictures.at_once(on=TODAY, at=timezone.now())
    assert set(Work.objects.filter(kind="health").values_list("subject_id", flat=True)) == {mine.pk, theirs.pk}
    assert photograph(mine).resources == "red"
    [told] = [one["params"] for one in photograph(mine).reasons if one["code"] == "crowded"]
    assert told.keys() == {"people", "percent"}
    everything = [str(row) for model in (ProjectHealth, HealthHistory) for row in model.objects.values()]
    assert everything
    assert not any("Ann" in row for row in everything), "reasons go to everybody who sees the project"
