"""A working week in plain words: “Monday–Wednesday, 3 days”. Pure: names come from the caller's language through gettext."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core import formats

NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def days_of(shares: Sequence[int]) -> Decimal:
    """How many days a week comes to; `shares` are the per cents of Monday to Sunday."""
    return Decimal(sum(shares)) / 100


def in_words(shares: Sequence[int]) -> str:
    """Runs of days with the same share, then what they come to."""
    total = days_of(shares)
    if not total:
        return _("does not work")
    places = 0 if total % 1 == 0 else 1 if total * 10 % 1 == 0 else 2
    words = ngettext("%(count)s day", "%(count)s days", formats.plural(total, places))
    words %= {"count": formats.number(total, places)}
    return ", ".join([*_runs(shares), words])


def _runs(shares: Sequence[int]) -> Iterator[str]:
    for share, days in groupby(range(7), key=lambda day: shares[day]):
        if not share:
            continue
        first, *rest = list(days)
        names = (
            _(NAMES[first])
            if not rest
            else _("%(first)s–%(last)s") % {"first": _(NAMES[first]), "last": _(NAMES[rest[-1]])}
        )
        yield names if share == 100 else _("%(days)s at %(share)s") % {"days": names, "share": formats.percent(share)}
