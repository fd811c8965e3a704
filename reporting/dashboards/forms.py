"""Forms of the dashboards."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import formats
from pmo_portal.core.forms import AmountField
from reporting.dashboards.models import SavedView
from reporting.dashboards.tabs import canonical
from reporting.health.models import Threshold

Limits = dict[str, tuple[Decimal, Decimal]]
LEVEL_WORDS = {"amber": _("Amber above"), "red": _("Red above")}


class SavedViewForm(forms.ModelForm):
    """A name for the list as it is filtered, sorted and grouped now."""

    class Meta:
        model = SavedView
        fields = ("page", "name", "query", "shared")
        widgets = {"page": forms.HiddenInput, "query": forms.HiddenInput}
        labels = {"shared": _("Everyone who may open this page sees the view")}

    def clean_query(self) -> str:
        """Only what a view consists of, in one order."""
        return canonical(QueryDict(self.cleaned_data["query"]))


def plain(value: Decimal) -> str:
    """A limit without useless decimals."""
    return formats.number(value, 0 if value == value.to_integral_value() else 2)


class ThresholdForm(forms.Form):
    """Where amber and red start for each measure; both left empty: the limit from above applies.

    `whole`: those of the organisation for every size, which has nothing above it.
    """

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, whole: bool, current: Limits, inherited: Limits) -> None:
        super().__init__(data)
        self.inherited = inherited
        for key in Threshold.Key:
            own = current.get(key)
            for position, name in enumerate(("amber", "red")):
                field = AmountField(
                    label=LEVEL_WORDS[name], required=whole, min_value=0, max_value=9999, decimal_places=2
                )
                field.initial = own[position] if own else None
                field.widget.attrs["placeholder"] = plain(inherited[key][position]) if key in inherited else ""
                self.fields[f"{key}_{name}"] = field

    @property
    def lines(self) -> list[tuple[str, Any, Any, bool]]:
        """(measure, amber field, red field, whether the container has its own limit) for the template."""
        return [
            (str(key.label), self[f"{key}_amber"], self[f"{key}_red"], self[f"{key}_amber"].initial is not None)
            for key in Threshold.Key
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for key in Threshold.Key:
            amber, red = data.get(f"{key}_amber"), data.get(f"{key}_red")
            if (amber is None) != (red is None) and not self.errors:
                self.add_error(f"{key}_red", _("Give both limits, or leave both empty to inherit them."))
            elif amber is not None and red is not None and red < amber:
                self.add_error(f"{key}_red", _("Red must start at or above amber."))
        return data

    @property
    def values(self) -> dict[str, tuple[Decimal, Decimal]]:
        """{measure: (amber, red)} of those given."""
        data = self.cleaned_data
        return {
            str(key): (data[f"{key}_amber"], data[f"{key}_red"])
            for key in Threshold.Key
            if data[f"{key}_amber"] is not None
        }
