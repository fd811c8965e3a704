"""Comparing words as people do: without accents, case and punctuation."""

import re
import unicodedata

_NOT_WORD = re.compile(r"[\W_]+", re.UNICODE)


def fold(text: str) -> str:
    """Lower case, no accents; runs of punctuation or blanks become one space ("Coût estimé (k€)" → "cout estime k")."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return _NOT_WORD.sub(" ", bare.casefold()).strip()


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
