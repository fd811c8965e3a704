"""How django-allauth treats accounts here: nobody signs up by themselves, limits are per account, letters are ours."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from allauth.core import context
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.caller import address_of
from pmo_portal.core.identity import letters
from pmo_portal.core.identity.fresh import is_fresh
from pmo_portal.core.identity.journal import tell
from pmo_portal.core.models import User
from pmo_portal.core.security_events import security_event

NO_MATCH = _("The user name or e-mail and the password do not belong together.")


def shown(user: User) -> str:
    return user.label


class AccountAdapter(DefaultAccountAdapter):
    """One wrong answer for every mistake: which of the two was wrong, or that nobody has this name, is never said."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": NO_MATCH,
        "email_password_mismatch": NO_MATCH,
        "too_many_login_attempts": _("Too many attempts. Try again in five minutes."),
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("The present password is not right."),
        "incorrect_code": _("This code is not right, or was used already."),
        "invalid_password_reset": _("This link is over or was used already. Ask for a new one."),
        "duplicate_email": _("This is your e-mail address already."),
        "email_taken": _("This address cannot be used."),
        "rate_limited": _("Too many attempts. Try again in five minutes."),
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """As every limit of the portal sees it: X-Forwarded-For counts for our own proxies only."""
        return address_of(request) or "0.0.0.0"  # noqa: S104  (a server behind a socket has no address to tell)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """The account, by whichever name and on whichever host it is tried; else the name itself."""
        name = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
        user = account_named(name)
        return f"account:{user.pk}" if user else f"name:{name}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            name = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
            tell("locked_out", request=request, user=account_named(name))
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        name = str(credentials.get("email") or credentials.get("username") or "").strip().lower()
        # Only the name of an account that exists is told: people type passwords into the wrong field.
        tell("sign_in_failed", request=request, user=account_named(name), method="password")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not is_fresh(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Whoever has a second factor proves it with that; who has neither password nor factor goes back to their service."""
        ways = super().get_reauthentication_methods(user)
        factors = [way for way in ways if way["id"].startswith("mfa")]
        return (
            factors
            or ways
            or [
                {"id": "service", "url": one.get_provider().get_login_url(context.request)}
                for one in user.socialaccount_set.all()
            ]
        )

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        letters.post(letters.write(template_prefix, email, context.get("user"), context))

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """To the address given, else to the account's own, whether or not it was confirmed."""
        if to := email or user.email:
            self.send_mail(template_prefix, to, {**(context or {}), "user": user})

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Not for who comes in through a sign-in service only: a password of their own would outlive their leaving it."""
        security_event("password_reset_asked", request=context.get("request"), user=user)
        if user.has_usable_password() or not user.socialaccount_set.exists():
            super().send_password_reset_mail(user, email, context)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def is_safe_url(self, url: str) -> bool:
        """An address of this very host; another name the server answers to is another place."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Only texts given as such: the pages themselves say what happened."""
        if kwargs.get("message"):
            super().add_message(request, level, message=kwargs["message"])


def account_named(name: str) -> User | None:
    """The account that a typed user name or e-mail address opens, or None; of several, the oldest."""
    if not name:
        return None
    found: list[Any] = [get_user_by_username(name), *filter_users_by_email(name, for_login=True)]
    known = [user for user in found if user is not None]
    return min(known, key=lambda user: user.pk) if known else None
