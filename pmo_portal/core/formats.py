"""Numbers, money, dates and delays as a reader of French or English writes them. Plain text; the one place that knows.

French: `1 234,5` with U+202F, `12 %`, `1 234 k€`, `6 avr. 2027`. English: `1,234.5`, `12%`, `£1,234k`, `6 Apr 2027`.
A missing value is an en dash, never zero. Rounding is half up, as a spreadsheet does. Negative numbers take U+2212.
"""

import datetime as dt
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext

from pmo_portal.core.typography import NARROW, NO_BREAK

MISSING = "–"
MINUS = "−"
MONTHS = {
    "fr": ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
LONG_MONTHS = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "AUD": "A$", "CAD": "C$", "NZD": "NZ$", "JPY": "¥"}
# Divisor and suffix per language of the scales an amount is shown in.
SCALES: dict[str, tuple[int, str, str]] = {
    "1": (1, "", ""),
    "k": (10**3, "k", "k"),
    "M": (10**6, "M", "M"),
    "G": (10**9, "Md", "bn"),
}
_STEPS = {places: Decimal(1).scaleb(-places) for places in range(5)}

Number = int | float | Decimal


def language() -> str:
    """'fr' or 'en'."""
    return "en" if get_language() == "en" else "fr"


def number(value: Number | None, places: int = 0, *, sign: bool = False) -> str:
    """`value` with `places` decimals; `sign` writes + in front of positive numbers."""
    if value is None:
        return MISSING
    rounded = value if isinstance(value, int) else Decimal(str(value)).quantize(_STEPS[places], ROUND_HALF_UP)
    text = f"{abs(rounded):,.{places}f}" if places else f"{abs(rounded):,}"
    if language() == "fr":
        text = text.replace(",", NARROW).replace(".", ",")
    if rounded < 0:
        return MINUS + text
    return "+" + text if sign and rounded > 0 else text


def percent(value: Number | None, places: int = 0, *, sign: bool = False) -> str:
    """A percentage given as 0–100."""
    if value is None:
        return MISSING
    return number(value, places, sign=sign) + (f"{NO_BREAK}%" if language() == "fr" else "%")


def places_kept(value: float, judged: Callable[[float], object], *, least: int = 0, most: int = 2) -> int:
    """How many decimals it takes so that what is shown is judged as `value` is: 94.5 beside a limit of 95 is not “95”."""
    wanted = judged(value)
    for places in range(least, most):
        if judged(float(Decimal(str(value)).quantize(_STEPS[places], ROUND_HALF_UP))) == wanted:
            return places
    return most


def kept(value: float, judged: Callable[[float], object]) -> str:
    """`value` whole, or with the decimals that keep its judgement."""
    whole = round(value)
    return number(whole) if judged(whole) == judged(value) else number(value, places_kept(value, judged, least=1))


def scale_for(value: Number | None) -> str:
    """The scale that shows an amount in one to five digits."""
    size = abs(float(value or 0))
    return "1" if size < 10_000 else "k" if size < 10_000_000 else "M" if size < 10_000_000_000 else "G"


def money(
    value: Number | None, currency: str, *, scale: str = "k", places: int | None = None, sign: bool = False
) -> str:
    """An amount in units of `currency` (ISO 4217), shown in units "1", thousands "k", millions "M", billions "G", or "auto"."""
    if value is None:
        return MISSING
    scale = scale_for(value) if scale == "auto" else scale
    divisor, french_suffix, english_suffix = SCALES[scale]
    places = (1 if scale in {"M", "G"} else 0) if places is None else places
    text = number(Decimal(str(value)) / divisor, places, sign=sign)
    symbol = SYMBOLS.get(currency, currency)
    if language() == "fr":
        return f"{text}{NO_BREAK}{french_suffix}{symbol}"
    mark = text[0] if text[0] in f"+{MINUS}" else ""
    symbol += NO_BREAK if symbol.isalpha() else ""
    return f"{mark}{symbol}{text[len(mark) :]}{english_suffix}"


def unit(currency: str, scale: str = "k") -> str:
    """The unit for a column header: `k€`, `£m`…"""
    symbol = SYMBOLS.get(currency, currency)
    _divisor, french_suffix, english_suffix = SCALES[scale]
    return f"{french_suffix}{symbol}" if language() == "fr" else f"{symbol}{english_suffix}"


def date(value: dt.date | None, style: str = "medium") -> str:
    """A day as `medium` 6 Apr 2027, `short` 6 Apr 27, `day` 6 Apr, `month` Apr 2027, `mon` Apr 27 or `long` 6 April 2027."""
    if value is None:
        return MISSING
    lang = language()
    month = (LONG_MONTHS if style == "long" else MONTHS)[lang][value.month - 1]
    if style == "mon":
        return f"{month} {value.year % 100:02d}"
    if style == "month":
        return f"{month}{NO_BREAK}{value.year}"
    day = "1er" if lang == "fr" and value.day == 1 else str(value.day)
    year = "" if style == "day" else f" {value.year % 100:02d}" if style == "short" else f" {value.year}"
    return f"{day} {month}{year}"


def moment(value: dt.datetime | None) -> str:
    """A day and time in the site's time zone."""
    if value is None:
        return MISSING
    local = timezone.localtime(value)
    return gettext("%(date)s at %(time)s") % {"date": date(local.date()), "time": f"{local:%H:%M}"}


def plural(value: Number, places: int = 0) -> int:
    """What `ngettext` is to be asked with for a figure shown with `places` decimals: in French 1,5 jour and 0 jour, in English
    1.5 days and 0 days."""
    shown = abs(Decimal(str(value)).quantize(_STEPS[places], ROUND_HALF_UP))
    return 1 if (shown < 2 if language() == "fr" else shown == 1) else 2


def days(value: int | None, *, sign: bool = True) -> str:
    """A delay in calendar days: `+24 d`, `−8 d`, `0 d`."""
    return MISSING if value is None else number(value, sign=sign) + NO_BREAK + day_letter()


def day_letter() -> str:
    """What stands behind a number of days where there is no room for the word."""
    return "j" if language() == "fr" else "d"


def ago(value: dt.datetime | None, now: dt.datetime) -> str:
    """How long before `now`: just now, 3 min ago, 2 h ago, 5 days ago, else the day."""
    if value is None:
        return MISSING
    minutes = int((now - value).total_seconds() // 60)
    if minutes < 1:
        return gettext("just now")
    if minutes < 60:
        return ngettext("%(count)d min ago", "%(count)d min ago", minutes) % {"count": minutes}
    if minutes < 24 * 60:
        return gettext("%(count)d h ago") % {"count": minutes // 60}
    if minutes < 30 * 24 * 60:
        return ngettext("%(count)d day ago", "%(count)d days ago", minutes // 1440) % {"count": minutes // 1440}
    return date(timezone.localtime(value).date())
