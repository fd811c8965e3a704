"""The status form: every field is text here; what it means is checked by the services, field by field, as it is written."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import formats
from pmo_portal.core.forms import Segments
from projects.hierarchy.declared import choices_of
from projects.hierarchy.models import Project
from reporting.status import wording
from reporting.status.knowing import Knowledge
from reporting.status.models import DIMENSIONS, JUDGED, Evidence, StatusReport
from reporting.status.services.correcting import WORDED
from reporting.status.services.drafts import JUDGEMENTS, told
from reporting.status.wording import CAUSES, STILL

ONE_TO_FIVE = [("", "–"), *((str(number), str(number)) for number in range(1, 6))]
HELP = {
    "key_message": _("One sentence for the committee: where the project stands, and what you need."),
    "highlights": _("At most five lines. Those of the milestones reached are proposed."),
    "next_steps": _("At most five lines. Those of the milestones expected are proposed."),
    "ask_options": _("One option a line."),
    "confidential_note": _("For those who decide: PMO, executives, sponsor, assurance. Nobody else reads it."),
}
SEGMENTED = ("declared", "trend", *DIMENSIONS)
LENGTHS = {"key_message": 140, "summary": 1000, "ask_question": 200, "confidential_note": 500}


def as_text(value: Any) -> str:
    """A value as its control shows and sends it."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(value)
    if isinstance(value, Decimal):
        plain = format(value.normalize(), "f")
        return plain.replace(".", ",") if formats.language() == "fr" else plain
    return value.isoformat() if isinstance(value, date) else str(value)


class ReportForm(forms.Form):
    """`knowledge` says which fields this writer has; `shown` are the values at first, by the name of their field."""

    def __init__(self, data: Any = None, *, knowledge: Knowledge, values: Mapping[str, Any]) -> None:
        self.knowledge, self.report = knowledge, knowledge.report
        self.shown: dict[str, str] = {}
        super().__init__(data, auto_id="r-%s")
        self._add("declared", values, choices=choices_of(knowledge.project.portfolio.scale), widget=Segments)
        self._add("trend", values, choices=Project.Trend.choices, widget=Segments)
        for name in ("key_message", "summary"):
            self._add(name, values, widget=self._area(name))
        for name in JUDGEMENTS:
            self._judgement(name, values)
        for mark in knowledge.marks():
            self._milestone(mark, values)
        self._add("percent_complete", values, widget=forms.TextInput(attrs={"inputmode": "decimal"}))
        self._add("percent_reason", values)
        if knowledge.sees_money:
            for name in ("etc", "exception_cause", "exception_plan"):
                self._add(name, values, widget=forms.TextInput(attrs={"inputmode": "decimal"} if name == "etc" else {}))
        for name in ("highlights", "next_steps"):
            self._add(name, values, widget=self._area(name, 4))
        for danger in knowledge.dangers():
            self._add(f"risks.{danger.pk}", values, choices=STILL, widget=Segments, label=danger.label)
        self._new_risk(values)
        self._ask(values)
        self._add("back_to_green", values, widget=forms.DateInput(attrs={"type": "date"}))
        if knowledge.sees_note:
            self._add("confidential_note", values, widget=self._area("confidential_note", 2))

    def _area(self, name: str, rows: int = 2) -> forms.Textarea:
        attrs: dict[str, Any] = {"rows": rows}
        if name in LENGTHS:
            attrs |= {"maxlength": LENGTHS[name], "data-max": LENGTHS[name]}
        return forms.Textarea(attrs=attrs)

    def _add(self, name: str, values: Mapping[str, Any], **how: Any) -> None:
        label = how.pop("label", None) or capfirst(self._field(name).verbose_name)
        choices = how.pop("choices", None)
        kind = forms.ChoiceField if choices is not None else forms.CharField
        if choices is not None:
            how["choices"] = choices
        else:
            how["strip"] = False
        text = as_text(values[name] if name in values else told(self.report, name))
        self.shown[name] = text
        self.fields[name] = kind(label=label, required=False, help_text=HELP.get(name, ""), initial=text, **how)

    def _field(self, name: str) -> "models.Field":
        return StatusReport._meta.get_field(name.partition(".")[0])  # type: ignore[return-value]

    def _judgement(self, name: str, values: Mapping[str, Any]) -> None:
        if name != "declared":
            self._add(name, values, choices=JUDGED, widget=Segments)
            self._add(f"{name}_comment", values, widget=forms.TextInput(attrs={"maxlength": 160}))
        self._add(f"{name}_reason", values, widget=forms.TextInput(attrs={"maxlength": 500}),
                  label=_("Why better than computed"))  # fmt: skip
        evidence = [("", "–"), *Evidence.choices]
        self._add(f"{name}_evidence", values, choices=evidence, label=_("It rests on"))

    def _milestone(self, mark: Any, values: Mapping[str, Any]) -> None:
        for part, label, known in (
            ("forecast", _("forecast"), mark.forecast_date),
            ("reached", _("reached on"), mark.actual_date),
        ):
            name = f"milestones.{mark.pk}.{part}"
            held = told(self.report, name) or known
            self._add(
                name, {name: held}, label=f"{mark.label}, {label}", widget=forms.DateInput(attrs={"type": "date"})
            )
        name = f"milestones.{mark.pk}.cause"
        self._add(name, values, choices=[("", "–"), *CAUSES], label=_("Cause of the move"))

    def _new_risk(self, values: Mapping[str, Any]) -> None:
        self._add("new_risk_title", values, widget=forms.TextInput(attrs={"maxlength": 200}))
        self._add("new_risk_kind", values, choices=[("risk", _("Risk")), ("issue", _("Issue"))], widget=Segments)
        for name in ("new_risk_probability", "new_risk_impact"):
            self._add(name, values, choices=ONE_TO_FIVE)

    def _ask(self, values: Mapping[str, Any]) -> None:
        self._add("ask", values, choices=self._field("ask").choices, widget=Segments)
        for name in ("ask_question", "ask_options"):
            self._add(name, values, widget=self._area(name))
        for name in ("ask_recommendation", "ask_committee"):
            self._add(name, values)
        self._add("ask_needed_by", values, widget=forms.DateInput(attrs={"type": "date"}))
        if self.knowledge.sees_money:
            self._add("ask_amount", values, widget=forms.TextInput(attrs={"inputmode": "decimal"}))

    @property
    def seen(self) -> list[tuple[str, str]]:
        """What the page showed, to be sent along: a field somebody else changed meanwhile is noticed by it."""
        return list(self.shown.items())

    @property
    def dimensions(self) -> list[dict[str, Any]]:
        """Each dimension with its fields, the computed colour beside it."""
        computed = self.knowledge.computed
        return [
            {"name": name, "field": self[name], "comment": self[f"{name}_comment"], "reason": self[f"{name}_reason"],
             "evidence": self[f"{name}_evidence"], "computed": computed.get(name, "")}
            for name in DIMENSIONS
        ]  # fmt: skip

    @property
    def marks(self) -> list[dict[str, Any]]:
        return [
            {"mark": mark, **{part: self[f"milestones.{mark.pk}.{part}"] for part in ("forecast", "reached", "cause")}}
            for mark in self.knowledge.marks()
        ]

    @property
    def dangers(self) -> list[dict[str, Any]]:
        return [{"risk": risk, "field": self[f"risks.{risk.pk}"]} for risk in self.knowledge.dangers()]


