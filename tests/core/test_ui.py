"""Components: contrast of every colour pair, words beside every colour, nothing inline, nothing unescaped."""

import datetime as dt
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template import engines
from django.utils import translation

from pmo_portal.core.templatetags.chart import bullet, chart, spark
from pmo_portal.core.templatetags.days import timeline, timeline_lines, timeline_scale
from pmo_portal.core.templatetags.health import (
    STATES,
    TRENDS,
    counts,
    dims,
    dims_legend,
    gap,
    health,
    mark_of,
    stack,
    trend,
)
from pmo_portal.core.templatetags.money import variance
from pmo_portal.core.templatetags.ui import avatar, card, icon, progress, quoted, tag

ROOT = Path(settings.BASE_DIR)
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (ROOT / "static/css/tokens.css").read_text()
    )
}
COMPONENTS = (ROOT / "static/css/components.css").read_text()
READ_ON = [
    (text, ground, 4.5)
    for text in ("text", "text-2", "text-3", "accent", "ok", "warn", "bad", "mute", "info")
    for ground in ("surface", "bg", "surface-2")
]
ON_SOFT = [(tone, f"{tone}-soft", 4.5) for tone in ("ok", "warn", "bad", "mute", "info", "accent")] + [
    ("text", "accent-soft", 4.5),
    ("on-accent", "accent-fill", 4.5),
    ("on-accent", "accent-fill-hover", 4.5),
    ("text-3", "surface-3", 4.5),
]
SHAPES = [
    (fill, "surface", 3.0)
    for fill in (
        "ok-fill",
        "warn-fill",
        "bad-fill",
        "mute-fill",
        "none-fill",
        "info-fill",
        "c1",
        "c2",
        "c3",
        "c4",
        "c5",
        "border-strong",
    )
]


