"""Thresholds: who may, preview before saving, nobody's change lost."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from pmo_portal.core.models import AuditEvent, Work
from projects.hierarchy.models import Project
from reporting.health.models import ProjectHealth, Threshold
from tests import make
from tests.reporting.dashboards.pages import client_of, compute, text

VALUES = {
    "slip_percent_amber": "5", "slip_percent_red": "15", "milestone_days_amber": "0", "milestone_days_red": "10",
    "cost_percent_amber": "3", "cost_percent_red": "10", "risk_level_amber": "9", "risk_level_red": "14",
    "age_days_amber": "31", "age_days_red": "45", "unstaffed_percent_amber": "5", "unstaffed_percent_red": "30",
    "overload_percent_amber": "5", "overload_percent_red": "20",
}  # fmt: skip
COLOURS = ("green", "amber", "red", "grey", "hold")
ORGANISATION = "/settings/thresholds/organisation/"


def seen_on(page: str) -> str:
    return re.search(r'name="seen" value="([^"]*)"', page)[1]


@pytest.mark.parametrize(("who", "path", "status"), [
    ("ada", "/settings/thresholds/", 200), ("ada", ORGANISATION, 200), ("ada", "/settings/thresholds/NORTH/", 200),
    ("cleo", "/settings/thresholds/", 403), ("cleo", ORGANISATION, 403), ("cleo", "/settings/thresholds/NORTH/", 403),
    ("cleo", "/settings/thresholds/SOUTH/", 404), ("omar", "/settings/thresholds/NORTH/", 404), ("eve", ORGANISATION, 403),
])  # fmt: skip
def test_who_may(who, path, status, world, request):
    assert client_of(request.getfixturevalue(who)).get(path).status_code == status


def test_a_pmo_of_one_portfolio_tunes_it_and_nothing_else(world):
    fay = make.user("fay", role="pmo", on=world.north)
    client = client_of(fay)
    assert client.get("/settings/thresholds/NORTH/").status_code == 200
    assert client.get(ORGANISATION).status_code == 403
    assert client.post(ORGANISATION, VALUES | {"save": 1}).status_code == 403


def test_the_preview_names_what_would_change_and_writes_nothing(world, ada):
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=date(2027, 8, 15), state="planning")
    compute()
    page = text(
        client_of(ada).post(ORGANISATION, VALUES | {"slip_percent_amber": "20", "slip_percent_red": "30", "preview": 1})
    )
    assert "1 project would change colour" in page
    assert "TRAM" in page
    assert Threshold.objects.get(node=None, key="slip_percent").amber == 5


def test_saving_records_recomputes_and_takes_french_figures(world, ada):
    type(ada).objects.filter(pk=ada.pk).update(language="fr")
    client = client_of(ada)
    seen = seen_on(text(client.get("/settings/thresholds/NORTH/")))
    answer = client.post(
        "/settings/thresholds/NORTH/",
        {"seen": seen, "cost_percent_amber": "2,5", "cost_percent_red": "1 000", "save": 1},
    )
    assert answer.headers["Location"] == "/settings/thresholds/"
    row = Threshold.objects.get(node=world.north)
    assert (row.key, row.amber, row.red) == ("cost_percent", 2.5, 1000)
    assert AuditEvent.objects.filter(target_type="reporting.Threshold").exists()
    assert Work.objects.filter(kind="health", subject_id=world.tram.pk).exists()
    assert not Work.objects.filter(kind="health", subject_id=world.harbour.pk).exists()


def test_limits_are_taken_back_and_what_they_judge_is_computed_again(world, ada, ben):
    client, address = client_of(ada), "/settings/thresholds/NORTH/"

    def save(**values):
        client.post(address, {"seen": seen_on(text(client.get(address))), "save": 1, **values})
        return AuditEvent.objects.latest("pk").request_id

    added = save(cost_percent_amber="2", cost_percent_red="9")
    wanted = Work.objects.get(kind="health", subject_id=world.tram.pk).wanted
    client.post("/undo/", {"change": added})
    assert not Threshold.objects.filter(node=world.north).exists()
    assert Work.objects.get(kind="health", subject_id=world.tram.pk).wanted > wanted
    save(cost_percent_amber="2", cost_percent_red="9")
    changed = save(cost_percent_amber="2", cost_percent_red="8")
    gone = save()
    assert client_of(ben).post("/undo/", {"change": gone}).status_code == 404
    client.post("/undo/", {"change": gone})
    assert Threshold.objects.get(node=world.north).red == 8
    client.post("/undo/", {"change": changed})
    assert Threshold.objects.get(node=world.north).red == 9


def test_a_size_class_wins_over_its_portfolio_and_is_previewed(world, ada):
    """Organisation 5/15, portfolio 50/90 for every size: amber at 20 % is green, until large projects have limits again."""
    start, end = date(2026, 1, 1), date(2026, 12, 31)
    facts = {
        "baseline_start": start,
        "baseline_end": end,
        "forecast_end": end + timedelta(days=73),
        "state": "planning",
    }
    Project.objects.filter(pk=world.tram.pk).update(size="L", data_date=timezone.localdate(), **facts)
    make.project("SMALL", node=world.rail, size="S", data_date=timezone.localdate(), **facts)
    Threshold.objects.create(node=world.north, key="slip_percent", amber=50, red=90)
    compute()
    client, address = client_of(ada), "/settings/thresholds/NORTH/?size=L"
    shown = client.post(address, {"slip_percent_amber": "5", "slip_percent_red": "15", "preview": 1}).context["preview"]
    assert [(one.code, one.before, one.after) for one in shown.changed] == [("TRAM", "green", "red")]
    seen = seen_on(text(client.get(address)))
    client.post(address, {"seen": seen, "slip_percent_amber": "5", "slip_percent_red": "15", "save": 1})
    compute()
    judged = dict(ProjectHealth.objects.values_list("project__code", "computed"))
    assert (judged["TRAM"], judged["SMALL"]) == ("red", "green")
    assert "size L" in text(client.get("/settings/thresholds/"))
    assert client.get("/settings/thresholds/NORTH/?size=XXL").status_code == 404


def test_a_save_over_somebody_elses_is_refused_and_keeps_what_was_typed(world, ada):
    client = client_of(ada)
    seen = seen_on(text(client.get(ORGANISATION)))
    Threshold.objects.filter(node=None, key="age_days").update(red=60)
    answer = client.post(ORGANISATION, VALUES | {"age_days_red": "77", "seen": seen, "save": 1})
    assert answer.status_code == 409
    assert 'value="77"' in answer.content.decode()
    assert Threshold.objects.get(node=None, key="age_days").red == 60


@pytest.mark.parametrize(
    "wrong", [{"age_days_red": "1"}, {"age_days_amber": ""}, {"age_days_amber": "-3"}, {"age_days_amber": "many"}]
)
def test_wrong_limits_are_refused_in_words(wrong, world, ada):
    answer = client_of(ada).post(ORGANISATION, VALUES | wrong | {"save": 1})
    assert answer.status_code == 422
    assert Threshold.objects.get(node=None, key="age_days").amber == 31


def test_the_list_shows_the_top_and_those_with_their_own_limits_and_offers_the_others(world, ada):
    line = make.node("LINE", parent=world.north, kind="programme")
    client = client_of(ada)
    page = text(client.get("/settings/thresholds/"))
    assert "/settings/thresholds/LINE/" not in page
    assert '<option value="LINE">' in page
    assert client.get("/settings/thresholds/", {"limits_of": "LINE"}).url == "/settings/thresholds/LINE/"
    Threshold.objects.create(node=line, key="slip_percent", amber=1, red=2)
    page = text(client.get("/settings/thresholds/"))
    assert "/settings/thresholds/LINE/" in page
    assert '<option value="LINE">' not in page


def test_the_preview_counts_what_the_page_shows_after_saving(world, ada):
    """Projects on hold, closed, stopped, left, parts of others and confidential ones: in the same columns, before and after."""
    ahead = date(2028, 3, 1)
    for number, fields in enumerate((
        {"forecast_end": date(2027, 9, 1)}, {"forecast_end": ahead}, {"baseline_end": None}, {"state": "planning"},
        {"state": "suspended", "resume_date": ahead}, {"state": "closed", "forecast_end": ahead}, {"state": "stopped"},
        {"left_on": date(2026, 1, 1)}, {"parent": world.tram}, {"confidentiality": "confidential", "forecast_end": ahead},
    )):  # fmt: skip
        make.project(f"K{number}", node=world.rail, **fields)
    today = timezone.localdate()
    compute(on=today)
    client, limits = client_of(ada), {"slip_percent_amber": "20", "slip_percent_red": "70"}
    before = {}
    shown = client.post("/settings/thresholds/NORTH/", limits | {"preview": 1}).context["preview"]
    for when, counted in (("now", shown.before), ("saved", shown.after)):
        if when == "saved":
            seen = seen_on(text(client.get("/settings/thresholds/NORTH/")))
            assert client.post("/settings/thresholds/NORTH/", limits | {"seen": seen, "save": 1}).status_code == 302
            compute(on=today)
        sums = client.get("/portfolios/NORTH/").context["sums"]
        before[when] = {colour: getattr(sums, colour) for colour in COLOURS}
        assert {colour: counted[colour] for colour in COLOURS} == before[when]
    assert before["now"] != before["saved"]
    assert before["saved"]["hold"] == 1
    assert sum(before["saved"].values()) == 7  # tram, four at work, one secret, one on hold
