"""The portfolios a reader may see, each with its sums: a fixed number of queries whatever their number."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, F, IntegerField, Value, When
from django.utils.safestring import SafeString

from projects.hierarchy.models import Node
from projects.hierarchy.visibility import Access
from reporting.dashboards.answers import portfolio_answer
from reporting.health.as_of_models import HealthAsOf
from reporting.health.family import top_portfolios
from reporting.health.models import ProjectHealth, Rollup
from reporting.health.partial import projects_known
from reporting.health.scope import Scope
from reporting.health.sums import sums_by


@dataclass(frozen=True, slots=True)
class PortfolioCard:
    """A portfolio with its sums and its sentence; `partial` when the reader sees only some of its projects: today's `among`."""

    node: Node
    sums: Rollup
    answer: SafeString
    partial: bool
    below: int
    day: dt.date
    money: bool
    among: int | None


def portfolio_cards(user: Any, today: dt.date, as_of: dt.date | None = None) -> list[PortfolioCard]:
    """Top portfolios, our own first: containers, stored sums, and one count for those that no stored sum describes.

    Of a past day no sum is stored for every reader: all are counted from the photographs of that day.
    """
    family = list(Node.objects.visible_to(user))
    tops = top_portfolios(family)
    access = Access.of(user)
    audiences = {one.pk: access.audience_of(one) for one in tops}
    stored = {} if as_of else audiences
    found = {
        (row.node_id, row.audience): row
        for row in Rollup.objects.filter(node__in=[pk for pk, one in stored.items() if one])
    }
    sums = {pk: found.get((pk, audience)) or Rollup(node_id=pk) for pk, audience in stored.items() if audience}
    sums |= _counted(user, [one for one in tops if not stored.get(one.pk)], as_of)
    known = {} if as_of else projects_known(user, [one for one in tops if audiences[one.pk] is None])
    cards = []
    for node in tops:
        scope = Scope(user=user, today=today, node=node, as_of=as_of, family=family)
        own = scope.shown(sums.get(node.pk) or Rollup(node=node))
        below = sum(1 for one in family if one.path.startswith(node.path) and one != node)
        cards.append(
            PortfolioCard(
                node,
                own,
                portfolio_answer(scope, own),
                audiences[node.pk] is None and (known.get(node.pk) or own.projects + 1) > own.projects,
                below,
                scope.day,
                scope.sees_money,
                known.get(node.pk),
            )
        )
    return cards


def _counted(user: Any, tops: Sequence[Node], as_of: dt.date | None) -> dict[int, Rollup]:
    """The sums of the visible projects below each of these, each in the container's own currency: one query."""
    if not tops:
        return {}
    under = [(one.path, one.pk, one.currency) for one in tops]
    top = Case(
        *(When(path__startswith=path, then=Value(pk)) for path, pk, _currency in under), output_field=IntegerField()
    )
    own = Case(
        *(When(path__startswith=path, then=Value(currency)) for path, _pk, currency in under), output_field=CharField()
    )
    seen: Any = HealthAsOf.objects.on(as_of) if as_of else ProjectHealth.objects.all()
    rows = seen.visible_to(user).filter(counted=True).alias(own_currency=own).annotate(top=top)
    return sums_by(rows.filter(top__isnull=False), "top", F("own_currency"))  # type: ignore[arg-type]
