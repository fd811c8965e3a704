"""Addresses that only take a form: somebody who opens one lands on the page the form stands on, instead of a bare 405.

One comes there by a reload, or when a session ends under a form and signing in leads back to where the form went.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

GetResponse = Callable[[HttpRequest], HttpResponse]


class FormsOnlyMiddleware:
    """Leads a browser up to the next page there is. Programs, which do not ask for a page, keep their 405."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or request.method not in ("GET", "HEAD"):
            return response
        above = page_above(request.path_info)
        if "text/html" not in request.headers.get("Accept", "") or not above:
            return response
        told = _("Nothing was sent: what you opened only takes a form. Here is the page it stands on.")
        waiting: Any = messages.get_messages(request)
        if told not in [str(one) for one in waiting]:  # once, however far up the page is
            messages.warning(request, told)
        waiting.used = False  # they were looked at, not shown
        query = request.META.get("QUERY_STRING", "")  # the filters of a list stay with it
        return HttpResponseRedirect(f"{above}?{query}" if query else above)


def page_above(path: str) -> str:
    """The nearest address above this one that is known; it may lead further up itself. '' for those of programs."""
    if path.startswith("/api/"):
        return ""
    while path := path.rstrip("/").rpartition("/")[0]:
        try:
            resolve(f"{path}/")
        except Resolver404:
            continue
        return f"{path}/"
    return "/"
