"""Rows of a table of requests → what each of them asks; each cell that does not read has its own message."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core.cells import from_cell
from pmo_portal.core.formats import date as in_words
from projects.exchange import dates
from projects.exchange.asides import is_total
from projects.exchange.dates import DateStyle
from projects.exchange.numbers import NumberStyle
from projects.exchange.table import Cell, Row, is_empty
from projects.exchange.values import text_value
from projects.exchange.words import fold
from projects.hierarchy.models import Project
from projects.roster import parts
from projects.roster.formulas import broken
from projects.roster.lines import LEFT_OUT, REFUSED, Line
from projects.roster.requests import amounts
from projects.roster.requests.alike import Claim
from projects.roster.requests.headings import DAYS, FTE, PERCENT, Table, month_of
from projects.roster.requests.stored import Key, Stored, said
from projects.roster.values import BadCell

NOTHING = Decimal(0)
FIELDS = {"code": "project", "tentative": "firmness"}  # columns that say a field of another name
MORE_SUMS = frozenset({"cumul", "ensemble"})


class Rows:
    """The rows of one table: first their projects (`projects`), and once what these ask is known, what the rows ask (`read`)."""

    def __init__(self, table: Table, stored: Stored) -> None:
        self.table, self.stored = table, stored
        self.errors: dict[int, dict[str, str]] = {}
        self.projects: dict[int, Project] = {}
        self.left_out: list[Line] = []
        self.rows = [row for row in table.columns.rows if not self._is_left_out(row)]
        self.style: NumberStyle = amounts.style_of(cell for row in self.rows for cell in self._figures(row))
        self.order, self.is_sure = self._order()
        for row in self.rows:
            if broken := self._broken(row):
                self.errors[row.number] = broken
                continue
            with self._refusing(row, "project"):
                self.projects[row.number] = stored.project(self.text(row, "code"), self.text(row, "project"))

    def _order(self) -> tuple[str, bool]:
        """(that of day and month in the column of months, whether it is sure): by a day above 12, else the one order in which
        they all are months: 12/01/2027 alone tells nothing."""
        if not self.table.is_long:
            return "dmy", True
        cells = [self.table.cell(row, "month") for row in self.rows]
        texts = [one for one in cells if isinstance(one, str)]
        style = dates.decide(texts)
        if style.decided:
            return style.order, True
        told = [one for one in texts if _is_either(one)]
        whole = [order for order in ("dmy", "mdy") if all(month_of(one, order) for one in told)]
        return whole[0] if whole else "dmy", bool(whole)

    def _broken(self, row: Row) -> dict[str, str]:
        """{what it is called in a message: what is wrong} of the cells that hold a formula and no value."""
        found = {FIELDS.get(name, name): words for name, words in self.table.columns.broken(row).items()}
        months = {f"{month:%Y-%m}": broken(row.at(place), row, place) for place, month in self.table.months.items()}
        return found | {name: words for name, words in months.items() if words}

    def text(self, row: Row, name: str) -> str:
        return " ".join(from_cell(text_value(self.table.cell(row, name))).split())

    def read(self) -> Iterator[Claim | Line]:
        """A claim each, or the line with what is wrong with it, or why it is left out."""
        yield from self.left_out
        for row in self.rows:
            errors = self.errors.setdefault(row.number, {})
            claim = self._claim(row, errors) if row.number in self.projects else None
            if claim is None or errors:
                yield Line(row.number, self._called(row, with_month=True), REFUSED, errors=errors)
            else:
                yield claim

    def _claim(self, row: Row, errors: dict[str, str]) -> Claim | None:
        project = self.projects[row.number]
        fields = self._words(row, project)
        unit_of_work = self._measure(row)
        months = self._months(row, unit_of_work)
        if errors:
            return None
        fields["measure"] = next(iter(months.values()))[1] if months else unit_of_work or DAYS
        measured = bool(unit_of_work) or any(amount for amount, _measure in months.values())
        skill, unit, person = (getattr(fields[name], "pk", None) for name in ("skill", "unit", "person"))
        key = Key(
            project.pk, fields["role"].pk, skill, fields["level"], unit, person, fields["firmness"], fields["measure"]
        )
        note = self.text(row, "note")
        amounts_of = {month: amount for month, (amount, _measure) in months.items()}
        return Claim(row.number, self._called(row), project, key, fields, note, amounts_of, measured)

    def _words(self, row: Row, project: Project) -> dict[str, Any]:
        """The role, the skill and its level, the unit, the person, how firmly."""
        stored, known, pk = self.stored, self.stored.known, project.pk
        fields: dict[str, Any] = dict.fromkeys(("role", "skill", "level", "unit", "person"))
        fields["firmness"] = amounts.HARD
        unit = "" if self._is_measure(row) else self.text(row, "unit")

        def of(name: str, called: Callable[[], dict[str, Any]], text: str) -> None:
            found = called().get(fold(text), [])
            with self._refusing(row, name):
                fields[name] = stored.only(found, text, used=stored.used(pk, name)) if found or said(text) else None

        if role := said(self.text(row, "role")):
            of("role", lambda: known.called_roles, role)
        else:
            self.errors[row.number]["role"] = _("Say which role is asked for.")
        if unit:
            of("unit", lambda: known.called_units, unit)
        if skill := self.text(row, "skill"):
            told = None if fold(skill) in known.called_skills else parts.LEVEL.match(skill)
            level = int(told["level"]) if told and told["level"] in "12345" else None
            of("skill", lambda: known.called_skills, told["name"] if told and level else skill)
            fields["level"] = level
        if said(self.text(row, "level")):
            with self._refusing(row, "level"):
                fields["level"] = amounts.level(self.table.cell(row, "level"))
                if fields["skill"] is None and "skill" not in self.errors[row.number]:
                    raise BadCell(_("A level is that of a skill: choose which."))
        if person := self.text(row, "person"):
            with self._refusing(row, "person"):
                fields["person"] = stored.person(person, unit, stored.used(pk, "person"))
        for name in ("firmness", "tentative"):
            if said(self.text(row, name)):
                with self._refusing(row, "firmness"):
                    fields["firmness"] = amounts.firmness(self.table.cell(row, name), opposite=name == "tentative")
        return fields

    def _measure(self, row: Row) -> str:
        """What the line says its figures are; nothing where it does not."""
        text = from_cell(text_value(self.table.cell(row, "unit" if self._is_measure(row) else "measure")))
        if not text.strip():
            return ""
        with self._refusing(row, "measure"):
            return amounts.measure(text)
        return ""

    def _is_measure(self, row: Row) -> bool:
        """Whether “Unité” says days or per cent here, and no part of the organisation."""
        if "measure" in self.table.places:
            return False
        text = text_value(self.table.cell(row, "unit"))
        words = fold(text)
        known = words in self.stored.known.called_units
        return not known and (text.strip() == "%" or words in amounts.MEASURES or words in FTE)

    def _months(self, row: Row, measure: str) -> dict[date, tuple[Decimal, str]]:
        """{month: (how much, in what)}; without a word about it, days unless the figures say per cent."""
        places = self._places(row)
        found: dict[date, tuple[Decimal | None, bool, str]] = {}
        for month, (place, name) in places.items():
            with self._refusing(row, name):
                heading = self.table.measured[place]
                value, percent = amounts.amount(row.at(place), self.style, fte=heading == "fte")
                if value is None and self.table.is_long:
                    raise BadCell(_("Say how much. Write 0 where nothing is asked any more."))
                found[month] = (value, percent, heading)
        headings = {heading for _value, _percent, heading in found.values() if heading}
        whole = measure or self._whole(
            {self._said(percent, heading) for value, percent, heading in found.values() if value}
        )
        if not whole:
            words = _("Some figures are per cents and some are not: use one of the two in a line.")
            self.errors[row.number]["measure"] = words
        if measure and headings - {measure} - ({"fte"} if measure == PERCENT else set()):
            words = _("The heading of the figures and the line say different measures: keep one of the two.")
            self.errors[row.number]["measure"] = words
        asked = {}
        for month, (value, percent, heading) in found.items():
            with self._refusing(row, places[month][1]):
                figure = amounts.as_asked(
                    value or NOTHING, percent=percent, measure=whole, heading=heading, exact=bool(self.table.answered)
                )
                asked[month] = (figure, whole)
        return asked

    @staticmethod
    def _said(percent: bool, heading: str) -> str:
        """What one figure says it is by its sign or its heading; "both" where these differ, "" where neither says anything."""
        if heading == DAYS:
            return "both" if percent else DAYS
        return PERCENT if percent or heading else ""

    @staticmethod
    def _whole(said: set[str]) -> str:
        """What the figures of a line are together: days where none says anything; "" where they contradict each other."""
        if said <= {DAYS, ""}:
            return DAYS
        return PERCENT if said == {PERCENT} else ""

    def _places(self, row: Row) -> dict[date, tuple[int, str]]:
        """{month: (where its figure stands, what it is called in a message)}."""
        if not self.table.is_long:
            return {month: (place, f"{month:%Y-%m}") for place, month in self.table.months.items()}
        cell = self.table.cell(row, "month")
        month = month_of(cell, self.order)
        if month is None and not is_empty(cell):
            day = dates.parse(cell, DateStyle(self.order))  # any day of a month, but no quarter and no year
            month = day.first.replace(day=1) if day and day.first == day.last else None
        if month and not self.is_sure and _is_either(cell):
            words = _("“%(value)s” could be in either of two months: write the month as 2027-02.")
            self.errors[row.number]["month"] = words % {"value": text_value(cell)[:40]}
            return {}
        if month is None:
            words = _("“%(value)s” is no month. Write it as 2027-01 or 01/2027.")
            self.errors[row.number]["month"] = words % {"value": text_value(cell)[:40]}
            return {}
        return {month: (self.table.places["asked"], "asked")}

    def _figures(self, row: Row) -> Iterator[Any]:
        for place in [self.table.places["asked"]] if self.table.is_long else self.table.months:
            yield row.at(place)

    def _is_left_out(self, row: Row) -> bool:
        """Whether it is none that asks; it is then told with why."""
        if why := self._why_not(row):
            words = " · ".join(text for one in row.cells[:6] if (text := text_value(one)[:60]))
            self.left_out.append(Line(row.number, words[:200], LEFT_OUT, more={"why": why}))
        return bool(why)

    def _why_not(self, row: Row) -> str:
        """Sums, headings again, notes and headings between the lines."""
        words = {name: row.at(place) for name, place in sorted(self.table.places.items(), key=lambda pair: pair[1])
                 if name != "asked"}  # fmt: skip
        told = {name: one for name, one in words.items() if not is_empty(one)}
        figures = any(not is_empty(one) for one in self._figures(row))
        if not told:
            return _("It has figures and no word, as a sum has.") if figures else _("Nothing in it is read.")
        first = next(iter(told))
        if sums := [one for name, one in told.items() if self._sums_up(name, one, is_first=name == first)]:
            return _("“%(value)s” is a sum of other lines.") % {"value": text_value(sums[0])[:60]}
        heads = self.table.columns.headings
        if all(fold(text_value(one)) == fold(text_value(heads[self.table.places[name]])) for name, one in told.items()):
            return _("It has the headings once more.")
        if "role" not in told and not figures and "month" not in told:
            return _("It has neither a role nor a figure.")
        return ""

    def _sums_up(self, name: str, cell: Cell, *, is_first: bool) -> bool:
        """“Total”, “Sous-total DSI”, “TRAM Total”; not what a project is called."""
        if not (is_first or name in ("code", "project", "role")) or self.stored.knows(text_value(cell)):
            return False
        if is_total(cell):
            return True
        text = fold(text_value(cell))
        return name != "role" and (
            text.startswith(("total ", "somme ")) or text.endswith(" total") or text in MORE_SUMS
        )

    def _called(self, row: Row, *, with_month: bool = False) -> str:
        project = self.projects.get(row.number)
        words = [project.code if project else self.text(row, "code") or self.text(row, "project")]
        words += [self.text(row, name) for name in ("role", "skill", "unit", "person")]
        if with_month and self.table.is_long and (month := month_of(self.table.cell(row, "month"), self.order)):
            words.append(in_words(month, "month"))
        return " · ".join(word for word in words if word)[:200]

    @contextmanager
    def _refusing(self, row: Row, name: str) -> Iterator[None]:
        """A bad cell becomes the message of its field."""
        errors = self.errors.setdefault(row.number, {})
        try:
            yield
        except BadCell as bad:
            errors[name] = str(bad)


def _is_either(cell: Cell) -> bool:
    """Whether the day and the month of a date can be taken for each other, and it is then another month."""
    found = [dates.parse(cell, DateStyle(order)) for order in ("dmy", "mdy")] if isinstance(cell, str) else []
    return all(found) and found != found[::-1]
