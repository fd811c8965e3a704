"""The project table: the same on the portfolio page and on the list of all projects."""

import datetime as dt
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import (
    BooleanField,
    DateField,
    Exists,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.filters import Filter, values_of
from pmo_portal.core.keyset import decoded
from pmo_portal.core.ordering import natural_key, place_among
from pmo_portal.core.tables import BulkAction, Grouping, Table
from pmo_portal.core.templatetags.days import timeline_lines
from projects.access.policy import CREATE_PROJECT, IMPORT_FILES
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import Access
from projects.raid.selectors import beside, read_beside, sees_some
from projects.resources.models import Person
from reporting.dashboards.bulk_forms import BULK_FORMS
from reporting.dashboards.columns import COLUMNS, REVIEW, columns_without_money
from reporting.dashboards.filters import FILTERS, GROUP_FIELDS, GROUPINGS, MONEY_FILTERS
from reporting.dashboards.selectors.digest import Digest
from reporting.dashboards.selectors.groups import groups_of_page
from reporting.dashboards.selectors.people import known_to
from reporting.dashboards.selectors.selection import MOST as MOST_CHANGED
from reporting.health.models import HealthFields
from reporting.health.scope import Scope
from reporting.health.sums import health_order, sums_by

BILLION = Decimal(10**9)
YEARS_BEFORE, YEARS_AFTER = 6, 8
MOST_ROWS = 1000
# What the heading of a group shows.
SUBTOTALS = (
    "projects",
    "green",
    "amber",
    "red",
    "grey",
    "hold",
    "budget",
    "budget_known",
    "compared_budget",
    "compared_eac",
)
FIELDS = (
    "project_id", "code", "name", "name_en", "node_id", "portfolio_id", "confidential", "state", "phase", "manager_name",
    "must_win", "priority", "declared", "declared_label", "trend", "computed", "gap", "schedule", "cost", "risk", "freshness",
    "start_date", "baseline_start", "baseline_end", "forecast_end", "slip_days", "percent_complete", "budget",
    "cost_variance_percent", "currency", "path",
)  # fmt: skip


NOTHING_OPEN = (  # to who may neither import nor create
    gettext_lazy("No project is open to you here"),
    gettext_lazy("Ask your PMO for a role on a portfolio or a project: what it opens then appears here."),
)


class ProjectTable(Table):
    """Photographs of projects: `scope` says which, `digest` gives the choices of the filters and the bounds of the dates."""

    key = "projects"
    caption = gettext_lazy("Projects")
    search_fields = ("name", "name_en", "code", "manager_name")
    search_label = gettext_lazy("Name, code or manager")
    default_sort = "name"
    default_group = "programme"
    filters: ClassVar[tuple[Filter, ...]] = FILTERS
    groupings: ClassVar[tuple[Grouping, ...]] = tuple(one for one in GROUPINGS if one.key != "portfolio")
    empty_title = gettext_lazy("No project here yet")
    empty_text = gettext_lazy("Import a file or create a project: its health is computed at once.")
    columns = COLUMNS

    def __init__(self, request: HttpRequest, *, scope: Scope, digest: Digest) -> None:
        self.scope, self.digest = scope, digest
        self.currency = scope.currency
        large = (digest.largest or 0) >= BILLION
        self.divisor, self.unit = (Decimal(10**6), "M") if large else (Decimal(10**3), "k")
        self.places = 1 if large else 0
        units = (
            {"budget": _("Budget, %(unit)s") % {"unit": formats.unit(self.currency, self.unit)}}
            if self.currency
            else {}
        )
        super().__init__(request, labels=units)
        if (
            not scope.sees_money
        ):  # the amounts of single projects may be known, never an order or a choice made by others
            self.columns = columns_without_money(some=Access.of(scope.user).sees_some_money)  # type: ignore[misc]
            self.filters = tuple(one for one in FILTERS if one.key not in MONEY_FILTERS)  # type: ignore[misc]
        if not any(scope.user.has_perm(right) for right in (IMPORT_FILES, CREATE_PROJECT)):
            self.empty_title, self.empty_text = NOTHING_OPEN  # type: ignore[misc]
        if not scope.below:  # one heading over everything says nothing
            self.default_group = ""  # type: ignore[misc]
        loaded = request.GET.get("rows", "")
        if loaded.isdecimal():  # the poll of a list that was extended: as many rows as the reader has
            self.page_size = min(max(int(loaded), ProjectTable.page_size), MOST_ROWS)  # type: ignore[misc]

    def load(self, queryset: QuerySet[Any], *, count: int | None = None) -> None:
        """The page of rows, and the subtotals of the groups it shows (one query more)."""
        rows = self.prepared(queryset)
        if self.grouping and self.grouping.key != "health":  # that one has its rank
            rows = rows.annotate(place=self.place_of_group(self.grouping.key, rows))
        reached = self.reached()
        if reached is not None and self.grouping:
            self.totals = reached
            rows = rows.filter(**{f"{GROUP_FIELDS[self.grouping.key]}__in": list(reached)})
            if len(reached) == 1:  # the same place for every row: the index gives the order
                place = Value(self.containers.index(*reached) + 1)
                rows = rows.annotate(place=Cast(place, IntegerField()))
        super().load(self.with_reviews(rows.only(*FIELDS)), count=count)
        self.rows = [self.scope.seen(row) for row in self.rows]
        self.put_reviews_beside()
        if self.grouping:
            key, known = GROUP_FIELDS[self.grouping.key], reached or {}
            shown = {self.grouping.of(self, row)[0] for row in self.rows}
            if unknown := {one for one in shown if known.get(one) is None}:
                counted = self.filtered(rows).filter(**{f"{key}__in": unknown})
                found = sums_by(counted, key, self.currency, SUBTOTALS)
                self.totals = known | {pk: self.scope.shown(sums) for pk, sums in found.items()}

    def with_reviews(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows, each with the independent review that was in force on the day shown, in the statement that reads them."""
        user = self.scope.user
        return rows.annotate(**beside(user, at=self.scope.known_at)) if sees_some(user) else rows

    def put_reviews_beside(self) -> None:
        """Where there is no review to see, there is no column for them."""
        if not any(getattr(row, "any_review", False) for row in self.rows):
            self.columns = tuple(column for column in self.columns if column.key != REVIEW)  # type: ignore[misc]
            return
        for row in self.rows:
            row.review = read_beside(row.review_told)

    @cached_property
    def containers(self) -> list[int]:
        """The containers that can be headings, in order."""
        nodes, by_portfolio = self.scope.nodes, self.grouping is not None and self.grouping.key == "portfolio"
        return [pk for pk in self.scope.reading_order if not by_portfolio or nodes[pk].kind == Node.Kind.PORTFOLIO]

    def reached(self) -> dict[int, Any] | None:
        """The containers this page can reach with their subtotals, where stored sums say it: the list below reads no others."""
        if self.narrowed or not self.grouping or self.grouping.key not in {"programme", "portfolio"}:
            return None
        start = 0
        if after := self.query.get("after", ""):
            try:
                start = int(decoded(after, len(self.order))[0]) - 1
            except (ValueError, TypeError):
                return None
        field, size = GROUP_FIELDS[self.grouping.key], self.page_size
        return groups_of_page(self.scope, field, self.containers, start=max(start, 0), size=size, begun=bool(after))

    def place_of_group(self, key: str, rows: QuerySet[Any]) -> Any:
        """Where a group stands among the others: by its heading in the reader's language; states in the order of a life.

        Managers and phases are read first (one query): only their own values can be put in order.
        """
        field = GROUP_FIELDS[key]
        if key == "state":
            return place_among(field, Project.State.values, "text")
        if key in {"programme", "portfolio"}:
            return place_among(field, self.containers)
        values = self.filtered(rows).order_by().values_list(field, flat=True).distinct()
        return place_among(field, sorted(values, key=natural_key), "text")

    @property
    def everywhere(self) -> str:
        """What the selection bar sends for "all that match": the container's code, or a star for every visible project."""
        return self.scope.node.code if self.scope.node else "*"

    @property
    def offers_everything(self) -> bool:
        """Whether more rows match than are shown, few enough to be changed together."""
        return bool(self.after) and self.count is not None and self.count <= MOST_CHANGED

    def matching_ids(self) -> list[str]:
        """The ids of every row that matches the address, shown or not."""
        rows = self.filtered(self.prepared(self.scope.rows()))
        return [str(pk) for pk in rows.order_by("code").values_list("project_id", flat=True)[: MOST_CHANGED + 1]]

    def prepared(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The photographs with what filters and sorting ask of them."""
        day = Value(self.scope.day, output_field=DateField())
        managed = Exists(Person.objects.filter(pk=OuterRef("manager_id"), user=self.scope.user.pk))
        named = Q(project_id__in=Access.of(self.scope.user).named_projects)
        mine = ExpressionWrapper(managed | named, output_field=BooleanField())
        columns = {"rank": health_order(), "ends": Coalesce("forecast_end", "baseline_end")}
        return queryset.alias(mine=mine, shown_day=day).annotate(**columns)

    def offer_bulk(self, may_edit: bool) -> None:
        """Let rows be ticked and changed together; each project's own right is asked again before anything is written."""
        self.selectable = may_edit  # type: ignore[misc]
        self.bulk = [
            BulkAction(form.button, reverse("reporting:project-bulk", args=[key]), form.icon)
            for key, form in BULK_FORMS.items()
            if self.request.user.has_perm(form.right)
        ]

    def chosen(self, one: Filter) -> list[str]:
        """A manager may be asked for who is not among the first choices of the menu."""
        if one.key != "manager":
            return super().chosen(one)
        return [value for value in values_of(self.query, one.key) if value in {"me", "none"} or value.isdecimal()]

    @cached_property
    def managers(self) -> list[tuple[str, str]]:
        """(id, name) of the managers of the menu, and of those asked for, as far as visible projects name them."""
        known = {str(pk): name for pk, name in self.digest.managers}
        asked = [int(value) for value in values_of(self.query, "manager") if value.isdecimal() and value not in known]
        if asked:
            rows = self.scope.rows().filter(manager_id__in=asked).order_by().values_list("manager_id", "manager_name")
            known |= {str(pk): name for pk, name in rows.distinct()}
        return list(known.items())

    @cached_property
    def people(self) -> list[tuple[str, str]]:
        """(id, name) of the people asked for, in any role, as far as the reader may know them: the palette leads here."""
        asked = [int(value) for value in values_of(self.query, "person") if value.isdecimal() and len(value) < 10]
        rows = known_to(self.scope.user).filter(pk__in=asked) if asked else ()
        return [(str(one.pk), one.name) for one in rows]

    @cached_property
    def first(self) -> dt.date:
        """Where timelines begin: the earliest start, at most a few years back."""
        floor = dt.date(self.scope.day.year - YEARS_BEFORE, 1, 1)
        earliest = max(self.digest.first or floor, floor)
        return dt.date(min(earliest.year, self.scope.day.year), 1, 1)

    @cached_property
    def last(self) -> dt.date:
        ceiling = dt.date(self.scope.day.year + YEARS_AFTER, 12, 31)
        latest = min(self.digest.last or ceiling, ceiling)
        return dt.date(max(latest.year, self.scope.day.year), 12, 31)

    @property
    def css(self) -> str:
        return timeline_lines(self.first, self.last, self.scope.day)

    @cached_property
    def link_query(self) -> str:
        return f"?as_of={self.scope.as_of.isoformat()}" if self.scope.as_of else ""

    def node_of(self, pk: int) -> Node | None:
        return self.scope.nodes.get(pk)

    def scale_of(self, row: HealthFields) -> str:
        """The scale the project's portfolio declares on."""
        portfolio = self.node_of(row.portfolio_id)
        return portfolio.scale if portfolio else ""

    def words_of(self, pk: int) -> str:
        return self.scope.heading(pk) or formats.MISSING

    def row_id(self, row: Any) -> str:
        return str(row.project_id)


class AllProjectsTable(ProjectTable):
    """Every visible project: grouped by portfolio, money with its own currency unless all share one."""

    default_group = "portfolio"
    groupings = GROUPINGS
