"""The people of a list as a file, under its filters; the import reads the same headings and finds nothing to change."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from projects.exchange import workbooks
from projects.resources.models import Person
from projects.resources.week import NAMES
from projects.roster.values import MORE_THAN_HOURS

MOST = 20_000


def headings(*, rates: bool) -> list[str]:
    return [
        _("External reference"), _("Name"), _("E-mail"), _("Organisation"), pgettext("people", "Role"),
        pgettext("organisation", "Unit"), _("Share"), _("External"), _("Arrives"), _("Last day"), _("Skills"),
        *(_(name) for name in NAMES), _("Working pattern from"), _("Share kept for daily operations"),
        *((_("Daily rate"), _("Currency"), _("Rate from")) if rates else ()),
    ]  # fmt: skip


def row_of(person: Person, *, on: date, rates: bool) -> list[Any]:
    """What holds on that day of what follows one another."""
    shares, skills = list(person.units.all()), person.skills.all()
    begun = [one for one in person.patterns.all() if one.starts_on <= on]  # the earliest first
    pattern = begun[-1] if begun else None
    week: list[Any] = [part_of_a_day(share) for share in pattern.shares] if pattern else [None] * len(NAMES)
    return [
        person.external_ref, person.name, person.email, person.organisation, person.role.label if person.role else "",
        "; ".join(one.unit.label for one in shares), "; ".join(str(one.percent) for one in shares),
        _("yes") if person.is_external else _("no"), person.arrives_on, person.leaves_on,
        "; ".join(f"{one.skill.label} {one.level}" for one in skills),
        *week, pattern.starts_on if pattern else None, part_of_a_day(pattern.percent_run) if pattern else None,
        *(rate_of(person, on) if rates else ()),
    ]  # fmt: skip


def part_of_a_day(share: int) -> int | str:
    """A share below what could be somebody's hours carries its sign."""
    return f"{share} %" if 0 < share < MORE_THAN_HOURS else share


def rate_of(person: Person, on: date) -> list[Any]:
    """Their own dated one, else their standing one: what a day of them costs, its currency, since when."""
    begun = [one for one in person.rates.all() if one.starts_on <= on]
    if begun:
        return [begun[-1].daily_rate, begun[-1].currency, begun[-1].starts_on]
    return [person.daily_rate, person.rate_currency if person.daily_rate is not None else None, None]


def as_file(people: Any, kind: str, *, on: date, rates: bool) -> bytes:
    related = ("patterns", "rates") if rates else ("patterns",)
    found = people.prefetch_related(*related)[:MOST]
    rows = [headings(rates=rates), *(row_of(person, on=on, rates=rates) for person in found)]
    if kind == "xlsx":
        return workbooks.xlsx([(_("People"), rows)])
    return workbooks.csv_file([[one.isoformat() if hasattr(one, "isoformat") else one for one in row] for row in rows])
