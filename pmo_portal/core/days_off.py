"""Public holidays by country and region, from the `holidays` library."""

from collections.abc import Iterable
from datetime import date
from functools import cache

import holidays
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

NOT_PUBLIC = {"FR": ("Zone A", "Zone B", "Zone C")}  # of schools: they have no public holidays of their own
NAMES = {("FR", "6AE"): "Alsace (Alsace-Moselle)", ("FR", "57"): "Moselle (Alsace-Moselle)"}  # the law is that of both


def days_off(country: str, region: str = "", *, years: Iterable[int]) -> frozenset[date]:
    """The public holidays of a country (ISO 3166-1, two letters) and region (its code in the library) in these years.

    Nothing for no country: only weekends are off.
    """
    return frozenset().union(*(_of_year(country, region, year) for year in years)) if country else frozenset()


@cache
def _of_year(country: str, region: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))


def named_days_off(country: str, region: str, year: int) -> list[tuple[date, str]]:
    """The public holidays of a year with their names, in the reader's language where the library knows it."""
    if not country:
        return []
    wanted = "fr" if get_language() == "fr" else "en_US"
    known = getattr(holidays, country, None)
    spoken = wanted if wanted in getattr(known, "supported_languages", ()) else None
    found = holidays.country_holidays(country, subdiv=region or None, years=year, language=spoken)
    return sorted((day, str(name)) for day, name in found.items())


def validate_country(code: str) -> None:
    """A country whose holidays are known."""
    if code not in holidays.list_supported_countries():
        message = _("No public holidays are known for “%(code)s”. Use a country code of two letters, such as FR.")
        raise ValidationError(message % {"code": code})


def knows_region(country: str, region: str) -> bool:
    return not region or region in dict(regions(country))


@cache
def regions(country: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of the regions of a country that have holidays of their own, by name."""
    codes = holidays.list_supported_countries().get(country, ())
    names: dict[str, str] = {}
    for alias, code in getattr(getattr(holidays, country, None), "subdivisions_aliases", {}).items():
        names[code] = max(names.get(code, ""), alias, key=len)  # GP and Guadeloupe are the same
    kept = [code for code in codes if code not in NOT_PUBLIC.get(country, ())]
    return tuple(
        sorted(((code, NAMES.get((country, code)) or names.get(code, code)) for code in kept), key=lambda pair: pair[1])
    )


def region_name(country: str, region: str) -> str:
    return dict(regions(country)).get(region, region)


@cache
def countries() -> tuple[str, ...]:
    """The codes of the countries whose public holidays are known."""
    return tuple(sorted(code for code in holidays.list_supported_countries() if len(code) == 2))
