"""The columns of project tables: what each cell shows, what it sorts by, where it goes on a phone."""

from dataclasses import replace

from django.utils.translation import gettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.tables import Column
from pmo_portal.core.templatetags.days import timeline_scale
from projects.hierarchy import priorities
from projects.hierarchy.words import phase_of
from reporting.dashboards import cells

COLUMNS: tuple[Column, ...] = (
    Column("name", gettext_lazy("Project"), cells.name, sort="code", hideable=False),
    Column(
        "health",
        gettext_lazy("Health"),
        cells.health_cell,
        sort="rank",
        phone="badge",
        help=gettext_lazy("Computed from the facts"),
        total=cells.counts_total,
        total_span=3,
    ),
    Column(
        "declared",
        gettext_lazy("Declared"),
        cells.declared_cell,
        sort="gap",
        phone_label=True,
        help=gettext_lazy("What the project manager declares, and the gap with what is computed"),
    ),
    Column(
        "review",
        gettext_lazy("Review"),
        cells.review_cell,
        phone_label=True,
        help=gettext_lazy("The independent review in force (delivery confidence)"),
    ),
    Column("dims", gettext_lazy("Dimensions"), cells.dimensions_cell, head=cells.dimensions_head, css="dm"),
    Column("manager", gettext_lazy("Manager"), cells.manager_cell, sort="manager_name", css="person"),
    Column("phase", gettext_lazy("Phase"), lambda table, row: phase_of(row.phase), sort="phase", css="wide"),
    Column(
        "priority",
        gettext_lazy("Priority"),
        lambda table, row: priorities.in_words(row.priority),
        sort="priority",
        shown=False,
        phone_label=True,
    ),
    Column("progress", gettext_lazy("Progress"), cells.progress_cell, sort="percent_complete", css="pct"),
    Column(
        "timeline",
        gettext_lazy("Timeline"),
        cells.timeline_cell,
        css="yr",
        head=lambda table: timeline_scale(table.first, table.last),
    ),
    Column("due", gettext_lazy("End"), cells.due_cell, sort="ends", css="due"),
    Column(
        "slip",
        gettext_lazy("Slippage"),
        lambda table, row: formats.days(row.slip_days),
        sort="slip_days",
        align="r",
        shown=False,
    ),
    Column(
        "budget",
        gettext_lazy("Budget"),
        cells.budget_cell,
        sort="budget",
        css="amt",
        total=cells.budget_total,
    ),
    Column(
        "variance",
        gettext_lazy("Variance"),
        cells.variance_cell,
        sort="cost_variance_percent",
        css="amt",
        help=gettext_lazy("Forecast at completion against budget"),
        total=cells.variance_total,
    ),
)

REVIEW = "review"  # shown where there is one to see
MONEY = frozenset({"budget", "variance"})


def columns_without_money(*, some: bool) -> tuple[Column, ...]:
    """The columns for who may not see all the money of a list: the amounts they may know (`some`), unsorted and unsummed."""
    if not some:
        return tuple(column for column in COLUMNS if column.key not in MONEY)
    return tuple(replace(column, sort="", total=None) if column.key in MONEY else column for column in COLUMNS)
