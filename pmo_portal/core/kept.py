"""Answers kept for a while in the cache. The cache is a convenience: lost, empty or away, the answer is made again."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from redis.exceptions import RedisError

T = TypeVar("T")

log = logging.getLogger(__name__)


def kept(key: str, make: Callable[[], T], *, seconds: int = 3600) -> T:
    """The answer stored under `key`, else the one `make` gives, stored for `seconds`.

    `key` must name everything the answer depends on (whose rights, which state of the data): nothing is ever invalidated.
    """
    try:
        found: T | None = cache.get(key)
    except (RedisError, OSError) as error:
        log.warning("cache away: %s", error)
        return make()
    if found is not None:
        return found
    answer = make()
    try:
        cache.set(key, answer, seconds)
    except (RedisError, OSError) as error:
        log.warning("cache away: %s", error)
    return answer
