"""The forms of accounts: django-allauth's, with our words and without its placeholders."""

from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.core import context
from django import forms
from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import quotas
from pmo_portal.core.caller import address_of
from pmo_portal.core.errors import TooMuch
from pmo_portal.core.identity import addresses


def plain(form: forms.BaseForm, labels: dict[str, Any], hints: dict[str, Any] | None = None) -> None:
    """Give the fields of a form our labels and hints; a placeholder is no label."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        field.help_text = (hints or {}).get(name, "")
        if name in labels:
            field.label = lazystr(labels[name])


def within_quota(by: Any) -> None:
    """The form leads to a letter: refused when this actor caused as many as one may."""
    try:
        quotas.take("mails_per_hour", by=by)
    except TooMuch as refused:
        raise forms.ValidationError(refused.message) from refused


class SignInForm(account_forms.LoginForm):
    """User name or e-mail, and password. The field is called `username`, as password managers expect."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, {"login": _("User name or e-mail"), "password": _("Password")})
        self.fields["login"].widget.attrs |= {
            "autocomplete": "username",
            "autocapitalize": "none",
            "spellcheck": "false",
        }

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else super().add_prefix(field_name)


NEW = _("New password")
AGAIN = _("The same once more")
RULES = _(
    "At least 12 characters. Neither a common password nor one that contains your name. "
    "Three or four words that do not belong together are best."
)


class NewPasswordForm(account_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, {"password1": NEW, "password2": AGAIN}, {"password1": RULES})


class FirstPasswordForm(account_forms.SetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, {"password1": NEW, "password2": AGAIN}, {"password1": RULES})


class ChangePasswordForm(account_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"oldpassword": _("Present password"), "password1": NEW, "password2": AGAIN}
        plain(self, labels, {"password1": RULES})


class ForgottenForm(account_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, {"email": _("E-mail")})

    def clean(self) -> dict[str, Any]:
        """Counted for the address it is asked from, whether or not the account exists."""
        given: dict[str, Any] = super().clean() or {}
        if "email" in given:
            within_quota(f"address:{address_of(context.request)}")
        return given


class EmailForm(account_forms.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, {"email": _("New e-mail address")})

    def clean_email(self) -> str:
        """Not one of another account; a colleague who looks for accounts learns only that it cannot be used."""
        email = str(super().clean_email())
        if addresses.belongs(email, but=self.user):
            raise get_adapter().validation_error("email_taken")
        return email

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if "email" in given:
            within_quota(self.user)
        return given


class PasswordAgainForm(account_forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, {"password": _("Password")})
