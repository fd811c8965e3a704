"""The filters and groups of project tables, over photographs. Each figure of a page links to one of them."""

import datetime as dt
from typing import Any

from django.db.models import F, Q, QuerySet, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core.filters import Filter
from pmo_portal.core.tables import Grouping
from projects.hierarchy import priorities
from projects.hierarchy.declared import Level
from projects.hierarchy.models import Node, Project
from projects.hierarchy.words import phase_of
from reporting.dashboards.selectors.people import concerns
from reporting.health.models import RAG_CHOICES, ProjectHealth

Rows = QuerySet[Any]
MOST_CONTAINERS = 40
ACTIVE = Q(state__in=Project.ACTIVE)
ON_HOLD = Q(state=Project.State.SUSPENDED)
FINISHED = Q(state__in=(Project.State.CLOSED, Project.State.STOPPED))


class Standing(TextChoices):
    """Every counted project is in exactly one of these: the distribution of a portfolio adds up."""

    RED = "red", RAG_CHOICES[2][1]
    AMBER = "amber", RAG_CHOICES[1][1]
    GREEN = "green", RAG_CHOICES[0][1]
    GREY = "grey", RAG_CHOICES[3][1]
    HOLD = "hold", gettext_lazy("On hold")
    FINISHED = "finished", gettext_lazy("Finished")


def by_health(rows: Rows, values: list[str]) -> Rows:
    wanted = ACTIVE & Q(computed__in=values)
    if Standing.HOLD in values:
        wanted |= ON_HOLD
    if Standing.FINISHED in values:
        wanted |= FINISHED
    return rows.filter(wanted)


def by_container(rows: Rows, codes: list[str]) -> Rows:
    """The projects of these portfolios or programmes, and of those below them."""
    below = Q(pk__in=[])
    for path in Node.objects.filter(code__in=codes).values_list("path", flat=True):
        below |= Q(path__startswith=path)
    return rows.filter(below)


def by_manager(rows: Rows, values: list[str]) -> Rows:
    wanted = Q(manager_id__in=[int(value) for value in values if value.isdecimal()])
    if "me" in values:
        wanted |= Q(mine=True)
    if "none" in values:
        wanted |= Q(manager_id__isnull=True)
    return rows.filter(wanted)


def by_person(rows: Rows, values: list[str]) -> Rows:
    """The projects on which one of these people has any role."""
    return rows.filter(concerns([int(value) for value in values]))


def by_gap(rows: Rows, values: list[str]) -> Rows:
    signs = {"optimistic": Q(gap__gt=0), "aligned": Q(gap=0), "cautious": Q(gap__lt=0), "unknown": Q(gap__isnull=True)}
    wanted = Q(pk__in=[])
    for value in values:
        wanted |= signs[value]
    return rows.filter(wanted & ACTIVE)


def by_slip(rows: Rows, values: list[str]) -> Rows:
    signs = {"late": Q(slip_days__gt=0), "on_time": Q(slip_days__lte=0), "unknown": Q(slip_days__isnull=True)}
    wanted = Q(pk__in=[])
    for value in values:
        wanted |= signs[value]
    return rows.filter(wanted & ACTIVE)


def by_due(rows: Rows, values: list[str]) -> Rows:
    """Active projects that end between the day shown and so many days later."""
    furthest = max(int(value) for value in values)
    return rows.filter(ACTIVE, ends__gte=F("shown_day"), ends__lte=F("shown_day") + dt.timedelta(days=furthest))


def by_money(rows: Rows, values: list[str]) -> Rows:
    compared = Q(budget__isnull=False, eac__isnull=False)
    signs = {"compared": compared, "over": compared & Q(cost_variance__gt=0), "missing": ~compared}
    wanted = Q(pk__in=[])
    for value in values:
        wanted |= signs[value]
    return rows.filter(wanted)


def by_priority(rows: Rows, values: list[str]) -> Rows:
    unset = Q(priority__isnull=True) if "none" in values else Q(pk__in=[])
    return rows.filter(Q(priority__in=[int(value) for value in values if value != "none"]) | unset)


def by_age(rows: Rows, values: list[str]) -> Rows:
    return rows.filter(ACTIVE, freshness__in=values)


def containers(table: Any) -> list[tuple[str, str]]:
    """What lies below the container, as far as the reader may see it; deeper ones after their parents, at most forty."""
    return [(one.code, one.label) for one in table.scope.below[:MOST_CONTAINERS]]


