"""Forms of requests for people."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import formats
from pmo_portal.core.forms import AmountField, Segments, comfortable
from pmo_portal.core.periods import add_months, first_of_month, months_between
from projects.hierarchy.forms import FactForm
from projects.resources.models import Allocation

BACK, AHEAD = 12, 60  # months offered before and after this one
LEVELS = [("", _("any level")), *((n, str(n)) for n in range(1, 6))]
FIELDS = ("role", "skill", "level", "unit", "person", "firmness", "measure", "note")


def month_choices(today: date) -> list[tuple[str, str]]:
    first = first_of_month(today)
    months = months_between(add_months(first, -BACK), add_months(first, AHEAD))
    return [(month.isoformat(), formats.date(month, "month")) for month in months]


class AllocationForm(FactForm):
    """Whom a project asks for; the months of a request that exists are written in the grid."""

    class Meta:
        model = Allocation
        fields = FIELDS
        widgets: ClassVar[dict[str, Any]] = {"note": forms.Textarea(attrs={"rows": 3})}
        help_texts: ClassVar[dict[str, Any]] = {
            "person": _("Only if you have somebody in mind. Who it is in the end is said in the answer."),
            "unit": _("Whose manager answers; leave it empty if you do not know."),
            "firmness": _("Hard: the project counts on it. Tentative: it may still change, and blocks nobody."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = self.instance.pk and self.instance.status not in ("requested", "refused")
        for name in ("person", "unit", "measure") if named else ():
            self.fields[name].disabled = True
        for name in ("firmness", "measure"):
            old: Any = self.fields[name]
            self.fields[name] = forms.ChoiceField(
                label=capfirst(str(old.label)), choices=old.choices[-2:], initial=old.initial, widget=Segments,
                disabled=old.disabled, help_text=old.help_text,
            )  # fmt: skip
        self.fields["level"] = forms.TypedChoiceField(
            label=self.fields["level"].label, choices=LEVELS, coerce=int, empty_value=None, required=False
        )
        comfortable(self)


class NewAllocationForm(AllocationForm):
    """The same with its first months: so much in each, from one to another."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = month_choices(today)
        self.fields["first_month"] = forms.ChoiceField(label=_("From"), choices=choices)
        self.fields["last_month"] = forms.ChoiceField(label=_("Until"), choices=choices)
        self.fields["amount"] = AmountField(
            label=_("In each month"), max_digits=7, decimal_places=2, min_value=0,
            help_text=_("Days, or per cent: you can change single months in the grid afterwards."),
        )  # fmt: skip
        self.order_fields(
            ["role", "skill", "level", "unit", "person", "measure", "amount", "first_month", "last_month", "firmness"]
        )
        comfortable(self)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("first_month", "") > data.get("last_month", "9"):
            self.add_error("last_month", _("It ends before it begins."))
        return data

    def months(self) -> dict[date, Any]:
        """What each month is asked, of a valid form."""
        first, last = (date.fromisoformat(self.cleaned_data[name]) for name in ("first_month", "last_month"))
        return dict.fromkeys(months_between(first, last), self.cleaned_data["amount"])

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FIELDS}
