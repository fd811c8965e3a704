"""What is typed with a proposal and with its answer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core.forms import comfortable
from projects.hierarchy.models import Node

LONGEST = 2000


class ProposeForm(forms.Form):
    """`option` is the key of what was chosen."""

    option = forms.CharField(max_length=60, widget=forms.HiddenInput)
    note = forms.CharField(label=_("Why, in a sentence for the owner"), max_length=LONGEST, required=False)


class AnswerForm(forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    answer = forms.CharField(
        label=_("Your answer"), max_length=LONGEST, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        comfortable(self)


class LevelForm(forms.Form):
    """What is levelled, and how long it may take; the same seed and moves give the same plan."""

    EFFORTS = (
        (1000, pgettext_lazy("search", "quick")),
        (5000, pgettext_lazy("search", "usual")),
        (50000, pgettext_lazy("search", "thorough")),
    )
    node = forms.ModelChoiceField(
        label=_("Portfolio or programme"), queryset=Node.objects.none(), required=False, empty_label=_("all that I see")
    )
    moves = forms.TypedChoiceField(
        label=pgettext_lazy("levelling", "Search"), choices=EFFORTS, coerce=int, initial=5000
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=1, max_value=2_000_000_000, initial=1)
    hold_must_wins = forms.BooleanField(label=_("must-wins stay where they are"), required=False, initial=True)

    def __init__(self, *args: Any, reader: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["node"].queryset = Node.objects.visible_to(reader)  # type: ignore[attr-defined]
        comfortable(self)
