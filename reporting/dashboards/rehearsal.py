"""What a bulk change would do, as its page shows it: who changes from what to what, who refuses, who has it already."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

from pmo_portal.core import editing
from projects.hierarchy.models import Project
from projects.hierarchy.telling import field_label
from projects.hierarchy.words import value_of
from reporting.dashboards.services import Outcome


@dataclass(frozen=True, slots=True)
class Line:
    """One project; `changes` are (field, before, after) in words, `after` empty before the rehearsal."""

    project: Project
    changes: Sequence[tuple[str, str, str]]
    refusal: str = ""


@dataclass
class Rehearsal:
    """`outcomes` None: nothing was chosen yet, the page shows what the projects hold today."""

    projects: Sequence[Project]
    fields: Sequence[str]
    outcomes: Sequence[Outcome] | None

    @cached_property
    def lines(self) -> list[Line]:
        """The projects that would change, else all of them as they are."""
        if self.outcomes is None:
            return [
                Line(one, [(label(name), value_of(one, name), "") for name in self.fields]) for one in self.projects
            ]
        return [line(one) for one in self.outcomes if one.changes and not one.refusal]

    @cached_property
    def refused(self) -> list[Line]:
        return [line(one) for one in self.outcomes or () if one.refusal]

    @property
    def same(self) -> int:
        """How many already hold what is asked for."""
        return sum(1 for one in self.outcomes or () if not one.changes)

    @property
    def one_field(self) -> bool:
        return len(self.fields) == 1


def line(outcome: Outcome) -> Line:
    after = copy(outcome.project)
    for name, value in outcome.changes.items():
        editing.assign(after, name, value)
    told = [(label(name), value_of(outcome.project, name), value_of(after, name)) for name in outcome.changes]
    return Line(outcome.project, told, outcome.refusal)


def label(name: str) -> str:
    return field_label(Project._meta.get_field(name), name)
