"""Time as a parameter: `?as_of=2026-06-30` on every page that can look back."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import formats

EARLIEST = dt.date(1900, 1, 1)


class NoSuchDay(ValueError):
    """The address asks for a day that is none, or that has not come: the message says what to ask for instead."""


def asked_day(request: HttpRequest) -> dt.date | None:
    """The past day asked for; None for today and where no day is asked for. Raises NoSuchDay, as the API refuses with 400."""
    text = request.GET.get("as_of", "")
    if not text:
        return None
    today = timezone.localdate()
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise NoSuchDay(
            _("“%(text)s” is not a day. Write it like %(day)s.") % {"text": text[:40], "day": today}
        ) from error
    if day > today:
        raise NoSuchDay(_("%(day)s has not come yet. Choose a day up to today.") % {"day": formats.date(day, "long")})
    if day < EARLIEST:
        raise NoSuchDay(_("Nothing is kept from before %(year)d.") % {"year": EARLIEST.year})
    return None if day == today else day


def as_of(request: HttpRequest) -> dt.date | None:
    """The same for pages and their frame: what is no day was refused before any page was asked (core.middleware)."""
    try:
        return asked_day(request)
    except NoSuchDay:
        return None


def end_of(day: dt.date) -> dt.datetime:
    """The last instant of a day in the site's time zone: what was true then is what `valid_from ≤ it < valid_to` says."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.max))


@dataclass(frozen=True, slots=True)
class Preset:
    label: str
    day: dt.date


def presets(today: dt.date) -> list[Preset]:
    """Days people look back at: last month end, last quarter end, last year end, a year ago."""
    month_end = today.replace(day=1) - dt.timedelta(days=1)
    quarter_end = dt.date(today.year, 3 * ((today.month - 1) // 3) + 1, 1) - dt.timedelta(days=1)
    year_end = dt.date(today.year - 1, 12, 31)
    year_ago = today - dt.timedelta(days=365)
    named = {
        month_end: _("End of last month"),
        quarter_end: _("End of last quarter"),
        year_end: _("End of last year"),
        year_ago: _("A year ago"),
    }
    return [Preset(label, day) for day, label in named.items()]
