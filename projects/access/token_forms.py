"""Forms of API tokens: what a token may do, where, from where and for how long, in words for people who write no programs."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core.forms import Segments
from pmo_portal.core.models import User
from pmo_portal.core.networks import networks
from pmo_portal.core.scopes import ADMIN, ADMINISTRATION, AREAS, MONEY, READ, WRITE, levels_of
from projects.access.policy import MANAGE_ACCOUNTS, VIEW_AUDIT, allowed_everywhere
from projects.hierarchy.models import Node, Project

LEVELS: dict[str, Promise] = {
    READ: gettext_lazy("Read"),
    WRITE: gettext_lazy("Read and change"),
    ADMIN: gettext_lazy("Administer"),
}
LIVES = [
    (30, gettext_lazy("30 days")),
    (90, gettext_lazy("90 days")),
    (180, gettext_lazy("6 months")),
    (365, gettext_lazy("One year")),
]
OVERLAPS = [
    (0, gettext_lazy("Stop the former one at once")),
    (1, gettext_lazy("Both work for 1 hour")),
    (24, gettext_lazy("Both work for 24 hours")),
]


def lives() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=_("Valid for"), coerce=int, initial=90, choices=LIVES)


class Containers(forms.ModelMultipleChoiceField):
    """Portfolios and programmes with a box each, at their depth of the tree."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return "\u2003" * (len(obj.ancestor_ids) - 1) + f"{obj.label} ({obj.code})"


class TokenForm(forms.Form):
    """A new token of `owner`, made by `by`. Each area is one choice: nothing, to read, or to read and change."""

    def __init__(self, *args: Any, owner: User, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["name"] = forms.CharField(
            label=capfirst(_("name")), max_length=80, help_text=_("What will use it, for example: monthly report.")
        )
        self.fields["days"] = lives()
        for area, about in AREAS.items():
            levels = levels_of(area) if area != ADMINISTRATION or administers(owner) else (READ,)
            self.fields[f"may_{area}"] = forms.ChoiceField(
                label=str(about),
                help_text=str(about.holds),
                required=False,
                widget=Segments,
                choices=[("", _("Nothing")), *((level, LEVELS[level]) for level in levels)],
                initial="" if area in (MONEY, ADMINISTRATION) else READ,
            )
        self.fields["nodes"] = Containers(
            Node.objects.visible_to(by).order_by("path"),
            label=_("Only these portfolios and programmes"),
            required=False,
        )
        self.fields["projects"] = forms.CharField(
            label=_("Only these projects"),
            required=False,
            help_text=_("Their codes, separated by commas."),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
        self.fields["networks"] = forms.CharField(
            label=_("Only from these addresses"),
            required=False,
            help_text=_(
                "Addresses or networks, separated by commas, for example 192.0.2.10 or 198.51.100.0/24. Empty: any."
            ),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )

    @property
    def areas(self) -> Iterator[forms.BoundField]:
        """The choices by area, for the template."""
        return (self[name] for name in self.fields if name.startswith("may_"))

    @property
    def wheres(self) -> list[forms.BoundField]:
        return [self[name] for name in ("nodes", "projects", "networks")]

    @property
    def is_limited(self) -> bool:
        """Whether something was already said about where: the section then stands open."""
        return self.is_bound and any(field.data or field.errors for field in self.wheres)

    def clean_nodes(self) -> list[int]:
        return [node.pk for node in self.cleaned_data["nodes"]]

    def clean_projects(self) -> list[int]:
        codes = {code.strip().upper() for code in self.cleaned_data["projects"].split(",") if code.strip()}
        found = dict(Project.objects.visible_to(self.by).filter(code__in=codes).values_list("code", "pk"))
        if missing := sorted(codes - found.keys()):
            raise ValidationError(_("No such code among those you may see: %(codes)s.") % {"codes": ", ".join(missing)})
        return sorted(found.values())

    def clean_networks(self) -> list[str]:
        return networks(self.cleaned_data["networks"])

    def clean(self) -> dict[str, Any]:
        """The levels chosen become `scopes`."""
        chosen = super().clean() or {}
        levels = {name.removeprefix("may_"): chosen.pop(name, "") for name in self.fields if name.startswith("may_")}
        chosen["scopes"] = [f"{area}:{level}" for area, level in levels.items() if level]
        return chosen


class RotateForm(forms.Form):
    """How long programs have to take over the new secret, and how long it lives."""

    overlap_hours = forms.TypedChoiceField(
        label=gettext_lazy("The former token"), coerce=int, initial=1, choices=OVERLAPS
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"] = lives()


def administers(owner: User) -> bool:
    """Whether the administration is anything to this owner."""
    return allowed_everywhere(owner, MANAGE_ACCOUNTS) or allowed_everywhere(owner, VIEW_AUDIT)
