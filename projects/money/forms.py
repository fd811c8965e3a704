"""Forms of budget lines."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from pmo_portal.core.forms import AmountField, comfortable
from projects.hierarchy.forms import FactForm
from projects.money.models import BudgetLine
from projects.money.selectors import KINDS
from projects.money.services import Cell


class BudgetLineForm(FactForm):
    """One amount that is not in the monthly grid: a whole-life figure, a year, or an amount with a category."""

    class Meta:
        model = BudgetLine
        fields = ("kind", "amount", "month", "cost_type", "category", "document_ref")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["month"].help_text = _("Any day of the month. Empty: a figure for the whole life of the project.")
        comfortable(self)

    def clean_month(self) -> date | None:
        month: date | None = self.cleaned_data["month"]
        return month.replace(day=1) if month else None


class MonthForm(forms.Form):
    """A row of the grid: one amount per kind, and `seen_<kind>` = what the editor had before them ("version|amount")."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in KINDS:
            self.fields[str(kind)] = AmountField(label=kind.label, required=False, max_digits=18, decimal_places=2)

    def changed(self, month: date, cost_type: str) -> list[Cell]:
        """The cells the editor changed, each with the version they saw. A cell that was not sent is not changed."""
        cells = []
        for kind in map(str, KINDS):
            version, _bar, seen = str(self.data.get(f"seen_{kind}", "")).partition("|")
            amount: Decimal | None = self.cleaned_data[kind]
            if version.isdecimal() and amount != (Decimal(seen) if seen else None):
                cells.append(Cell(month, kind, amount, cost_type, version=int(version)))
        return cells

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for kind in map(str, KINDS):
            seen = str(self.data.get(f"seen_{kind}", "")).partition("|")[2]
            if seen and not seen.lstrip("-").replace(".", "", 1).isdecimal():
                raise forms.ValidationError(_("The form was altered. Reload the page and try again."))
        return cleaned
