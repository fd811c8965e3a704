"""Sums that cannot be misread: project number i has a budget of 1,000 × 2^i, so a sum names the projects it is made of.

Every figure a reader is given in a random organisation is decoded and compared with what the judge lets them see (exam A 12):
a sum of exactly the visible projects leaves nothing to derive by taking the visible ones away.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.test import Client
from django.utils import timezone

from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.money.models import BudgetLine
from reporting.charts.all import charts
from reporting.dashboards.selectors.digest import digest
from reporting.dashboards.selectors.portfolios import portfolio_cards
from reporting.health.scope import Scope, everywhere, find_scope
from reporting.health.services import refresh
from tests import make
from tests.projects.hierarchy.organisations import BASE, Judge, World

UNIT = 1_000


def furnish(world: World) -> None:
    """A budget and a phase of its own for every project, and the health and sums of all."""
    Project.objects.filter(pk__in=[one.pk for one in world.projects]).update(phase=F("code"))
    BudgetLine.objects.bulk_create(
        BudgetLine(project=project, month=date(2026, 11, 1), kind="revised", amount=Decimal(UNIT * 2**index))
        for index, project in enumerate(world.projects)
    )
    refresh.refresh([one.pk for one in world.projects], on=make.TODAY, at=timezone.now())


def parts_of(total: Any) -> set[int]:
    """The projects a sum is made of."""
    number, rest = divmod(Decimal(total or 0), UNIT)
    assert rest == 0
    return {index for index in range(int(number).bit_length()) if int(number) >> index & 1}


def code_of(index: int) -> str:
    return f"QZP{index}X"


class Reader:
    """One person of a random organisation, and everything they are told."""

    def __init__(self, world: World, judge: Judge, index: int) -> None:
        self.world, self.index = world, index
        self.user = User.objects.get(pk=BASE + index)
        self.seen = judge.seen(index)
        self.money = judge.shown(index, "budget") & judge.shown(index, "costs")
        self.hidden = [code_of(one) for one in range(len(world.projects)) if one not in self.seen]
        self.figures = 0

    def below(self, path: str, among: Iterable[int]) -> set[int]:
        return {one for one in among if self.world.projects[one].path.startswith(path)}

    def check_sum(self, projects: int, budget: Any, path: str) -> None:
        """A count and a budget below a path: those of the visible projects, or of none where money is not for this reader."""
        seen = self.below(path, self.seen)
        assert projects == len(seen), (path, self.index)
        told = parts_of(budget)
        assert told in (set(), seen & self.money), (path, self.index)
        assert not told or seen <= self.money, (path, self.index)
        self.figures += 2

    def check_scopes(self) -> None:
        """The sums, the share and the charts of every container, and of everything."""
        whole = everywhere(user=self.user, today=make.TODAY)
        self.check_sum(whole.sums.projects, 0, "")
        self.check_choices(whole, "")
        public = {n for n, (_home, confidential) in enumerate(self.world.plan.projects) if not confidential}
        for node in self.world.nodes:
            scope = find_scope(user=self.user, code=node.code, today=make.TODAY)
            if scope is None:
                continue
            self.check_sum(scope.sums.projects, scope.sums.budget, node.path)
            known = self.below(node.path, public | self.seen)
            assert scope.among in (None, len(known)), (node.code, self.index)
            assert scope.among is not None or known == self.below(node.path, self.seen) or not scope.is_partial
            self.check_charts(scope)
            self.check_choices(scope, node.path)

    def check_choices(self, scope: Scope, path: str) -> None:
        """What a list offers to choose from, which is kept for all who see the same: the phases of the visible projects."""
        assert set(digest(scope).phases) == {code_of(one) for one in self.below(path, self.seen)}, (path, self.index)
        self.figures += 1

    def check_charts(self, scope: Scope) -> None:
        for chart in charts:
            twin = repr(chart.select(scope).twin())
            assert not [code for code in self.hidden if code in twin], (chart.key, self.index)
            self.figures += 1

    def check_cards(self) -> None:
        for card in portfolio_cards(self.user, make.TODAY):
            self.check_sum(card.sums.projects, card.sums.budget, card.node.path)

    def check_pages(self) -> None:
        """What the site and the API answer: no hidden project by name, and the roll-ups are those of the visible ones."""
        client = Client()
        client.force_login(self.user)
        pages = ["/portfolios/", "/projects/", "/executive/", "/search/?q=QZP", "/api/v1/projects/", "/api/v1/health/"]
        pages += [f"/portfolios/{self.world.nodes[0].code}/"]
        for address in pages:
            body = client.get(address).content.decode()
            assert not [code for code in self.hidden if code in body], (address, self.index)
            self.figures += 1
        paths = {node.pk: node.path for node in self.world.nodes}
        for row in client.get("/api/v1/rollups/").json()["results"]:
            self.check_sum(row["projects"], row["budget"], paths[row["node"]])
