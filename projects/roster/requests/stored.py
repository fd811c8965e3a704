"""What there is that a file of requests may mean, read once whatever the number of lines."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from pmo_portal.core.models import AuditEvent, User
from projects.exchange.missing import MISSING
from projects.exchange.words import fold
from projects.hierarchy.models import Project
from projects.resources.models import Allocation, AllocationMonth, Person
from projects.resources.services.months import stored as months_of
from projects.roster.known import Known
from projects.roster.lines import index
from projects.roster.values import BadCell

NOTHING = Decimal(0)
_NOBODY = frozenset({"nn", "n n", "vacant", "a recruter", "a pourvoir", "to hire", "to be hired", "externe", "interne"})


class Key(NamedTuple):
    """What makes two requests the same one, as ids and values."""

    project: int
    role: int
    skill: int | None
    level: int | None
    unit: int | None
    person: int | None
    firmness: str
    measure: str


@dataclass(slots=True, eq=False)
class Held:
    """A request there is. `people` and `units`: what it was asked as before an answer said otherwise, and what it says now."""

    row: Allocation
    months: dict[date, AllocationMonth]
    people: set[int | None] = field(default_factory=set)
    units: set[int | None] = field(default_factory=set)

    @property
    def key(self) -> Key:
        row = self.row
        return Key(
            row.project_id, row.role_id, row.skill_id, row.level, row.unit_id, row.person_id, row.firmness, row.measure
        )

    @property
    def root(self) -> int:
        """Those with the same one share its days."""
        return self.row.origin_id or self.row.pk

    @property
    def note(self) -> str:
        return " ".join(self.row.note.split())

    def asked(self, month: date) -> Decimal:
        return self.months[month].asked if month in self.months else NOTHING

    def may_be(self, key: Key, compared: Collection[str]) -> bool:
        """Whether the line may mean it: by who it was asked of before an answer, and without what the file does not say."""
        return self._says(key, compared) and key.person in self.people and key.unit in self.units

    def is_called(self, key: Key, compared: Collection[str]) -> bool:
        """Whether it is what the line says, by who it is asked of or given to now."""
        mine = self.key
        return self._says(key, compared) and mine.person == key.person and mine.unit == key.unit

    def _says(self, key: Key, compared: Collection[str]) -> bool:
        names = ("role", *(name for name in ("skill", "level", "firmness", "measure") if name in compared))
        return all(getattr(self.key, name) == getattr(key, name) for name in names)


class Stored:
    """Everything by every way a file may name it; projects are those the importer sees, or `home` alone."""

    def __init__(self, by: User, home: Project | None) -> None:
        self.by, self.home, self.known = by, home, Known()
        self.projects = [home] if home else list(Project.objects.visible_to(by).order_by("pk"))
        self.held: Mapping[int, list[Held]] = {}

    @cached_property
    def _by_code(self) -> dict[str, list[Project]]:
        return index(self.projects, "code")

    @cached_property
    def _by_name(self) -> dict[str, list[Project]]:
        return index(self.projects, "code", "name", "name_en", "short_name")

    def knows(self, text: str) -> bool:
        """Whether a project or a role is called so."""
        return fold(text) in self._by_name or fold(text) in self.known.called_roles

    @cached_property
    def _by_words(self) -> dict[str, list[Person]]:
        """“MARTIN Zoé” is Zoé Martin."""
        found: dict[str, list[Person]] = defaultdict(list)
        for people in self.known.by_name.values():
            for one in people:
                found[in_order(one.name)].append(one)
        return found

    def project(self, code: str, name: str) -> Project:
        """By code, else by name, “CODE – name” too. One that the importer may not see is not there."""
        found = self._by_code.get(fold(code), []) if code else self._named(name)
        if len(found) > 1 and code and name:
            found = [one for one in found if fold(name) in (fold(one.name), fold(one.name_en))]
        told = {"value": (code or name)[:60]}
        if len(found) == 1:
            return found[0]
        if found:
            raise BadCell(
                _("Several projects are called “%(value)s”: add a column with the code and one with the name.") % told
            )
        if self.home is not None:
            told["project"] = self.home.code
            words = _("“%(value)s” is another project: this file is for %(project)s alone. Import it from the list.")
            raise BadCell(words % told)
        if not (code or name):
            raise BadCell(_("Say which project: its code or its name."))
        raise BadCell(_("No project called “%(value)s” was found. Write its code as the portal has it.") % told)

    def _named(self, name: str) -> list[Project]:
        if not name and self.home is not None:
            return [self.home]
        found = self._by_name.get(fold(name), [])
        for mark in (" - ", " – ", " — ", " · ", " : ", " | "):
            if not found and mark in name:
                found = self._by_code.get(fold(name.split(mark)[0]), [])
        return found

    def person(self, text: str, unit: str, used: Collection[int | None]) -> Person | None:
        """By e-mail address, name, or reference; of several of one name the one this project asks for, or of the unit.
        None for a text that names nobody on purpose.
        """
        if "@" in text:
            found = self.known.by_mail.get(text.lower(), [])
        else:
            found = self.known.by_name.get(fold(text)) or self._by_words.get(in_order(text), [])
            if not found and text in self.known.by_ref:
                found = [self.known.by_ref[text]]
        if len(found) > 1:
            found = [one for one in found if one.pk in used] or found
        if len(found) > 1 and unit:
            known = self.known.person(ref="", mail="", name=text, unit=unit)
            found = [known] if known else found
        if not found and not said(text):
            return None
        nobody = _("Nobody here is called “%(value)s”. Add them first, correct the name, or leave it empty.")
        person: Person = self.only(found, text, nobody)
        return person

    def only(self, found: Sequence[Any], text: str, nothing: str = "", used: Collection[int | None] = ()) -> Any:
        """What is called so; of several, the one this project asks for already."""
        if len(found) > 1:
            found = [one for one in found if one.pk in used] or found
        told = {"value": text[:60]}
        if len(found) == 1:
            return found[0]
        if found and isinstance(found[0], Person):
            raise BadCell(_("Several people have this name. Add their e-mail address instead of it."))
        if found:
            raise BadCell(_("Several are called “%(value)s”: write the code of the one you mean.") % told)
        raise BadCell((nothing or _("“%(value)s” is not known here. Create it first, or correct it.")) % told)

    def load(self, projects: Collection[int]) -> None:
        """The requests of these projects: three statements."""
        found = Allocation.objects.filter(project__in=projects).select_related("role", "skill", "unit", "person")
        rows = {row.pk: row for row in found.order_by("pk")}
        months = months_of(rows)
        all_ = {pk: Held(row, months[pk], {row.person_id}, {row.unit_id}) for pk, row in rows.items()}
        label = Allocation._meta.label
        answers = AuditEvent.objects.filter(target_type=label, action="answer", project_id__in=list(projects))
        for pk, changes in answers.values_list("target_id", "changes"):
            if pk in all_:
                all_[pk].people |= set(changes.get("person", ())[:1])
                all_[pk].units |= set(changes.get("unit", ())[:1])
        held = defaultdict(list)
        for one in all_.values():
            held[one.row.project_id].append(one)
        self.held = held

    def used(self, project: int, name: str) -> set[int | None]:
        """The ids of this kind that the requests of the project have."""
        return {getattr(one.row, f"{name}_id") for one in self.held.get(project, ())}


def in_order(name: str) -> str:
    return " ".join(sorted(fold(name).split()))


def said(text: str) -> str:
    """The text, unless it only says that there is nothing to say: “-”, “N.N.”, “to be confirmed”."""
    return "" if MISSING.match(text) or fold(text) in _NOBODY else text
