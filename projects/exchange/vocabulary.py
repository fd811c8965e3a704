"""The words files use for stored values, folded, from `vocabulary.toml`: {set: {word: value}}."""

import tomllib
from pathlib import Path

from projects.exchange.words import fold

_WORDS = tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text("utf-8"))

CHOICES: dict[str, dict[str, str]] = {
    name: {fold(word): value for value, words in values.items() for word in words} for name, values in _WORDS.items()
}
BUDGET_KINDS = CHOICES["budget_kinds"]
