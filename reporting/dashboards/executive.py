"""The executive page as its template reads it: the sentence, the figures, what changed, the must-wins, what lies below."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.safestring import SafeString

from projects.hierarchy.models import Node
from reporting.dashboards.answers import portfolio_answer
from reporting.dashboards.key_figures import Figure, key_figures
from reporting.dashboards.selectors.digest import percent_over
from reporting.dashboards.selectors.executive import Briefing, ChangedProject, briefing, changed_projects, worst_below
from reporting.health.models import Rollup, RollupFields
from reporting.health.scope import Scope
from reporting.health.sums import sums_by

MOST_BELOW = 12


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
    def answer(self) -> SafeString:
        return portfolio_answer(self.scope, self.sums)

    @cached_property
    def figures(self) -> list[Figure]:
        return key_figures(self.scope, self.sums, self.about)

    @cached_property
    def changes(self) -> list[ChangedProject]:
        return changed_projects(self.scope, self.about)

    @cached_property
    def below(self) -> list[tuple[Node, RollupFields, float | None]]:
        """The containers right below, most off track first, with their sums and how much they are over budget, in %."""
        children = [one for one in self.scope.below if self.scope.node and one.parent_id == self.scope.node.pk]
        sums = worst_below(self.scope, MOST_BELOW) if self.scope.audience else self._counted(children)
        found = [(one, sums[one.pk]) for one in children if one.pk in sums and sums[one.pk].projects]
        found.sort(key=lambda pair: (-pair[1].red, -pair[1].amber, pair[0].label))
        return [(one, sums, percent_over(sums)) for one, sums in found[:MOST_BELOW]]

    def _counted(self, children: Sequence[Node]) -> dict[int, Rollup]:
        """Their sums over what the reader sees: one query."""
        if not children:
            return {}
        by_node = sums_by(self.scope.rows(), "node_id", self.scope.currency)
        totals = {one.pk: Rollup(node=one) for one in children}
        for node in self.scope.below:
            home = next((one for one in children if node.path.startswith(one.path)), None)
            if home is not None and node.pk in by_node:
                _add(totals[home.pk], by_node[node.pk])
        return totals


def _add(total: Rollup, part: Rollup) -> None:
    for one in RollupFields._meta.get_fields():
        setattr(total, one.name, getattr(total, one.name) + getattr(part, one.name))
