"""Numbers as people type them: `1 234,5 k€`, `£1,234.56m`, `(1 234)`, `12 %`.

What a comma or a point means is decided once per column, never per cell: "1,234" next to "0,5" is a decimal number, and
next to "1,234,567" it is a thousand. A cell that contradicts its column is a problem, not a guess.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from projects.exchange.words import fold

_SPACES = " \t\xa0\u202f\u2009\u2007'’"
CURRENCIES = {"€": "EUR", "£": "GBP", "$": "USD", "¥": "JPY"}
_CODES = (
    "EUR",
    "GBP",
    "USD",
    "AUD",
    "CAD",
    "CHF",
    "JPY",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "NZD",
    "MAD",
    "XOF",
    "BRL",
    "INR",
    "CNY",
)
_WORD_CURRENCIES = {"euro": "EUR", "euros": "EUR", "pound": "GBP", "pounds": "GBP", "dollar": "USD", "dollars": "USD"}
_SCALES = {
    "": 1,
    "k": 1_000,
    "th": 1_000,
    "thousand": 1_000,
    "thousands": 1_000,
    "millier": 1_000,
    "milliers": 1_000,
    "m": 1_000_000,
    "mn": 1_000_000,
    "mio": 1_000_000,
    "mln": 1_000_000,
    "million": 1_000_000,
    "millions": 1_000_000,
    "md": 1_000_000_000,
    "mds": 1_000_000_000,
    "mrd": 1_000_000_000,
    "bn": 1_000_000_000,
    "b": 1_000_000_000,
    "billion": 1_000_000_000,
    "billions": 1_000_000_000,
    "milliard": 1_000_000_000,
    "milliards": 1_000_000_000,
}
_NUMBER = re.compile(
    rf"(?P<before>[^0-9.,]*?)(?P<digits>\d(?:[\d.,{_SPACES}]*\d)?|[.,]\d+)(?P<exponent>[eE][+-]?\d{{1,3}})?(?P<after>[^0-9]*)"
)
_GROUPED = re.compile(r"\d{1,3}(?:\D\d{2,3})*\D\d{3}")
_MOST_DIGITS = 30
MOST = 10**15  # no sum of money, weight or count is larger; what is larger is a typing error, or breaks the database


@dataclass(frozen=True, slots=True)
class Number:
    """`value` before any scale of the header; `scale` is what the cell itself said (None: nothing)."""

    value: Decimal
    scale: int | None = None
    currency: str = ""
    percent: bool = False


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """What the separators of a column mean. `decided` is False when nothing in the column could tell."""

    decimal: str = "."
    decided: bool = True


def unit_of(text: str) -> tuple[int | None, str]:
    """(scale, currency) named by words such as "k€", "£million", "M EUR", "$m"; (None, "") when it is no unit."""
    currency = ""
    for symbol, code in CURRENCIES.items():
        if symbol in text:
            currency = code
            text = text.replace(symbol, " ")
    words = fold(text).split()
    scale: int | None = None
    for word in words:
        if word in _WORD_CURRENCIES:
            currency = _WORD_CURRENCIES[word]
        elif word.upper() in _CODES:
            currency = word.upper()
        elif word[:1] in "km" and word[1:].upper() in _CODES:
            scale, currency = _SCALES[word[0]], word[1:].upper()
        elif word[:1] in "km" and word[1:] in _WORD_CURRENCIES:
            scale, currency = _SCALES[word[0]], _WORD_CURRENCIES[word[1:]]
        elif word in _SCALES:
            scale = _SCALES[word]
        elif word not in ("d", "de", "of", "en", "in", "a", "us", "au", "ttc", "ht"):
            return None, ""
    return scale, currency


def unit_of_header(header: str) -> tuple[int | None, str]:
    """The unit a header announces, in brackets or as its last words: "Budget (k€)", "TOTAL Baseline £m"."""
    for inside in re.findall(r"[(\[]([^)\]]{1,40})[)\]]", header):
        unit = unit_of(inside)
        if unit != (None, ""):
            return unit
    line = re.sub(r"[(\[][^)\]]*[)\]]", " ", header).split("\n")[0]
    words = line.split()
    for count in (2, 1):
        tail = " ".join(words[-count:])
        if len(words) > count - 1 and any(symbol in tail for symbol in CURRENCIES):
            unit = unit_of(re.sub(r"^[A-Za-zÀ-ÿ]{3,} ", "", tail))
            if unit != (None, ""):
                return unit
    if len(words) > 1 and words[-1].upper() in ("KEUR", "MEUR", *_CODES):
        return unit_of(words[-1])
    return None, ""


def _split(text: str) -> tuple[str, str, str, str, bool] | None:
    """(words before, digits, exponent, words after, negative) of one number, or None when the text is not one number."""
    bare = text.strip(_SPACES)
    negative = bare.startswith("(") and bare.endswith(")")
    if negative:
        bare = bare[1:-1].strip(_SPACES)
    found = _NUMBER.fullmatch(bare)
    if not found:
        return None
    before, after = found["before"].strip(_SPACES), found["after"].strip(_SPACES)
    for sign in "-−–":
        if before.startswith(sign) or before.endswith(sign):
            negative, before = True, before.strip(sign + _SPACES)
            break
        if after.endswith(sign) and not re.search(r"[.,]", after):  # "1 500 € -"; "1 200.–" only has no cents
            negative, after = True, after.strip(sign + _SPACES)
    digits = re.sub(rf"[{_SPACES}]", " ", found["digits"])
    return before.strip("+"), digits, found["exponent"] or "", after, negative


def decide(texts: Iterable[str], *, default: str | None = None) -> NumberStyle:
    """The style of a column from all its cells; `default` ("." or ",") when no cell can tell."""
    votes = {".": 0, ",": 0}
    grouped: set[str] = set()
    for text in texts:
        parts = _split(text)
        if not parts:
            continue
        digits = parts[1]
        separators = re.findall(r"[.,]", digits)
        if not separators:
            continue
        last = separators[-1]
        other = "," if last == "." else "."
        after = len(digits) - digits.rindex(last) - 1
        if len(set(separators)) == 2:
            votes[last] += 2
        elif len(separators) > 1:
            votes[other] += 1
        elif after != 3 or digits.startswith(("0", last)) or " " in digits or digits.index(last) > 3 or parts[2]:
            votes[last] += 1
        else:
            grouped.add(last)
    if votes["."] != votes[","]:
        return NumberStyle("." if votes["."] > votes[","] else ",")
    if default:
        return NumberStyle(default)
    if grouped:
        return NumberStyle("," if grouped == {"."} else ".", decided=False)
    return NumberStyle(".", decided=not grouped)


def parse(text: str, style: NumberStyle) -> Number | None:
    """The number a text says in this style, or None when it is not one (or contradicts the style of its column)."""
    parts = _split(text)
    if not parts or any(mark in text for mark in "<>≤≥~≈"):
        return None
    before, digits, exponent, after, negative = parts
    percent = "%" in before + after
    scale, currency = unit_of(f"{before} {after}".replace("%", " ").replace("A$", " AUD ").replace("US$", " USD "))
    if (scale, currency) == (None, "") and fold(before + after.replace("%", "")):
        return None
    thousands = "," if style.decimal == "." else "."
    whole, _, fraction = digits.partition(style.decimal)
    if style.decimal in fraction or thousands in fraction or " " in fraction:
        return None
    if any(mark in whole for mark in (thousands, " ")):
        if not _GROUPED.fullmatch(whole) or (thousands in whole and " " in whole):
            return None
        whole = whole.replace(thousands, "").replace(" ", "")
    if len(whole) + len(fraction) > _MOST_DIGITS:
        return None
    value = Decimal(f"{whole or '0'}.{fraction or '0'}{exponent}")
    if abs(value) > MOST:
        return None
    return Number(-value if negative else value, scale, currency, percent)
