"""Figures drawn on the server, for page tops, tables and print: no script, lengths as SVG attributes (ux.md §1.6)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled amount; `text` is the amount in words, `svg` its bar, decorative beside them."""

    label: str
    value: Decimal
    text: str
    svg: SafeString


def money_bar(value: Decimal, most: Decimal, css: str, target: Decimal | None = None) -> SafeString:
    """A horizontal bar on the scale 0–`most`, with a mark at `target`; `css` is the class that colours it."""
    mark = f'<rect class="mb-tg" x="{min(_share(target, most), 99.4)}%" y="0" width="2" height="12"/>' if target else ""
    return mark_safe(
        '<svg class="mb" height="12" aria-hidden="true"><rect class="mb-bg" width="100%" y="2" height="8" rx="2"/>'
        f'<rect class="{escape(css)}" width="{_share(value, most)}%" y="2" height="8" rx="2"/>{mark}</svg>'
    )


def _share(value: Decimal, most: Decimal) -> float:
    return round(float(max(value, Decimal(0)) / most) * 100, 2) if most > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a curve: `values` begin at the month `start`; `css` is what `paint` knows it by."""

    values: Sequence[float]
    start: int
    css: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The room of a curve in units of its view box; a gutter on the left for amounts, a foot for months."""

    width: float = 320
    height: float = 118
    gutter: float = 36
    foot: float = 15
    head: float = 8
    right: float = 6

    def x(self, position: int, count: int) -> float:
        return round(self.gutter + position / max(count - 1, 1) * (self.width - self.gutter - self.right), 1)

    def y(self, value: float, most: float) -> float:
        return round(self.head + (1 - value / most) * (self.height - self.head - self.foot), 1)


def s_curve(
    lines: Sequence[Line],
    months: Sequence[str],
    ticks: Sequence[tuple[float, str]],
    *,
    paint: Callable[[str], str],
    plot: Plot = Plot(),
) -> SafeString:
    """Cumulative amounts by month as SVG, without its words for screen readers: the caller names the figure.

    `ticks` are amounts with their text, the last one the top of the scale; `paint` gives the attributes of a part, such as
    `class="sc-plan"` on a page and colours in a file.
    """
    top = ticks[-1][0]
    parts = []
    for value, text in ticks:
        level = plot.y(value, top)
        parts.append(f'<path {paint("sc-grid")} d="M{plot.gutter} {level}H{plot.width - plot.right}"/>')
        parts.append(
            f'<text {paint("sc-t")} x="{plot.gutter - 5}" y="{level + 3}" text-anchor="end">{escape(text)}</text>'
        )
    foot = plot.height - 3
    for position in sorted({0, (len(months) - 1) // 2, len(months) - 1}):
        anchor = "start" if position == 0 else "end" if position == len(months) - 1 else "middle"
        place = f'x="{plot.x(position, len(months))}" y="{foot}" text-anchor="{anchor}"'
        parts.append(f"<text {paint('sc-t')} {place}>{escape(months[position])}</text>")
    for line in lines:
        points = [
            f"{plot.x(line.start + step, len(months))} {plot.y(value, top)}" for step, value in enumerate(line.values)
        ]
        if len(points) > 1:
            parts.append(f'<path {paint(line.css)} d="M{"L".join(points)}"/>')
    return mark_safe("".join(parts))


def ticks_up_to(most: float, divisor: int, write: Callable[[float], str]) -> list[tuple[float, str]]:
    """Zero and two or three round amounts, the last one at or above `most`; `write` writes an amount in units of `divisor`."""
    size = most / divisor
    step = next(unit * 10**power for power in range(-3, 12) for unit in (1, 2, 2.5, 5) if unit * 10**power * 3 >= size)
    count = max(1, -int(-size // step))
    return [(position * step * divisor, write(position * step)) for position in range(count + 1)]