def luminance(colour: str) -> float:
    """WCAG relative luminance of #rrggbb."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("ink", "ground", "least"), READ_ON + ON_SOFT + SHAPES)
def test_contrast_in_both_themes(ink: str, ground: str, least: float) -> None:
    for theme in (0, 1):
        high, low = sorted((luminance(COLOURS[ink][theme]), luminance(COLOURS[ground][theme])), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= least


@pytest.mark.parametrize("state", ["green", "amber", "red", "grey", "hold", "nonsense"])
def test_a_state_is_icon_and_word_in_both_languages(state: str) -> None:
    with translation.override("fr"):
        french = health(state)
    with translation.override("en"):
        english = health(state)
    assert french != english
    for badge in (french, english):
        css, _words = re.fullmatch(r"<b class=(b-\w+)>(\w[^<]+)</b>", badge).groups()  # type: ignore[union-attr]
        assert f".{css}" in COMPONENTS  # its icon and its colour


def test_gap_words() -> None:
    with translation.override("en"):
        words = [re.sub(r"<[^>]+>", "", gap(value)) for value in (None, -1, 0, 1, 2)]
    assert words == ["", "Cautious", "Aligned", "Optimistic", "Very optimistic"]


def test_figures_have_a_name_or_are_decorative() -> None:
    row = SimpleNamespace(
        start_date=dt.date(2026, 1, 1),
        baseline_end=dt.date(2026, 6, 1),
        forecast_end=dt.date(2026, 9, 1),
        percent_complete=40,
    )
    first, last = dt.date(2025, 1, 1), dt.date(2028, 1, 1)
    marks = [
        stack(green=3, red=1),
        stack(),
        timeline(row, first, last),
        timeline_scale(first, last),
        spark([1, 2], label="x"),
        spark([1, 2]),
        bullet(5, 7),
    ]
    for mark in marks:
        assert re.search(r'role="?img"? aria-label="|aria-hidden="true"', mark)
    assert re.findall(r'width="([\d.]+)%"', stack(green=3, red=1))[0] == "74.40"


def test_a_timeline_is_drawn_in_hundredths_of_its_scale() -> None:
    row = SimpleNamespace(start_date=dt.date(2026, 1, 1), baseline_end=dt.date(2027, 1, 1), percent_complete=50)
    first, last = dt.date(2025, 1, 1), dt.date(2028, 12, 31)

    def drawn(end: dt.date | None) -> str:
        row.forecast_end = end
        return re.search(r'class="tl ([^"]+)"', timeline(row, first, last))[1]  # type: ignore[index]

    assert drawn(None) == drawn(row.baseline_end) == "x25 w25 d12"
    assert drawn(dt.date(2028, 1, 1)) == "x25 w25 d12 o25"  # a year late
    assert drawn(dt.date(2027, 1, 3)) == "x25 w25 d12 o2"  # two days late can be seen
    assert drawn(dt.date(2040, 1, 1)) == "x25 w25 d12 o50"  # cut where the scale ends
    assert timeline_lines(first, last, dt.date(2026, 7, 2)) == "t37 y4 s1"
    for css in ("x0", "w100", "d50", "o2", "t100", "y15", "s3"):
        assert f".{css}{{--{css[0]}:{css[1:]}}}" in COMPONENTS


def test_every_dimension_is_said_once_and_drawn() -> None:
    """`dims` names its marks by id: each id is in the legend, and the style sheet has its shape and colour."""
    named = set()
    for state in [*STATES, "nonsense"]:
        for moved in [*TRENDS, ""]:
            row = SimpleNamespace(schedule=state, cost=state, risk=state, freshness=state, trend=moved)
            ids = re.search(r'aria-labelledby="([^"]+)"', dims(row))[1].split()  # type: ignore[index]
            assert len(ids) == 4 + bool(moved)
            named |= set(ids)
    with translation.override("en"):
        legend = dict(re.findall(r"<span id=(\w+)>([^<]+), </span>", dims_legend()))
    assert named == set(legend)
    assert (legend["cw"], legend["sn"], legend["td"]) == ("Cost: At risk", "Schedule: Not rated", "worsening")
    assert all(f"[aria-labelledby~={one}]" in COMPONENTS for one in named)


@pytest.mark.parametrize("value", ["", "a b", "a=b", "a'b", 'a"b', "a>b", "a<b", "a`b", "/a/", "a\tb", "a\u00a0b"])
def test_an_attribute_is_quoted_where_html_asks_for_it(value: str) -> None:
    assert quoted(value).startswith('"')
    assert quoted(value)[1:-1].count('"') == 0


def test_a_plain_attribute_needs_no_quotes() -> None:
    assert [quoted(value) for value in ("r12", "Déclaré", "/a/b", "a&b")] == ["r12", "Déclaré", "/a/b", "a&amp;b"]


def test_missing_values_draw_a_dash_not_a_zero() -> None:
    nothing = SimpleNamespace(start_date=None, baseline_end=None, forecast_end=None, percent_complete=None)
    for mark in (
        progress(None),
        variance(None),
        avatar(""),
        timeline(nothing, dt.date(2025, 1, 1), dt.date(2026, 1, 1)),
    ):
        assert "–" in mark
    assert spark([None, 1, None]) == ""
    assert trend("") == ""
    assert "<svg" not in counts()


def test_hostile_text_is_escaped_everywhere() -> None:
    evil = '"><script>alert(1)</script>'
    made = [
        avatar(evil),
        tag(evil),
        icon(evil, evil),
        health("red", evil, evil),
        card("", title=evil, sub=evil, id=evil, link=evil, href=evil),
        spark([1, 2], label=evil),
        chart("", src=evil, label=evil),
        mark_of(evil, evil),
        variance(3, text=evil),
    ]
    for markup in made:
        assert "<script" not in markup
        assert "alert(1)</script>" not in markup


def test_no_template_or_tag_writes_anything_inline() -> None:
    inline = re.compile(
        r"<style|\sstyle=|\son\w+=|hx-on|javascript:|<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE
    )
    sources = [
        *ROOT.glob("templates/**/*.html"),
        *ROOT.glob("*/**/templates/**/*.html"),
        *ROOT.glob("pmo_portal/core/templatetags/*.py"),
        ROOT / "pmo_portal/core/table_markup.py",
    ]
    found = [
        (path.name, hit.group())
        for path in sources
        if ".venv" not in path.parts
        for hit in inline.finditer(path.read_text())
    ]
    assert found == []


def test_every_template_compiles() -> None:
    for path in ROOT.glob("templates/**/*.html"):
        engines["django"].get_template(str(path.relative_to(ROOT / "templates")))


def test_every_icon_used_exists() -> None:
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    used = {
        name
        for path in ROOT.glob("templates/**/*.html")
        for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())
    }
    used |= {name for path in ROOT.glob("p*/**/*.py") for name in re.findall(r'\bicon\("([\w-]+)"', path.read_text())}
    assert used - sprite == set()


def test_charts_never_offer_to_send_data_away() -> None:
    script = (ROOT / "static/js/charts.js").read_text()
    assert "showSendToCloud: false" in script
    assert "displayModeBar: false" in script


def test_vendored_files_have_their_licence() -> None:
    listed = (ROOT / "static/vendor/README.md").read_text()
    for path in (ROOT / "static/vendor").iterdir():
        if path.suffix in {".js", ".css"}:
            assert path.name in listed
    assert {"LICENSE-htmx.txt", "LICENSE-plotly.txt"} <= {path.name for path in (ROOT / "static/vendor").iterdir()}
    assert (ROOT / "static/fonts/OFL.txt").exists()
    assert (ROOT / "static/img/LICENSE-lucide.txt").exists()
