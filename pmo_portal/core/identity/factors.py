"""Second factors: secrets are kept encrypted, a key that was copied is refused, and whoever needs a factor is told so."""

import base64
import hashlib
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.identity.roles import roles_of
from pmo_portal.core.identity.sessions import FACTOR


class FactorAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right, or was used already."),
        "cannot_delete_authenticator": _("You need a second factor. Add another one before you remove this one."),
        "cannot_generate_recovery_codes": _("Set up a second factor first."),
    }

    def encrypt(self, text: str) -> str:
        return ring().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return ring().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Whoever needs a second factor keeps one."""
        user = authenticator.user
        if not roles_of(user) & settings.IDENTITY.required_roles:
            return True
        others = Authenticator.objects.filter(user=user).exclude(pk=authenticator.pk)
        return bool(others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        return {**super().get_public_key_credential_user_entity(user), "display_name": user.label}

    def _get_site_name(self) -> str:
        return gettext("PMO Portal")

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        count = Authenticator.objects.filter(user=user, type=type).count()
        return gettext("Key %(number)s") % {"number": count + 1}


def ring() -> MultiFernet:
    """The keys that secrets of second factors are kept under: of SECRET_KEY, and of the former ones for reading."""
    return MultiFernet([Fernet(key_of(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def key_of(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"pmo_portal.core.identity.factors" + secret.encode()).digest())


def has_factor(user: Any) -> bool:
    """Whether the person has a second factor; recovery codes alone are none."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def owes_factor(request: HttpRequest) -> bool:
    """Whether this session's user has a role that needs a second factor and none yet.

    Asked of the database once a session, and again when a factor comes or goes. A service that asks for a second factor itself
    (MFA_TRUSTED_SERVICES) answers for those it let in.
    """
    chosen = settings.IDENTITY
    user: Any = getattr(request, "real_user", request.user)  # who sees as someone else answers for themselves
    if not chosen.required_roles or request.session.get(FACTOR) or not roles_of(user) & chosen.required_roles:
        return False
    records = get_authentication_records(request, user)
    trusted = any(record.get("provider") in chosen.trusted_services for record in records)
    if trusted or has_factor(user):
        request.session[FACTOR] = True
        return False
    return True
