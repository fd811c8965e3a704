"""French spacing and apostrophes in one place: translators type ordinary text, the catalogue keeps the right characters.

Rules (Imprimerie nationale, as usual on screen): U+202F before `; ! ?` and between thousands, U+00A0 before `: % € »` and
after `«`, U+2019 as the apostrophe. Placeholders, tags, entities, addresses and code are left alone.
"""

import re

NARROW = "\u202f"
NO_BREAK = "\u00a0"
APOSTROPHE = "\u2019"
_SPACE = f"[ {NARROW}{NO_BREAK}]"
_PROTECTED = re.compile(
    r"(%\([a-z_]+\)[a-z]|%[sd](?!\w)|\{\{?[^{}]*\}?\}|<code>.*?</code>|`[^`]*`|<[^>]+>|&#?\w+;|https?://\S+)",
    re.IGNORECASE | re.DOTALL,
)
_RULES = (
    (re.compile(rf"{_SPACE}+([;!?])"), rf"{NARROW}\1"),
    (re.compile(r"(?<=[\w)»%€])([;!?])(?=\s|$|[»)!?])"), rf"{NARROW}\1"),
    (re.compile(r"(?<=[^\W\d]):(?=\s|$)"), f"{NO_BREAK}:"),
    (re.compile(rf"{_SPACE}+([:%€»])"), rf"{NO_BREAK}\1"),
    (re.compile(r"(?<=\d)([%€])"), rf"{NO_BREAK}\1"),
    (re.compile(rf"«{_SPACE}*(?=\S|$)"), f"«{NO_BREAK}"),
    (re.compile(rf"(?<=[^\s{NO_BREAK}])»"), f"{NO_BREAK}»"),
    (re.compile(r"(?<=\d) (?=\d{3}(?!\d))"), NARROW),
    (re.compile(r"(?<=[^\W\d])'(?=[^\W\d]|[«\d]|$)"), APOSTROPHE),
)


def french(text: str) -> str:
    """The same text with French spacing; applying it twice changes nothing."""
    parts = _PROTECTED.split(text)
    for index in range(0, len(parts), 2):
        for pattern, replacement in _RULES:
            parts[index] = pattern.sub(replacement, parts[index])
    return "".join(parts)
