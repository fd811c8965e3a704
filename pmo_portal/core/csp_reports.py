"""POST /csp-report: what browsers refused because of our content policy. A line in the security log, at most a few a minute."""

import json
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from pmo_portal.core.caller import address_of
from pmo_portal.core.security_events import security_event

LARGEST = 16 * 1024  # bytes
A_MINUTE = 10  # reports of one address; more say nothing new
LONGEST = 200
TOLD = {
    "directive": "effective-directive",
    "blocked": "blocked-uri",
    "page": "document-uri",
    "source": "source-file",
    "sample": "script-sample",
}


@login_not_required
@csrf_exempt  # browsers send it by themselves; it changes nothing
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """204 always: who sends it cannot do anything about it."""
    told = read(request)
    if told and within_limit(address_of(request)):
        security_event("csp_violation", request=request, **told)
    return HttpResponse(status=204)


def read(request: HttpRequest) -> dict[str, str]:
    """What a report says, addresses without their query; {} for what is no report."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return {}
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    report: Any = sent.get("csp-report") if isinstance(sent, dict) else None
    if not isinstance(report, dict):
        return {}
    return {name: short(report.get(key)) for name, key in TOLD.items() if report.get(key)}


def short(value: object) -> str:
    text = str(value)
    try:
        parts = urlsplit(text)
    except ValueError:
        return text[:LONGEST]
    return (f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.netloc else text)[:LONGEST]


def within_limit(address: str) -> bool:
    """Whether this address may still be heard this minute; nobody while the count cannot be kept."""
    key = f"csp-report:{address}"
    try:
        return bool(cache.add(key, 1, 60) or cache.incr(key) <= A_MINUTE)
    except (RedisError, ValueError):
        return False
