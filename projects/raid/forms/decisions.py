"""Forms of decisions: the question with its options, and the steps of its life."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.forms import AmountField, DateField, comfortable
from projects.hierarchy.forms import FactForm
from projects.raid.models import Decision, DecisionOption
from projects.raid.models.decision import MOST_OPTIONS
from projects.raid.services import Choice
from projects.resources.models import Person

SHOWN = 2  # options that are open on a new question; the others wait folded


def in_currency(form: forms.BaseForm, name: str, currency: str) -> None:
    """An amount with its unit; not asked of who does not see amounts."""
    if currency:
        form.fields[name].widget.unit = currency
    else:
        del form.fields[name]


class OptionForm(forms.Form):
    """One option; an empty name means that there is none in this place."""

    label = forms.CharField(label=capfirst(_("option")), max_length=200, required=False)
    cost = AmountField(label=capfirst(_("cost of the option")), required=False, max_digits=18, decimal_places=2)
    delay_days = forms.IntegerField(label=capfirst(_("delay in days")), required=False, min_value=-9999, max_value=9999)
    note = forms.CharField(label=capfirst(_("note")), required=False)

    def __init__(self, *args: Any, place: int, open: bool, amounts: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place, self.open = place, open
        in_currency(self, "cost", amounts)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("label") and any(
            cleaned.get(name) not in (None, "") for name in ("cost", "delay_days", "note")
        ):
            self.add_error("label", _("Name this option, or empty the rest of it."))
        return cleaned


class DecisionForm(FactForm):
    """A question with up to six options, one of them recommended. `amounts`: their currency, "" for who does not see them."""

    sections = (
        (
            _("The question"),
            (
                "question",
                "question_en",
                "background",
                "needed_by",
                "committee",
                "asked_by",
                "asked_on",
                "amount_asked",
                "code",
            ),
        ),
        (_("Recommendation"), ("recommended", "recommendation")),
    )

    class Meta:
        model = Decision
        fields = (
            "question", "question_en", "background", "needed_by", "committee", "asked_by", "asked_on", "amount_asked",
            "recommendation", "code",
        )  # fmt: skip
        widgets: ClassVar[dict[str, Any]] = {
            "background": forms.Textarea(attrs={"rows": 3}),
            "recommendation": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(
        self, data: Any = None, *args: Any, amounts: str, options: Iterable[DecisionOption] = (), **kwargs: Any
    ) -> None:
        super().__init__(data, *args, **kwargs)
        self.fields["asked_on"].required = False
        places = [("", _("No option")), *((str(place), str(place)) for place in range(1, MOST_OPTIONS + 1))]
        self.fields["recommended"] = forms.ChoiceField(
            label=capfirst(_("recommended option")), choices=places, required=False
        )
        for name in ("background", "recommendation"):
            self.fields[name].wide = True  # type: ignore[attr-defined]
        held = {one.position: one for one in options}
        self.initial["recommended"] = next((str(one.position) for one in held.values() if one.recommended), "")
        self.sent = data is None or "option-1-label" in data  # a form without options leaves those there are
        self.options = [
            self._option(data if self.sent else None, place, held.get(place), amounts=amounts)
            for place in range(1, MOST_OPTIONS + 1)
        ]
        comfortable(self)
        in_currency(self, "amount_asked", amounts)

    def _option(self, data: Any, place: int, held: DecisionOption | None, *, amounts: str) -> OptionForm:
        stored = {name: getattr(held, name) for name in ("label", "cost", "delay_days", "note")} if held else {}
        typed = bool(data and data.get(f"option-{place}-label"))
        return OptionForm(
            data, prefix=f"option-{place}", initial=stored, place=place, open=bool(held) or typed or place <= SHOWN,
            amounts=amounts,
        )  # fmt: skip

    def is_valid(self) -> bool:
        told = (
            [one.is_valid() for one in self.options] if self.sent else []
        )  # each, so that every error is shown at once
        return super().is_valid() and all(told)

    @property
    def wrong_options(self) -> list[OptionForm]:
        """The options that were refused."""
        return [one for one in self.options if self.sent and one.errors]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        place = cleaned.get("recommended")
        if self.sent and place and not self.data.get(f"option-{place}-label", "").strip():
            self.add_error("recommended", _("There is no option in this place."))
        return cleaned

    def changes(self) -> dict[str, Any]:
        """The fields of the decision."""
        return {name: value for name, value in self.cleaned_data.items() if name != "recommended"}

    def choices(self) -> list[Choice] | None:
        """The options that have a name, in their order; None where the form had none."""
        if not self.sent:
            return None
        recommended = self.cleaned_data["recommended"]
        return [
            Choice(given["label"], given.get("cost"), given["delay_days"], given["note"], recommended == str(one.place))
            for one in self.options
            if (given := one.cleaned_data)["label"]
        ]


class TakeForm(forms.Form):
    """What was decided, by whom and when."""

    outcome = forms.ChoiceField(label=capfirst(_("outcome")))
    taken_on = DateField(label=capfirst(_("decided on")))
    decided_by = forms.ModelChoiceField(
        Person.objects.none(),
        label=capfirst(_("decided by")),
        required=False,
        help_text=_("Empty: you, or the body below."),
    )
    decided_by_name = forms.CharField(
        label=capfirst(_("decided by, in words")), max_length=120, required=False,
        help_text=_("A body, or somebody who is not in the list."),
    )  # fmt: skip
    reason = forms.CharField(
        label=capfirst(_("reason or conditions")), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["outcome"].choices = [("", "–"), *Decision.Outcome.choices]
        fields["decided_by"].queryset = Person.objects.order_by("name")
        fields["reason"].wide = True
        comfortable(self)


class ScheduleForm(forms.Form):
    """The agenda a question is put on."""

    scheduled_for = DateField(label=capfirst(_("on the agenda of")))
    committee = forms.CharField(label=capfirst(_("asked of")), max_length=120, required=False)


class LapseForm(forms.Form):
    """Why nobody needs the decision any more."""

    reason = forms.CharField(label=capfirst(_("reason")), required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ReopenForm(forms.Form):
    """Nothing has to be said."""
