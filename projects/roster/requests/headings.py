"""Which column of a table of requests holds what, and whether its months are lines or columns. Pure."""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _

from projects.exchange import dates
from projects.exchange.dates import DateStyle
from projects.exchange.table import Cell, Row, Sheet
from projects.exchange.values import text_value
from projects.exchange.words import fold
from projects.roster.columns import MOST_ABOVE, Columns
from projects.roster.formulas import broken
from projects.roster.requests.two_lines import joined

REQUESTS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "code projet", "code du projet", "project code", "n projet", "numero de projet"),
    "project": ("projet", "project", "nom du projet", "project name", "intitule du projet", "libelle projet"),
    "role": ("profil", "role", "role dans le projet", "role in the project", "role projet", "profile", "type de profil", "metier",
             "fonction", "job", "job title", "emploi"),
    "skill": ("competence", "competences", "competence requise", "skill", "skills", "skill required", "expertise"),
    "level": ("niveau", "niveau requis", "niveau minimum", "niveau de competence", "level", "skill level", "niveler"),
    "unit": ("unite", "unit", "entite", "service", "equipe", "team", "direction", "departement", "department", "fournisseur",
             "supplier", "prestataire", "demandee a", "demande a", "asked of"),
    "person": ("personne", "person", "ressource", "resource", "nom de la ressource", "resource name", "collaborateur",
               "collaboratrice", "intervenant", "intervenante", "nom", "name", "nom complet", "full name", "assigned to"),
    "firmness": ("engagement", "firmness", "ferme", "firm", "hard", "ferme previsionnel", "ferme ou previsionnel",
                 "ferme provisoire", "firm tentative", "firm or tentative", "certitude"),
    "tentative": ("previsionnel", "previsionnelle", "provisoire", "tentative", "option"),
    "measure": ("exprimee en", "exprime en", "mesure", "mesure en", "unite de mesure", "unite de charge", "measure",
                "measured in", "unit of measure"),
    "month": ("mois", "month", "periode", "period"),
    "asked": ("demande dans le mois", "asked in the month", "demande", "asked", "besoin", "charge", "charge demandee", "effort",
              "quantite", "quantity", "workload", "demand"),
    "note": ("pour quoi faire", "what for", "note", "notes", "commentaire", "commentaires", "comment", "comments", "remarque",
             "remarques", "description", "objet", "precisions"),
    "status": ("etat", "state", "statut", "status"),
    "granted": ("accorde dans le mois", "granted in the month", "accorde", "granted"),
    "asked_on": ("demandee le", "asked on"),
    "answered_on": ("repondue le", "answered on"),
    "answer": ("reponse", "answer to it", "answer"),
}  # fmt: skip
ANSWERED = (
    "status",
    "granted",
    "asked_on",
    "answered_on",
    "answer",
)  # an answer says these, a file of what is asked does not
DAYS, PERCENT = "days", "percent"
FTE = frozenset({"etp", "etpt", "fte"})
_IN_DAYS = frozenset({"j", "jh", "jours", "jour", "days", "day", "md"})
_IN_PERCENT = frozenset({"pourcent", "pourcentage", "percent", "percentage"})
_FILLING = (
    FTE | _IN_DAYS | _IN_PERCENT | {"charge", "besoin", "demande", "asked", "demand", "en", "in", "h", "mois", "month"}
)
_COMPACT = re.compile(r"(20\d\d) ?m?(0[1-9]|1[0-2])|m(0?[1-9]|1[0-2]) (20\d\d)")  # 202701, 2027M01, M1 2027
_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]")


class Unreadable(ValueError):
    """The table as a whole says something that cannot be read, in the reader's words."""


def measured(heading: Cell) -> str:
    """What a heading says its figures are: "fte", "percent", "days", or nothing."""
    text = text_value(heading)
    words = set(fold(text).split())
    if words & FTE:
        return "fte"
    if "%" in text or words & _IN_PERCENT:
        return PERCENT
    return DAYS if words & _IN_DAYS else ""


def month_of(heading: Cell, order: str = "dmy") -> date | None:
    """The month a heading names, as its first day: 2027-01, 01/2027, janv. 2027, Jan-27, a day that begins or ends it."""
    found = _days(heading, order)
    if found is None:
        return None
    first, last = found.first, found.last
    end = first.replace(day=monthrange(first.year, first.month)[1])
    one_month = first.day == 1 and last in (first, end)
    return first.replace(day=1) if one_month or first == last == end else None


def _days(heading: Cell, order: str) -> dates.Day | None:
    if found := _COMPACT.fullmatch(fold(text_value(heading))):
        heading = f"{found[1] or found[4]}-{found[2] or found[3]}"
    if isinstance(heading, str):
        bare = _BRACKETS.sub(" ", heading)
        kept = [word for word in bare.replace("%", " ").split() if not set(fold(word).split()) <= _FILLING]
        heading = " ".join(kept)
        others = [word for word in fold(heading).split() if not word.isdigit()]
        if not heading or heading.isdigit() or len(others) > 1:  # “Réalisé janv. 2027” is not what is asked
            return None
    elif not isinstance(heading, date):
        return None
    return dates.parse(heading, DateStyle(order))


