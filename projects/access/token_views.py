"""API tokens: made here, shown once, rotated and revoked here. One's own, and those of the service accounts one manages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from pmo_portal.core.errors import DomainError
from pmo_portal.core.identity.fresh import fresh_required
from pmo_portal.core.models import ApiToken, User
from pmo_portal.core.pages import page
from pmo_portal.core.scopes import ADMIN, AREAS, READ, WRITE
from projects.access import token_services
from projects.access.policy import MANAGE_ACCOUNTS, allowed_everywhere
from projects.access.selectors import roles_of_account
from projects.access.token_forms import LEVELS, RotateForm, TokenForm
from projects.hierarchy.models import Node, Project

reading = require_http_methods(["GET", "HEAD"])
changing = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Shown:
    """A token as the page tells it: `levels` are (what, the areas in which), `places` the names of what it is limited to."""

    token: ApiToken
    levels: list[tuple[str, str]]
    places: list[str]


@reading
def token_list(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """My tokens, or those of a service account."""
    return token_page(request, owner_of(request, pk))


@fresh_required
@never_cache
@sensitive_variables("text")
@changing
def token_create(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A new token; its text is in the answer and never again."""
    owner = owner_of(request, pk)
    form = TokenForm(request.POST or None, owner=owner, by=actor(request))
    if request.method == "POST" and form.is_valid():
        made = done(form, lambda: token_services.create_token(by=actor(request), owner=owner, **form.cleaned_data))
        if made:
            return token_page(request, owner, *made)
    context = {"form": form, "owner": owner, "back": home_of(owner)}
    return page(request, "projects/access/token_create.html", context, status=422 if form.errors else 200)


@fresh_required
@never_cache
@sensitive_variables("text")
@changing
def token_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret in place of the present one."""
    token = find_managed(request, pk)
    form = RotateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = done(form, lambda: token_services.rotate_token(by=actor(request), token=token, **form.cleaned_data))
        if made:
            return token_page(request, token.user, *made)
    context = {"form": form, "token": token, "owner": token.user, "back": home_of(token.user)}
    return page(request, "projects/access/token_rotate.html", context, status=422 if form.errors else 200)


@changing
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, then ends a token at once. No proof of who one is: it only takes away, and a stolen token should not wait."""
    token = find_managed(request, pk)
    if request.method != "POST":
        context = {"token": token, "owner": token.user, "back": home_of(token.user)}
        return page(request, "projects/access/token_revoke.html", context)
    token_services.revoke_token(by=actor(request), token=token)
    messages.success(request, _("The token “%(name)s” no longer works") % {"name": token.name})
    return redirect(home_of(token.user))


def actor(request: HttpRequest) -> User:
    return cast(User, request.user)  # the middleware lets nobody else in


def owner_of(request: HttpRequest, pk: int | None) -> User:
    """Oneself, or the service account of the address."""
    if pk is None:
        return actor(request)
    if not allowed_everywhere(request.user, MANAGE_ACCOUNTS):
        raise PermissionDenied
    return get_object_or_404(User, pk=pk, is_service=True)


def find_managed(request: HttpRequest, pk: int) -> ApiToken:
    """The token, when the reader manages it; another's is as good as none."""
    token = get_object_or_404(ApiToken.objects.select_related("user"), pk=pk)
    if not token_services.manages(token.user, by=actor(request)):
        raise Http404
    return token


def home_of(owner: User) -> str:
    """The page its tokens are on."""
    if owner.is_service:
        return reverse("projects:service-account-detail", args=[owner.pk])
    return reverse("projects:token-list")


def done(form: Any, work: Callable[[], tuple[ApiToken, str]]) -> tuple[ApiToken, str] | None:
    """What the service made; None after it refused, which the form then says."""
    try:
        return work()
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return None


def token_page(request: HttpRequest, owner: User, made: ApiToken | None = None, text: str = "") -> HttpResponse:
    tokens = list(ApiToken.objects.filter(user=owner).order_by("-created_at"))
    context = {
        "owner": owner,
        "roles": roles_of_account(owner, reader=actor(request)) if owner.is_service else (),
        "tokens": shown(tokens, actor(request)),
        "made": made,
        "secret": text,
        "now": timezone.now(),
        "full": len(tokens) >= token_services.MOST,
    }
    return page(request, "projects/access/token_list.html", context)


def shown(tokens: list[ApiToken], reader: User) -> list[Shown]:
    """The tokens in words; of the places only those the reader may see are named. Two queries when any is limited."""
    nodes = {pk for token in tokens for pk in token.nodes}
    projects = {pk for token in tokens for pk in token.projects}
    names: dict[tuple[str, int], str] = {}
    if nodes:
        names |= {("node", one.pk): str(one) for one in Node.objects.visible_to(reader).filter(pk__in=nodes)}
    if projects:
        seen = Project.objects.visible_to(reader).filter(pk__in=projects)
        names |= {("project", one.pk): f"{one.label} ({one.code})" for one in seen}
    return [Shown(token, levels_in_words(token.scopes), places_of(token, names)) for token in tokens]


def levels_in_words(scopes: list[str]) -> list[tuple[str, str]]:
    """[(what it may do, the areas in which)], reading first."""
    by_level: dict[str, list[str]] = {READ: [], WRITE: [], ADMIN: []}
    for scope in scopes:
        area, _sep, level = scope.partition(":")
        by_level[level].append(str(AREAS[area]))
    return [(str(LEVELS[level]), ", ".join(areas)) for level, areas in by_level.items() if areas]


def places_of(token: ApiToken, names: dict[tuple[str, int], str]) -> list[str]:
    wanted = [("node", pk) for pk in token.nodes] + [("project", pk) for pk in token.projects]
    hidden = _("a place you do not see")
    return list(dict.fromkeys(names.get(one, hidden) for one in wanted))
