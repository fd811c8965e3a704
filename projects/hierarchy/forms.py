"""Forms of projects and containers. Uniqueness and constraints are judged by the services, which name the remedy."""

from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.forms import DateField, Segments, comfortable
from pmo_portal.core.models import User
from projects.hierarchy import priorities
from projects.hierarchy.declared import choices_of
from projects.hierarchy.lifecycle import choices_from
from projects.hierarchy.models import Node, Project
from projects.hierarchy.selectors import nodes_where
from projects.hierarchy.services import veil
from projects.hierarchy.services.baselines import SET_BASELINE, WHY, agreed
from projects.hierarchy.services.places import CREATE_PROJECT, EDIT_TREE
from projects.hierarchy.visibility import Access

CURRENCIES = [(code, code) for code in ("EUR", "GBP", "USD", "AUD", "CAD", "CHF", "NZD", "SEK", "NOK", "DKK", "JPY")]
Section = tuple[str | Promise, tuple[str, ...]]


class FactForm(forms.ModelForm):
    """A model form that leaves what spans rows or fields to the service, and groups its fields under headings."""

    sections: ClassVar[tuple[Section, ...]] = ()

    def validate_unique(self) -> None:
        """The database decides, the service explains."""

    def _post_clean(self) -> None:
        """Of constraints, too: asked of the instance, Django would say that one “is violated” and no more."""
        self.instance.validate_constraints = lambda exclude=None: None
        super()._post_clean()  # type: ignore[misc]  # part of ModelForm

    def grouped(self) -> list[tuple[str, list[BoundField]]]:
        """The fields under their headings, in order."""
        return [(str(title), [self[name] for name in names if name in self.fields]) for title, names in self.sections]

    def keep_agreed(self, *, project: Project, by: User) -> None:
        """Show what was agreed without letting it be changed by those who may not (BR-14)."""
        if not by.has_perm(SET_BASELINE, project):
            for name in agreed(self.instance) & self.fields.keys():
                self.fields[name].disabled = True
                self.fields[name].help_text = WHY
        if "confidentiality" in self.fields and not veil.may_lift(project, by=by):
            self.fields["confidentiality"].disabled = True
            self.fields["confidentiality"].help_text = veil.WHY


class NodeChoice(forms.ModelChoiceField):
    """A container, shown at its depth of the tree."""

    def label_from_instance(self, obj: Any) -> str:
        return "\u2003" * (len(obj.ancestor_ids) - 1) + f"{obj.label} ({obj.code})"


class CurrencyField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=CURRENCIES, label=capfirst(_("currency")), **kwargs)


class PriorityField(forms.TypedChoiceField):
    """The highest first; `nothing` is what is read where none is chosen."""

    def __init__(self, *, nothing: Any = priorities.NOT_SET, **kwargs: Any) -> None:
        choices = [("", nothing), *priorities.CHOICES]
        label = capfirst(_("priority"))
        super().__init__(label=label, choices=choices, coerce=int, empty_value=None, required=False, **kwargs)


class ProjectForm(FactForm):
    """Every fact of a project that its manager keeps; the status has a page of its own, and so has a move."""

    currency = CurrencyField()
    priority = PriorityField(help_text=_("5 is the highest. Not set counts as 3 where projects are weighed."))
    sections = (
        (_("What it is"), ("node", "code", "external_ref", "name", "name_en", "short_name", "category", "description")),
        (_("Where it stands"), ("state", "resume_date", "phase", "percent_complete", "left_on")),
        (_("Dates"), ("start_date", "forecast_end", "baseline_start", "baseline_end", "actual_end")),
        (_("Who"), ("project_manager", "sponsor", "business_manager", "delivery_head", "pmo_referent")),
        (
            _("How it is steered"),
            (
                "size",
                "delivery_mode",
                "investment_class",
                "must_win",
                "priority",
                "confidentiality",
                "currency",
                "tolerance_time",
                "tolerance_cost",
            ),
        ),
    )

    class Meta:
        model = Project
        fields = (
            "code", "external_ref", "name", "name_en", "short_name", "category", "description", "state", "resume_date", "phase",
            "percent_complete", "left_on", "start_date", "forecast_end", "baseline_start", "baseline_end", "actual_end",
            "project_manager", "sponsor", "business_manager", "delivery_head", "pmo_referent", "size", "delivery_mode",
            "investment_class", "must_win", "priority", "confidentiality", "currency", "tolerance_time", "tolerance_cost",
        )  # fmt: skip
        widgets: ClassVar[dict[str, Any]] = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            offered = choices_from(Project.objects.values_list("state", flat=True).get(pk=self.instance.pk))
            state: Any = self.fields["state"]
            state.choices = [one for one in Project.State.choices if one[0] in offered]
        comfortable(self)


