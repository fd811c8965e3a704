"""Cells → values of people and absences. Pure: `BadCell` carries what is wrong and what would be right."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from projects.exchange import dates
from projects.exchange.dates import DateStyle
from projects.exchange.table import Cell
from projects.exchange.words import fold

YES = frozenset({"oui", "yes", "o", "y", "x", "1", "vrai", "true", "externe", "external", "prestataire"})
NO = frozenset({"", "non", "no", "n", "0", "faux", "false", "interne", "internal"})
CROSS = YES - {"1", "externe", "external", "prestataire"}
MORE_THAN_HOURS = 10  # a share of a day below it, without its sign, is somebody's hours
LARGEST = Decimal(10_000_000)
DAY_BY_START = {
    start: place
    for place, starts in enumerate((
        ("lun", "lu", "mon", "mo"), ("mar", "ma", "tue", "tu"), ("mer", "me", "wed", "we"), ("jeu", "je", "thu", "th"),
        ("ven", "ve", "fri", "fr"), ("sam", "sa", "sat"), ("dim", "di", "sun", "su"),
    ))
    for start in starts
}  # fmt: skip
FIRST_YEAR, LAST_YEAR = 1950, 2150
MIDNIGHT = re.compile(r"[T ]+0?0:00(:00(\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?$")
TIME = re.compile(r"\d[:hH]\d\d")  # half a day would be read as a whole one
AT = re.compile(r"[T ]+(\d{1,2})[:hH]([0-5]\d)(?::[0-5]\d)?$")


class BadCell(ValueError):
    """What is wrong with a value, in the reader's words."""


def day(value: Cell, order: str = "dmy") -> dt.date | None:
    """A day of a spreadsheet or of a text; None where a program wrote 31/12/9999 for none. `order`: of day and month."""
    if dates.never(value):
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if value is None or isinstance(value, dt.date):
        return value
    text = MIDNIGHT.sub("", str(value).strip().removeprefix("'").strip())
    if not text:
        return None
    cell = value if isinstance(value, int | float) and not isinstance(value, bool) else text
    found = None if TIME.search(text) else dates.parse(cell, DateStyle(order))
    if found and found.first == found.last and FIRST_YEAR <= found.first.year <= LAST_YEAR:
        return found.first
    raise BadCell(_("“%(value)s” is no day. Write it as 2027-02-15 or 15/02/2027.") % {"value": text[:60]})


def moment(value: Cell, order: str = "dmy") -> dt.date | None:
    """A day, or a datetime where a time of day is said: “15/02/2027 14:00”, “2027-02-15T14:00”."""
    if dates.never(value):
        return None
    if isinstance(value, dt.datetime):
        return value
    text = MIDNIGHT.sub("", value.strip()) if isinstance(value, str) else ""
    found = AT.search(text)
    if found and int(found[1]) < 24 and (begins := day(text[: found.start()], order)):
        return dt.datetime.combine(begins, dt.time(int(found[1]), int(found[2])))
    return day(value, order)


def together(found: Iterable[tuple[dt.date, dt.date, int]]) -> Iterator[tuple[dt.date, dt.date, int]]:
    """Days that follow each other with the same share are one absence."""
    held: tuple[dt.date, dt.date, int] | None = None
    for first, last, share in found:
        if held and held[2] == share and held[1] + dt.timedelta(days=1) == first:
            held = held[0], last, share
            continue
        if held:
            yield held
        held = first, last, share
    if held:
        yield held


def flag(value: Cell) -> bool:
    text = fold(str(int(value) if isinstance(value, bool | float) else value)) if value is not None else ""
    if text in YES:
        return True
    if text in NO:
        return False
    raise BadCell(_("“%(value)s” is neither yes nor no.") % {"value": str(value)[:60]})


def share(value: Cell) -> int:
    """Per cent of a day. A column of per cents holds 0.5 for 50 % and 1 for 100 %; “1 %” in words is one."""
    if value is None or value == "":
        return 100
    text = str(value)
    try:
        number = float(text.replace("%", "").replace(",", ".").strip())
    except ValueError as error:
        raise BadCell(
            _("“%(value)s” is no share of a day: write 50 for half of it.") % {"value": str(value)[:60]}
        ) from error
    number = number * 100 if 0 < number <= 1 and "%" not in text else number
    if not 1 <= number <= 100:
        raise BadCell(_("A share goes from 1 to 100."))
    return round(number)


def per_cent(value: Cell) -> int:
    """0 to 100, as `share` but that nothing of it is one too."""
    text = str(value).replace("%", "").replace(",", ".").strip()
    return 0 if text in ("0", "0.0", "0.00") else share(value)


