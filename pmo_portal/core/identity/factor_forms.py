"""The forms of second factors: django-allauth's, with our words, and with the counter of a security key checked."""

from typing import Any

from allauth.core import context
from allauth.mfa import signals
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as code_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as key_forms
from allauth.mfa.webauthn.internal import auth
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.identity.forms import plain

COUNTER = "sign_count"
CODE = {"code": _("Code")}


class _Code:
    """A code field for phones: digits, and filled in by the system where it can."""

    fields: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain(self, CODE, {"code": _("Six figures from your app, or one of your recovery codes.")})  # type: ignore[arg-type]
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}


class CodeForm(_Code, code_forms.AuthenticateForm):
    pass


class CodeAgainForm(_Code, code_forms.ReauthenticateForm):
    pass


class AppForm(_Code, totp_forms.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = _("The six figures your app shows now.")


class _KeyName:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {"name": _("Name of the key"), "passwordless": _("Sign in with this key alone, without the password")}
        plain(self, labels, {"name": _("Where it is, for example: my laptop, key on the ring.")})  # type: ignore[arg-type]


class AddKeyForm(_KeyName, key_forms.AddWebAuthnForm):
    pass


class KeyNameForm(_KeyName, key_forms.EditWebAuthnForm):
    pass


class _Counted:
    """A key counts its uses. One that counts backwards was copied (WebAuthn level 3, §6.1.1): it is refused, and told."""

    def clean_credential(self) -> Authenticator:
        credential = self.cleaned_data["credential"]  # type: ignore[attr-defined]
        authenticator: Authenticator = super().clean_credential()  # type: ignore[misc]
        shown = auth.parse_authentication_response(credential).response.authenticator_data.counter
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
            known = row.data.get(COUNTER, row.wrap().authenticator_data.counter)
            if (shown or known) and shown <= known:
                signals.authentication_failed.send(
                    sender=Authenticator,
                    request=context.request,
                    user=row.user,
                    authenticator=row,
                    reauthentication=False,
                )
                raise get_adapter().validation_error("incorrect_code")
            row.data[COUNTER] = shown
            row.save(update_fields=["data"])
        return authenticator


class KeyForm(_Counted, key_forms.AuthenticateWebAuthnForm):
    pass


class KeyAgainForm(_Counted, key_forms.ReauthenticateWebAuthnForm):
    pass


class KeySignInForm(_Counted, key_forms.LoginWebAuthnForm):
    pass
