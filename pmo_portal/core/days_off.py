"""Public holidays by country and region, from the `holidays` library."""

from collections.abc import Iterable
from datetime import date
from functools import cache

import holidays
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def days_off(country: str, region: str = "", *, years: Iterable[int]) -> frozenset[date]:
    """The public holidays of a country (ISO 3166-1, two letters) and region (its code in the library) in these years.

    Nothing for no country: only weekends are off.
    """
    return frozenset().union(*(_of_year(country, region, year) for year in years)) if country else frozenset()


@cache
def _of_year(country: str, region: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))


def validate_country(code: str) -> None:
    """A country whose holidays are known."""
    if code not in holidays.list_supported_countries():
        message = _("No public holidays are known for “%(code)s”. Use a country code of two letters, such as FR.")
        raise ValidationError(message % {"code": code})


def knows_region(country: str, region: str) -> bool:
    return not region or region in holidays.list_supported_countries().get(country, ())
