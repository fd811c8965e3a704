"""Charts: valid figures whose colours are tokens of ours, with a table that says the same, within the reader's rights."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from reporting.charts import theme
from reporting.charts.all import charts
from reporting.charts.selectors.money import cost_curve
from reporting.health.scope import find_scope
from tests import make
from tests.reporting.dashboards.pages import client_of, compute, text

TOKENS = set(re.findall(r"--([a-z0-9-]+):", (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text()))


@pytest.fixture
def rich(world):
    """SOUTH with two projects phased by month, one of them without forecast."""
    for project, forecast in ((world.harbour, 300), (make.project("NEXT", node=world.south), None)):
        for month in range(1, 13):
            make.budget_line(project, month=date(2026, month, 1), amount=Decimal(100_000))
            if month < 11:
                make.budget_line(project, month=date(2026, month, 1), kind="actual", amount=Decimal(110_000))
            elif forecast:
                make.budget_line(project, month=date(2026, month, 1), kind="forecast", amount=Decimal(130_000))
    make.budget_line(world.secret, month=date(2026, 1, 1), amount=Decimal(9_000_000))
    make.budget_line(world.secret, month=date(2026, 1, 1), kind="forecast", amount=Decimal(9_000_000))
    compute()
    return world


def strings_of(value):
    if isinstance(value, dict):
        return [one for item in value.values() for one in strings_of(item)]
    if isinstance(value, list):
        return [one for item in value for one in strings_of(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("key", charts.keys())
def test_a_figure_is_clean_json(key, rich, ada):
    figure = json.loads(text(client_of(ada).get(f"/charts/{key}/?node=SOUTH")))
    assert set(figure) == {"data", "layout"}
    assert "template" not in figure["layout"]
    assert "title" not in figure["layout"]
    for one in strings_of(figure):
        assert not re.search(r"<(?!br>|extra>|/extra>)", one), one
        assert not one.startswith("#"), one
        if one.startswith("token:"):
            assert one.removeprefix("token:").split("/")[0] in TOKENS


@pytest.mark.parametrize("key", charts.keys())
def test_a_chart_has_a_table_and_an_etag(key, rich, ada):
    client = client_of(ada)
    assert "<table" in text(client.get(f"/charts/{key}/data/?node=SOUTH"))
    first = client.get(f"/charts/{key}/?node=SOUTH")
    again = client.get(f"/charts/{key}/?node=SOUTH", HTTP_IF_NONE_MATCH=first.headers["ETag"])
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    ["/charts/trend/?node=SOUTH", "/charts/trend/data/?node=SOUTH", "/charts/none/?node=NORTH", "/charts/trend/"],
)
def test_charts_stay_within_rights(path, rich, cleo):
    assert client_of(cleo).get(path).status_code == 404


def test_the_cost_curve_adds_what_the_reader_may_see(rich, ada, eve):
    """Only projects that forecast are drawn; eve does not know the confidential one."""
    mine = cost_curve(find_scope(user=eve, code="SOUTH", today=make.TODAY))
    assert (mine.plan[-1], mine.actual[-1], mine.forecast[-1]) == (1_200_000, 1_100_000, 1_360_000)
    assert len(mine.months) == 12
    assert len(mine.actual) == 10
    full = cost_curve(find_scope(user=ada, code="SOUTH", today=make.TODAY))
    assert full.plan[-1] == 10_200_000


def test_a_past_day_has_no_cost_curve(rich, ada):
    assert cost_curve(find_scope(user=ada, code="SOUTH", today=make.TODAY, as_of=date(2026, 10, 1))).is_empty


def test_tokens_travel_through_the_validation_of_colours():
    assert theme.token("ok-fill") == theme.token("ok-fill") != theme.token("ok-fill", 0.5)


def test_no_chart_offers_to_send_its_data_elsewhere():
    script = (Path(settings.BASE_DIR) / "static/js/charts.js").read_text()
    assert "showSendToCloud: false" in script


def test_an_empty_portfolio_has_empty_figures(world, ada):
    """Nothing computed yet, or nothing that can be compared: an empty figure, not an error."""
    for chart in charts:
        answer = client_of(ada).get(f"/charts/{chart.key}/?node=NORTH")
        assert answer.status_code == 200, chart.key
