"""Figures drawn on the server (sparkline, bullet) and the frame of an interactive one."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from pmo_portal.core.templatetags.ui import icon

register = template.Library()


@register.simple_tag
def spark(values: Sequence[Any], tone: str = "", label: str = "", width: int = 96, height: int = 28) -> SafeString:
    """A sparkline of numbers, None leaving a gap; tone ok, warn or bad. With no `label` it is decorative."""
    points = [(index, float(value)) for index, value in enumerate(values) if value is not None]
    if len(points) < 2:
        return mark_safe("")
    low, high = min(value for _index, value in points), max(value for _index, value in points)
    steps, reach = max(1, len(values) - 1), (high - low) or 1
    xy = [
        (round(2 + index * (width - 6) / steps, 1), round(height - 4 - (value - low) / reach * (height - 8), 1))
        for index, value in points
    ]
    line = "M" + "L".join(f"{x} {y}" for x, y in xy)
    name = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return mark_safe(
        f'<svg class="spark {escape(tone)}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" {name}>'
        f'<path class="sp-area" d="{line}L{xy[-1][0]} {height}L{xy[0][0]} {height}Z"/><path class="sp-line" d="{line}"/>'
        f'<circle class="sp-dot" cx="{xy[-1][0]}" cy="{xy[-1][1]}" r="2.5"/></svg>'
    )


@register.simple_tag
def bullet(value: Any, target: Any = None, low: float = 0, high: float = 100, tone: str = "") -> SafeString:
    """A bar with the mark of its target, decorative: the figures stand beside it."""

    def place(number: Any) -> float:
        return round(max(0.0, min(1.0, (float(number) - low) / (high - low))) * 100, 2)

    bar = f'<rect class="bl-fg" width="{place(value)}%" y="3" height="8" rx="2"/>' if value is not None else ""
    mark = f'<rect class="bl-tg" x="{min(place(target), 99)}%" width="2.5" height="14"/>' if target is not None else ""
    return mark_safe(
        f'<svg class="bullet b-{escape(tone)}" aria-hidden="true"><rect class="bl-bg" width="100%" y="3" height="8" rx="2"/>'
        f"{bar}{mark}</svg>"
    )


@register.simple_block_tag
def chart(content: str, src: str, label: str, size: str = "") -> SafeString:
    """An interactive chart loaded when it comes near the screen; the block holds its data as a `<table>`.

    `src` answers the Plotly figure as JSON, made by `reporting.charts`; `label` names it for screen readers. `size` "tall".
    """
    failed, retry, data = (
        escape(gettext("Chart unavailable")),
        escape(gettext("Retry")),
        escape(gettext("Show the data")),
    )
    return mark_safe(
        f'<figure class="chart-f"><div class="chart {escape(size)}" data-chart="{escape(src)}" data-state="waiting" role="img"'
        f' aria-label="{escape(label)}"></div>'
        f'<div class="chart-e" hidden><span class="c-bad">{icon("circle-alert")}</span><span>{failed}</span>'
        f'<button type="button" class="btn" data-act="chart-retry">{icon("refresh-cw")}{retry}</button></div>'
        f"<figcaption><details><summary>{data}</summary>{content}</details></figcaption></figure>"
    )
