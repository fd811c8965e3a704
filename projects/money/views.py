"""The budget tab: figures, the monthly grid changed in place, and the lines that are in no month."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import formats
from pmo_portal.core.money import percent_of
from projects.hierarchy import records
from projects.hierarchy.models import Project
from projects.hierarchy.views.base import InPlace, ProjectEditPage, ProjectTab, RowDeletePage, RowEditPage
from projects.hierarchy.visibility import Access
from projects.money import services
from projects.money.forms import BudgetLineForm, MonthForm
from projects.money.models import BudgetLine
from projects.money.selectors import KINDS, SPLITS, Budget, GridRow, approved, at_completion, months_of

TAB = "projects:budget"
EDIT_MONEY = "projects.edit_money"


class OfMoney(ProjectTab):
    """A page of amounts: for who may see those of the project."""

    def check_right(self, target: Any = None) -> None:
        if not Access.of(self.user).sees_money(self.project):
            raise PermissionDenied(_("Your role does not show the amounts of this project."))


class BudgetPage(OfMoney):
    """`?year=2026` chooses the months, `?split=capex` the lines."""

    template = "projects/money/budget.html"
    tab = "budget"
    kinds = (BudgetLine,)

    def context(self, **extra: Any) -> dict[str, Any]:
        budget = Budget.then(self.trail) if self.trail else Budget.of(self.project)
        dated = self.project.portfolio.status_date  # an archived portfolio speaks of its own day
        today = (self.trail.day if self.trail else dated) or timezone.localdate()
        years, split = budget.years(today), split_of(self.request.GET.get("split", ""), budget)
        asked = self.request.GET.get("year", "")
        year = int(asked) if asked.isdecimal() and int(asked) in years else budget.year_at(today, archived=bool(dated))
        rows = [shown(row) for row in budget.rows(months_of(year), split)]
        return super().context(
            rows=rows, year=year, years=years, held=budget.held_years, split=split, splits=SPLIT_LABELS, kinds=KINDS,
            apart=budget.apart, by_month=bool(budget.monthly),
            **figures(budget), **extra,
        )  # fmt: skip


class BudgetFigures(OfMoney):
    """The totals alone, read again when a row was saved."""

    template = "projects/money/_figures.html"

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(**figures(Budget.of(self.project)), **extra)


class BudgetMonth(InPlace):
    """One row of the grid."""

    title = _("Budget of the month")
    saved_message = _("Budget of the month saved")
    announces = ("budget-saved",)
    permission = EDIT_MONEY
    fragment = "projects/money/_month.html"
    back = TAB

    def get_target(self) -> None:
        return None

    def get_form(self, data: Any = None) -> MonthForm:
        if self.split not in SPLITS or SPLITS[self.split] is None:
            raise Http404
        return MonthForm(data)

    @property
    def split(self) -> str:
        return self.request.GET.get("split", "none")

    @property
    def month(self) -> date:
        try:
            return date(self.kwargs["year"], self.kwargs["month"], 1)
        except ValueError as error:
            raise Http404 from error

    def save(self, form: Any, version: int | None) -> Project:
        cells = form.changed(self.month, SPLITS[self.split] or "")
        services.set_budget_cells(project=self.project, by=self.user, on=self.on, cells=cells)
        return self.project

    def moved(self, url: str) -> HttpResponse:
        return super().moved(f"{url}?year={self.month.year}&split={self.split}")

    def form_answer(self, form: Any, *, version: int | None, status: int = 200, **extra: Any) -> HttpResponse:
        typed = {str(kind): form.data.get(str(kind), "") for kind in KINDS} if form.errors else {}
        return super().form_answer(form, version=None, status=status, typed=typed, **extra)

    def context(self, *, typed: dict[str, str] | None = None, **extra: Any) -> dict[str, Any]:
        row = Budget.of(self.project).rows([self.month], self.split)[0]
        return super().context(row=shown(row, typed), split=self.split, **extra)

    def row_context(self) -> dict[str, Any]:
        return {}


class BudgetLineCreate(ProjectEditPage):
    title = _("New budget line")
    permission = EDIT_MONEY
    saved_message = _("Budget line added")
    form_class = BudgetLineForm
    back = TAB

    def get_target(self) -> None:
        return None

    def save(self, form: Any, version: int | None) -> BudgetLine:
        return services.create_budget_line(project=self.project, by=self.user, on=self.on, **form.cleaned_data)


class BudgetLineEdit(RowEditPage):
    title = _("Edit the budget line")
    permission = EDIT_MONEY
    saved_message = _("Budget line saved")
    row_model = BudgetLine
    form_class = BudgetLineForm
    back = TAB

    def save(self, form: Any, version: int | None) -> BudgetLine:
        return services.update_budget_line(
            line=self.row, by=self.user, version=version or 0, changes=form.cleaned_data, on=self.on
        )

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(delete_url=f"/budget-lines/{self.row.pk}/delete/", **extra)


class BudgetLineDelete(RowDeletePage):
    title = _("Delete the budget line")
    permission = EDIT_MONEY
    model = BudgetLine
    back = TAB

    def delete_object(self) -> None:
        services.delete_budget_line(line=self.object, by=self.user, version=self.object.version, on=self.on)


SPLIT_LABELS = [("all", _("Everything")), ("none", _("Not split")), ("capex", "CAPEX"), ("opex", "OPEX")]


def split_of(asked: str, budget: Budget) -> str:
    """The split of the address; everything once amounts are split, else the cells that can be typed in."""
    return asked if asked in SPLITS else "all" if budget.split else "none"


def figures(budget: Budget) -> dict[str, Any]:
    """Totals per kind, and what they say: approved, at completion, and the variance between the two."""
    totals = budget.totals()
    limit, landing = approved(totals), at_completion(totals)
    variance = landing - limit if limit is not None and landing is not None else None
    percent = percent_of(variance, limit) if variance is not None and limit else None
    return {"totals": totals, "approved": limit, "eac": landing, "variance": variance, "variance_percent": percent}


def shown(row: GridRow, typed: dict[str, str] | None = None) -> dict[str, Any]:
    """A row with the text of its inputs: what is stored, or what was typed and refused."""
    cells = [
        {
            "cell": cell,
            "text": (typed or {}).get(cell.kind) or amount_text(cell.amount),
            "seen": f"{cell.version}|{plain(cell.amount)}",
        }
        for cell in row.cells
    ]
    words = formats.date(row.month, "month")
    return {
        "month": row.month,
        "month_text": words,
        "cells": cells,
        "editable": any(cell.editable for cell in row.cells),
    }


def plain(amount: Decimal | None) -> str:
    return "" if amount is None else f"{amount:f}"


def amount_text(amount: Decimal | None) -> str:
    """An amount as it is typed: with the reader's separators, cents only where there are any."""
    return "" if amount is None else formats.number(amount, 0 if amount == amount.to_integral_value() else 2)


records.add("amount", BudgetLine, tab=TAB)
