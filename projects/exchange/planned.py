"""What a dry run says: what would happen to each project, cell by cell, and what is wrong."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from projects.exchange.plan_parts import PartPlan
from projects.exchange.problems import Problem
from projects.exchange.records import ProjectRecord

Changes = dict[str, tuple[Any, Any]]


@dataclass(slots=True)
class ProjectPlan:
    """What happens to one project: `changes` are cells {field: (old, new)}; `stamp` are dates that confirm without changing."""

    action: str  # create, update, unchanged
    record: ProjectRecord
    id: int | None = None
    label: str = ""
    code: str = ""
    ref: str = ""
    changes: Changes = field(default_factory=dict)
    container: str | None = None  # code of the container to be in
    parent_ref: str | None = None
    parts: list[PartPlan] = field(default_factory=list)
    stamp: dict[str, Any] = field(default_factory=dict)
    stamp_before: dict[str, Any] = field(default_factory=dict)
    later: bool = False  # an edition after the one that is stored, whose first dates become the baseline


@dataclass(slots=True)
class Plan:
    """The whole dry run."""

    projects: list[ProjectPlan] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)
    containers: dict[str, str] = field(default_factory=dict)  # to create: code → name
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0
    on: date | None = None

    def count(self, action: str) -> int:
        """How many projects this action concerns."""
        return sum(1 for item in self.projects if item.action == action)

    def part_counts(self) -> dict[tuple[str, str], int]:
        """{(kind, action): how many} over milestones, budget lines and risks."""
        counts: dict[tuple[str, str], int] = {}
        for item in self.projects:
            for part in item.parts:
                counts[part.kind, part.action] = counts.get((part.kind, part.action), 0) + 1
        return counts

    @property
    def errors(self) -> list[Problem]:
        """The problems that keep the file from being applied as a whole."""
        return [problem for problem in self.problems if not problem.warning]

    @property
    def changes_nothing(self) -> bool:
        """Whether applying would write no fact."""
        return not self.left and not self.containers and all(item.action == "unchanged" for item in self.projects)