def part_of_a_day(value: Cell) -> int:
    """What is worked of a weekday, in per cent: 100, 50 %, 0.5, a cross for the whole day; nothing in it is a day off."""
    if value is None or value is False or fold(str(value)) in NO:
        return 0
    if value is True or (not isinstance(value, int | float) and fold(value if isinstance(value, str) else "") in CROSS):
        return 100
    told = {"value": str(value)[:60]}
    try:
        found = per_cent(value)
    except BadCell as error:
        raise BadCell(
            _("“%(value)s” is no part of a day: write 100 for a whole day, 50 for half of it, 0 for none.") % told
        ) from error
    if found < MORE_THAN_HOURS and "%" not in str(value):
        raise BadCell(_("“%(value)s” looks like hours: write 100 for a whole day, 50 for half of it.") % told)
    return found


def week(text: str) -> tuple[int, ...]:
    """“lun mar mer 50 % jeu”, “Mon–Thu”: what is worked on Monday to Sunday; days that are not named are off."""
    found, last, through = [0] * 7, None, False
    for word in re.findall(r"[^\W\d_]+\.?|\d+|[-–]", text):
        name = fold(word)
        if word in ("-", "–", "a", "à", "au", "to"):
            through = last is not None
        elif word.isdigit() and last is not None and int(word) <= 100:
            found[last] = int(word)
        elif len(name) >= 2 and (place := DAY_BY_START.get(name[:3] if len(name) > 2 else name)) is not None:
            for between in range(last + 1 if through and last is not None else place, place + 1):
                found[between] = 100
            last, through = place, False
        else:
            break
    else:
        if last is not None:
            return tuple(found)
    raise BadCell(
        _("“%(value)s” does not say which days: name them, as in “Mon Tue Thu 50 %%”.") % {"value": text[:60]}
    )


def money(value: Cell) -> Decimal:
    """An amount as spreadsheets and people write it: “1 250,50 €”, 650, “650.00”."""
    text = re.sub(r"[\s€$£]|/?(?:jour|day|j)$", "", str(value).strip(), flags=re.IGNORECASE)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text):
        text = text.replace(",", "")
    elif isinstance(value, str) and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", text):
        words = _("“%(value)s” could be %(one)s or %(other)s: write %(one)s or %(other)s.")
        one, other = f"{Decimal(text).normalize():f}", text.replace(".", "")
        raise BadCell(words % {"value": value[:60], "one": one, "other": other})
    try:
        found = Decimal(text.replace(",", ".")).quantize(Decimal("0.01"))
    except InvalidOperation as error:
        words = _("“%(value)s” is no amount. Write it as 650 or 650.50, with its currency in a column of its own.")
        raise BadCell(words % {"value": str(value)[:60]}) from error
    if not 0 <= found < LARGEST:
        raise BadCell(_("What a day costs goes from 0 to 9,999,999."))
    return found


def pieces(
    begin: Cell, end: Cell, *, zone: ZoneInfo, hours: Callable[[dt.date], float]
) -> Iterator[tuple[dt.date, dt.date, int]]:
    """(first day, last day, share) of an event; hours are those that pass, whatever the clocks do, of as many as that day has.

    Whole days end before their last moment (RFC 5545): the day after the last. A timed event is a share of each of its days.
    """
    if not isinstance(begin, dt.datetime):
        first, last = day(begin), day(end)
        if first is None:
            raise BadCell(_("It has no first day."))
        if last and last < first:
            raise BadCell(_("It ends before it begins."))
        last = last - dt.timedelta(days=1) if last and last > first else first
        yield first, last, 100
        return
    if not isinstance(end, dt.datetime):
        raise BadCell(_("It begins at a time of day and has no end."))
    if not all(FIRST_YEAR <= one.year <= LAST_YEAR for one in (begin, end)):
        raise BadCell(_("Its year is none in which anybody is away: correct its days."))
    start, stop = (one.astimezone(zone) if one.tzinfo else one.replace(tzinfo=zone) for one in (begin, end))
    if stop <= start:
        raise BadCell(_("It ends before it begins."))
    if (stop - start).days > 366:
        raise BadCell(_("It lasts more than a year."))
    today = start.date()
    while today <= stop.date():
        opens = max(start, dt.datetime.combine(today, dt.time(), zone))
        closes = min(stop, dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), zone))
        passed = (closes.astimezone(dt.UTC) - opens.astimezone(dt.UTC)).total_seconds() / 3600
        if passed > 0:
            yield today, today, max(1, min(100, round(100 * passed / hours(today))))
        today += dt.timedelta(days=1)
