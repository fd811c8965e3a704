"""Time as a parameter: `?as_of=2026-06-30` on every page that can look back."""

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _


def as_of(request: HttpRequest) -> dt.date | None:
    """The past day asked for; None for today, for a day to come and for anything that is not a day."""
    try:
        day = dt.date.fromisoformat(request.GET.get("as_of", ""))
    except ValueError:
        return None
    return day if day < timezone.localdate() else None


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