class WordsForm(forms.Form):
    """The judgement of a report and its words, as the PMO corrects them; `said` is what it says, by field."""

    def __init__(self, data: Any = None, *, scale: str, said: Mapping[str, Any], revising: bool, version: int) -> None:
        super().__init__(data, auto_id="w-%s")
        self.said = {name: as_text(said.get(name)) for name in WORDED}
        for name in WORDED:
            field: Any = StatusReport._meta.get_field(name)
            choices = choices_of(scale) if name == "declared" else field.choices
            how: dict[str, Any] = {"label": capfirst(field.verbose_name), "required": False, "initial": self.said[name]}
            if choices:
                blank = [] if name in SEGMENTED else [("", "–")]
                widget = Segments if name in SEGMENTED else forms.Select
                self.fields[name] = forms.ChoiceField(choices=[*blank, *choices], widget=widget, **how)
            elif name in ("key_message", "summary", "highlights", "next_steps"):
                self.fields[name] = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), **how)
            elif name == "back_to_green":
                self.fields[name] = forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), **how)
            else:
                self.fields[name] = forms.CharField(**how)
        self.fields["version"] = forms.IntegerField(initial=version, widget=forms.HiddenInput)
        if revising:
            self.fields["revision_reason"] = forms.CharField(
                label=_("Why what was reported is revised"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("15 characters or more. Everybody who reads the report reads it."),
            )  # fmt: skip

    @property
    def changes(self) -> dict[str, str]:
        """What differs from what the report says."""
        typed = {name: self.cleaned_data[name].replace("\r\n", "\n") for name in WORDED}
        return {name: text for name, text in typed.items() if text != self.said[name]}

    def refuse(self, errors: Mapping[str, list[str]]) -> None:
        """Show what the service refused beside its field."""
        for name, texts in errors.items():
            self.add_error(name if name in self.fields else None, texts)

    @property
    def overall(self) -> list[Any]:
        names = ("declared", "declared_reason", "declared_evidence", "trend", "key_message", "summary", "back_to_green")
        return [self[name] for name in names]

    @property
    def judgements(self) -> list[tuple[str, list[Any]]]:
        """(name of the dimension, its fields)."""
        parts = ("", "_comment", "_reason", "_evidence")
        return [(capfirst(wording.dimension(one)), [self[f"{one}{part}"] for part in parts]) for one in DIMENSIONS]
