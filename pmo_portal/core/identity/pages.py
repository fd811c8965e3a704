"""The pages of one's own account, and the one that makes the first."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import get_adapter as get_service_adapter
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.contrib.auth import login, password_validation, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pmo_portal.core.errors import DomainError
from pmo_portal.core.identity import fresh, sessions, set_up
from pmo_portal.core.identity.factors import owes_factor
from pmo_portal.core.identity.forms import AGAIN, RULES
from pmo_portal.core.identity.journal import tell
from pmo_portal.core.models import User
from pmo_portal.core.navigation import Entry, others
from pmo_portal.core.pages import page


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Sign-in and security: password, e-mail, second factors, services, sessions."""
    user: Any = request.user
    factors = list(Authenticator.objects.filter(user=user).order_by("pk"))
    context = {
        "owes": owes_factor(request),
        "app": next((one for one in factors if one.type == Authenticator.Type.TOTP), None),
        "codes": next((one.wrap() for one in factors if one.type == Authenticator.Type.RECOVERY_CODES), None),
        "keys": [one.wrap() for one in factors if one.type == Authenticator.Type.WEBAUTHN],
        "linked": list(SocialAccount.objects.filter(user=user)),
        "services": get_service_adapter().list_providers(request),
        "sessions": len(sessions.sessions_of(user)),
    }
    return page(request, "mfa/index.html", context)


@require_GET
@never_cache
def session_list(request: HttpRequest) -> HttpResponse:
    """Where I am signed in."""
    user: Any = request.user
    rows = [
        {
            "row": row,
            "device": sessions.device_of(row.user_agent),
            "here": row.session_key == request.session.session_key,
        }
        for row in sessions.sessions_of(user)
    ]
    return page(request, "usersessions/usersession_list.html", {"rows": rows})


@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponseBase:
    if asked := fresh.ask(request, back=reverse("usersessions_list")):
        return asked
    user: Any = request.user
    row = sessions.end_one(user, pk)
    if row is None:
        raise Http404
    tell("session_ended", request=request, user=user, by=user, reason="by its owner", device=row.user_agent[:80])
    messages.success(request, _("The session was ended"))
    return redirect("usersessions_list")


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponseBase:
    """Everywhere but here. Whoever holds a stolen session does not end its owner's."""
    if asked := fresh.ask(request, back=reverse("usersessions_list")):
        return asked
    user: Any = request.user
    former = request.session.session_key or ""
    count = sessions.end_all(user, but=former)
    update_session_auth_hash(request, user)  # under another key, by which the list has to know this one from now on
    UserSession.objects.filter(session_key=former).update(session_key=request.session.session_key)
    tell("sessions_ended", request=request, user=user, by=user, count=count)
    messages.success(request, _("You are signed out everywhere else"))
    return redirect("usersessions_list")


class SetUpForm(forms.ModelForm):
    """The first administrator. The e-mail address is the user name too."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        help_text=RULES,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=AGAIN, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name", "email"):
            self.fields[name].required = True
            self.fields[name].label = capfirst(str(self.fields[name].label))
        self.fields["email"].help_text = _("You sign in with it.")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        password = given.get("password", "")
        if password and password != given.get("again"):
            self.add_error("again", _("The two passwords differ."))
        try:
            password_validation.validate_password(
                password, User(**{n: given.get(n, "") for n in self._meta.fields or ()})
            )
        except ValidationError as error:
            self.add_error("password", error)
        return given


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def set_up_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Opened by the link that an empty installation shows; afterwards the first administrator is signed in."""
    if not set_up.opens(secret):
        raise Http404
    form = SetUpForm(request.POST or None, initial={"language": getattr(request, "LANGUAGE_CODE", "fr")})
    if request.method == "POST" and form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if name != "again"}
        try:
            user = set_up.use(secret=secret, **given)
        except DomainError:
            raise Http404 from None
        login(request, user)
        UserSession.objects.create_from_request(request)
        tell("setup_link_used", request=request, user=user, by=user)
        return redirect("core:home")
    return page(request, "core/set_up.html", {"form": form}, status=422 if form.errors else 200)


others.add(
    "account",
    Entry(
        gettext_lazy("Sign-in and security"),
        "mfa_index",
        "lock",
        words=gettext_lazy("password e-mail second factor passkey sessions sign out everywhere"),
    ),
)
