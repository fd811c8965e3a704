"""How much one caller may ask in a minute: counted in Valkey, atomically, over the last sixty seconds.

When Valkey is away each process counts by itself: a limit then lets through at most as many times more as there are processes,
and nobody is refused for our outage.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache as once

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

WINDOW = 60
QUIET_SECONDS = 5.0  # after Valkey did not answer, it is not waited for again
MOST_KEPT = 10_000  # callers a process remembers while it counts by itself

# One hash per caller: second → requests. All the limits of a request let it through and count it, or none does.
SCRIPT = """
local now, window = tonumber(redis.call('TIME')[1]), tonumber(ARGV[1])
local refused, wait, left, least = 0, 0, -1, 0
for position, key in ipairs(KEYS) do
  local limit, used, oldest = tonumber(ARGV[position + 1]), 0, now
  local counts = redis.call('HGETALL', key)
  for i = 1, #counts, 2 do
    local second = tonumber(counts[i])
    if second <= now - window then
      redis.call('HDEL', key, counts[i])
    else
      used = used + tonumber(counts[i + 1])
      if second < oldest then oldest = second end
    end
  end
  local rest = limit - used
  if left < 0 or rest < left then left, least, wait = rest, position, oldest + window - now end
  if rest <= 0 then refused = 1 end
end
if refused == 0 then
  for _, key in ipairs(KEYS) do
    redis.call('HINCRBY', key, now, 1)
    redis.call('EXPIRE', key, window + 1)
  end
  left = left - 1
end
return {refused, math.max(left, 0), wait, least}
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` requests of one caller (`key`) within `WINDOW` seconds; 0: no limit."""

    key: str
    most: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may go on; of the limit that is nearest: how many, how many are left, seconds until one more is free."""

    allowed: bool
    limit: int
    left: int
    wait: int

    @property
    def headers(self) -> dict[str, str]:
        """As callers are told."""
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.left),
            "RateLimit-Reset": str(self.wait),
        }
        return told if self.allowed else {**told, "Retry-After": str(self.wait)}


def take(limits: Sequence[Limit]) -> Verdict | None:
    """Count one request against all of these, unless one of them is used up. None when nothing limits it."""
    counted = [limit for limit in limits if limit.most > 0]
    if not counted:
        return None
    refused, left, wait, least = counter().take(counted)
    return Verdict(not refused, counted[least - 1].most, left, max(wait, 1))


class Counter:
    """Asks Valkey; by itself while Valkey is away."""

    def __init__(self) -> None:
        self.server = Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
        self.script = self.server.register_script(SCRIPT)
        self.quiet_until = 0.0
        self.alone = Alone()

    def take(self, limits: Sequence[Limit]) -> tuple[int, int, int, int]:
        """(1 when refused, how many are left, seconds until one more is free, which limit is nearest: 1, 2 …)."""
        if time.monotonic() >= self.quiet_until:
            keys, most = [f"pmo:rate:{one.key}" for one in limits], [one.most for one in limits]
            try:
                refused, left, wait, least = self.script(keys=keys, args=[WINDOW, *most])
                return int(refused), int(left), int(wait), int(least)
            except (RedisError, OSError) as error:
                self.quiet_until = time.monotonic() + QUIET_SECONDS
                log.warning("rate limits: Valkey is away (%s); this process counts by itself", type(error).__name__)
        return self.alone.take(limits, int(time.time()))


class Alone:
    """The same counts in the memory of one process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.counts: dict[str, dict[int, int]] = {}

    def take(self, limits: Sequence[Limit], now: int) -> tuple[int, int, int, int]:
        with self.lock:
            if len(self.counts) > MOST_KEPT:
                self.counts.clear()
            nearest = min(
                (self.rest(limit, now, position) for position, limit in enumerate(limits, 1)), key=lambda one: one[0]
            )
            left, wait, least = nearest
            if left <= 0:
                return 1, 0, wait, least
            for limit in limits:
                seconds = self.counts[limit.key]
                seconds[now] = seconds.get(now, 0) + 1
            return 0, left - 1, wait, least

    def rest(self, limit: Limit, now: int, position: int) -> tuple[int, int, int]:
        """(how many are left, seconds until one more is free, the position)."""
        known = self.counts.get(limit.key, {})
        kept = defaultdict(int, {second: count for second, count in known.items() if second > now - WINDOW})
        self.counts[limit.key] = kept
        return limit.most - sum(kept.values()), min(kept, default=now) + WINDOW - now, position


@once
def counter() -> Counter:
    """One in a process."""
    return Counter()
