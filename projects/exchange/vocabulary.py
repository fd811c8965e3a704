"""The words and symbols files use for stored values, as `vocabulary.toml` lists them: {set: {word: value}}."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from projects.exchange.words import fold

_WORDS = tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text("utf-8"))
_PRESENTATION = "\ufe0e\ufe0f"  # "as text" and "as an emoji": ☀ and ☀️ are one symbol
_RAIN = frozenset({"pluie", "pluvieux", "averses", "rain", "rainy", "🌧", "🌦", "☔"})


def word(text: str) -> str:
    """What is compared: the folded words, or of a cell without any its symbols ("☀️" → "☀", "↗ " → "↗")."""
    return fold(text) or symbols(text)


def symbols(text: str) -> str:
    """The symbols of a text, without its letters, digits, blanks and the marks that only choose how a symbol looks."""
    return "".join(char for char in text if not char.isalnum() and not char.isspace() and char not in _PRESENTATION)


def contradicted(text: str, value: str, words: Mapping[str, str]) -> bool:
    """Whether a symbol beside the words means something else: "🔴 Vert"."""
    return any(words.get(char, value) != value for char in symbols(text))


def levels(texts: Iterable[str], scale: str) -> dict[str, str]:
    """The words of declared levels: what a cloud means depends on the scale, and on whether the column also knows rain."""
    rain = scale == "entreprise" or any(word(text) in _RAIN for text in texts)
    return {**CHOICES["levels"], **CHOICES["levels_with_rain"]} if rain else CHOICES["levels"]


CHOICES: dict[str, dict[str, str]] = {
    name: {word(text): value for value, texts in values.items() for text in texts} for name, values in _WORDS.items()
}
BUDGET_KINDS = CHOICES["budget_kinds"]
