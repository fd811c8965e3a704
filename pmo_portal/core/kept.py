"""Answers kept for a while in the cache. The cache is a convenience: lost, away or unreadable, the answer is made again."""

import hashlib
import logging
import pickle
from collections.abc import Callable, Mapping, Sequence
from functools import cache as once
from typing import Any, TypeVar

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
    found: dict[str, T] = read([key])
    if found.get(key) is not None:
        return found[key]
    answer = make()
    keep({key: answer}, seconds=seconds)
    return answer


def read(keys: Sequence[str]) -> dict[str, Any]:
    """Those of the answers that are stored, by key, in one exchange with the cache."""
    prefix = f"{code()}:"
    try:
        found = cache.get_many([f"{prefix}{key}" for key in keys])
    except AWAY as error:
        log.warning("cache away: %s", error)
        return {}
    except UNREADABLE as error:
        log.warning("cache unreadable among %s: %s", keys, error)
        return {}
    return {key.removeprefix(prefix): answer for key, answer in found.items()}


def keep(answers: Mapping[str, Any], *, seconds: int = 3600) -> None:
    """Store answers by key for `seconds`, in one exchange with the cache."""
    try:
        cache.set_many({f"{code()}:{key}": answer for key, answer in answers.items()}, seconds)
    except AWAY as error:
        log.warning("cache away: %s", error)


@once
def code() -> str:
    """A fingerprint of the running code: the sizes and dates of its modules."""
    digest = hashlib.blake2b(digest_size=6)
    for package in ("pmo_portal", "projects", "portfolio", "reporting"):
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            stat = path.stat()
            digest.update(f"{path.name}{stat.st_size}{stat.st_mtime_ns}".encode())
    return digest.hexdigest()
