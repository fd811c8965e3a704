"""Figures drawn on the server, for page tops, tables and print: no script, lengths as SVG attributes (ux.md §1.6)."""

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
