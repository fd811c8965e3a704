"""Answers kept for a while in the cache. The cache is a convenience: lost, away or unreadable, the answer is made again."""

import hashlib
import logging
import pickle
from collections.abc import Callable
from functools import cache as once
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

T = TypeVar("T")

log = logging.getLogger(__name__)

AWAY = (RedisError, OSError)
UNREADABLE = (pickle.UnpicklingError, AttributeError, ImportError, EOFError, TypeError, ValueError)


def kept(key: str, make: Callable[[], T], *, seconds: int = 3600) -> T:
    """The answer stored under `key`, else the one `make` gives, stored for `seconds`.

    `key` must name everything the answer depends on (whose rights, which state of the data): nothing is ever invalidated.
    Answers of other code are never read, since their shape may differ.
    """
    full = f"{code()}:{key}"
    try:
        found: T | None = cache.get(full)
    except AWAY as error:
        log.warning("cache away: %s", error)
        return make()
    except UNREADABLE as error:
        log.warning("cache unreadable at %s: %s", full, error)
        found = None
    if found is not None:
        return found
    answer = make()
    try:
        cache.set(full, answer, seconds)
    except AWAY as error:
        log.warning("cache away: %s", error)
    return answer


@once
def code() -> str:
    """A fingerprint of the running code: the sizes and dates of its modules."""
    digest = hashlib.blake2b(digest_size=6)
    for package in ("pmo_portal", "projects", "portfolio", "reporting"):
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            stat = path.stat()
            digest.update(f"{path.name}{stat.st_size}{stat.st_mtime_ns}".encode())
    return digest.hexdigest()
