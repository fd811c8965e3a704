"""The pages of accounts that are ours; the others are django-allauth's with our templates."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account import views as account_views
from allauth.socialaccount import views as service_views
from allauth.socialaccount.adapter import get_adapter as get_service_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.decorators import method_decorator

from pmo_portal.core.identity import addresses
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
        if request.user.is_authenticated:
            addresses.vouch(request.user)
        return super().dispatch(request, *args, **kwargs)


class Connections(service_views.ConnectionsView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(services=services(self.request), **kwargs)


def services(request: HttpRequest) -> list[dict[str, str]]:
    """The sign-in services by name, with the address that leads there."""
    providers = get_service_adapter().list_providers(request)
    return [{"name": one.name, "url": one.get_login_url(request)} for one in providers]
