"""What is kept in the cache is a convenience: away, unreadable or of other code, the answer is made again."""

import pickle
from typing import Any

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as Away

from pmo_portal.core import kept as module
from pmo_portal.core.kept import code, kept


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def test_an_answer_is_made_once_per_key() -> None:
    made: list[int] = []

    def make() -> dict[str, int]:
        made.append(1)
        return {"sum": 3}

    assert [kept("a", make), kept("a", make), kept("b", make)] == [{"sum": 3}] * 3
    assert len(made) == 2


@pytest.mark.parametrize("method", ["get_many", "set_many"])
def test_a_cache_that_is_away_costs_only_the_making(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise Away("gone")

    monkeypatch.setattr(module.cache, method, fail)
    assert kept("a", lambda: 7) == 7


@pytest.mark.parametrize("error", [pickle.UnpicklingError("x"), AttributeError("x"), ImportError("x"), EOFError()])
def test_an_unreadable_answer_is_made_again(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(module.cache, "get_many", fail)
    assert kept("a", lambda: 7) == 7


def test_other_code_never_reads_what_this_code_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept("a", lambda: "old") == "old"
    monkeypatch.setattr(module, "code", lambda: code() + "x")
    assert kept("a", lambda: "new") == "new"
