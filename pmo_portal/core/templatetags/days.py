"""Days, delays and small timelines."""

import datetime as dt
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from pmo_portal.core import formats

register = template.Library()


@register.simple_tag(name="dt")
def day(value: dt.date | dt.datetime | None, style: str = "medium") -> SafeString:
    """A day: `{% dt project.forecast_end %}`; style medium, short, day, month or long. A datetime shows its time too."""
    if value is None:
        return mark_safe(f'<span class="muted">{formats.MISSING}</span>')
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


@register.simple_tag
def timeline(
    row: Any, first: dt.date, last: dt.date, today: dt.date, width: int = WIDTH, percent_complete: Any = None
) -> SafeString:
    """A one-line Gantt between two days: bar to the baseline end, done part, red part beyond the baseline, today's line.

    `row` has `start_date`, `baseline_end`, `forecast_end` and `percent_complete`; a project without dates draws nothing.
    """
    start, due, end = row.start_date, row.baseline_end, row.forecast_end or row.baseline_end
    if start is None or end is None or last <= first:
        return mark_safe(f'<span class="muted">{formats.MISSING}</span>')
    span = (last - first).days

    def x(value: dt.date) -> float:
        return round(max(0, min(span, (value - first).days)) / span * width, 1)

    left, right = x(start), x(min(due, end) if due else end)
    share = (
        float(row.percent_complete if percent_complete is None else percent_complete)
        if row.percent_complete is not None
        else 0
    )
    late = due is not None and end > due
    over = (
        f'<rect class="tl-over" x="{x(due)}" y="7" width="{max(2.5, round(x(end) - x(due), 1))}" height="8" rx="1"/>'
        if late
        else ""
    )
    step = -(-(last.year - first.year) // 5) or 1  # at most five lines, as many as the scale has labels
    years = "".join(f"M{x(dt.date(year, 1, 1))} 0V22" for year in range(first.year + 1, last.year + 1, step))
    words = gettext("%(start)s to %(end)s") % {"start": formats.date(start), "end": formats.date(end)}
    bar = max(1.5, round(right - left, 1))
    return mark_safe(
        f'<svg class="tl" viewBox="0 0 {width} 22" role="img" aria-label="{escape(words)}"><path class="tl-grid" d="{years}"/>'
        f'<rect class="tl-bar" x="{left}" y="7" width="{bar}" height="8" rx="2"/>'
        f'<rect class="tl-done" x="{left}" y="7" width="{round(bar * min(share, 100) / 100, 1)}" height="8" rx="2"/>{over}'
        f'<path class="tl-today" d="M{x(today)} 1V21"/></svg>'
    )


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
    return mark_safe(f'<svg class="tl" viewBox="0 0 {width} 22" aria-hidden="true">{"".join(labels)}</svg>')
