"""Recognising a project by its name from one edition of a publication to the next.

Names drift: "(formerly …)" comes and goes, abbreviations are added in brackets, "Programme" is dropped. Each name gives a
few keys; two names with a common key are one project. What is left is matched by likeness, only where the figures in the
names agree and the likeness is mutual (measured on eight editions of the GMPP: docs/imports.md).
"""

import re
from collections.abc import Collection, Mapping
from difflib import SequenceMatcher

from projects.exchange.words import fold

_FILLERS = frozenset({"programme", "programmes", "program", "project", "projects", "the", "of", "and", "for", "a"})
_FORMER = re.compile(
    r"(?:formerly|previously|was|now|ex|anciennement|ancien)(?: (?:known as|called|part of))?\b[: ]*(.+)$",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
ALIKE = 0.9


def _core(name: str) -> str:
    return " ".join(word for word in fold(name).split() if word not in _FILLERS)


def keys(name: str) -> tuple[str, ...]:
    """The keys of a name, the surest first: whole, without brackets, and former names given in brackets."""
    found = [_core(name), _core(_BRACKETS.sub(" ", name))]
    for match in _BRACKETS.finditer(name):
        former = _FORMER.match((match[1] or match[2] or "").strip())
        if former:
            found.append(_core(former[1]))
    return tuple(dict.fromkeys(f"name:{key}"[:300] for key in found if key))


def _figures(key: str) -> str:
    return "".join(char for char in key if char.isdigit())


def alike(new: Mapping[str, Collection[str]], old: Mapping[str, Collection[str]]) -> dict[str, str]:
    """{new id: old id} of names that are mutually most alike, at least 0.9, with the same figures in the same order."""
    scores: dict[tuple[str, str], float] = {}
    for new_id, new_keys in new.items():
        for old_id, old_keys in old.items():
            best = max((_likeness(a, b) for a in new_keys for b in old_keys), default=0.0)
            if best >= ALIKE:
                scores[new_id, old_id] = best
    pairs: dict[str, str] = {}
    used: set[str] = set()
    for (new_id, old_id), _score in sorted(scores.items(), key=lambda item: (-item[1], item[0])):
        if new_id not in pairs and old_id not in used:
            pairs[new_id] = old_id
            used.add(old_id)
    return pairs


def _likeness(one: str, other: str) -> float:
    if not one.startswith("name:") or not other.startswith("name:") or abs(len(one) - len(other)) > 8:
        return 0.0
    one, other = one[5:], other[5:]
    if _figures(one) != _figures(other):
        return 0.0
    matcher = SequenceMatcher(None, one, other)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE else 0.0
