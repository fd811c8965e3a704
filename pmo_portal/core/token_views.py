"""A person's own API tokens: made here, shown once, revoked here. Nobody sees or touches another's."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from pmo_portal.core import audit, tokens
from pmo_portal.core.identity.fresh import fresh_required
from pmo_portal.core.models import ApiToken
from pmo_portal.core.pages import page

MOST = 20


class TokenForm(forms.ModelForm):
    """A name to recognise it by, and how long it lives."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"),
        coerce=int,
        initial=90,
        choices=[(30, gettext_lazy("30 days")), (90, gettext_lazy("90 days")), (365, gettext_lazy("One year"))],
    )

    class Meta:
        model = ApiToken
        fields = ("name",)
        help_texts = {"name": gettext_lazy("What will use it, for example: monthly report.")}


@fresh_required
@never_cache
@sensitive_variables("secret")
@require_http_methods(["GET", "HEAD", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """My tokens; a new one is shown in the answer to the form and never again."""
    form, secret = TokenForm(request.POST or None), ""
    mine = ApiToken.objects.filter(user=request.user.pk).order_by("-created_at")
    if request.method == "POST" and form.is_valid() and within_limit(form, mine.count()):
        secret = make(request.user, form.cleaned_data)
        form = TokenForm()
    context = {"form": form, "secret": secret, "tokens": list(mine), "now": timezone.now()}
    return page(request, "core/tokens.html", context, status=422 if form.errors else 200)


@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends a token of one's own at once."""
    token = get_object_or_404(ApiToken, pk=pk, user=request.user.pk)
    with transaction.atomic():
        audit.record(by=token.user, action="revoke", target=token, changes={"name": [token.name, None]})
        token.delete()
    messages.success(request, _("The token “%(name)s” no longer works") % {"name": token.name})
    return redirect("core:token-list")


def within_limit(form: TokenForm, count: int) -> bool:
    """Whether one more may be made; says so on the form otherwise."""
    if count >= MOST:
        form.add_error(
            None, _("You already have %(count)s tokens. Revoke one that is no longer used.") % {"count": count}
        )
    return count < MOST


def make(user: Any, chosen: dict[str, Any]) -> str:
    """The full text of a new token."""
    expires_at = timezone.now() + timedelta(days=chosen["days"])
    with transaction.atomic():
        token, secret = tokens.issue(user=user, name=chosen["name"], expires_at=expires_at)
        told = {"name": [None, token.name], "expires_at": [None, audit.plain(token.expires_at)]}
        audit.record(by=user, action="create", target=token, changes=told)
    return secret
