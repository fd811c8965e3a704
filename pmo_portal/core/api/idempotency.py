"""`Idempotency-Key`: a change sent twice, because its answer was lost, is made once and answered twice (security.md §6).

The answer is kept in the transaction of the change itself: it is there exactly when the change is. Two of the same key wait for
each other, so that many at once make one change too.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.problems import MEDIA_TYPE
from pmo_portal.core.api.rendering import plain
from pmo_portal.core.editing import advisory_lock, writing
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import ApiToken, KeptAnswer, User

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_FOR = timedelta(hours=24)
LONGEST = 200
LOCK = 7203
HEADERS = ("Location", "ETag")

Handler = TypeVar("Handler", bound=Callable[..., Response])


def once(handler: Handler) -> Handler:
    """For a handler of POST: with a key, the same request again is answered from what was kept."""
    return _once(handler, _answered)


def once_apart(handler: Handler) -> Handler:
    """The same for a handler that needs a transaction of its own, and whose change is made once however often it is asked for."""
    return _once(handler, _answered_apart)


def _once(handler: Handler, answer: Callable[[Request, str, Callable[[], Response]], Response]) -> Handler:
    @wraps(handler)
    def answered(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not (0 < len(key) <= LONGEST and key.isascii() and key.isprintable()):
            raise ValidationError({HEADER: [_("Give 1 to 200 printable characters, for example a random UUID.")]})
        return answer(request, key, lambda: handler(view, request, *args, **kwargs))

    return cast(Handler, answered)


def _answered(request: Request, key: str, make: Callable[[], Response]) -> Response:
    user, asked = cast(User, request.user), _digest(request)
    with transaction.atomic():
        with writing():  # who waits too long for the first of its kind is told to try again
            advisory_lock(LOCK, int.from_bytes(_hash(f"{user.pk} {key}".encode())[:4], "big", signed=True))
        known = KeptAnswer.objects.filter(user=user, key=key).first()
        if known is not None and timezone.now() - known.created_at < KEPT_FOR:
            return _again(known, asked)
        if known is not None:
            known.delete()
        answer = make()
        _keep(user, key, asked, answer)
        return answer


def _answered_apart(request: Request, key: str, make: Callable[[], Response]) -> Response:
    """The answer is kept after the change: lost in between, the change is asked for again, and is there."""
    user, asked = cast(User, request.user), _digest(request)
    known = KeptAnswer.objects.filter(user=user, key=key).first()
    if known is not None and timezone.now() - known.created_at < KEPT_FOR:
        return _again(known, asked)
    answer = make()
    with transaction.atomic():
        _keep(user, key, asked, answer)
    return answer


def _keep(user: User, key: str, asked: str, answer: Response) -> None:
    KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    kept = KeptAnswer(
        user=user,
        key=key,
        asked=asked,
        status=answer.status_code,
        headers={name: answer[name] for name in HEADERS if name in answer},
        body=orjson.dumps(answer.data, default=plain, option=orjson.OPT_UTC_Z).decode(),
    )
    KeptAnswer.objects.bulk_create([kept], ignore_conflicts=True)


def _again(known: KeptAnswer, asked: str) -> Response:
    if known.asked != asked:
        raise DomainError(_("This Idempotency-Key was used for another request. Use a new key for each change."))
    media = MEDIA_TYPE if known.status >= 400 else None  # a problem that changed something is kept too
    headers = {**known.headers, REPLAYED: "true"}
    return Response(orjson.loads(known.body), status=known.status, headers=headers, content_type=media)


def _digest(request: Request) -> str:
    """What was asked, and how much may be answered: the address with its query, what the token was given, and the content,
    whatever the order of its members. A token that was given less is not answered what another one was.
    """
    body = json.dumps(request.data, default=_named, sort_keys=True)  # of integers of any length
    query = sorted(request.query_params.lists())
    token = request.auth if isinstance(request.auth, ApiToken) else None
    given = [sorted(token.scopes), sorted(token.nodes), sorted(token.projects)] if token else []
    return _hash(f"{request.method} {request.path} {query} {given}\n{body}".encode()).hex()


def _named(value: Any) -> str:
    """What JSON does not have: a file is what it contains, whatever its name."""
    if not isinstance(value, UploadedFile):
        return str(value)
    content = _hash(b"".join(value.chunks())).hex()
    value.seek(0)
    return content


def _hash(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
