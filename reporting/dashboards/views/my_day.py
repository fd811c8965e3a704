"""My day: what I owe and by when, what waits for me, what I am told, what changed on what I follow."""

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from pmo_portal.core.models import User
from pmo_portal.core.pages import page
from pmo_portal.core.site import way_back
from projects.hierarchy.models import Project
from reporting.alerts.models import Mailing, Mute, Rule
from reporting.alerts.services import own
from reporting.dashboards.selectors import my_day as selectors


class LettersForm(forms.Form):
    """How letters come, and which rules are told at all."""

    how = forms.ChoiceField(label=gettext_lazy("Letters"), choices=Mailing.How, widget=forms.RadioSelect)
    rules = forms.MultipleChoiceField(
        label=gettext_lazy("Tell me when"), choices=Rule, required=False, widget=forms.CheckboxSelectMultiple
    )


class SeenForm(forms.Form):
    pk = forms.IntegerField(min_value=1, required=False)


class MuteForm(forms.Form):
    rule = forms.ChoiceField(choices=Rule)
    project = forms.IntegerField(min_value=1, required=False)


@require_GET
def my_day(request: HttpRequest) -> HttpResponse:
    """The first page of who writes reports; everybody has one."""
    user, today = cast(User, request.user), timezone.localdate()
    context = {
        "owed": selectors.owed(user, on=today),
        "reviews": selectors.to_review(user),
        "decisions": selectors.decisions(user),
        "actions": selectors.actions(user),
        "answers": selectors.answers(user, on=today),
        "requests": selectors.requests_for_people(user),
        "astray": selectors.astray(user, on=today),
        "proposals": selectors.proposals(user),
        "late_promises": selectors.late_promises(user, on=today),
        "today": today,
        "news": selectors.news(user),
        "changes": selectors.changed(user, on=today),
        "follows": bool(selectors.followed(user)),
        "look_back": selectors.LOOK_BACK.days,
    }
    return page(request, "reporting/my_day/page.html", context)


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Put one notification away, or all of them."""
    form = SeenForm(request.POST)
    if form.is_valid():
        own.put_away(by=cast(User, request.user), at=timezone.now(), pk=form.cleaned_data["pk"])
    return redirect("reporting:my-day")


def letters(request: HttpRequest) -> HttpResponse:
    """Choose how letters come, and which rules are told."""
    user = cast(User, request.user)
    muted = set(Mute.objects.filter(user=user, project__isnull=True).values_list("rule", flat=True))
    how = Mailing.objects.filter(user=user).values_list("how", flat=True).first() or Mailing.How.DAILY
    initial = {"how": how, "rules": [rule for rule in Rule.values if rule not in muted]}
    form = LettersForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        own.choose_letters(by=user, how=form.cleaned_data["how"])
        for rule in Rule.values:
            own.mute(by=user, rule=rule, on=rule not in form.cleaned_data["rules"])
        messages.success(request, _("Saved"))
        return redirect("reporting:my-day")
    apart = Mute.objects.filter(user=user, project__in=Project.objects.visible_to(user)).select_related("project")
    context = {"form": form, "apart": apart}
    return page(request, "reporting/my_day/letters.html", context, status=422 if form.errors else 200)


@require_POST
def mute(request: HttpRequest) -> HttpResponse:
    """Hear no more (or, with `again`, hear again) of a rule on one project."""
    form = MuteForm(request.POST)
    if form.is_valid() and form.cleaned_data["project"]:
        project = get_object_or_404(Project.objects.visible_to(request.user), pk=form.cleaned_data["project"])
        own.mute(
            by=cast(User, request.user), rule=form.cleaned_data["rule"], project=project, on="again" not in request.POST
        )
        own.put_away_rule(
            by=cast(User, request.user), rule=form.cleaned_data["rule"], project=project, at=timezone.now()
        )
        messages.success(request, _("Saved"))
    return HttpResponseRedirect(way_back(request))


@require_POST
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow a project, or no longer (`stop`)."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    own.follow(by=cast(User, request.user), project=project, on="stop" not in request.POST)
    return HttpResponseRedirect(way_back(request))
