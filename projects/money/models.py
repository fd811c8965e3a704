"""Budget lines: money by month and kind. Amounts are in the project's currency, to the cent."""

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import formats, vocabulary
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access, ScopedQuerySet

FISCAL_YEAR = "fiscal_year"  # category of lines that describe one published year, never summed into whole-life figures


class BudgetLineQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """The amounts this user may know: each kind of money belongs to a group of fields."""
        access = Access.of(user)
        approved, spent = access.projects("project", group="budget"), access.projects("project", group="costs")
        if approved == spent:
            return self.filter(approved)
        is_approved = models.Q(kind__in=(BudgetLine.Kind.INITIAL, BudgetLine.Kind.REVISED))
        return self.filter((is_approved & approved) | (~is_approved & spent))


@vocabulary.kept
class BudgetLine(Stamped):
    """One amount. `month` is the first day of its month, or None for a whole-life figure published without phasing."""

    class Kind(models.TextChoices):
        INITIAL = "initial", _("Original budget")
        REVISED = "revised", _("Current approved budget")
        COMMITTED = "committed", _("Committed")
        ACTUAL = "actual", _("Actuals")
        FORECAST = "forecast", _("Estimate to complete")

    class CostType(models.TextChoices):
        CAPEX = "capex", "CAPEX"
        OPEX = "opex", "OPEX"

    class Source(models.TextChoices):
        MANUAL = "manual", _("entered")
        IMPORT = "import", _("imported")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="budget_lines", db_index=False)
    month = models.DateField(_("month"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    cost_type = models.CharField(_("CAPEX/OPEX"), max_length=5, choices=CostType, blank=True)
    external_ref = models.CharField(_("external reference"), max_length=200, blank=True, db_default="")
    category = models.CharField(_("category"), max_length=80, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    source = models.CharField(_("source"), max_length=6, choices=Source, default=Source.MANUAL)
    document_ref = models.CharField(_("document reference"), max_length=200, blank=True)

    objects = BudgetLineQuerySet.as_manager()
    record = Record(label=("kind", "month", "cost_type"), words="told")

    class Meta:
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        ordering = ("project_id", "month", "kind", "pk")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project"], condition=models.Q(category=FISCAL_YEAR), name="budget_line_fiscal_year"),
            # Every recomputation sums all lines of a project: read from the index alone, it takes a third less.
            models.Index(fields=["project"], include=["kind", "month", "amount", "category"], name="budget_line_sums"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["project", "month", "kind", "cost_type", "category"],
                nulls_distinct=False,
                name="budget_line_one_per_cell",
            ),
            models.UniqueConstraint(
                fields=["project", "external_ref"],
                condition=~models.Q(external_ref=""),
                name="budget_line_external_ref_unique_in_project",
            ),
            models.CheckConstraint(
                condition=models.Q(month__isnull=True) | models.Q(month__day=1), name="budget_line_month_is_a_first_day"
            ),
        ]

    def __str__(self) -> str:
        when = formats.date(self.month, "month") if self.month else str(_("whole life"))
        return " · ".join(part for part in (self.get_kind_display(), when, self.get_cost_type_display()) if part)

    @classmethod
    def told(cls, kind: str, month: str, cost_type: str) -> str:
        """The label of a line by what the history keeps of it."""
        return str(cls(kind=kind, month=date.fromisoformat(month) if month else None, cost_type=cost_type))
