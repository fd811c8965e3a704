"""Whether a value says nothing. Pure."""

from typing import Any


def is_blank(value: Any) -> bool:
    """True for None, "" and False, which an audit row leaves out; zero is a fact, although Python has 0 == False."""
    return value is None or value is False or value == ""
