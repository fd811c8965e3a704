"""Forms of the dashboards."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from reporting.dashboards.models import SavedView
from reporting.dashboards.tabs import canonical


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
