"""What a sign-in service may say of somebody: an account is known by (service, subject) alone, and roles come by groups."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.helpers import render_authentication_error
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.identity import addresses, roles
from pmo_portal.core.identity.journal import tell
from pmo_portal.core.security_events import security_event


class ServiceAdapter(DefaultSocialAccountAdapter):
    """Services come from the settings only; nobody is recognised by an e-mail address, confirmed or not."""

    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "no_password": _("Set a password first: without it nothing would open your account."),
        "connected_other": _("This sign-in belongs to another account."),
    }

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[Any]:
        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    def get_requests_session(self) -> Any:
        """A service answers where it was configured: nobody is followed elsewhere with a secret or for a key."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session

    def authenticate_by_email(self, sociallogin: Any) -> None:
        return None

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Accounts are made at the first sign-in, unless somebody has the address already: they link the two themselves.

        An address the service itself does not vouch for is not taken over: it would be kept from whose it is.
        """
        user = sociallogin.user
        said = {one.email for one in sociallogin.email_addresses} | ({user.email} if user.email else set())
        if any(addresses.belongs(email) for email in said):
            raise ImmediateHttpResponse(self.taken(request, sociallogin))
        if unvouched(sociallogin):
            user.username = "" if user.username in said else user.username
            user.email, sociallogin.email_addresses = "", []
        for one in sociallogin.email_addresses:
            addresses.drop_claims(one.email)
        return True

    def taken(self, request: HttpRequest, sociallogin: Any) -> HttpResponse:
        security_event("sso_refused", request=request, reason="address taken", service=sociallogin.account.provider)
        return render(request, "socialaccount/taken.html", {"service": sociallogin.provider.name}, status=409)

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        """The address is the user name too, unless the service gives one."""
        user = super().populate_user(request, sociallogin, data)
        user.username = (user.username or user.email)[:150]
        return user

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        try:
            with transaction.atomic():
                user = super().save_user(request, sociallogin, form)
        except IntegrityError:  # somebody else got the address, or the same person came twice, at this very moment
            raise ImmediateHttpResponse(self.taken(request, sociallogin)) from None
        tell("account_created", request=request, user=user, by=None, service=sociallogin.account.provider)
        self.take_roles(sociallogin)
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.is_existing and sociallogin.state.get("process") != "connect":
            self.take_roles(sociallogin)

    def take_roles(self, sociallogin: Any) -> None:
        """Make the roles that come from this service those of the groups it names now; without a map, none are touched."""
        chosen = sociallogin.provider.app.settings.get("role_map")
        if chosen:
            groups = groups_in(sociallogin)
            roles.give(sociallogin.user, frozenset(role for group, role in chosen.items() if group in groups))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        reason = str(exception or (extra_context or {}).get("saml_last_error_reason") or error or "")[:200]
        security_event(
            "sso_refused", request=request, service=getattr(provider, "sub_id", str(provider)), reason=reason
        )


def parts_of(sociallogin: Any) -> list[dict[str, Any]]:
    """What the service said, in the places where it may have said it."""
    said = sociallogin.account.extra_data
    return [said, said.get("id_token") or {}, said.get("userinfo") or {}]


def unvouched(sociallogin: Any) -> bool:
    """Whether the service says that it does not know whose the address is. Many say nothing: then it is theirs to give."""
    return any(str(part.get("email_verified", "")).lower() == "false" for part in parts_of(sociallogin))


def groups_in(sociallogin: Any) -> set[str]:
    """The groups named by what the service said: a list of texts, or one text."""
    name = sociallogin.provider.app.settings["groups"]
    held: Any = next((part[name] for part in parts_of(sociallogin) if part.get(name)), [])
    return {str(one) for one in held} if isinstance(held, list) else {str(held)}


def refused(request: HttpRequest, provider: Any, reason: str) -> HttpResponse:
    """The page of a sign-in that failed, and the event that says why."""
    answer: HttpResponse = render_authentication_error(request, provider, exception=ValueError(reason))
    return answer
