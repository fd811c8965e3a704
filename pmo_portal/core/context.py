"""What the frame of every page needs, worked out only when a template asks for it."""

import datetime as dt
from dataclasses import replace
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from pmo_portal.core import navigation
from pmo_portal.core.as_of import Preset, as_of, presets
from pmo_portal.core.notices import Notice, notices_of


class Shell:
    """Menu, as-of date and appearance of one request."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = getattr(request, "user", None)

    @cached_property
    def here(self) -> str:
        """Where to come back to: what answers a form may be open to forms alone, so then the page the form stood on."""
        if self.request.method in ("GET", "HEAD"):
            return self.request.get_full_path()
        came = urlsplit(self.request.headers.get("Referer", ""))
        if came.netloc != self.request.get_host():
            return self.request.get_full_path()
        return urlunsplit(("", "", came.path, came.query, ""))

    @cached_property
    def now(self) -> dt.datetime:
        return timezone.now()

    @cached_property
    def today(self) -> dt.date:
        return timezone.localdate(self.now)

    @cached_property
    def as_of(self) -> dt.date | None:
        return as_of(self.request)

    @cached_property
    def day_query(self) -> str:
        """What a link within the page ends in, so that it keeps the past day: "?as_of=2026-06-30", or nothing today."""
        return f"?as_of={self.as_of.isoformat()}" if self.as_of else ""

    @cached_property
    def also_day(self) -> str:
        """The same, after another parameter."""
        return self.day_query.replace("?", "&")

    @cached_property
    def as_of_presets(self) -> list[Preset]:
        return presets(self.today)

    @cached_property
    def other_query(self) -> list[tuple[str, str]]:
        """The query string without the date: hidden fields of the as-of form."""
        return [
            (key, value)
            for key in self.request.GET
            if key not in {"as_of", "after"}
            for value in self.request.GET.getlist(key)
        ]

    @cached_property
    def groups(self) -> list[tuple[str, list[navigation.Link]]]:
        match = self.request.resolver_match
        found = navigation.resolved(self.user, match.view_name if match else "")
        return [(group, [self._on_the_day(link) for link in links]) for group, links in found]

    def _on_the_day(self, link: navigation.Link) -> navigation.Link:
        return replace(link, url=f"{link.url}{self.day_query}") if link.keeps_day else link

    @cached_property
    def phone_links(self) -> list[navigation.Link]:
        return [link for _label, links in self.groups for link in links if link.on_phone][:3]

    @cached_property
    def notices(self) -> list[Notice]:
        return notices_of(self.request)

    @property
    def language(self) -> str:
        return get_language() or settings.LANGUAGE_CODE

    @property
    def other_language(self) -> str:
        return "fr" if self.language == "en" else "en"

    @property
    def theme(self) -> str:
        return getattr(self.user, "theme", "auto")

    @property
    def density(self) -> str:
        return getattr(self.user, "density", "comfortable")

    @property
    def shortcuts(self) -> bool:
        return getattr(self.user, "shortcuts", True)


def shell(request: HttpRequest) -> dict[str, Any]:
    """`shell`, and `now` for `{% ago %}`."""
    frame = Shell(request)
    return {"shell": frame, "now": frame.now}
