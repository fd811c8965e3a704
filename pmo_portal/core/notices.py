"""What every page tells its reader about their own standing: one line each, above the content. Apps add what they know."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from pmo_portal.core.registry import Registry


@dataclass(frozen=True, slots=True)
class Notice:
    """`url` leads to more; `button` posts to `action` (to put it away, to end it). `tone` "" is a quiet line."""

    words: str
    tone: str = ""
    icon: str = "info"
    url: str = ""
    link: str = ""
    action: str = ""
    button: str = ""


providers: Registry[Callable[[HttpRequest], Iterable[Notice]]] = Registry("notices")


def notices_of(request: HttpRequest) -> list[Notice]:
    """For who is signed in; a page of somebody who is not has none."""
    if not getattr(getattr(request, "user", None), "is_authenticated", False):
        return []
    return [notice for provider in providers for notice in provider(request)]
