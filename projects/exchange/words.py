"""Comparing words as people do: without accents, case and punctuation."""

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2s

_NOT_WORD = re.compile(r"[\W_]+", re.UNICODE)


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Lower case, no accents; runs of punctuation or blanks become one space ("Coût estimé (k€)" → "cout estime k")."""
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def slug(text: str, *, most: int = 40) -> str:
    """An upper-case code of letters, digits and hyphens, at most `most` characters, cut at a word where possible."""
    words = fold(text).encode("ascii", "ignore").decode().upper().split()
    code = ""
    for word in words:
        longer = f"{code}-{word}" if code else word
        if len(longer) > most:
            break
        code = longer
    return code or "".join(words)[:most]


def code_of(text: str, *, most: int = 25) -> str:
    """A slug that two different texts never share: one that would be cut gets a fingerprint of the whole."""
    whole = slug(text, most=10_000)
    if whole and len(whole) <= most:
        return whole
    return f"{slug(text, most=most - 5)}-{blake2s(fold(text).encode(), digest_size=2).hexdigest().upper()}".lstrip("-")
