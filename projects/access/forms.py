"""Forms of accounts and memberships."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.apps import apps
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.as_of import end_of
from pmo_portal.core.forms import Lookup, comfortable
from pmo_portal.core.models import User
from projects.access.models import Membership
from projects.access.policy import MANAGE_MEMBERS, allowed_everywhere, roles_to_give
from projects.access.selectors import (
    LONGEST,
    nodes_managed_by,
    people_to_name,
    people_to_stand_in,
    projects_managed_by,
)
from projects.hierarchy.forms import NodeChoice
from projects.hierarchy.models import Node, Project


class LastDay(forms.DateField):
    """Until when a role holds: the end of that day, which has to come yet; None while nobody takes the role away."""

    def __init__(self) -> None:
        words = _("The last day. Empty: until it is taken away.")
        super().__init__(label=capfirst(_("until")), required=False, help_text=words)

    def clean(self, value: Any) -> datetime | None:
        last = super().clean(value)
        if last is not None and last < timezone.localdate():
            raise forms.ValidationError(_("This day is over. Choose today or a later one."))
        return end_of(last) if last else None


class MemberForm(forms.Form):
    """Who gets which role, and where. Neither container nor project: the whole organisation."""

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"] = UserChoice(
            people_to_name(), label=capfirst(_("user")), widget=Lookup(f"{reverse('projects:member-choices')}?of=user")
        )
        given = roles_to_give(by)
        roles = [(value, label) for value, label in Membership.Role.choices if value in given]
        self.fields["role"] = forms.ChoiceField(label=capfirst(_("role")), choices=[("", "---------"), *roles])
        everywhere = allowed_everywhere(by, MANAGE_MEMBERS)
        self.fields["node"] = NodeChoice(
            nodes_managed_by(by),
            label=capfirst(_("portfolio or programme")),
            required=False,
            empty_label=capfirst(_("Whole organisation")) if everywhere else "---------",
            help_text=_("The role holds for everything below."),
        )
        self.fields["project"] = ProjectChoice(
            projects_managed_by(by),
            label=capfirst(_("or one project")),
            required=False,
            widget=Lookup(f"{reverse('projects:member-choices')}?of=project"),
            help_text=_("A confidential project is seen only by those named on it, and by the PMO."),
        )
        self.fields["unit"] = forms.ModelChoiceField(
            apps.get_model("projects", "Unit")._default_manager.all(),
            label=capfirst(_("people of the unit")),
            required=False,
            empty_label=capfirst(_("everybody")),
            help_text=_("For a resource manager: whose people they keep and give, those of the units below included."),
        )
        self.fields["valid_until"] = LastDay()
        self.fields["reason"] = forms.CharField(label=capfirst(_("reason")), required=False, max_length=300)
        comfortable(self)


class EndForm(forms.Form):
    """Until when a role holds that somebody has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["valid_until"] = LastDay()
        comfortable(self)


def user_words(user: Any) -> str:
    return f"{user.label} ({user.username})" if user.label != user.username else str(user.username)


def project_words(project: Any) -> str:
    return f"{project.label} ({project.code})"


class UserChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return user_words(obj)


class ProjectChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return project_words(obj)


class UserForm(forms.ModelForm):
    """An account. The password is only ever set, never shown."""

    password = forms.CharField(
        label=capfirst(_("password")),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Leave it empty to keep the present one."),
    )

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "language", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            del self.fields["is_active"]
            self.fields["password"].help_text = _(
                "At least 12 characters. Better leave it empty: the person gets a letter and chooses it themselves."
            )

    def clean(self) -> dict[str, Any]:
        """Without a password there has to be an address to write to."""
        given = super().clean() or {}
        if not self.instance.pk and not given.get("password") and not given.get("email") and "email" not in self.errors:
            self.add_error("email", _("Without a password, the letter needs an address."))
        return given

    def validate_unique(self) -> None:
        """The database decides, the service explains."""


class MembershipChoices(forms.ModelMultipleChoiceField):
    """Somebody's roles, each with its place."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.get_role_display()} · {obj.project or obj.node or _('Whole organisation')}"


class DelegationForm(forms.Form):
    """Whom, from when to when, which roles, why."""

    def __init__(self, *args: Any, lender: User, memberships: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["delegate"] = UserChoice(people_to_stand_in(lender), label=_("Who stands in"))
        self.fields["first"] = forms.DateField(label=_("First day"), initial=today)
        self.fields["last"] = forms.DateField(
            label=_("Last day"),
            help_text=_("At most %(days)s days. It ends by itself, at midnight.") % {"days": LONGEST},
        )
        self.fields["memberships"] = MembershipChoices(memberships, label=_("Which roles"), initial=memberships)
        self.fields["reason"] = forms.CharField(
            label=capfirst(_("reason")), max_length=300, help_text=_("For example: holidays. The history keeps it.")
        )
        comfortable(self)
        self.fields["delegate"].widget.attrs["autocomplete"] = "off"


class ReasonForm(forms.Form):
    """Why; the person concerned reads it."""

    reason = forms.CharField(
        label=_("Why"), max_length=300, help_text=_("For example the number of a support request. The person reads it.")
    )


class EmergencyForm(forms.Form):
    """A project by its code or address, or a container: who sees no project has no list to choose from."""

    code = forms.CharField(
        label=_("Code or address of a project"),
        required=False,
        max_length=300,
        help_text=_("As somebody tells it to you, for example TRAM or https://…/projects/12/."),
    )
    node = NodeChoice(Node.objects.order_by("path"), label=_("or a portfolio or programme"), required=False)
    minutes = forms.ChoiceField(
        label=_("For how long"),
        initial="30",
        choices=[("15", _("15 minutes")), ("30", _("30 minutes")), ("60", _("One hour"))],
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        help_text=_("The PMO, the project manager and the sponsor read it, and the history."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        code, node = given.get("code", "").strip(), given.get("node")
        if bool(code) == bool(node):
            raise forms.ValidationError(_("Name one project, or choose one portfolio or programme."))
        given["place"] = node or project_named(code)
        if given["place"] is None:
            self.add_error("code", _("No project, or more than one, has this code. Give its address instead."))
        return given


def project_named(text: str) -> Project | None:
    """The one project of this code, or of this address."""
    number = re.search(r"/projects/(\d{1,18})(/|$)", text)
    found = Project.objects.filter(pk=number[1]) if number else Project.objects.filter(code__iexact=text)
    rows = list(found[:2])
    return rows[0] if len(rows) == 1 else None
