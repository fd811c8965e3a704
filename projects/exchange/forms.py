"""The file to import, the columns to correct, the name to keep a mapping under."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.forms import DateField
from pmo_portal.core.models import User
from projects.access.policy import IMPORT_FILES, allowed
from projects.exchange import review, selectors
from projects.exchange.limits import MAX_FILE_BYTES
from projects.exchange.profiles import shipped
from projects.hierarchy.models import Node

NEW = "+"


class UploadForm(forms.Form):
    """A file and where it goes."""

    file = forms.FileField(
        label=_("File"),
        max_length=200,
        help_text=_("CSV or Excel (.xlsx), at most 25 MB. Nothing is written before you have seen what would change."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.json"}),
    )
    profile = forms.ChoiceField(label=_("Kind of file"))
    portfolio = forms.ChoiceField(label=_("Portfolio"), required=False)
    new_code = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9-]{1,39}$",
        label=_("Code of a new portfolio"),
        required=False,
        help_text=_("Letters, digits and hyphens, for example SI-2027."),
    )
    new_name = forms.CharField(
        label=_("Name of a new portfolio"),
        required=False,
        max_length=300,
        help_text=_("Left empty: its code. It can be changed later."),
    )
    on = DateField(
        label=_("Date of the data"), required=False, help_text=_("Left empty: what the file says, else today.")
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        french = (get_language() or "fr").startswith("fr")
        kinds = [(key, profile.title_fr if french else profile.title) for key, profile in shipped().items()]
        saved = [(f"saved-{row.pk}", row.name) for row in selectors.profiles_of(by)]
        self.saved = {f"saved-{row.pk}": row for row in selectors.profiles_of(by)}
        self.fields["profile"].choices = [*kinds, (_("Saved mappings"), saved)] if saved else kinds  # type: ignore[attr-defined]
        nodes = Node.objects.visible_to(by).filter(kind=Node.Kind.PORTFOLIO).order_by("name")
        places = [(node.code, f"{node.label} ({node.code})") for node in nodes if allowed(by, IMPORT_FILES, node)]
        first = ("", _("The one of this kind of file"))
        self.fields["portfolio"].choices = [first, *places, (NEW, _("A new portfolio"))]  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            raise forms.ValidationError(
                _("The file is larger than 25 MB. Split it, or remove pictures and unused sheets.")
            )
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("new_code") and not cleaned.get("portfolio"):
            cleaned["portfolio"] = NEW  # a code alone says it: refusing would lose the file chosen
        if cleaned.get("portfolio") == NEW and not cleaned.get("new_code") and "new_code" not in self.errors:
            self.add_error("new_code", _("Give the new portfolio a code."))
        if not cleaned.get("portfolio") and cleaned.get("profile") not in _with_portfolio():
            self.add_error("portfolio", _("Choose the portfolio this file is for."))
        return cleaned

    def request(self) -> dict[str, Any]:
        """The arguments of `stage_file`, without the person."""
        data = self.cleaned_data
        saved = self.saved.get(data["profile"])
        code = data["new_code"].upper() if data["portfolio"] == NEW else data["portfolio"]
        return {
            "content": data["file"].read(),
            "file_name": data["file"].name,
            "profile": saved.base if saved else data["profile"],
            "settings": saved.settings if saved else {},
            "portfolio": code,
            "new": data["portfolio"] == NEW,
            "name": data["new_name"].strip() if data["portfolio"] == NEW else "",
            "on": data["on"],
        }


def _with_portfolio() -> set[str]:
    return {key for key, profile in shipped().items() if profile.portfolio.code}


class MappingForm(forms.Form):
    """One choice per column: `column-<sheet>-<index>`; plus what commas and day-month mean where cells cannot tell."""

    decimal = forms.ChoiceField(
        label=_("Decimal mark"),
        required=False,
        choices=[("", _("Decided from the cells")), (",", _("Comma: 1 234,5")), (".", _("Point: 1,234.5"))],
    )
    date_order = forms.ChoiceField(
        label=_("Order of dates"),
        required=False,
        choices=[
            ("", _("Decided from the cells")),
            ("dmy", _("Day first: 31/12/2026")),
            ("mdy", _("Month first: 12/31/2026")),
        ],
    )

    def __init__(self, *args: Any, sheets: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sheets = sheets
        for number, sheet in enumerate(sheets):
            offered = review.choices(sheet["entity"], [column["target"] for column in sheet["columns"]])
            for column in sheet["columns"]:
                name = f"column-{number}-{column['index']}"
                self.fields[name] = forms.ChoiceField(
                    label=column["header"],
                    required=False,
                    choices=[("", _("Left out")), *offered],
                    initial=column["target"],
                    widget=forms.Select(attrs={"class": "in", "aria-label": column["header"]}),
                )
                column["field"] = self[name]

    def settings(self) -> dict[str, Any]:
        """The settings of a saved profile: only what the user changed becomes a correction."""
        data = self.cleaned_data
        columns = {}
        for number, sheet in enumerate(self.sheets):
            for column in sheet["columns"]:
                chosen = data.get(f"column-{number}-{column['index']}", "")
                if chosen != column["target"]:
                    columns[column["folded"]] = chosen
        told = {"decimal": data.get("decimal"), "date_order": data.get("date_order")}
        return {"columns": columns, **{name: value for name, value in told.items() if value}}


class ProfileForm(forms.Form):
    """The name to keep a mapping under."""

    name = forms.CharField(label=_("Name of the mapping"), max_length=80)
    shared = forms.BooleanField(label=_("Shared with everyone"), required=False)
