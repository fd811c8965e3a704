"""What is drawn on a sheet: its curve and its pictograms, as SVG for a page (classes) and for a file (colours)."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString

from pmo_portal.core import formats
from reporting.charts.svg import Line, Plot, s_curve, ticks_up_to
from reporting.exports.sheet import Budget, Curve

# The light colours of static/css/tokens.css, for files, which have no theme (tests/reporting/exports keeps them the same).
TOKENS = {
    "text": "#12151C", "text-2": "#434B5B", "text-3": "#5C6577", "border": "#E2E5EA", "border-2": "#CDD2DA",
    "surface-2": "#F0F2F5", "accent": "#4048C8", "ok": "#0A6B4D", "ok-soft": "#E2F3EB", "ok-fill": "#12A07A", "warn": "#864800",
    "warn-soft": "#FCEFD8", "warn-fill": "#C77A0A", "bad": "#B0241C", "bad-soft": "#FCE8E6", "bad-fill": "#B0241C",
    "mute": "#525B6C", "mute-soft": "#EBEEF2", "mute-fill": "#5A6373", "c2": "#2D8E8E",
}  # fmt: skip
TONES = {"green": "ok", "amber": "warn", "red": "bad", "grey": "mute"}
MARKS = {"green": "i-ok", "amber": "i-warn", "red": "i-bad", "grey": "i-none"}
IN_A_FILE = {
    "sc-grid": f'stroke="{TOKENS["border"]}" stroke-width="1"',
    "sc-t": f'fill="{TOKENS["text-3"]}" font-size="9.5" font-family="Inter"',
    "sc-plan": f'fill="none" stroke="{TOKENS["mute-fill"]}" stroke-width="1.6" stroke-dasharray="5 3"',
    "sc-actual": f'fill="none" stroke="{TOKENS["accent"]}" stroke-width="2.6"',
    "sc-forecast": f'fill="none" stroke="{TOKENS["accent"]}" stroke-width="1.8" stroke-dasharray="1.5 2.5"',
    "sc-over": f'fill="none" stroke="{TOKENS["bad-fill"]}" stroke-width="1.8" stroke-dasharray="1.5 2.5"',
}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" {more}>{body}</svg>'


def curve_on_page(budget: Budget, curve: Curve) -> SafeString:
    """The body of the figure, for a page: its style sheet knows the classes."""
    return _drawn(budget, curve, lambda part: f'class="{part}"')


def curve_in_file(budget: Budget, curve: Curve) -> str:
    plot = Plot()
    return SVG.format(box=f"0 0 {plot.width} {plot.height}", more="", body=_drawn(budget, curve, IN_A_FILE.__getitem__))


def _drawn(budget: Budget, curve: Curve, paint: Callable[[str], str]) -> SafeString:
    over = "sc-over" if budget.variance_state == "red" else "sc-forecast"
    lines = [
        Line(curve.plan, 0, "sc-plan"),
        Line(curve.forecast, len(curve.months) - len(curve.forecast), over),
        Line(curve.actual, 0, "sc-actual"),
    ]
    return s_curve(lines, curve.labels, ticks(budget, curve), paint=paint)


def ticks(budget: Budget, curve: Curve) -> list[tuple[float, str]]:
    """The marks of the axis of amounts: (amount, as it reads)."""
    return ticks_up_to(curve.most, formats.SCALES[budget.scale][0], lambda value: _tick(value, budget))


def _tick(value: float, budget: Budget) -> str:
    places = 0 if value == int(value) else 1
    amount = value * formats.SCALES[budget.scale][0]
    return formats.money(amount, budget.currency, scale=budget.scale, places=places) if value else "0"


def pictogram(name: str, colour: str) -> str:
    """A symbol of the sprite as a file of its own, in a colour such as `#12A07A`."""
    attributes, body = symbols()[name]
    return SVG.format(box=attributes[0], more=attributes[1], body=body).replace("currentColor", colour)


@cache
def symbols() -> dict[str, tuple[tuple[str, str], str]]:
    """{name: ((view box, other attributes), body)} of static/img/icons.svg."""
    text = (Path(settings.BASE_DIR) / "static" / "img" / "icons.svg").read_text()
    found = re.findall(r'<symbol id="([\w-]+)" viewBox="([^"]+)"([^>]*)>(.*?)</symbol>', text)
    return {name: ((box, more.strip()), body) for name, box, more, body in found}
