"""The executive page as its template reads it: the sentence, the figures, what changed, the must-wins, what lies below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString

from projects.hierarchy.models import Node
from projects.raid.selectors import beside, read_beside, sees_some
from reporting.dashboards.answers import portfolio_answer
from reporting.dashboards.key_figures import Figure, key_figures
from reporting.dashboards.selectors.digest import percent_over
from reporting.dashboards.selectors.executive import Briefing, ChangedProject, briefing, changed_projects, worst_below
from reporting.health.models import Rollup, RollupFields
from reporting.health.scope import Scope
from reporting.health.sums import sums_by

MOST_BELOW = 12
FEW = 4  # parts that leave room to show what is inside each, where the card beside it is as long
LINES_OF_A_CHANGE = 1.7


@dataclass(frozen=True, slots=True)
class Below:
    """A container of the list: its sums, how much it is over budget in %, and whether it lies inside the one above it."""

    node: Node
    sums: RollupFields
    over: float | None
    inside: bool


@dataclass
class Executive:
    """One portfolio for a reader with five minutes."""

    scope: Scope

    @property
    def sums(self) -> RollupFields:
        return self.scope.sums

    @cached_property
    def about(self) -> Briefing:
        return briefing(self.scope)

    @cached_property
    def must_wins(self) -> list[Any]:
        """Each with the independent `review` in force on the day shown: one query, since what is kept of them is for many."""
        rows, user = list(self.about.must_wins), self.scope.user
        told: dict[int, Any] = {}
        if rows and sees_some(user):
            shown = self.scope.rows().filter(project__in=[row.project_id for row in rows])
            told = dict(shown.annotate(**beside(user, at=self.scope.known_at)).values_list("project_id", "review_told"))
        for row in rows:
            row.review = read_beside(told.get(row.project_id))
        return rows

    @property
    def reviewed(self) -> bool:
        """Whether there is a review of one of them to show."""
        return any(row.review for row in self.must_wins)

    @cached_property
    def answer(self) -> SafeString:
        return portfolio_answer(self.scope, self.sums)

    @cached_property
    def figures(self) -> list[Figure]:
        return key_figures(self.scope, self.sums, self.about)

    @cached_property
    def changes(self) -> list[ChangedProject]:
        return changed_projects(self.scope, self.about)

    @cached_property
    def below(self) -> list[Below]:
        """The containers right below, most off track first; with what is inside each where the card beside is as long."""
        children = [one for one in self.scope.below if self.scope.node and one.parent_id == self.scope.node.pk]
        sums = worst_below(self.scope, MOST_BELOW) if self.scope.audience else self._counted(children)
        found = _worst_first(children, sums)[:MOST_BELOW]
        parents = {one.node.pk for one in found}
        inside = [one for one in self.scope.below if one.parent_id in parents] if len(found) <= FEW else []
        if not inside or len(found) + len(inside) > min(MOST_BELOW, LINES_OF_A_CHANGE * len(self.changes)):
            return found
        parts = _worst_first(inside, self.scope.stored(inside) or self._counted(inside), inside=True)
        return [row for one in found for row in (one, *(two for two in parts if two.node.parent_id == one.node.pk))]

    @property
    def compared_below(self) -> bool:
        """Whether any of them has both a budget and a forecast: the column of variances says nothing otherwise."""
        return any(row.over is not None for row in self.below)

    def _counted(self, children: Sequence[Node]) -> dict[int, Rollup]:
        """Their sums over what the reader sees: one query."""
        if not children:
            return {}
        by_node = sums_by(self.scope.rows(), "node_id", self.scope.currency)
        for sums in by_node.values():
            self.scope.shown(sums)
        totals = {one.pk: Rollup(node=one) for one in children}
        for node in self.scope.below:
            home = next((one for one in children if node.path.startswith(one.path)), None)
            if home is not None and node.pk in by_node:
                _add(totals[home.pk], by_node[node.pk])
        return totals


def _worst_first(containers: Sequence[Node], sums: Mapping[int, RollupFields], *, inside: bool = False) -> list[Below]:
    """Those that hold projects, the most off track first."""
    held = [one for one in containers if one.pk in sums and sums[one.pk].projects]
    held.sort(key=lambda one: (-sums[one.pk].red, -sums[one.pk].amber, one.label))
    return [Below(one, sums[one.pk], percent_over(sums[one.pk]), inside) for one in held]


def _add(total: Rollup, part: Rollup) -> None:
    for one in RollupFields._meta.get_fields():
        setattr(total, one.name, getattr(total, one.name) + getattr(part, one.name))