def managers(table: Any) -> list[tuple[str, str]]:
    return [("me", _("Me")), *table.managers, ("none", _("Nobody"))]


FILTERS = (
    Filter("health", gettext_lazy("Health"), Standing.choices, where=by_health),
    Filter("declared", gettext_lazy("Declared"), Level.choices, "declared", always_shown=False),
    Filter("gap", gettext_lazy("Declared against computed"), (
        ("optimistic", gettext_lazy("Optimistic")), ("aligned", gettext_lazy("Aligned")),
        ("cautious", gettext_lazy("Cautious")), ("unknown", gettext_lazy("Unknown")),
    ), where=by_gap, always_shown=False),
    Filter("slip", gettext_lazy("Slippage"), (
        ("late", gettext_lazy("Late")), ("on_time", gettext_lazy("On time or ahead")), ("unknown", gettext_lazy("Unknown")),
    ), where=by_slip, always_shown=False),
    Filter("due", gettext_lazy("Due"), (
        ("30", gettext_lazy("In 30 days")), ("60", gettext_lazy("In 60 days")), ("90", gettext_lazy("In 90 days")),
    ), where=by_due, always_shown=False),
    Filter("money", gettext_lazy("Cost"), (
        ("compared", gettext_lazy("Budget and forecast known")), ("over", gettext_lazy("Over budget")),
        ("missing", gettext_lazy("Budget or forecast missing")),
    ), where=by_money, always_shown=False),
    Filter("age", gettext_lazy("Data age"), (
        ("green", gettext_lazy("Fresh")), ("amber", gettext_lazy("Ageing")), ("red", gettext_lazy("Too old")),
        ("grey", gettext_lazy("Unknown")),
    ), where=by_age, always_shown=False),
    Filter("in", gettext_lazy("Programme"), containers, where=by_container),
    Filter("manager", gettext_lazy("Manager"), managers, where=by_manager),
    Filter("person", gettext_lazy("Person"), lambda table: table.people, where=by_person, always_shown=False),
    Filter("phase", gettext_lazy("Phase"), lambda table: [(one, phase_of(one)) for one in table.digest.phases], "phase"),
    Filter("priority", gettext_lazy("Priority"), (
        *((str(number), words) for number, words in priorities.CHOICES), ("none", priorities.NOT_SET),
    ), where=by_priority, always_shown=False),
    Filter("state", gettext_lazy("State"), Project.State.choices, "state", always_shown=False),
)  # fmt: skip

MONEY_FILTERS = frozenset({"money"})

RANK_WORDS = dict(enumerate((RAG_CHOICES[2][1], RAG_CHOICES[1][1], RAG_CHOICES[3][1], RAG_CHOICES[0][1],
                             gettext_lazy("On hold"), gettext_lazy("Finished"))))  # fmt: skip


def _container(table: Any, row: ProjectHealth) -> tuple[Any, str]:
    return row.node_id, table.words_of(row.node_id)


def _portfolio(table: Any, row: ProjectHealth) -> tuple[Any, str]:
    return row.portfolio_id, table.words_of(row.portfolio_id)


def _manager(table: Any, row: ProjectHealth) -> tuple[Any, str]:
    return row.manager_name, row.manager_name or _("Nobody")


def _phase(table: Any, row: ProjectHealth) -> tuple[Any, str]:
    return row.phase, phase_of(row.phase) or _("No phase")


GROUPINGS = (
    Grouping("programme", gettext_lazy("Programme"), _container, ("place", "node_id")),
    Grouping("portfolio", gettext_lazy("Portfolio"), _portfolio, ("place", "portfolio_id")),
    Grouping("manager", gettext_lazy("Manager"), _manager, ("place", "manager_name")),
    Grouping("health", gettext_lazy("Health"), lambda table, row: (row.rank, str(RANK_WORDS[row.rank])), ("rank",)),
    Grouping("phase", gettext_lazy("Phase"), _phase, ("place", "phase")),
    Grouping("state", gettext_lazy("State"), lambda table, row: (row.state, row.get_state_display()), ("place", "state")),
)  # fmt: skip
# The field whose values `Grouping.of` gives as keys: subtotals are counted by it.
GROUP_FIELDS = {
    "programme": "node_id",
    "portfolio": "portfolio_id",
    "manager": "manager_name",
    "health": "rank",
    "phase": "phase",
    "state": "state",
}
