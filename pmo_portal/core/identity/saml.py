"""SAML 2.0, strictly: both message and assertion signed, asked for by us, and each assertion used once."""

from datetime import UTC, datetime
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.providers.saml import views as saml_views
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from allauth.socialaccount.providers.saml.utils import build_auth, build_saml_config, get_app_or_404
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET
from lxml.etree import LxmlError
from onelogin.saml2.errors import OneLogin_Saml2_ValidationError
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from pmo_portal.core.identity.services import refused
from pmo_portal.core.models import SeenAssertion

LARGEST = 512 * 1024  # bytes of a response; real ones have a few thousand
NOBODY = {"entity_id": "", "sso_url": "", "x509cert": ""}


class StrictSAML(SAMLProvider):
    def redirect(
        self, request: HttpRequest, process: str, next_url: Any = None, data: Any = None, **kwargs: Any
    ) -> Any:
        """As django-allauth does; whoever is signed in has to prove it once more there, too."""
        auth = build_auth(request, self)
        target = auth.login(return_to="", force_authn=request.user.is_authenticated)
        self.stash_redirect_state(request, process, next_url, data, state_id=auth.get_last_request_id(), **kwargs)
        return HttpResponseRedirect(target)

    def sociallogin_from_response(self, request: HttpRequest, response: Any) -> Any:
        """Remember the assertion, which has to be new, before anybody is looked up."""
        if not made_for_us(response):
            raise ImmediateHttpResponse(refused(request, self, "an assertion for nobody in particular"))
        assertion, until = response.get_last_assertion_id(), response.get_last_assertion_not_on_or_after()
        if not assertion or not until:
            raise ImmediateHttpResponse(refused(request, self, "an assertion without an end"))
        row = SeenAssertion(
            issuer=self.sub_id, assertion_id=assertion[:300], not_on_or_after=datetime.fromtimestamp(until, UTC)
        )
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            raise ImmediateHttpResponse(refused(request, self, "an assertion used before")) from None
        if not str(self.extract_uid(response) or "").strip():
            raise ImmediateHttpResponse(refused(request, self, "no subject"))
        return super().sociallogin_from_response(request, response)


@login_not_required
@require_GET
def metadata(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """How a service knows us (SAML 2.0 metadata): our name, where its answers go, our certificate when requests are signed.

    It asks the service nothing, which may well want this first; and it names no single logout, since there is none.
    """
    app = get_app_or_404(request, organization_slug)
    config = build_saml_config(request, {**app.settings, "idp": NOBODY}, organization_slug)
    del config["sp"]["singleLogoutService"]
    held = OneLogin_Saml2_Settings(settings=config, sp_validation_only=True)
    return HttpResponse(held.get_sp_metadata(), content_type="application/samlmetadata+xml; charset=utf-8")


@login_not_required
def no_single_logout(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """An address django-allauth wants to have a name for. Signing out there ends no session here (decision 0142)."""
    raise Http404


def made_for_us(auth: Any) -> bool:
    """Whether the assertion names this portal as its audience; python3-saml lets one pass that names nobody."""
    root = OneLogin_Saml2_XML.to_etree(auth.get_last_response_xml())
    named = OneLogin_Saml2_XML.query(root, "//saml:Conditions/saml:AudienceRestriction/saml:Audience")
    return auth.get_settings().get_sp_data()["entityId"] in {(one.text or "").strip() for one in named}


@method_decorator([csrf_exempt, login_not_required], name="dispatch")
class Consume(saml_views.ACSView):
    """Takes the answer of the service; what is too large, or for a service we do not have, is not kept."""

    def dispatch(self, request: HttpRequest, organization_slug: str) -> HttpResponseBase:
        get_app_or_404(request, organization_slug)
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
            return HttpResponse(status=413)
        answer: HttpResponseBase = super().dispatch(request, organization_slug)
        return answer


@method_decorator(login_not_required, name="dispatch")
class Finish(saml_views.FinishACSView):
    """Judges it. What is no XML, or has a document type, is refused like everything else."""

    def dispatch(self, request: HttpRequest, organization_slug: str) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = super().dispatch(request, organization_slug)
        except (LxmlError, OneLogin_Saml2_ValidationError, ValueError) as error:
            return refused(
                request, self.get_provider(organization_slug), f"not a SAML response: {type(error).__name__}"
            )
        return answer
