"""The forms of answers: to one request, with its months, and to many at once."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.forms import AmountField, AmountInput
from pmo_portal.core.models import User
from projects.resources import services
from projects.resources.models import Allocation, AllocationMonth, Person, Unit
from projects.resources.services import Whom

VERBS = ("propose", "confirm", "split", "refuse")
UNIT = "unit"  # nobody by name: the unit takes it
DONE = {
    "propose": gettext_lazy("Proposed"),
    "confirm": gettext_lazy("Confirmed"),
    "split": gettext_lazy("A part was given: the rest is still asked for"),
    "refuse": gettext_lazy("Refused"),
}
LONG = {"rows": 3}


class AnswerForm(forms.Form):
    """Who, how much by month, what the project is told; the button says which verb it is."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    verb = forms.ChoiceField(choices=[(one, one) for one in VERBS])
    who = forms.CharField(required=False)
    unit = forms.ModelChoiceField(
        Unit.objects.order_by("name"),
        required=False,
        label=gettext_lazy("Unit or supplier without a name"),
        widget=forms.Select({"class": "in", "aria-label": gettext_lazy("Unit or supplier without a name")}),
    )
    answer = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(LONG), label=gettext_lazy("What the project is told")
    )
    anyway = forms.BooleanField(required=False)

    def __init__(
        self, data: Any = None, *, allocation: Allocation, months: Mapping[date, AllocationMonth], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.allocation, self.held = allocation, months
        for month, held in months.items():
            first = held.granted if held.granted is not None and allocation.status != "refused" else held.asked
            self.fields[name_of(month)] = AmountField(
                label=formats.date(month, "month"),
                required=False,
                max_digits=7,
                decimal_places=2,
                initial=first,
                widget=AmountInput({"class": "in"}),
            )

    def months(self) -> Iterator[tuple[AllocationMonth, Any]]:
        """Each month with its field."""
        for month, held in self.held.items():
            yield held, self[name_of(month)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        who = data.get("who", "")
        data["whom"] = None
        if who == UNIT:
            if data.get("unit") is None:
                self.add_error("unit", _("Choose the unit or supplier that takes it."))
            else:
                data["whom"] = Whom(unit=data["unit"])
        elif who:
            plain = who.isascii() and who.isdigit() and len(who) < 18
            person = Person.objects.filter(pk=int(who)).first() if plain else None
            if person is None:
                self.add_error("who", _("This person is no longer in the directory."))
            else:
                data["whom"] = Whom(person)
        if data.get("verb") == "split" and data["whom"] is None and not self.errors:
            self.add_error("who", _("Choose who gets the part."))
        return data

    @property
    def done(self) -> str:
        return str(DONE[self.cleaned_data["verb"]])

    def answer_with(self, verb: str) -> dict[str, Any]:
        """What the verb takes."""
        data = self.cleaned_data
        amounts = {month: data[name_of(month)] or Decimal(0) for month in self.held}
        if verb == "refuse":
            return {"answer": data["answer"]}
        given: dict[str, Any] = {"whom": data["whom"], "answer": data["answer"]}
        given["part" if verb == "split" else "granted"] = amounts
        if verb in ("confirm", "split"):
            given["anyway"] = data["anyway"]
            given["seen"] = self.data.get(f"seen-{data['who']}", "")
        return given | ({"confirm": True} if verb == "split" else {})

    def give(self, *, by: User, on: date) -> Allocation:
        verb = self.cleaned_data["verb"]
        done: Allocation = getattr(services, f"{verb}_allocation")(
            allocation=self.allocation, by=by, on=on, version=self.cleaned_data["version"], **self.answer_with(verb)
        )
        return done


def name_of(month: date) -> str:
    return f"m-{month:%Y-%m}"


def answer_form(
    allocation: Allocation,
    months: Mapping[date, AllocationMonth],
    data: Any = None,
    *,
    units: Collection[int] | None = None,
) -> AnswerForm:
    """The form of a request as it is; `units`: those that may take it, None for all."""
    first = {"version": allocation.version, "answer": allocation.answer, "unit": allocation.unit_id}
    form = AnswerForm(data, allocation=allocation, months=months, initial=first)
    if units is not None:
        cast(forms.ModelChoiceField, form.fields["unit"]).queryset = Unit.objects.filter(pk__in=units).order_by("name")
    return form


class ManyForm(forms.Form):
    """The same words for all of them."""

    answer = forms.CharField(
        required=False, max_length=2000, widget=forms.Textarea(LONG), label=gettext_lazy("What the projects are told")
    )
    anyway = forms.BooleanField(
        required=False, label=gettext_lazy("Also where it is too much for the person or the unit")
    )

    def __init__(self, data: Any = None, *, verb: str) -> None:
        super().__init__(data)
        if verb == "refuse":
            self.fields["answer"].required = True
            del self.fields["anyway"]
