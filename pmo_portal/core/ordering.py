"""Alphabetical order as people read it: accents and case do not count, and "Lot 2" comes before "Lot 10"."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db.models import F, Func, IntegerField, Value
from django.db.models.functions import Coalesce

_FIGURES = re.compile(r"(\d+)")
LAST = 2**31 - 1


@lru_cache(maxsize=20_000)
def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """What to sort words by; figures before letters, nothing at all last."""
    folded = "".join(one for one in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(one))
    parts = [part for part in _FIGURES.split(folded) if part.strip()]
    found = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part.strip()) for part in parts)
    return found or ((2, 0, ""),)


def place_among(field: str, keys: Iterable[int] | Iterable[str], kind: str = "bigint") -> Any:
    """The position of a field's value in `keys` as an expression of the database, so that a list sorts as its reader reads.

    `kind` is the SQL type of the field; a value that is not among the keys comes last.
    """
    listed = Value(list(keys))
    template = f"array_position(%(expressions)s::{kind})"
    position = Func(Func(listed, template=f"(%(expressions)s)::{kind}[]"), F(field), template=template)
    return Coalesce(position, Value(LAST), output_field=IntegerField())
