"""Who and what there is, read once whatever the number of lines: people by every way a file may name them, and theirs."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from projects.exchange.words import fold
from projects.resources.models import (
    Person,
    PersonSkill,
    Rate,
    Role,
    Skill,
    Unit,
    UnitShare,
    WorkingCalendar,
    WorkPattern,
)
from projects.roster.lines import index
from projects.roster.values import BadCell

USUAL_HOURS = 7.0  # of a day, where no calendar says
USUAL_WEEK = (100, 100, 100, 100, 100, 0, 0)


class Known:
    """The people there are, by every way a file may name them."""

    def __init__(self) -> None:
        people = list(Person.objects.select_related("role").order_by("pk"))
        self.by_ref = {one.external_ref: one for one in people if one.external_ref}
        self.by_mail: dict[str, list[Person]] = {}
        for one in people:
            if one.email:
                self.by_mail.setdefault(one.email.lower(), []).append(one)
        self.by_name = index(people, "name")
        self.units: dict[int, list[UnitShare]] = {}
        for share in UnitShare.objects.select_related("unit"):
            self.units.setdefault(share.person_id, []).append(share)

    @cached_property
    def called_roles(self) -> dict[str, list[Role]]:
        return index(Role.objects.all(), "code", "name", "name_en")

    @cached_property
    def called_units(self) -> dict[str, list[Unit]]:
        return index(Unit.objects.all(), "code", "name", "name_en")

    @cached_property
    def called_skills(self) -> dict[str, list[Skill]]:
        return index(Skill.objects.all(), "code", "name", "name_en")

    @cached_property
    def skills(self) -> dict[int | None, dict[int, PersonSkill]]:
        """{person: {skill: how well}}."""
        found: dict[int | None, dict[int, PersonSkill]] = {}
        for one in PersonSkill.objects.order_by("pk"):
            found.setdefault(one.person_id, {})[one.skill_id] = one
        return found

    @cached_property
    def patterns(self) -> dict[int | None, list[WorkPattern]]:
        """{person: theirs, the earliest first}."""
        return by_person(WorkPattern.objects.order_by("person", "starts_on"))

    @cached_property
    def rates(self) -> dict[int | None, list[Rate]]:
        """{person: their own, the earliest first}."""
        return by_person(Rate.objects.filter(person__isnull=False).order_by("person", "starts_on"))

    @cached_property
    def _calendars(self) -> dict[int | None, WorkingCalendar]:
        """By id; None for the usual one."""
        found: dict[int | None, WorkingCalendar] = {}
        for one in WorkingCalendar.objects.all():
            found[one.pk] = one
            if one.is_default:
                found[None] = one
        return found

    def calendar_of(self, person: Person) -> WorkingCalendar | None:
        """Their own, else that of their largest unit, else the usual one."""
        shares = sorted(self.units.get(person.pk, ()), key=lambda one: (-one.percent, one.unit_id)) if person.pk else []
        return self._calendars.get(person.calendar_id or (shares[0].unit.calendar_id if shares else None))

    def week_of(self, person: Person) -> tuple[int, ...]:
        """What they work on Monday to Sunday where no pattern says otherwise."""
        calendar = self.calendar_of(person)
        return calendar.shares if calendar else USUAL_WEEK

    def hours_of(self, person: Person, on: date) -> float:
        """How many hours they work on such a day of the week, as their pattern says by then; of a whole day where they do not."""
        calendar = self.calendar_of(person)
        hours = float(calendar.hours_per_day) if calendar else USUAL_HOURS
        begun = [one for one in self.patterns.get(person.pk, ()) if one.starts_on <= on]
        week = begun[-1].shares if begun else calendar.shares if calendar else USUAL_WEEK
        return hours * (week[on.weekday()] or 100) / 100

    def person(self, *, ref: str, mail: str, name: str, unit: str) -> Person | None:
        """By reference, else by e-mail, else by a name that one person has (in that unit). Raises BadCell for several."""
        if ref and ref in self.by_ref:
            return self.by_ref[ref]
        if mail and (sharing := self.by_mail.get(mail.lower())):
            if len(sharing) > 1:
                names = ", ".join(one.name for one in sharing)
                raise BadCell(_("Several people have this e-mail address: %(names)s.") % {"names": names})
            return sharing[0]
        if ref or mail or not name:
            return None
        found = self.by_name.get(fold(name), [])
        if unit and len(found) > 1:
            found = [one for one in found if any(fold(unit) in (fold(s.unit.code), fold(s.unit.name))
                                                 for s in self.units.get(one.pk, ()))]  # fmt: skip
        if len(found) > 1:
            raise BadCell(_("Several people have this name. Add their reference or e-mail address."))
        return found[0] if found else None

    def namesake(self, name: str) -> Person | None:
        """Who has exactly this name and neither a reference nor an e-mail address by which they could be somebody else."""
        found = [one for one in self.by_name.get(fold(name), []) if not one.external_ref and not one.email]
        return found[0] if name and len(found) == 1 else None


def by_person(rows: Iterable[Any]) -> dict[int | None, list[Any]]:
    found: dict[int | None, list[Any]] = {}
    for one in rows:
        found.setdefault(one.person_id, []).append(one)
    return found
