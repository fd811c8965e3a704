"""What is typed with a proposal and with its answer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.forms import comfortable

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