class NewProjectForm(ProjectForm):
    """The same, with the container it starts in."""

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        node = NodeChoice(nodes_where(by, CREATE_PROJECT), label=capfirst(_("portfolio or programme")))
        self.fields = {"node": node, **self.fields}
        comfortable(self)


class MoveForm(forms.Form):
    """Where a project goes."""

    def __init__(self, *args: Any, by: User, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["node"] = NodeChoice(nodes_where(by, CREATE_PROJECT), label=capfirst(_("portfolio or programme")))
        wholes = (
            Project.objects.visible_to(by)
            .filter(portfolio=project.portfolio, parent__isnull=True)
            .exclude(pk=project.pk)
        )
        self.fields["parent"] = forms.ModelChoiceField(
            wholes.order_by("name"),
            label=capfirst(_("part of")),
            required=False,
            help_text=_(
                "Choose a project only if this one is a part of it: its figures are then carried by the whole."
            ),
        )
        comfortable(self)


class StatusForm(forms.Form):
    """What a project manager declares, in the words of the portfolio's scale."""

    declared = forms.ChoiceField(label=capfirst(_("declared status")), widget=Segments)
    declared_trend = forms.ChoiceField(label=capfirst(_("trend")), choices=Project.Trend.choices, widget=Segments)
    key_message = forms.CharField(
        label=capfirst(_("key message")),
        min_length=3,
        max_length=140,
        widget=forms.Textarea(attrs={"rows": 2, "data-max": 140}),
        help_text=_("One sentence for the committee: where the project stands, and what you need."),
    )
    back_to_green = DateField(
        label=capfirst(_("back-to-green date")),
        required=False,
        help_text=_("When the project is not on track: when it will be again."),
    )

    confidential_note = forms.CharField(
        label=capfirst(_("confidential note")),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For those who decide: PMO, executives, sponsor, assurance. Nobody else reads it."),
    )

    def __init__(self, *args: Any, project: Project, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        if not Access.of(by).sees("confidential_note", project):
            del fields["confidential_note"]
        fields["declared"].choices = choices_of(project.portfolio.scale)
        for name in ("declared", "declared_trend", "key_message", "confidential_note"):
            if name in fields:
                fields[name].wide = True


class NodeForm(FactForm):
    """A portfolio or a programme."""

    currency = CurrencyField()

    class Meta:
        model = Node
        fields = (
            "code", "name", "name_en", "description", "manager", "currency", "scale", "status_date", "origin", "source_note",
        )  # fmt: skip
        widgets: ClassVar[dict[str, Any]] = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, by: User, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moving = self.instance if self.instance.pk else None
        places = nodes_where(by, EDIT_TREE, outside=moving)
        if moving is not None and moving.parent_id:
            places = places | Node.objects.filter(pk=moving.parent_id)
        parent = NodeChoice(
            places.order_by("path"),
            label=capfirst(_("below")),
            required=kind == Node.Kind.PROGRAMME,
            empty_label=capfirst(_("Top of the organisation")) if kind == Node.Kind.PORTFOLIO else "---------",
            initial=self.instance.parent_id,
        )
        self.fields = {"parent": parent, **self.fields}
        comfortable(self)

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip().upper()
