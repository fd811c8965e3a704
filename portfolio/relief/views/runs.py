"""Levelling: ask for it, see how far it is, cancel it, read the plan, propose parts of it."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pmo_portal.core import formats
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from pmo_portal.core.pages import page
from portfolio.relief.forms import LevelForm
from portfolio.relief.models import Leveling
from portfolio.relief.selectors.proposals import may_propose
from portfolio.relief.selectors.runs import outcome
from portfolio.relief.services import proposals, runs
from projects.access.policy import PROPOSE_RELIEF

LISTED = 20


def check(request: HttpRequest) -> User:
    if not request.user.has_perm(PROPOSE_RELIEF):
        raise PermissionDenied
    return cast(User, request.user)


def find(request: HttpRequest, pk: int) -> Leveling:
    check(request)
    rows = Leveling.objects.visible_to(request.user).select_related("node")
    return cast(Leveling, get_object_or_404(rows, pk=pk))


@require_http_methods(["GET", "POST"])
def leveling_list(request: HttpRequest) -> HttpResponse:
    """One's own levellings, and the form that asks for another; `held` are projects that stay where they are."""
    user = check(request)
    form = LevelForm(request.POST or None, reader=user)
    if request.method == "POST" and form.is_valid():
        try:
            run = runs.ask(by=user, at=timezone.now(), held=ids_in(request), **form.cleaned_data)
        except DomainError as refused:
            form.add_error(None, refused.message)
        else:
            return redirect("portfolio:leveling", pk=run.pk)
    rows = Leveling.objects.visible_to(user).select_related("node").defer("result")[:LISTED]
    context = {"form": form, "rows": rows, "held": ids_in(request)}
    return page(request, "portfolio/relief/levelings.html", context, status=422 if form.errors else 200)


def ids_in(request: HttpRequest) -> list[int]:
    return [int(one) for one in request.POST.getlist("held") if one.isascii() and one.isdigit() and len(one) < 18]


@require_GET
def leveling(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress (which htmx asks for every second), then the plan."""
    run = find(request, pk)
    fragment = "portfolio/relief/_progress.html" if run.state in Leveling.OPEN else ""
    response = shown(request, run, fragment=fragment)
    if request.headers.get("HX-Request") and run.state not in Leveling.OPEN:
        response["HX-Refresh"] = "true"  # it is over: the whole page says what came of it
    return response


def shown(
    request: HttpRequest, run: Leveling, *, fragment: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "run": run,
        "open": run.state in Leveling.OPEN,
        "outcome": outcome(run, reader=request.user, today=timezone.localdate()),
        "before": runs.waiting_before(run) if run.state == Leveling.State.WAITING else 0,
        "problem": problem,
    }
    return page(request, "portfolio/relief/leveling.html", context, fragment=fragment, status=status)


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    run = find(request, pk)
    if runs.cancel(run=run, at=timezone.now()):
        messages.success(request, _("Cancelled: nothing of it is kept."))
    return redirect("portfolio:leveling", pk=run.pk)


@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the owners of the projects ticked; each stands for itself."""
    run = find(request, pk)
    found = outcome(run, reader=request.user, today=timezone.localdate())
    chosen = set(ids_in(request))
    lines = [line for line in found.lines if line.project.pk in chosen and line.requests] if found else []
    if not lines:
        return shown(request, run, problem=_("Tick the projects whose owners you want to ask."), status=422)
    sent, refused = 0, []
    for line in lines:
        if not may_propose(request.user, line.project):
            refused.append(line.project.label)
            continue
        try:
            proposals.propose_of_run(
                by=cast(User, request.user), at=timezone.now(), run=run, told=line.told, project=line.project,
                note=request.POST.get("note", "")[:2000],
            )  # fmt: skip
            sent += 1
        except DomainError:
            refused.append(line.project.label)
    if sent:
        words = ngettext("%(count)s owner is asked", "%(count)s owners are asked", sent)
        messages.success(request, words % {"count": formats.number(sent)})
    if refused:
        told = {"names": ", ".join(refused[:5])}
        messages.error(
            request, _("Not proposed, since the same waits already or your role does not reach: %(names)s") % told
        )
    return redirect("portfolio:leveling", pk=run.pk)
