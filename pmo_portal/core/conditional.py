"""Conditional answers: the page asks "changed since?", and nothing is read or rendered when it did not."""

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language


def etag_of(request: HttpRequest, *parts: object) -> str:
    """A weak ETag of everything an answer depends on: the path, the reader, the language, and `parts`.

    `parts` are the state of the data and what the answer reads of the query string.
    """
    text = "\x1f".join(str(part) for part in (*parts, request.user.pk, get_language(), request.path))
    return f'W/"{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}"'


def not_modified(request: HttpRequest, etag: str) -> HttpResponse | None:
    """The 304 answer when the reader already has this state, else None."""
    answer = get_conditional_response(request, etag=etag)
    return answer if isinstance(answer, HttpResponseNotModified) else None


def tagged(response: HttpResponse, etag: str) -> HttpResponse:
    """The answer with its ETag, kept by the reader's browser only and checked every time."""
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    return response
