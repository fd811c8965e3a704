"""The pages that belong to no domain: home, preferences, help, search."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pmo_portal.core import navigation, search
from pmo_portal.core.forms import Segments
from pmo_portal.core.models import User
from pmo_portal.core.pages import page
from pmo_portal.core.registry import Registry

# First page of a reader when no landing rule decides: the first of these that exists.
HOMES = ("reporting:portfolio-list", "reporting:project-list", "core:help")
# Apps above add rules by role: each gives a URL name, or '' to leave the choice to the next.
landings: Registry[Callable[[Any], str]] = Registry("landing pages")
YEAR = 365 * 86400


class PreferencesForm(forms.ModelForm):
    """What a person may set for themselves."""

    class Meta:
        model = User
        fields = ("language", "theme", "density", "shortcuts")
        widgets = {"language": Segments, "theme": Segments, "density": Segments}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Sends each reader to the page of their job."""
    names = [name for rule in landings if (name := rule(request.user))] + list(HOMES)
    return redirect(next(url for url in map(navigation.find_url, names) if url))


def preferences(request: HttpRequest) -> HttpResponse:
    """Language, theme, density, single-key shortcuts."""
    form = PreferencesForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Preferences saved"))
        return with_language_cookie(redirect("core:preferences"), form.cleaned_data["language"])
    return page(request, "core/preferences.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Keeps the theme or the density chosen by a button; scripts send it in the background."""
    for field, choices in (("theme", User.Theme), ("density", User.Density)):
        value = request.POST.get(field, "")
        if value in choices.values:
            User.objects.filter(pk=request.user.pk or 0).update(**{field: value})
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return HttpResponseRedirect(way_back(request))


@require_POST
@login_not_required
def language(request: HttpRequest) -> HttpResponse:
    """Switches the language of the page, for good when signed in."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        chosen = settings.LANGUAGE_CODE
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk or 0).update(language=chosen)
    return with_language_cookie(HttpResponseRedirect(way_back(request)), chosen)


@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """Tasks, shortcuts, how health is judged, glossary."""
    return page(request, "core/help.html", {})


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Search results: a page, or the options of the palette as a fragment."""
    query = request.GET.get("q", "").strip()[:100]
    context = {"query": query, "groups": search.find(request.user, query)}
    fragment = request.headers.get("X-Requested-With") == "fetch"
    return page(request, "core/_search.html" if fragment else "core/search.html", context)


def way_back(request: HttpRequest) -> str:
    """The local address the form came from, else home."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else navigation.find_url("core:home")


def with_language_cookie(response: HttpResponse, chosen: str) -> HttpResponse:
    """Remembers the language for the sign-in page."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, chosen, max_age=YEAR, samesite="Lax", httponly=True, secure=settings.PRODUCTION
    )
    return response
