"""What django and django-allauth announce about accounts: told to the security log and kept in the account's history."""

from typing import Any

from allauth.account import signals as account_signals
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as factor_signals
from allauth.socialaccount import signals as service_signals
from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from pmo_portal.core.identity import sessions
from pmo_portal.core.identity.journal import tell


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: Any, **_told: Any) -> None:
    """A session begins: its clocks start, and the ways the person proved who they are are told."""
    if (
        sessions.BEGUN in request.session
    ):  # proved again through a service: Django keeps the key of who is signed in already
        sessions.renew(request)
    sessions.begin(request)
    ways = [str(record["method"]) for record in get_authentication_records(request, user)]
    if ways:  # a session opened by a person; a program that makes one for itself has nothing to tell
        tell("sign_in", request=request, user=user, by=user, method="+".join(ways))


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: Any, **_told: Any) -> None:
    key = request.session.session_key if hasattr(request, "session") else None
    if user is not None and key:
        UserSession.objects.filter(session_key=key).delete()
        tell("sign_out", request=request, user=user, by=user)


@receiver(account_signals.authentication_step_completed)
def proved_again(request: HttpRequest, user: Any, method: str, reauthenticated: bool = False, **_told: Any) -> None:
    if reauthenticated:
        sessions.renew(request)
        tell("reauthenticated", request=request, user=user, by=user, method=method)


@receiver([account_signals.password_changed, account_signals.password_set])
def password_changed(request: HttpRequest, user: Any, **_told: Any) -> None:
    """Other sessions are dead by their hash; the list forgets them too."""
    sessions.end_listed(user, but=request.session.session_key or "")
    tell("password_changed", request=request, user=user, by=user)


@receiver(account_signals.password_reset)
def password_reset(request: HttpRequest, user: Any, **_told: Any) -> None:
    sessions.end_all(user)
    tell("password_reset", request=request, user=user)


@receiver(account_signals.email_changed)
def email_changed(request: HttpRequest, user: Any, to_email_address: Any, **_told: Any) -> None:
    tell("email_changed", request=request, user=user, by=user, email=to_email_address.email)


@receiver(factor_signals.authenticator_added)
def factor_added(request: HttpRequest, user: Any, authenticator: Any, **_told: Any) -> None:
    sessions.clear_marks(request.session)
    name = "recovery_codes_made" if authenticator.type == "recovery_codes" else "mfa_added"
    tell(name, request=request, user=user, by=user, kind=authenticator.type)


@receiver(factor_signals.authenticator_removed)
def factor_removed(request: HttpRequest, user: Any, authenticator: Any, **_told: Any) -> None:
    """Other sessions were opened under the former protection: they end."""
    sessions.clear_marks(request.session)
    sessions.end_listed(user, but=request.session.session_key or "")
    tell("mfa_removed", request=request, user=user, by=user, kind=authenticator.type)


@receiver(factor_signals.authenticator_reset)
def codes_made(request: HttpRequest, user: Any, **_told: Any) -> None:
    tell("recovery_codes_made", request=request, user=user, by=user)


@receiver(factor_signals.authenticator_used)
def factor_used(request: HttpRequest, user: Any, authenticator: Any, **_told: Any) -> None:
    if authenticator.type == "recovery_codes":
        tell("recovery_code_used", request=request, user=user, by=user)


@receiver(factor_signals.authentication_failed)
def factor_failed(request: HttpRequest, user: Any, authenticator: Any, **_told: Any) -> None:
    tell("mfa_failed", request=request, user=user, kind=authenticator.type)


@receiver(service_signals.social_account_added)
def service_linked(request: HttpRequest, sociallogin: Any, **_told: Any) -> None:
    user = sociallogin.user
    tell("identity_linked", request=request, user=user, by=user, service=sociallogin.account.provider)


@receiver(service_signals.social_account_removed)
def service_unlinked(request: HttpRequest, socialaccount: Any, **_told: Any) -> None:
    user = socialaccount.user
    tell("identity_unlinked", request=request, user=user, by=user, service=socialaccount.provider)
