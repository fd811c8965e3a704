"""The real portfolios of the demo: what the dashboards read for each year is what the published files say.

`known_answers_2014_2021.json` was counted from the files by other means than ours.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pmo_portal.demo import published
from projects.hierarchy import past
from projects.hierarchy.models import Node, Project
from projects.money.models import BudgetLine
from projects.money.selectors import Budget, approved
from reporting.health.models import HealthHistory, ProjectHealth, Rollup, RollupHistory

GMPP = settings.DEMO_DATA / "gmpp"
LEVELS = {
    "green": "green",
    "amber/green": "amber_green",
    "amber": "amber",
    "amber/red": "amber_red",
    "red": "red",
    "reset": "reset",
}
UNCERTAIN_TOTALS = {"2014", "2016"}  # says the data's README

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not (GMPP / "known_answers_2014_2021.json").exists(),
        reason=f"no published portfolios in {settings.DEMO_DATA}: set DEMO_DATA (docs/demo.md says where they are published)",
    ),
]


@pytest.fixture(scope="module")
def gmpp(django_db_setup: None, django_db_blocker: Any) -> Iterator[Node]:
    with django_db_blocker.unblock(), transaction.atomic():
        one = next(each for each in published.PUBLISHED if each.code == "GMPP")
        list(published.load(one, settings.DEMO_DATA, today=timezone.localdate(), say=lambda _text: None))
        yield Node.objects.get(code="GMPP")
        transaction.set_rollback(True)


def known() -> dict[str, dict[str, Any]]:
    answer: dict[str, dict[str, Any]] = json.loads((GMPP / "known_answers_2014_2021.json").read_text(encoding="utf-8"))
    return answer


def end_of(year: str) -> datetime:
    return timezone.make_aware(datetime(int(year), 12, 31, 23, 0))


def test_eight_dated_states_judged_as_at_the_last(gmpp: Node) -> None:
    assert (gmpp.origin, gmpp.currency, gmpp.scale, gmpp.status_date) == ("real", "GBP", "dca5", date(2021, 7, 15))
    assert "Open Government Licence" in gmpp.source_note
    days = RollupHistory.objects.filter(node=gmpp, audience="full").values_list("day", flat=True)
    assert {date(int(year), 7, 15) for year in known()} <= set(days)


@pytest.mark.parametrize("year", [str(year) for year in range(2014, 2022)])
def test_ratings_of_each_year(gmpp: Node, year: str) -> None:
    told = known()[year]
    states = HealthHistory.objects.filter(path__startswith=gmpp.path).at(end_of(year))
    counted = Counter(states.values_list("declared", flat=True))
    assert states.count() == told["projects"]
    expected = Counter({LEVELS[word]: count for word, count in told["rag"].items()})
    unrated = told["not_rated_or_exempt"]
    if year == "2014":  # one cell reads "Amber/ Red", with a space: no rating for who counted, what it says for us
        expected["amber_red"], unrated = expected["amber_red"] + 1, unrated - 1
    assert Counter({level: counted[level] for level in LEVELS.values()}) == expected
    assert counted.total() - expected.total() == unrated


@pytest.mark.parametrize("year", [str(year) for year in range(2014, 2022)])
def test_disclosed_costs_of_each_year(gmpp: Node, year: str) -> None:
    told = known()[year]
    day = RollupHistory.objects.filter(node=gmpp, audience="full", day__lte=date(int(year), 12, 31)).latest("day")
    assert day.projects == told["projects"]
    assert day.budget_known == told["wlc_disclosed_count"]
    if year not in UNCERTAIN_TOTALS:
        assert day.budget == pytest.approx(
            Decimal(str(told["wlc_disclosed_sum_gbp_m"])) * 1_000_000, rel=Decimal("0.0001")
        )


def test_the_current_page_is_the_last_year(gmpp: Node) -> None:
    told = known()["2021"]
    assert ProjectHealth.objects.filter(path__startswith=gmpp.path).count() == told["projects"]
    assert Rollup.objects.get(node=gmpp, audience="full").projects == told["projects"]
    assert Project.objects.below(gmpp).filter(left_on__isnull=False).count() > 200


def test_the_same_files_again_are_not_read(gmpp: Node) -> None:
    one = next(each for each in published.PUBLISHED if each.code == "GMPP")
    again = list(published.load(one, settings.DEMO_DATA, today=timezone.localdate(), say=lambda _text: None))
    assert len(again) == 8
    assert all(loaded.known for loaded in again)


def test_the_budget_of_a_year_is_rebuilt_from_the_trail_of_its_file(gmpp: Node) -> None:
    """Eight files loaded today: as of 2016 a project's budget tab shows what the file of 2016 says, not that of 2021."""
    day, compared, moved = date(2016, 12, 31), 0, 0
    for project in Project.objects.below(gmpp).select_related("portfolio"):
        photo = past.photograph(project, day)
        if photo is not None:
            totals = Budget.then(past.Trail.of(project, day, BudgetLine)).totals()
            assert approved(totals) == photo.budget
            moved += approved(totals) != approved(Budget.of(project).totals())
            compared += 1
    assert compared > 100
    assert moved > 20
