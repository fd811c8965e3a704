"""Plug points: an ordered, typed collection that refuses duplicates. Families register explicitly, nothing is scanned."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class AlreadyRegistered(KeyError):
    """Two items claimed the same key."""


class Registry(Generic[T]):
    """Items by key, in the order they were added."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._items: dict[str, T] = {}

    def add(self, key: str, item: T) -> T:
        """Register `item`; raises AlreadyRegistered when the key is taken."""
        if key in self._items:
            raise AlreadyRegistered(f"{self.name}: {key!r} is already registered")
        self._items[key] = item
        return item

    def __getitem__(self, key: str) -> T:
        return self._items[key]

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[T]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def keys(self) -> list[str]:
        """The keys, in order."""
        return list(self._items)
