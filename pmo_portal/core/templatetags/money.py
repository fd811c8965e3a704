"""Figures in templates and table cells: `{% money %}`, `{% n %}`, `{% pct %}`, `{% variance %}`."""

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from pmo_portal.core import formats
from pmo_portal.core.formats import Number

register = template.Library()


@register.simple_tag
def n(value: Number | None, places: int = 0, sign: bool = False) -> str:
    """A number: `{% n 1234.5 1 %}` → 1 234,5."""
    return formats.number(value, places, sign=sign)


@register.filter
def plural(value: Number, places: int = 0) -> int:
    """`{% blocktrans count of=row.days|plural:1 %}`: which form a figure takes that is shown with so many decimals."""
    return formats.plural(value, places)


@register.simple_tag
def pct(value: Number | None, places: int = 0, sign: bool = False) -> str:
    """A percentage given as 0–100: `{% pct 12.3 1 %}` → 12,3 %."""
    return formats.percent(value, places, sign=sign)


@register.simple_tag
def qty(value: Number | None, measure: str = "days") -> str:
    """A quantity of work, decimals only where there are any: 12, 2.5, 50 %."""
    if value is None:
        return formats.MISSING
    exact = round(float(value), 2)
    places = 0 if exact == int(exact) else 1 if exact * 10 == int(exact * 10) else 2
    return formats.percent(value, places) if measure == "percent" else formats.number(value, places)


@register.simple_tag
def money(value: Number | None, currency: str, scale: str = "k", places: int | None = None, sign: bool = False) -> str:
    """`{% money project.budget project.currency %}` → 1 234 k€; scale "1", "k", "M", "G" or "auto"."""
    return formats.money(value, currency, scale=scale, places=places, sign=sign)


@register.simple_tag
def unit(currency: str, scale: str = "k") -> str:
    """The unit of a column: k€, £M."""
    return formats.unit(currency, scale)


@register.simple_tag
def variance(value: Number | None, places: int = 1, warn: float = 2, good: float = -0.5, text: str = "") -> SafeString:
    """A cost variance in percent with its colour: red from `warn` up, green from `good` down. `text` shows another figure."""
    if value is None:
        return mark_safe(f'<span class="muted">{formats.MISSING}</span>')
    css = variance_tone(value, warn, good)
    return mark_safe(f'<span class="delta {css}">{escape(text or formats.percent(value, places, sign=True))}</span>')


def variance_tone(value: Number, warn: float = 2, good: float = -0.5) -> str:
    """The class of a cost variance in percent."""
    return "d-bad" if value >= warn else "d-ok" if value <= good else "d-flat"
