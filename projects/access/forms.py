"""Forms of accounts and memberships."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.as_of import end_of
from pmo_portal.core.forms import Combobox, comfortable
from pmo_portal.core.models import User
from projects.access.models import Membership
from projects.access.policy import MANAGE_MEMBERS, allowed_everywhere, roles_to_give
from projects.access.selectors import nodes_managed_by, projects_managed_by
from projects.hierarchy.forms import NodeChoice


class MemberForm(forms.Form):
    """Who gets which role, and where. Neither container nor project: the whole organisation."""

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True).order_by("last_name", "first_name", "username")
        self.fields["user"] = UserChoice(people, label=capfirst(_("user")))
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
        self.fields["project"] = forms.ModelChoiceField(
            projects_managed_by(by),
            label=capfirst(_("or one project")),
            required=False,
            widget=Combobox,
            help_text=_("A confidential project is seen only by those named on it, and by the PMO."),
        )
        self.fields["valid_until"] = forms.DateField(
            label=capfirst(_("until")), required=False, help_text=_("The last day. Empty: until it is taken away.")
        )
        self.fields["reason"] = forms.CharField(label=capfirst(_("reason")), required=False, max_length=300)
        comfortable(self)

    def clean_valid_until(self) -> datetime | None:
        """The end of the last day; it has to come yet."""
        last = self.cleaned_data["valid_until"]
        if last is not None and last < timezone.localdate():
            raise forms.ValidationError(_("This day is over. Choose today or a later one."))
        return end_of(last) if last else None


class UserChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.label} ({obj.username})" if obj.label != obj.username else str(obj.username)


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
