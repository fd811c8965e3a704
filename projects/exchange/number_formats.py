"""What a spreadsheet's number format adds to the number stored: a cell of 0.45 shown as "45 %", of 1500 shown as "1,500 k€".

ECMA-376 Part 1 §18.8.31: a format has up to four sections; `%` multiplies what is shown by 100; each comma right after the last
digit placeholder divides it by 1,000; text in quotes, after a backslash or in `[$…]` is shown as it is and changes nothing. A
person means what they see. So a stored number v is worth, with the unit U its format writes ("k€": 1,000; none: the header's):

| format        | shown for 1500000 | worth                                      |
|---------------|-------------------|--------------------------------------------|
| `#,##0`       | 1,500,000         | v × header                                 |
| `#,##0 "k€"`  | 1,500,000 k€      | v × 1,000                                  |
| `#,##0, "k€"` | 1,500 k€          | v ÷ 1,000 × 1,000 = v                      |
| `#,##0,`      | 1,500             | v ÷ 1,000 × header; v where none says k    |
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from projects.exchange.numbers import unit_of
from projects.exchange.words import fold

THOUSAND = 1000
_FTE = frozenset({"fte", "etp", "etpt"})
MOST_FORMAT = 255
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[\$(?P<symbol>[^\]\-]*)[^\]]*\]|\[(?P<test>[<>=]+[^\]]*)\]|\[[^\]]*\]|(?P<plain>.)',
    re.DOTALL,
)
_TEST = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_PLACES = re.compile(r"[0#?](?:[0#?,. ]*[0#?])?(?P<commas>,*)")


@dataclass(frozen=True, slots=True)
class Shown:
    """What one section shows: `percent` of the number stored; `percent_sign` as mere text; digits cut off by commas; a unit."""

    percent: bool = False
    percent_sign: bool = False
    commas: int = 0
    scale: int | None = None
    equivalents: bool = False  # it writes “FTE” behind the number
    zeros: int = 0  # as many digits at least, filled up with zeros: codes such as 00042

    @property
    def plain(self) -> bool:
        """Whether the stored number says it all."""
        return self == PLAIN


PLAIN = Shown()


class FormattedNumber(float):
    """A number of a cell with the format that shows it."""

    __slots__ = ("format",)
    format: str

    def __new__(cls, value: float, number_format: str) -> "FormattedNumber":
        made = super().__new__(cls, value)
        made.format = number_format
        return made

    def __reduce__(self) -> tuple[type["FormattedNumber"], tuple[float, str]]:
        return FormattedNumber, (float(self), self.format)

    @property
    def shown(self) -> Shown:
        return section_for(self.format, float(self))


def matters(number_format: str) -> bool:
    """Whether some number is worth something else than it says under this format."""
    return len(number_format) <= MOST_FORMAT and not all(shown.plain for _test, shown in sections(number_format))


def section_for(number_format: str, value: float) -> Shown:
    """The section that shows this number: by its condition, else positive, negative, zero in this order."""
    found = sections(number_format)
    tested = [(test, shown) for test, shown in found if test]
    for (sign, limit), shown in tested:
        if _holds(sign, value, limit):
            return shown
    if tested:
        rest = [shown for test, shown in found if not test]
        return rest[0] if rest else PLAIN
    position = 1 if value < 0 and len(found) > 1 else 2 if value == 0 and len(found) > 2 else 0
    return found[position][1]


def _holds(sign: str, value: float, limit: float) -> bool:
    return {
        "<": value < limit, ">": value > limit, "=": value == limit, "<=": value <= limit, ">=": value >= limit,
        "<>": value != limit,
    }[sign]  # fmt: skip


@lru_cache(maxsize=500)
def sections(number_format: str) -> tuple[tuple[tuple[str, float] | None, Shown], ...]:
    """((condition or None, what it shows), …) of the sections for numbers."""
    test: tuple[str, float] | None = None
    found, skeleton, text = [], "", ""
    for token in _TOKEN.finditer(number_format):
        if token["plain"] == ";":
            found.append((test, _shown(skeleton, text)))
            test, skeleton, text = None, "", ""
        elif token["test"] and (asked := _TEST.match(token["test"])):
            test = asked[1], float(asked[2])
        elif token["plain"] is not None and token["plain"] in "0#?,.%":
            skeleton += token["plain"]
        else:
            literal = token["quoted"] or token["escaped"] or token["symbol"] or token["plain"] or ""
            skeleton, text = skeleton + " ", text + literal
    return (*found, (test, _shown(skeleton, text)))[:3]


def _shown(skeleton: str, text: str) -> Shown:
    """`skeleton` holds placeholders and blanks for what is mere text."""
    places = _PLACES.search(skeleton)
    if places is None:
        return PLAIN
    bare = skeleton.strip()
    zeros = len(bare) if len(bare) > 1 and set(bare) == {"0"} and not text.strip() else 0
    unit = text.replace("%", " ").strip()
    scale = unit_of(unit)[0] if unit else None
    return Shown(
        "%" in skeleton,
        "%" in text,
        len(places["commas"]),
        scale if scale and scale > 1 else None,
        bool(_FTE & set(fold(unit).split())),
        zeros,
    )
