"""Figures drawn on the server, for page tops, tables and print: no script, lengths as SVG attributes (ux.md §1.6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, BAR, GAP = 600, 16, 30


@dataclass(frozen=True, slots=True)
class Bar:
    """A labelled amount; `text` is the amount in words, `css` the class that colours it."""

    label: str
    value: Decimal
    text: str
    css: str


def money_bars(bars: Sequence[Bar], target: Decimal | None, label: str) -> SafeString:
    """Horizontal bars on one scale, with a line at `target` (the budget). Decorative for the eye: `label` says it all."""
    if not bars:
        return mark_safe("")
    most = max([*(bar.value for bar in bars), target or Decimal(0), Decimal(1)])

    def length(value: Decimal) -> float:
        return round(float(max(value, Decimal(0)) / most) * 100, 2)

    height = GAP * len(bars)
    parts = []
    for position, bar in enumerate(bars):
        top = GAP * position + 7
        parts.append(
            f'<rect class="mb-bg" x="0" y="{top}" width="100%" height="{BAR}" rx="3"/>'
            f'<rect class="{escape(bar.css)}" x="0" y="{top}" width="{length(bar.value)}%" height="{BAR}" rx="3"/>'
        )
    if target:
        place = min(length(target), 99.6)
        parts.append(f'<rect class="mb-tg" x="{place}%" y="0" width="2" height="{height}"/>')
    return mark_safe(
        f'<svg class="mb" height="{height}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )
