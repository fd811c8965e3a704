"""What a workbook of reports would change, as its page shows it: in the reader's words, each thing with its place in the file."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from projects.planning.models import Milestone
from projects.raid.models import Risk
from reporting.status import wording
from reporting.status.facts import Finding
from reporting.status.models import StatusReport
from reporting.status.workbook import cells, remarks
from reporting.status.workbook.columns import BY_NAME, base_of, label_of
from reporting.status.workbook.comparing import Compared, Comparison, Line, one_click, places
from reporting.status.workbook.reading import Remark


@dataclass(frozen=True, slots=True)
class Ticks:
    """What was ticked on the page that was sent: values of its boxes."""

    submit: Collection[str]
    confirm: Collection[str]
    take: Collection[str]
    renew: Collection[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A field: where it stands in the file, and its values in words ('' for none); `key` names it in the form."""

    label: str
    place: str
    before: str
    after: str
    key: str
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule still asks for: `rule` as the manual numbers it, `key` to say that it is so ('' where that is no answer)."""

    kind: str
    rule: str
    place: str
    words: str
    key: str
    ticked: bool = False


@dataclass
class ReportShown:
    compared: Compared
    columns: Mapping[str, str]
    ticks: Ticks | None

    @property
    def report(self) -> StatusReport:
        return self.compared.report

    @cached_property
    def lines(self) -> list[Shown]:
        return [self._line(one) for one in self.compared.lines]

    @cached_property
    def conflicts(self) -> list[Shown]:
        return [self._line(one) for one in self.compared.conflicts]

    @cached_property
    def refused(self) -> list[tuple[str, str, str]]:
        """(place, field, what to do) of the cells that keep the report out."""
        scale = self.report.project.portfolio.scale
        return [
            (f"{row.sheet} {edit.cell}", self._label(edit.name), words or remarks.cell_words(edit, scale))
            for row, edit, words in self.compared.refused
        ]

    @cached_property
    def asked(self) -> list[Asked]:
        return [self._asked(one) for one in self.compared.findings]

    @property
    def could_be_submitted(self) -> bool:
        return self.compared.could_be_complete

    @property
    def renewable(self) -> bool:
        return self.compared.renewable

    @property
    def is_complete(self) -> bool:
        return self.compared.is_complete

    @property
    def ticked(self) -> bool:
        """Whether it is to be submitted: at first what changes and is complete, never what nobody touched."""
        if self.ticks is None:
            return self.is_complete and self.compared.changes
        return str(self.report.pk) in self.ticks.submit

    def _line(self, one: Line) -> Shown:
        column, scale = BY_NAME[base_of(one.name)], self.report.project.portfolio.scale
        before, after = (cells.shown(column, text, scale) for text in (one.before, one.after))
        place, key = f"{one.row.sheet} {one.cell}", f"{self.report.pk}|{one.name}"
        return Shown(self._label(one.name), place, before, after, key, bool(self.ticks and key in self.ticks.take))

    def _label(self, name: str) -> str:
        """“Forecast date – Go-live” for a part of the report."""
        base, _dot, rest = name.partition(".")
        held: dict[str, Sequence[Milestone | Risk]] = {
            "milestones": self.compared.knowledge.milestones,
            "risks": self.compared.knowledge.risks,
        }
        named = next((str(one.label) for one in held.get(base, ()) if str(one.pk) == rest.partition(".")[0]), "")
        return f"{named} – {label_of(name)}" if named else label_of(name)

    def _asked(self, one: Finding) -> Asked:
        where = places(self.compared, self.columns, [one.at])
        place = f"{where[0][0]} {where[0][2]}{where[0][1]}" if where else ""
        key = f"{self.report.pk}|{one.key}" if one_click(one) else ""
        ticked = bool(self.ticks and key in self.ticks.confirm)
        return Asked(one.kind, one.rule[:5], place, wording.words(one), key, ticked)


@dataclass
class Review:
    """The page: reports that would change or are refused, those that stay as they are, what else there is to say of the file."""

    comparison: Comparison
    ticks: Ticks | None = None

    @cached_property
    def all(self) -> list[ReportShown]:
        return [ReportShown(one, self.comparison.columns, self.ticks) for one in self.comparison.reports]

    @cached_property
    def changed(self) -> list[ReportShown]:
        return [one for one in self.all if one.compared.changes or one.refused]

    @cached_property
    def same(self) -> list[ReportShown]:
        return [one for one in self.all if one not in self.changed]

    @cached_property
    def left_out(self) -> list[tuple[str, str]]:
        """(place, what to do) of the rows that were not taken."""
        return self._told([one for one in self.comparison.remarks if not one.notice])

    @cached_property
    def notices(self) -> list[tuple[str, str]]:
        return self._told([one for one in self.comparison.remarks if one.notice])

    @property
    def renewable(self) -> int:
        """How many reports can be submitted as “nothing to report”."""
        return sum(1 for one in self.same if one.renewable)

    @property
    def renews(self) -> bool:
        return bool(self.ticks and self.ticks.renew)

    @property
    def conflicts(self) -> int:
        return sum(len(one.conflicts) for one in self.all)

    @property
    def written(self) -> int:
        """How many reports would be other than they are."""
        return sum(1 for one in self.changed if not one.refused)

    @property
    def not_taken(self) -> int:
        """Rows left out, and reports kept out by a cell."""
        return len(self.left_out) + len(self.changed) - self.written

    @property
    def complete(self) -> int:
        return sum(1 for one in self.all if one.is_complete or one.renewable)

    def _told(self, found: Sequence[Remark]) -> list[tuple[str, str]]:
        return [(f"{one.sheet} {one.row}" if one.row else one.sheet, remarks.words(one)) for one in found]
