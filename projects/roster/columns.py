"""Which column of a table holds what: by its heading in French or English, accents, case and punctuation ignored. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from projects.exchange.table import Cell, Row, Sheet, is_empty
from projects.exchange.words import fold
from projects.roster import formulas
from projects.roster import values as cells

PEOPLE: Mapping[str, tuple[str, ...]] = {
    "external_ref": ("reference externe", "external reference", "reference", "ref", "matricule", "employee id", "id", "uid"),
    "name": ("nom complet", "full name", "nom", "name", "personne", "person"),
    "first_name": ("prenom", "first name", "given name"),
    "last_name": ("nom de famille", "last name", "surname", "family name"),
    "email": ("e mail", "email", "mail", "adresse e mail", "courriel", "adresse mail"),
    "organisation": ("organisation", "organization", "societe", "company"),
    "role": ("profil", "role", "metier", "fonction", "job"),
    "unit": ("unite", "unit", "service", "equipe", "team", "departement", "department", "direction"),
    "is_external": ("externe", "external", "prestataire"),
    "arrives_on": ("arrivee", "arrive le", "arrives", "arrives on", "date d arrivee", "date d entree", "start date", "entree"),
    "leaves_on": ("depart", "dernier jour", "last day", "leaves", "leaves on", "date de sortie", "date de fin", "end date",
                  "sortie"),
    "unit_share": ("part", "parts", "share", "shares", "part de l unite", "share of the unit", "quotite d affectation"),
    "skills": ("competences", "competence", "skills", "skill", "competences et niveaux", "skills and levels", "savoir faire"),
    "monday": ("lundi", "lun", "monday", "mon"),
    "tuesday": ("mardi", "mar", "tuesday", "tue"),
    "wednesday": ("mercredi", "mer", "wednesday", "wed"),
    "thursday": ("jeudi", "jeu", "thursday", "thu"),
    "friday": ("vendredi", "ven", "friday", "fri"),
    "saturday": ("samedi", "sam", "saturday", "sat"),
    "sunday": ("dimanche", "dim", "sunday", "sun"),
    "week": ("jours travailles", "semaine de travail", "rythme", "rythme de travail", "temps partiel", "working days",
             "working week", "working pattern", "part time"),
    "pattern_from": ("rythme depuis", "rythme a partir du", "pattern from", "working pattern from", "temps partiel depuis"),
    "percent_run": ("part reservee a l exploitation courante", "part reservee a l exploitation",
                    "part d exploitation", "exploitation", "run", "part run",
                    "share kept for daily operations", "daily operations"),
    "daily_rate": ("tarif journalier", "tjm", "taux journalier", "cout journalier", "cout jour", "daily rate", "rate", "tarif",
                   "day rate"),
    "rate_currency": ("devise", "devise du tarif", "currency", "currency of the rate"),
    "rate_from": ("tarif depuis", "tarif a partir du", "tarif valable des le", "rate from", "daily rate from"),
}  # fmt: skip
RATES = ("daily_rate", "rate_currency", "rate_from")  # for who sees rates
ABSENCES: Mapping[str, tuple[str, ...]] = {
    "external_ref": ("uid", "reference externe", "external reference", "reference", "ref", "id", "numero"),
    "person_ref": ("matricule", "reference de la personne", "person reference", "employee id", "person ref"),
    "email": PEOPLE["email"],
    "name": ("nom complet", "full name", "nom", "name", "personne", "person", "salarie", "employee"),
    "unit": PEOPLE["unit"],
    "first_day": ("premier jour", "first day", "debut", "begin", "start", "start date", "date de debut", "du", "from"),
    "last_day": ("dernier jour", "last day", "fin", "end", "end date", "date de fin", "au", "to"),
    "share": ("part", "share", "pourcentage", "percent"),
    "kind": ("nature", "kind", "type"),
    "state": ("etat", "state", "statut", "status"),
    "version": ("event version",),  # of a calendar; `parsers.ics` heads it so
}  # fmt: skip
MOST_ABOVE = 20  # rows of title above a table


class Columns:
    """The columns of a sheet that are known, where the table begins, and the headings nobody knows."""

    def __init__(self, sheet: Sheet, known: Mapping[str, Sequence[str]]) -> None:
        fields = {heading: name for name, headings in known.items() for heading in headings}
        best: dict[str, int] = {}
        self.headings: Sequence[Cell]
        self.start, self.unread, self.headings = 0, [""], ()
        for place, row in enumerate(sheet.rows[:MOST_ABOVE]):
            found: dict[str, int] = {}
            for index, cell in enumerate(row.cells):
                name = fields.get(fold(cell)) if isinstance(cell, str) else None
                if name:
                    found.setdefault(name, index)
            if len(found) > len(best):
                best, self.start, self.headings = found, place + 1, row.cells
                self.unread = [str(one) for index, one in enumerate(row.cells)
                               if not is_empty(one) and index not in found.values()]  # fmt: skip
        self.places, self.orders = best, dict[str, str]()  # orders: of day and month, by column (`day_order`)
        self.rows: tuple[Row, ...] = sheet.rows[self.start :] if best else ()

    def leave_out(self, names: Sequence[str]) -> list[str]:
        """Do not read these; their headings."""
        places = [self.places.pop(name) for name in names if name in self.places]
        return [str(self.headings[place]) for place in sorted(places)]

    def at(self, row: Row, name: str) -> Cell:
        return row.at(self.places[name]) if name in self.places else None

    def day(self, row: Row, name: str) -> date | None:
        """Raises BadCell."""
        found = self.moment(row, name)
        return found.date() if isinstance(found, datetime) else found

    def moment(self, row: Row, name: str) -> date | None:
        """A day, or a moment where the cell says a time of day. Raises BadCell."""
        return cells.moment(self.at(row, name), self.orders.get(name, "dmy"))

    def broken(self, row: Row) -> dict[str, str]:
        """{column: what is wrong} where a cell that is read holds a formula and no value."""
        found = {name: formulas.broken(row.at(place), row, place) for name, place in self.places.items()}
        return {name: words for name, words in found.items() if words}

    def text(self, row: Row, name: str) -> str:
        value = self.at(row, name)
        if isinstance(value, float) and value == int(value):
            value = int(value)  # a number of an employee that a spreadsheet wrote as a figure
        return " ".join(str(value).split()) if value is not None else ""
