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
from pmo_portal.core.templatetags.days import timeline, timeline_scale
from pmo_portal.core.templatetags.health import counts, dimension, gap, health, stack, trend
from pmo_portal.core.templatetags.money import variance
from pmo_portal.core.templatetags.ui import avatar, card, icon, progress, tag

ROOT = Path(settings.BASE_DIR)
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (ROOT / "static/css/tokens.css").read_text()
    )
}
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
        assert re.search(r"#i-\w+", badge)
        assert re.search(r"<span>\w[^<]+</span>", badge)


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
    first, last, today = dt.date(2025, 1, 1), dt.date(2028, 1, 1), dt.date(2026, 11, 24)
    marks = [
        stack(green=3, red=1),
        stack(),
        timeline(row, first, last, today),
        timeline_scale(first, last),
        spark([1, 2], label="x"),
        spark([1, 2]),
        bullet(5, 7),
    ]
    for mark in marks:
        assert 'role="img" aria-label="' in mark or 'aria-hidden="true"' in mark
    assert "tl-over" in timeline(row, first, last, today)
    assert re.findall(r'width="([\d.]+)%"', stack(green=3, red=1))[0] == "74.40"


def test_missing_values_draw_a_dash_not_a_zero() -> None:
    nothing = SimpleNamespace(start_date=None, baseline_end=None, forecast_end=None, percent_complete=None)
    for mark in (
        progress(None),
        variance(None),
        avatar(""),
        timeline(nothing, dt.date(2025, 1, 1), dt.date(2026, 1, 1), dt.date(2025, 6, 1)),
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
        dimension("cost", "red"),
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
