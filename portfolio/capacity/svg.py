"""Load by week as bars under a line of capacity, drawn on the server: lengths as SVG attributes (ux.md §1.6)."""

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from portfolio.capacity.selectors.periods import Period
from portfolio.capacity.selectors.picture import Figures

STEP, BAR, HEIGHT, FOOT, HEAD, GUTTER = 26, 18, 128, 18, 6, 24


def by_week(weeks: Sequence[tuple[Period, Figures]], most: float, label: str) -> SafeString:
    """Hard load (what does not fit crossed), tentative load above it, and a step line of capacity."""
    width = GUTTER + STEP * len(weeks)
    room = HEIGHT - FOOT - HEAD

    def y(value: float) -> float:
        return round(HEAD + room * (1 - min(value, most) / most), 1)

    parts = []
    for tick in sorted({0.0, 5.0, float(int(most))}):
        parts.append(f'<path class="lw-g" d="M{GUTTER} {y(tick)}H{width}"/>')
        parts.append(f'<text x="{GUTTER - 5}" y="{y(tick) + 3.5}" text-anchor="end">{tick:.0f}</text>')
    line = ""
    for number, (_week, one) in enumerate(weeks):
        left = GUTTER + STEP * number + (STEP - BAR) / 2
        fits = max(one.hard - one.over, 0.0)
        for css, low, high in (
            ("lw-h", 0.0, fits), ("lw-o", fits, one.hard), ("lw-s", one.hard, one.demand)
        ):  # fmt: skip
            if high - low > 0.01:
                tall = round(y(low) - y(high), 1)
                parts.append(f'<rect class="{css}" x="{left}" y="{y(high)}" width="{BAR}" height="{tall}"/>')
                if css == "lw-o":
                    parts.append(f'<rect fill="url(#p-bad)" x="{left}" y="{y(high)}" width="{BAR}" height="{tall}"/>')
        start = GUTTER + STEP * number
        line += f"{'M' if not number else 'L'}{start} {y(one.capacity)}H{start + STEP}"
    parts.append(f'<path class="lw-c" d="{line}"/>')
    labels = "".join(
        f'<text x="{GUTTER + STEP * number + STEP / 2}" y="{HEIGHT - 4}" text-anchor="middle">{escape(week.label)}</text>'
        for number, (week, _one) in enumerate(weeks)
        if number % 4 == 0
    )
    return mark_safe(
        f'<svg class="lw" viewBox="0 0 {width} {HEIGHT}" role="img" aria-label="{escape(label)}">{"".join(parts)}{labels}</svg>'
    )
