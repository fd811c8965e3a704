"""Pages and API answers compressed on their way out: Brotli where the browser knows it, else gzip.

Compression shrinks a secret together with what surrounds it, so an attacker who can make a reader ask chosen addresses and
watch the size of the answers could guess it (BREACH, https://www.breachattack.com). Our secrets hold: the session cookie is
`SameSite=Lax`, CSRF tokens are masked anew in each answer, and a header of random length blurs the size of what is sent.
"""

import re
import secrets
import zlib
from collections.abc import Callable

import brotli
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

GetResponse = Callable[[HttpRequest], HttpResponse]

SMALLEST = 500  # bytes: below, the headers weigh more than what is saved
PADDING = 100  # characters at most, as in Django's gzip
QUALITY = 4  # of Brotli: 0.5 ms for a table of 100 rows; 5 takes twice as long for a tenth less
LEVEL = 5  # of zlib
GZIP = 16 + zlib.MAX_WBITS  # zlib's way of asking for a gzip header
_TEXT = re.compile(r"text/|application/(?:[\w.+-]*json|javascript|xml)|image/svg")
_ACCEPTED = re.compile(r"(?:^|,)\s*(br|gzip)\s*(?:;\s*q=([0-9.]+))?\s*(?=,|$)", re.IGNORECASE)


class CompressionMiddleware:
    """Compresses text longer than `SMALLEST`. An answer with a strong ETag stays as it is: its bytes are what the tag names."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not compressible(response):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        coding = coding_for(request.headers.get("Accept-Encoding", ""))
        if coding:
            content = response.content
            response.content = (
                brotli.compress(content, mode=brotli.MODE_TEXT, quality=QUALITY)
                if coding == "br"
                else zlib.compress(content, LEVEL, GZIP)
            )
            response.headers["Content-Encoding"] = coding
            response.headers["Content-Length"] = str(len(response.content))
            response.headers["X-Padding"] = secrets.token_urlsafe(PADDING)[: secrets.randbelow(PADDING)]
        return response


def compressible(response: HttpResponse) -> bool:
    """Whether there is enough text in the answer, whole and not yet encoded."""
    return (
        not response.streaming
        and len(response.content) >= SMALLEST
        and not response.has_header("Content-Encoding")
        and not response.headers.get("ETag", "W/").startswith('"')
        and bool(_TEXT.match(response.headers.get("Content-Type", "")))
    )


def coding_for(accepted: str) -> str:
    """`br`, `gzip` or '' for an Accept-Encoding header; a coding with `q=0` is one the reader refuses."""
    known = {name.lower() for name, weight in _ACCEPTED.findall(accepted) if not weight or weight.strip("0.")}
    return next((one for one in ("br", "gzip") if one in known), "")
