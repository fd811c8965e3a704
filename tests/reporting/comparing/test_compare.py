"""Two dates compared: what moved, in the order of its impact, within the reader's rights."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone, translation

from projects.hierarchy.models import Project
from reporting.comparing import told
from reporting.comparing.ends import Ends, NoSuchEnd, on
from reporting.comparing.selectors import Asked, Comparison, compare
from reporting.health.scope import find_scope
from reporting.status.models import ReportingPeriod
from tests import make
from tests.core.api_client import Api
from tests.reporting.dashboards.pages import client_of, compute, text

THEN = timezone.make_aware(datetime(2026, 9, 30, 12))
LATER = timezone.make_aware(datetime(2026, 11, 20, 12))


def asked(user: Any, code: str, **narrowed: Any) -> Asked:
    scope = find_scope(user=user, code=code, today=timezone.localdate())
    assert scope is not None
    return Asked(scope, on(THEN.date()), on(LATER.date()), **narrowed)


def codes(found: Comparison) -> list[str]:
    return [(one.after or one.before).code for one in found.shifts]


@pytest.fixture
def moved(world: Any, eve: Any) -> Any:
    """NORTH with its projects photographed on two days; everything that can move moved in one of them."""
    names = {
        name: make.project(name, node=world.rail, declared="green", phase="Conception", state="executing")
        for name in ("WORSE", "BETTER", "COST", "BIG", "RISK", "CLOSED", "STILL", "GOES")
    }
    Project.objects.filter(pk=names["BETTER"].pk).update(declared="red")
    for name, amount in (("WORSE", 1_000), ("COST", 1_000_000), ("BIG", 9_000_000), ("STILL", 500)):
        make.budget_line(names[name], amount=Decimal(amount))
        make.budget_line(names[name], kind="forecast", amount=Decimal(amount))
    compute(on=THEN.date(), at=THEN)
    late = date(2028, 6, 30)
    Project.objects.filter(pk=names["WORSE"].pk).update(declared="red", forecast_end=late, phase="Réalisation")
    Project.objects.filter(pk=names["BETTER"].pk).update(declared="green")
    Project.objects.filter(pk=names["BIG"].pk).update(declared="red", forecast_end=late)
    Project.objects.filter(pk=names["CLOSED"].pk).update(state="stopped")
    Project.objects.filter(pk=names["GOES"].pk).update(node=world.south)
    names["COST"].budget_lines.filter(kind="forecast").update(amount=Decimal(1_500_000))
    make.risk(names["RISK"], probability=5, impact=5)
    make.milestone(names["STILL"], name="Go live", actual_date=date(2026, 10, 15))
    names["NEW"] = make.project("NEW", node=world.rail)
    compute(on=LATER.date(), at=LATER)
    return names


def test_what_moved_is_counted_and_sorted_by_severity_and_size(moved, eve):
    found = compare(asked(eve, "NORTH"))
    totals = found.totals
    assert codes(found)[0] == "BIG"  # the same moves as WORSE, on nine thousand times the money
    assert set(codes(found)) == {"BIG", "WORSE", "BETTER", "COST", "RISK", "CLOSED", "STILL", "GOES", "NEW"}
    assert (totals["before"], totals["after"], totals["arrived"], totals["left"]) == (9, 9, 1, 1)
    assert (totals["declared_worse"], totals["declared_better"], totals["later"], totals["risk"]) == (2, 1, 2, 1)
    assert (totals["reached"], totals["phase"], totals["state"]) == (1, 1, 1)
    assert (totals["eac_before"], totals["eac_after"], totals["eac_known"]) == (10_001_500, 10_501_500, 4)
    assert found.landing_percent == pytest.approx(100 * 500_000 / 10_001_500)  # a ratio of sums


def test_the_weights_of_the_list_are_those_of_the_words(moved, eve):
    """SQL puts them in order without reading them; the words and their weights are `health.changes`."""
    question = asked(eve, "NORTH")
    found = compare(question)
    with translation.override("en"):
        lines = told.lines(question, found)
    for line in lines:
        assert sum(move.weight for move in line.moves) == pytest.approx(line.shift.severity), line.photo.code
    words = {line.photo.code: " · ".join(move.words for move in line.moves) for line in lines}
    assert "Reached: Go live (15 Oct 26)" in words["STILL"]
    assert "Phase: Design → Build" in words["WORSE"]
    assert (words["NEW"], words["GOES"]) == ("Came in", "Went out")


def test_a_list_is_narrowed_by_what_moved_and_which_way(moved, eve):
    assert codes(compare(asked(eve, "NORTH", kinds=("landing",)))) == ["COST"]
    assert set(codes(compare(asked(eve, "NORTH", kinds=("arrived", "left"))))) == {"NEW", "GOES"}
    assert codes(compare(asked(eve, "NORTH", way="better"))) == ["BETTER"]
    second = compare(asked(eve, "NORTH", size=2, skip=2))
    assert (len(second.shifts), second.totals["listed"]) == (2, 9)
    assert codes(second) == codes(compare(asked(eve, "NORTH")))[2:4]


def test_money_hidden_moves_and_sorts_nothing(moved, cleo):
    found = compare(asked(cleo, "NORTH"))
    assert codes(compare(asked(cleo, "NORTH", kinds=("landing", "budget")))) == []
    assert found.totals["eac_before"] is None
    assert not found.totals["sees_money"]
    assert all(
        one.eac is None and one.budget is None for shift in found.shifts for one in (shift.before, shift.after) if one
    )
    assert {round(one.impact / one.severity, 6) for one in found.shifts} == {0.35}
    assert "Forecast cost" not in text(client_of(cleo).get("/compare/?portfolio=NORTH&from=2026-09-30&to=2026-11-20"))


def test_secrets_are_in_no_comparison_of_those_who_may_not_know(moved, world, ada, eve):
    Project.objects.filter(pk=moved["BIG"].pk).update(confidentiality="confidential")
    ada_sees, eve_sees = (compare(asked(user, "NORTH")) for user in (ada, eve))
    assert "BIG" in codes(ada_sees)
    assert "BIG" not in codes(eve_sees)
    assert ada_sees.totals["before"] == eve_sees.totals["before"] + 1


def test_the_page_its_file_and_its_lists(moved, eve, django_assert_max_num_queries):
    client = client_of(eve)
    path = "/compare/?portfolio=NORTH&from=2026-09-30&to=2026-11-20"
    client.get(path)
    with django_assert_max_num_queries(7):  # session, user, memberships, containers, periods, comparison, milestones
        page = text(client.get(path))
    assert "Project BIG" in page
    assert "End moved from 30 Jun 2027 to 30 Jun 2028" in page
    assert f"/projects/{moved['BIG'].pk}/compare/?from=2026-09-30&amp;to=2026-11-20" in page
    answer = client.get(f"{path}&what=landing&format=csv")
    rows = b"".join(answer).decode().splitlines()  # type: ignore[arg-type]
    assert len(rows) == 2
    assert rows[1].startswith("COST;Project COST;")
    assert client.get("/compare/?portfolio=NORTH&from=yesterday").status_code == 400
    assert client.get("/compare/?portfolio=NORTH&from=period-987654").status_code == 400
    assert "28 Sep" not in text(client.get("/compare/?portfolio=NORTH&from=2026-11-20&to=2026-09-30"))


def test_the_api_tells_the_same(moved, eve, cleo):
    asking = {"from": "2026-09-30", "to": "2026-11-20", "portfolio": "north"}
    told_to_eve = Api(eve).get("comparisons/", **asking, page_size=2).json()
    assert [one["code"] for one in told_to_eve["results"]] == codes(compare(asked(eve, "NORTH")))[:2]
    assert (told_to_eve["count"], told_to_eve["totals"]["eac_known"]) == (9, 4)
    assert {"declared", "end"} < set(told_to_eve["results"][0]["what"])
    following = told_to_eve["next"].rpartition("?")[2]
    assert len(Api(eve).get(f"comparisons/?{following}").json()["results"]) == 2
    hidden = Api(cleo).get("comparisons/", **asking).json()
    assert hidden["totals"]["eac_before"] is None
    assert all(side["eac"] is None for one in hidden["results"] for side in (one["before"], one["after"]) if side)
    assert [one["code"] for one in Api(eve).get("comparisons/", **asking, what="arrived,left").json()["results"]] != []
    assert Api(cleo).get("comparisons/", **asking | {"portfolio": "SOUTH"}).status_code == 400
    assert Api(eve).get("comparisons/", **{"from": "soon"}).status_code == 400


def test_one_project_side_by_side(moved, eve, omar, cleo):
    path = f"/projects/{moved['COST'].pk}/compare/?from=2026-09-30&to=2026-11-20"
    page = text(client_of(eve).get(path))
    assert "+€500k" in page
    assert "500k" not in text(client_of(cleo).get(path))
    assert client_of(omar).get(path).status_code == 404
    assert client_of(eve).get(f"/projects/{moved['COST'].pk}/compare/?from=2020-01-01&to=2020-02-01").status_code == 404


def test_at_a_freeze_what_it_kept_is_compared(world, eve):
    """What was declared later is not in it, even where photographs would say otherwise."""
    Project.objects.filter(pk=world.tram.pk).update(declared="amber")
    compute(on=date(2026, 11, 1), at=timezone.make_aware(datetime(2026, 11, 1, 12)))
    make.frozen(world.tram)  # a report that says green
    period = ReportingPeriod.objects.get(state="frozen")
    ReportingPeriod.objects.filter(pk=period.pk).update(frozen_at=LATER)
    Project.objects.filter(pk=world.tram.pk).update(declared="red")
    compute(at=timezone.now())
    scope = find_scope(user=eve, code="NORTH", today=timezone.localdate())
    assert scope is not None
    start, stop = Ends(scope).asked("", "")
    assert start.period == period  # since the last freeze, unless something else is asked for
    [shift] = compare(Asked(scope, start, stop)).shifts
    assert (shift.before.declared, shift.after.declared) == ("green", "red")
    page = text(client_of(eve).get(f"/projects/{world.tram.pk}/compare/?from=period-{period.pk}"))
    assert "Objectives secured" in page
    with pytest.raises(NoSuchEnd):
        Ends(scope).asked((timezone.localdate() + timedelta(days=1)).isoformat(), "")
