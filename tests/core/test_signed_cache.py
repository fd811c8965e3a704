"""What somebody else wrote into Valkey is forgotten, never run (T24 of security.md §1.4)."""

import pickle
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from redis import Redis

from pmo_portal.core.kept import kept
from pmo_portal.core.signed_cache import SignedSerializer


class Bomb:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("way", ["bare", "wrong signature", "cut", "empty", "right signature, other content"])
def test_a_planted_answer_is_made_again_and_never_run(way: str, tmp_path: Path) -> None:
    cache.clear()
    assert kept("planted", lambda: {"sum": 12}) == {"sum": 12}
    ours = Redis.from_url(settings.REDIS_URL)
    (name,) = ours.keys("pmo:*planted")
    held = ours.get(name)
    bomb = pickle.dumps(Bomb(tmp_path / "ran"))
    planted = {
        "bare": bomb,
        "wrong signature": b"x" * 32 + bomb,
        "cut": held[:40],
        "empty": b"",
        "right signature, other content": held[:32] + bomb,
    }[way]
    ours.set(name, planted)
    assert kept("planted", lambda: {"sum": 13}) == {"sum": 13}
    assert not (tmp_path / "ran").exists()
    assert kept("planted", lambda: {"sum": 14}) == {"sum": 13}, "kept again"


def test_numbers_can_be_counted_and_values_come_back() -> None:
    cache.set("number", 5)
    assert cache.incr("number") == 6
    serializer = SignedSerializer()
    for value in (None, True, -3, 10**40, "12", b"12", {"a": [1.5, "é"]}):
        data = serializer.dumps(value)
        assert serializer.loads(data if isinstance(data, bytes) else str(data).encode()) == value
