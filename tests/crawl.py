"""A spider over the pages: follows every link, fragment, chart and file that the HTML names, as one user, with GET only."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.test import Client

START = (
    "/",
    "/help/",
    "/preferences/",
    "/preferences/tokens/",
    "/imports/",
    "/search/?q=a",
    "/api/v1/",
    "/api/v1/docs/",
)
_LINK = re.compile(r'\s(?:href|src|action|hx-get|data-src|data-url|data-href|data-feed)="(/[^"#]*)')


def shape(address: str) -> tuple[str, tuple[str, ...]]:
    """Addresses that differ only in the values of their query are one page."""
    parts = urlsplit(address)
    return parts.path, tuple(sorted(name for name, _value in parse_qsl(parts.query, keep_blank_values=True)))


def crawl(client: Client, start: Iterable[str] = START, *, most: int = 400) -> Iterator[tuple[str, Any]]:
    """(address, answer) for each page that is found, breadth first; redirects are followed as links."""
    waiting, seen = deque(start), {shape(one) for one in start}
    while waiting and most:
        address = waiting.popleft()
        answer = client.get(address)
        most -= 1
        yield address, answer
        found = [answer.headers["Location"]] if "Location" in answer.headers else []
        kind = answer.headers.get("Content-Type", "")
        if not answer.streaming and kind.startswith("text/html"):
            found += _LINK.findall(answer.content.decode())
        if not answer.streaming and address.startswith("/api/v1/") and kind.startswith("application/json"):
            found += re.findall(r'"http://testserver(/[^"]*)"', answer.content.decode())
        for link in map(unescape, found):
            if not link.startswith(("/static/", "//")) and shape(link) not in seen:
                seen.add(shape(link))
                waiting.append(link)
