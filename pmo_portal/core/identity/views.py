"""The pages of accounts that are ours; the others are django-allauth's with our templates."""

from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from allauth.account import views as account_views
from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.webauthn import views as key_views
from allauth.socialaccount import views as service_views
from allauth.socialaccount.adapter import get_adapter as get_service_adapter
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator

from pmo_portal.core.identity import addresses
from pmo_portal.core.identity.factors import has_factor
from pmo_portal.core.identity.fresh import ask
from pmo_portal.core.pages import wants_fragment


@method_decorator(login_not_required, name="dispatch")
class SignIn(account_views.LoginView):
    """User name or e-mail and password; the answer never says which of the two was wrong."""

    template_name = "core/sign_in.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "GET" and wants_fragment(request):
            # The session ended under an open page: move the whole page here, not a fragment of it.
            here = urlsplit(request.headers.get("HX-Current-URL", "")).path
            return HttpResponse(status=204, headers={"HX-Redirect": f"{request.path}?{urlencode({'next': here})}"})
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(services=services(self.request), **kwargs)

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


class EmailChange(account_views.EmailView):
    """The present address stays until the link sent to the new one was followed."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if proof := ask(request):  # before anything is typed, not after
            return proof
        if request.user.is_authenticated:
            addresses.vouch(request.user)
        return super().dispatch(request, *args, **kwargs)


class PasswordChange(account_views.PasswordChangeView):
    """Asks for the present password, and whoever has a second factor for that first, as everywhere else."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        proof = ask(request) if request.user.is_authenticated and has_factor(request.user) else None
        return proof or super().dispatch(request, *args, **kwargs)


class EmailConfirm(account_views.ConfirmEmailView):
    """The link sent to a new address. It is over once another account has the address."""

    def get_object(self, queryset: Any = None) -> Any:
        confirmation = super().get_object(queryset)
        address = confirmation.email_address
        if addresses.belongs(address.email, but=address.user):
            raise Http404
        return confirmation

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                return cast(HttpResponse, super().post(*args, **kwargs))
        except (Http404, IntegrityError) as over:  # the latter: another account got the address at this very moment
            self.object = None
            return self.render_to_response(self.get_context_data(), status=404 if isinstance(over, Http404) else 409)


class KeySignIn(key_views.LoginWebAuthnView):
    """With a security key alone. A key that is refused leads back to the sign-in page, which still knows the way on."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().get(request, *args, **kwargs)
        return answer if answer.status_code == 200 else sign_in_page(request)

    def form_invalid(self, form: Any) -> HttpResponse:
        super().form_invalid(form)
        return sign_in_page(self.request)


def sign_in_page(request: HttpRequest) -> HttpResponse:
    """The way there, with the safe address one wanted."""
    return redirect(passthrough_next_redirect_url(request, reverse("account_login"), REDIRECT_FIELD_NAME))


class Connections(service_views.ConnectionsView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(services=services(self.request), **kwargs)


def services(request: HttpRequest) -> list[dict[str, str]]:
    """The sign-in services by name, with the address that leads there."""
    providers = get_service_adapter().list_providers(request)
    return [{"name": one.name, "url": one.get_login_url(request)} for one in providers]