def _yearless(heading: Cell) -> int:
    """The number of a month without its year, which could be any; 0 for anything else."""
    if not isinstance(heading, str) or _days(heading, "dmy") is not None:
        return 0
    found = month_of(f"{heading} 2027")
    return found.month if found else 0


class Table:
    """A sheet as requests: `columns`, and where there is no column of months `months` {place: month}. `is_one`: whether it is."""

    def __init__(self, sheet: Sheet) -> None:
        self.name = sheet.name
        self.columns = Columns(sheet, _known(sheet))
        self.places, before = self.columns.places, self.columns.headings
        headings, more = joined(sheet, self.columns, _yearless)
        self.columns.rows = self.columns.rows[more:]
        self.months: dict[int, date] = {}
        taken = set(self.places.values())
        self.is_long = {"month", "asked"} <= self.places.keys()
        self.check_computed(sheet, headings)
        self.yearless = [text_value(one) for place, one in enumerate(headings) if place not in taken and _yearless(one)]
        if not self.is_long and self.places:
            self._read_months({place: one for place, one in enumerate(headings) if place not in taken})
        self.spans = [one for place, one in enumerate(headings) if place not in taken and _covers(one)]
        self.measured = [measured(one) for one in headings]  # by place: what its figures are
        self.is_one = "role" in self.places and (self.is_long or bool(self.months))
        shown = {how(one[place]) for one in (headings, before) for place in self.months if place < len(one)
                 for how in (text_value, str)}  # fmt: skip
        self.unread = [one for one in self.columns.unread if one not in shown]
        self.answered = self.columns.leave_out(ANSWERED)
        if not self.is_long:  # a sum beside the months
            self.unread += self.columns.leave_out(("asked", "month"))

    def _read_months(self, headings: Mapping[int, Cell]) -> None:
        """The order of day and month is that in which most headings are months; weeks and a month twice are refused."""
        order = max(
            ("dmy", "mdy"), key=lambda order: sum(month_of(one, order) is not None for one in headings.values())
        )
        self.months = {place: found for place, one in headings.items() if (found := month_of(one, order))}
        days = [one for place, one in headings.items() if place not in self.months and _is_a_day(one, order)]
        if self.months and days:
            words = _("“%(value)s” is no month: give one column a month, not a week or a day.")
            raise Unreadable(words % {"value": text_value(days[0])[:40]})
        if self.months and self.yearless:
            raise Unreadable(no_year(self.yearless[0]))
        for one in headings.values():
            if self.months and _covers(one, order) - set(self.months.values()):
                raise Unreadable(no_month(one))
        seen: dict[date, int] = {}
        for place, month in self.months.items():
            if (first := seen.setdefault(month, place)) != place:
                words = _("“%(one)s” and “%(other)s” are the same month: keep one of the two columns.")
                raise Unreadable(words % {"one": text_value(headings[first]), "other": text_value(headings[place])})

    def check_computed(self, sheet: Sheet, headings: Sequence[Cell]) -> None:
        """A heading that is a formula without a value could be any month."""
        row = sheet.rows[self.columns.start - 1] if self.places else None
        for place, one in enumerate(headings):
            if row and (words := broken(one, row, place)):
                raise Unreadable(words)

    def cell(self, row: Row, name: str) -> Cell:
        return self.columns.at(row, name)


def no_year(heading: str) -> str:
    return _("“%(value)s” has no year: head the columns of months as 2027-01 or Jan 2027.") % {"value": heading[:40]}


def no_month(heading: Cell) -> str:
    words = _("“%(value)s” is more than one month: give one column a month.")
    return words % {"value": text_value(heading)[:40]}


def _covers(heading: Cell, order: str = "dmy") -> set[date]:
    """The months of a quarter or of half a year; none for anything else."""
    found = _days(heading, order)
    if found is None or month_of(heading, order):
        return set()
    months = range(found.first.month, found.last.month + 1)
    return {found.first.replace(month=month, day=1) for month in months} if len(months) > 1 else set()


def _is_a_day(heading: Cell, order: str) -> bool:
    found = _days(heading, order)
    return found is not None and found.first == found.last


def _known(sheet: Sheet) -> Mapping[str, tuple[str, ...]]:
    """With this sheet's own ways of naming what is asked and in what: “Charge (j.h)”, “ETP”, “Jours / %”."""
    more: dict[str, tuple[str, ...]] = {}
    for row in sheet.rows[:MOST_ABOVE]:
        for cell in row.cells:
            if isinstance(cell, str) and len(cell) <= 60 and (name := _of_a_unit(cell)):
                more[name] = (*more.get(name, ()), fold(cell))
    return {name: (*headings, *more.get(name, ())) for name, headings in REQUESTS.items()}


def _of_a_unit(heading: str) -> str:
    """What a heading that names a unit of work stands over: what is asked, the unit itself, or nothing of the kind."""
    words = fold(heading).split()
    units = set(words) & (FTE | _IN_DAYS | _IN_PERCENT)
    rest = [
        word
        for word in words
        if word not in _FILLING and word not in ("de", "of", "nb", "nombre", "number", "ou", "or")
    ]
    if not units or (rest and fold(" ".join(rest)) not in REQUESTS["asked"]):
        return ""
    return "measure" if {"ou", "or"} & set(words) or ("%" in heading and units & _IN_DAYS) else "asked"
