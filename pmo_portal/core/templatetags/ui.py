"""Atoms of the interface: icon, avatar, card, progress bar, tag, banner. CSP-safe: lengths are SVG attributes, never style."""

import re
import zlib
from functools import cache, lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe

from pmo_portal.core import formats

register = template.Library()

AVATAR_COLOURS = 6
UNQUOTABLE = re.compile(r"[\s\"'=<>`]|/$")


@cache
def sprite() -> str:
    """Address of the icon sprite, hashed when static files are collected."""
    return static("img/icons.svg")


@register.simple_tag
@cache
def icon(name: str, css: str = "") -> SafeString:
    """A decorative icon of the sprite: `{% icon "flag" %}`. Give the control around it its own name."""
    classes = quoted(f"i {css}" if css else "i")
    return mark_safe(f"<svg class={classes} aria-hidden=true><use href={quoted(f'{sprite()}#{name}')} /></svg>")


def quoted(value: str) -> str:
    """A value as an attribute takes it: escaped, with quotes only where HTML asks for them. Cells have thousands."""
    return escape(value) if value and not UNQUOTABLE.search(value) else f'"{escape(value)}"'


def named_icon(name: str, words: str, css: str) -> SafeString:
    """An icon that speaks for itself: its words are read aloud and shown on hover."""
    return mark_safe(
        f'<svg class="i {css}" role="img"><title>{escape(words)}</title><use href="{sprite()}#{name}"/></svg>'
    )


@register.simple_tag
def progress(value: Any) -> SafeString:
    """A small progress bar with its figure (0–100, None: no data); its length is a class, since styles may not be inline."""
    if value is None:
        return mark_safe(f'<span class="muted">{formats.MISSING}</span>')
    return mark_safe(f'<i class="pg x{length(float(value))}">{formats.percent(value)}</i>')


def length(share: float) -> int:
    """A share of 0–100 as a whole number: `x28`, `w28`, `d28` and `o28` are the lengths the style sheet knows."""
    return max(0, min(100, round(share)))


@register.simple_tag
def avatar(name: str, *, labelled: bool = False) -> SafeString:
    """Initials of a person on a colour of their own; with `labelled` the full name beside it."""
    return _avatar(name, " keep" if labelled else "")


@lru_cache(maxsize=4096)
def _avatar(name: str, more: str) -> SafeString:
    if not name:
        return mark_safe(f'<span class="muted">{formats.MISSING}</span>')
    words = name.split()
    initials = (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
    colour = zlib.crc32(name.encode()) % AVATAR_COLOURS
    return mark_safe(f"<i class={quoted(f'av{colour}{more}')} data-i={quoted(initials)}>{escape(name)}</i>")


@register.simple_tag
def tag(text: str, tone: str = "none", icon_name: str = "") -> SafeString:
    """A neutral label such as a state or a count: tone none, info, ok, warn or bad."""
    mark = icon(icon_name) if icon_name else ""
    return mark_safe(f'<span class="badge b-{escape(tone)}">{mark}<span>{conditional_escape(text)}</span></span>')


@register.simple_block_tag
def card(
    content: str,
    title: str = "",
    sub: str = "",
    css: str = "",
    id: str = "",
    link: str = "",
    href: str = "",
    level: int = 2,
) -> SafeString:
    """A titled section: `{% card title=_("Risks") sub=… id="risks" link=_("See all") href=url %}…{% endcard %}`.

    The title states the finding where there is one. Put the body in `<div class="card-b">` unless it runs edge to edge.
    """
    head = ""
    if title:
        anchor = f' id="{escape(id)}-title"' if id else ""
        below = f'<p class="sub">{conditional_escape(sub)}</p>' if sub else ""
        more = (
            f'<a class="card-link" href="{escape(href)}">{conditional_escape(link)}{icon("chevron-right")}</a>'
            if link and href
            else ""
        )
        head = f'<header class="card-h"><div><h{level}{anchor}>{conditional_escape(title)}</h{level}>{below}</div>{more}</header>'
    named = f' id="{escape(id)}"' + (f' aria-labelledby="{escape(id)}-title"' if title else "") if id else ""
    return mark_safe(f'<section class="card {escape(css)}"{named}>{head}{content}</section>')


@register.simple_block_tag
def banner(content: str, tone: str = "info", icon_name: str = "") -> SafeString:
    """A message inside the page: tone info, warn, bad or ok."""
    shown = icon_name or {"info": "info", "ok": "check", "warn": "triangle-alert"}.get(tone, "circle-alert")
    role = ' role="alert"' if tone == "bad" else ""
    return mark_safe(f'<div class="banner {escape(tone)}"{role}>{icon(shown)}<div>{content}</div></div>')


@register.simple_block_tag
def empty(content: str, title: str = "", icon_name: str = "folder-kanban") -> SafeString:
    """What a list or a card shows when there is nothing: a title, a sentence, and what to do (put it in the block)."""
    return mark_safe(
        f'<div class="empty">{icon(icon_name)}<p class="empty-t">{conditional_escape(title)}</p>{content}</div>'
    )
