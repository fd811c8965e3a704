"""OpenID Connect, strictly (OpenID Connect Core 1.0 §3.1.3.7).

django-allauth may skip the signature of a token that came over TLS, sends no nonce and takes the subject from the userinfo
endpoint. Here the signature is always checked, with the keys of the issuer and asymmetric algorithms only; the token has to name
this client, this request (nonce) and this hour; and the userinfo has to be about the same subject.
"""

import time
from typing import Any

import jwt
from allauth.account.internal.decorators import login_not_required
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LEEWAY = 60  # seconds that two clocks may differ
AGE = 600  # seconds: an older token was not made for this sign-in


def nonce_of(state: str) -> str:
    """The nonce of one request: known only to us before it is sent, and kept nowhere. The state is single use."""
    return salted_hmac("pmo_portal.core.identity.oidc", state, algorithm="sha256").hexdigest()


class StrictAdapter(OpenIDConnectOAuth2Adapter):
    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        text = kwargs["response"].get("id_token")
        if not isinstance(text, str):
            raise OAuth2Error("no id_token")
        claims = self.claims(app, text, nonce_of(request.GET.get("state", "")))
        userinfo = self._fetch_user_info(token.token) if self.openid_config.get("userinfo_endpoint") else {}
        if userinfo and userinfo.get("sub") != claims["sub"]:
            raise OAuth2Error("userinfo about another subject")
        return self.get_provider().sociallogin_from_response(
            request, {"id_token": claims, "userinfo": {**userinfo, **claims}}
        )

    def claims(self, app: Any, text: str, nonce: str) -> dict[str, Any]:
        """What the token says, once everything about it was checked. Raises OAuth2Error."""
        try:
            header = jwt.get_unverified_header(text)
            if header.get("alg") not in ALGORITHMS:
                raise OAuth2Error(f"algorithm {header.get('alg')}")
            claims: dict[str, Any] = jwt.decode(
                text, self.key_for(header), algorithms=[header["alg"]], audience=app.client_id, issuer=self.issuer(app),
                leeway=LEEWAY, options={"require": ["exp", "iat", "aud", "iss", "sub"]},
            )  # fmt: skip
        except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
            raise OAuth2Error(f"id_token: {error}") from error
        if not constant_time_compare(str(claims.get("nonce", "")), nonce):
            raise OAuth2Error("nonce of another request")
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if claims.get("azp", app.client_id) != app.client_id or (len(audience) > 1 and "azp" not in claims):
            raise OAuth2Error("made for another client")
        if claims["iat"] < time.time() - AGE - LEEWAY:
            raise OAuth2Error("id_token is old")
        if not isinstance(claims["sub"], str) or not claims["sub"].strip():
            raise OAuth2Error("no subject")
        return claims

    def key_for(self, header: dict[str, Any]) -> Any:
        """The issuer's key that the token names; without a name, its only one for signing of that kind."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            known = answer.json()["keys"]
        asked = header.get("kid")
        fitting = [
            key for key in known if key.get("use", "sig") == "sig" and key.get("kty") != "oct"
            and (key.get("kid") == asked if asked else True) and key.get("alg", header["alg"]) == header["alg"]
        ]  # fmt: skip
        if len(fitting) != 1:
            raise OAuth2Error("no such key")
        return jwt.PyJWK(fitting[0], algorithm=header["alg"]).key

    def issuer(self, app: Any) -> str:
        """The issuer of the discovery document, which has to be the configured one."""
        told = str(self.openid_config["issuer"])
        chosen = str(app.settings["server_url"]).partition("/.well-known/")[0]
        if told.rstrip("/") != chosen.rstrip("/"):
            raise OAuth2Error("another issuer")
        return told


class StrictOpenIDConnect(OpenIDConnectProvider):
    oauth2_adapter_class = StrictAdapter

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data["id_token"]["sub"])

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, Any]:
        """Nothing of the request's address: who follows a link does not choose what is asked."""
        return dict(self.get_auth_params())

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        return list(self.get_scope())

    def redirect(
        self, request: HttpRequest, process: str, next_url: Any = None, data: Any = None, **kwargs: Any
    ) -> Any:
        state = get_random_string(32)
        asked = {**(kwargs.pop("auth_params", None) or self.get_auth_params()), "nonce": nonce_of(state)}
        if (
            request.user.is_authenticated
        ):  # to prove once more who one is, or to link: an open session there is not enough
            asked["prompt"] = "login"
        return super().redirect(request, process, next_url, data, auth_params=asked, state_id=state, **kwargs)


@login_not_required
def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    return _answer(request, provider_id, OAuth2LoginView)


@login_not_required
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    return _answer(request, provider_id, OAuth2CallbackView)


def _answer(request: HttpRequest, provider_id: str, view: Any) -> HttpResponseBase:
    try:
        answer: HttpResponseBase = view.adapter_view(StrictAdapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return answer
