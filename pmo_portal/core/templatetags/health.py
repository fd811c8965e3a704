"""Health marks: always icon + shape + word, never colour alone (WCAG 1.4.1, RGAA 3.1)."""

from functools import cache, lru_cache
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import formats
from pmo_portal.core.templatetags.ui import icon, named_icon, quoted

register = template.Library()

# Colour of the domain → (tone of the style sheet, words).
STATES: dict[str, tuple[str, Promise]] = {
    "green": ("ok", _("On track")),
    "amber": ("warn", _("At risk")),
    "red": ("bad", _("Off track")),
    "grey": ("none", _("Not rated")),
    "hold": ("hold", _("On hold")),
}
DIMENSIONS: tuple[tuple[str, Promise], ...] = (
    ("schedule", _("Schedule")),
    ("cost", _("Cost")),
    ("risk", _("Risks")),
    ("freshness", _("Data age")),
)
# What has no mark of its own in lists: told where there is room for words.
EVERY_DIMENSION: tuple[tuple[str, Promise], ...] = (*DIMENSIONS, ("resources", _("Resources")))
TRENDS: dict[str, tuple[str, str, Promise]] = {
    "up": ("arrow-up-right", "up", _("improving")),
    "flat": ("arrow-right", "flat", _("stable")),
    "down": ("arrow-down-right", "down", _("worsening")),
}


def tone_of(state: str) -> str:
    """`ok`, `warn`, `bad`, `none` or `hold` for a colour of the domain; anything unknown is `none`."""
    return STATES.get(state, STATES["grey"])[0]


@register.simple_tag
def health(state: str, size: str = "", label: str = "") -> SafeString:
    """The badge of a computed colour: `{% health project.computed %}`; size "lg" in headings, `label` for other words."""
    return _badge(state, size, str(label), get_language())


@lru_cache(maxsize=1024)
def _badge(state: str, size: str, label: str, _language: str | None) -> SafeString:
    tone, words = STATES.get(state, STATES["grey"])
    return mark_safe(f"<b class={quoted(f'b-{tone} {size}'.rstrip())}>{escape(label or words)}</b>")


@register.simple_tag
def gap(value: int | None) -> SafeString:
    """Declared against computed (difference of ranks): aligned, optimistic, very optimistic, cautious; nothing when unknown."""
    return _gap(value, get_language())


@cache
def _gap(value: int | None, _language: str | None) -> SafeString:
    if value is None:
        return mark_safe("")
    tone, icon_name, words = (
        ("ok", "check", gettext("Aligned"))
        if value == 0
        else ("info", "trending-down", gettext("Cautious"))
        if value < 0
        else ("warn", "trending-up", gettext("Optimistic"))
        if value == 1
        else ("bad", "trending-up", gettext("Very optimistic"))
    )
    return mark_safe(f'<span class="badge b-{tone} gap">{icon(icon_name)}<span>{escape(words)}</span></span>')


@register.simple_tag
def dims(row: Any) -> SafeString:
    """The four dimensions and the trend of anything with `schedule cost risk freshness trend`: `{% dims project %}`.

    One element: the ids it is named by are at once what is read aloud, what is shown on hover and what the style sheet draws.
    The page needs `dims_legend` once.
    """
    return _dims(row.schedule, row.cost, row.risk, row.freshness, row.trend)


@lru_cache(maxsize=4096)
def _dims(schedule: str, cost: str, risk: str, freshness: str, trend_value: str) -> SafeString:
    states = zip(DIMENSIONS, (schedule, cost, risk, freshness), strict=True)
    ids = [name[0] + tone_of(state)[0] for (name, _words), state in states]
    if trend_value in TRENDS:
        ids.append(f"t{trend_value[0]}")
    return mark_safe(f'<i role=img aria-labelledby="{" ".join(ids)}"></i>')


@register.simple_tag
def dims_legend() -> SafeString:
    """The words of every mark of `dims`, by id, unseen."""
    return _dims_legend(get_language())


@cache
def _dims_legend(_language: str | None) -> SafeString:
    said = {
        name[0] + tone[0]: gettext("%(dimension)s: %(state)s") % {"dimension": dimension, "state": words}
        for name, dimension in DIMENSIONS
        for tone, words in STATES.values()
    } | {f"t{value[0]}": str(words) for value, (_icon, _css, words) in TRENDS.items()}
    spans = "".join(f"<span id={key}>{escape(words)}, </span>" for key, words in said.items())
    return mark_safe(f"<span hidden>{spans}</span>")


@register.simple_tag
def trend(value: str) -> SafeString:
    """An arrow for `up`, `flat` or `down`; nothing when nobody said."""
    return _trend(value, get_language())


@cache
def _trend(value: str, _language: str | None) -> SafeString:
    if value not in TRENDS:
        return mark_safe("")
    icon_name, css, words = TRENDS[value]
    return named_icon(icon_name, str(words), f"trend t-{css}")


@register.simple_tag
def stack(green: int = 0, amber: int = 0, red: int = 0, grey: int = 0, hold: int = 0, size: str = "") -> SafeString:
    """The distribution of projects as one bar: `{% stack green=r.green amber=r.amber red=r.red grey=r.grey hold=r.hold %}`."""
    total = green + amber + red + grey + hold
    parts, words, left = [], [], 0.0
    for state, count in (("green", green), ("amber", amber), ("red", red), ("grey", grey + hold)):
        if not count:
            continue
        share = count / total * 100
        tone, label = STATES[state]
        place = f'x="{left:.2f}%" width="{max(share - 0.6, 0.5):.2f}%" height="100%"'
        parts.append(f'<rect class="f-{tone}" {place}/>')
        if state in {"amber", "red"}:
            parts.append(f'<rect class="pt-{tone}" {place}/>')
        words.append(f"{count} {str(label).lower()}")
        left += share
    name = escape(", ".join(words)) if words else escape(gettext("No project"))
    return mark_safe(f'<svg class="stack {escape(size)}" role="img" aria-label="{name}">{"".join(parts)}</svg>')


@register.simple_tag
def counts(green: int = 0, amber: int = 0, red: int = 0, grey: int = 0, hold: int = 0) -> SafeString:
    """The same counts as icon + number (zeros left out)."""
    shown = []
    for state, count in (("green", green), ("amber", amber), ("red", red), ("grey", grey), ("hold", hold)):
        if count:
            tone, words = STATES[state]
            mark = mark_of(f"c-{tone}", words)
            shown.append(f'<span class="cnt c-{tone}">{mark}<span class="num">{formats.number(count)}</span></span>')
    return mark_safe(f'<span class="cnts">{"".join(shown)}</span>')


@register.simple_tag
def state_icon(state: str) -> SafeString:
    """The shape of a state alone, where the word stands beside it already."""
    tone, words = STATES.get(state, STATES["grey"])
    return mark_safe(mark_of(f"c-{tone}", words))


@register.simple_tag
def shape(state: str) -> SafeString:
    """The shape of a colour without any words: where other words than those of a health stand beside it."""
    return mark_safe(f'<i class="c-{tone_of(state)}" aria-hidden=true></i>')


def mark_of(css: str, words: object) -> str:
    """A mark the style sheet draws (`c-ok`, `c-warn`…), with its words on hover and to screen readers."""
    return f"<i class={quoted(css)} role=img title={quoted(str(words))}></i>"
