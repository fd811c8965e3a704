"""What happened, before anybody is told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, before anybody is told: `to` are ids of users."""

    rule: str
    key: str
    to: Iterable[int]
    project: int | None = None
    period: int | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
