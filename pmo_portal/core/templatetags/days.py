"""Days, delays and small timelines."""

import datetime as dt
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from pmo_portal.core import formats
from pmo_portal.core.templatetags.ui import length

register = template.Library()


@register.simple_tag(name="dt")
def day(value: dt.date | dt.datetime | None, style: str = "medium") -> SafeString:
    """A day: `{% dt project.forecast_end %}`; style medium, short, day, month or long. A datetime shows its time too,
    unless the style is "date" or "day": then the day it was where the portal is, of "day" with the whole of it on hover."""
    if value is None:
        return mark_safe(f'<span class="muted">{formats.MISSING}</span>')
    if isinstance(value, dt.datetime) and style == "date":
        value, style = timezone.localdate(value), "medium"
    if isinstance(value, dt.datetime) and style == "day":
        moment, shown = escape(formats.moment(value)), formats.date(timezone.localdate(value), style)
        return mark_safe(f'<time datetime="{value.isoformat()}" title="{moment}">{shown}</time>')
    if isinstance(value, dt.datetime):
        return mark_safe(f'<time datetime="{value.isoformat()}">{escape(formats.moment(value))}</time>')
    title = f' title="{formats.date(value)}"' if style in {"short", "day"} else ""
    return mark_safe(f'<time datetime="{value.isoformat()}"{title}>{formats.date(value, style)}</time>')


@register.simple_tag
def slip(value: int | None) -> SafeString:
    """A slip in calendar days: red when late, green when early, nothing when on time or unknown."""
    if not value:
        return mark_safe("")
    return mark_safe(f'<span class="delta {"d-bad" if value > 0 else "d-ok"}">{formats.days(value)}</span>')


@register.simple_tag(takes_context=True)
def ago(context: Any, value: dt.datetime | None) -> SafeString:
    """How long before the page's `now`, with the exact moment on hover."""
    if value is None:
        return mark_safe(f'<span class="muted">{formats.MISSING}</span>')
    text, exact = formats.ago(value, context["now"]), formats.moment(value)
    return mark_safe(f'<time datetime="{value.isoformat()}" title="{escape(exact)}">{escape(text)}</time>')


WIDTH = 132
MOST_YEARS = 20


@register.simple_tag
def timeline(row: Any, first: dt.date, last: dt.date) -> SafeString:
    """A one-line Gantt between two days: bar to the baseline end, done part, red part beyond the baseline.

    `row` has `start_date`, `baseline_end`, `forecast_end` and `percent_complete`; a project without dates draws nothing.
    Lengths are classes, in hundredths of the width; today's line and the years come from `timeline_lines` on the table.
    """
    start, due, end = row.start_date, row.baseline_end, row.forecast_end or row.baseline_end
    if start is None or end is None or last <= first:
        return mark_safe(f'<span class="muted">{formats.MISSING}</span>')
    share = 100 / (last - first).days

    def x(value: dt.date) -> float:
        return max(0.0, min(100.0, (value - first).days * share))

    left, right = x(start), x(min(due, end) if due else end)
    bar = max(1.0, right - left)
    css = f"tl x{length(left)} w{length(bar)}"
    if row.percent_complete:
        css += f" d{length(bar * min(float(row.percent_complete), 100) / 100)}"
    if due is not None and end > due:
        css += f" o{max(2, length(x(end) - x(due)))}"
    words = f"{formats.date(start, 'short')} – {formats.date(end, 'short')}"
    return mark_safe(f'<i class="{css}" role=img aria-label="{words}"></i>')


@register.simple_tag
def timeline_scale(first: dt.date, last: dt.date, width: int = WIDTH) -> SafeString:
    """The years above a column of timelines; at most five labels."""
    span = max(1, (last - first).days)
    years = [first.year, *range(first.year + 1, last.year + 1)]
    step = max(1, -(-len(years) // 5))
    labels: list[str] = []
    for year in years[::step]:
        place = round(max(0, (dt.date(year, 1, 1) - first).days) / span * width, 1)
        if place <= width - 12:
            labels.append(f'<text x="{place}" y="15">{year if not labels else f"{year % 100:02d}"}</text>')
    return mark_safe(f'<svg class="tl-s" viewBox="0 0 {width} 22" aria-hidden="true">{"".join(labels)}</svg>')


def timeline_lines(first: dt.date, last: dt.date, today: dt.date) -> str:
    """The classes that draw today's line and the years of the scale on every timeline below them."""
    years = last.year - first.year + 1
    place = length((today - first).days / max(1, (last - first).days) * 100)
    return f"t{place} y{min(years, MOST_YEARS)} s{-(-years // 5)}"
