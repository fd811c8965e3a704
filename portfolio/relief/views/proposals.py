"""What gives way: the options of a conflict, and the proposals to owners."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from pmo_portal.core.pages import page
from pmo_portal.core.undo_views import told
from portfolio.capacity.selectors.periods import GRAINS, MONTH, period_of
from portfolio.capacity.selectors.picture import KINDS
from portfolio.relief.asked import cell_asked, name_of
from portfolio.relief.forms import AnswerForm, ProposeForm
from portfolio.relief.models import Proposal
from portfolio.relief.selectors import proposals as selectors
from portfolio.relief.selectors.conflict import SHORT, Conflict, conflict, still_short
from portfolio.relief.selectors.detail import detail
from portfolio.relief.selectors.options import Options, options
from portfolio.relief.selectors.standing import as_computed, what_changed
from portfolio.relief.services import proposals as services
from projects.access.policy import PROPOSE_RELIEF, VIEW_CAPACITY
from projects.hierarchy import records
from projects.hierarchy.models import Project

FIRST = 12  # options shown at first: the dearer ones are a click away


def check(request: HttpRequest, right: str = VIEW_CAPACITY) -> None:
    if not request.user.has_perm(right):
        raise PermissionDenied


def of_cell(request: HttpRequest) -> Conflict:
    """The conflict of the address, 404 for what is no cell."""
    asked = cell_asked(request.GET, today=timezone.localdate())
    if asked is None:
        raise Http404
    name = name_of(asked.kind, asked.ref)
    if name is None:
        raise Http404
    return conflict(asked.kind, asked.ref, name, asked.period, reader=request.user, today=timezone.localdate())


@require_http_methods(["GET", "POST"])
def gives_way(request: HttpRequest) -> HttpResponse:
    """`?by=role&grain=quarter&row=…&at=…`: the options of a cell; posted, one of them is proposed to its owner."""
    check(request)
    found = of_cell(request)
    answer = options(found, reader=request.user)
    if request.method == "GET":
        return shown(request, found, answer)
    check(request, PROPOSE_RELIEF)
    form = ProposeForm(request.POST)
    option = answer.find(form.cleaned_data["option"]) if form.is_valid() else None
    if option is None:
        problem = _("This option is no longer there: something changed meanwhile. You see what there is now.")
        return shown(request, found, answer, problem=problem, status=409)
    if not selectors.may_propose(request.user, option.project):
        raise PermissionDenied
    try:
        row = services.propose(
            by=cast(User, request.user),
            at=timezone.now(),
            conflict=found,
            option=option,
            note=form.cleaned_data["note"],
        )
    except DomainError as refused:
        return shown(request, found, answer, problem=refused.message, status=refused.status)
    messages.success(request, _("Proposed: nothing moves before the owner accepts."))
    return redirect("portfolio:proposal", pk=row.pk)


def shown(
    request: HttpRequest, found: Conflict, answer: Options, *, problem: str = "", status: int = 200
) -> HttpResponse:
    back = {"by": found.kind, "grain": found.period.grain, "row": found.ref, "at": found.period.first.isoformat()}
    everything = "all" in request.GET
    context = {
        "conflict": answer.conflict,
        "options": answer.found[: None if everything else FIRST],
        "beyond": 0 if everything else max(len(answer.found) - FIRST, 0),
        "answer": answer,
        "rates": answer.rates,
        "proposes": any(one.proposes for one in answer.found),
        "back": urlencode(back),
        "problem": problem,
        "kinds": KINDS,
    }
    return page(request, "portfolio/relief/conflict.html", context, status=status)


def views_of(request: HttpRequest) -> tuple[str, dict[str, QuerySet[Any]]]:
    """What the address asks for, and everything it could."""
    user = cast(User, request.user)
    views = {
        "waiting": selectors.waiting_for(user),
        "mine": selectors.proposals(user).filter(proposed_by=user),
        "all": selectors.proposals(user),
        "open": selectors.proposals(user).filter(state=Proposal.State.PROPOSED),
    }
    key = request.GET.get("view", "")
    return key if key in views else "waiting", views


@require_GET
def proposal_list(request: HttpRequest) -> HttpResponse:
    """`?view=waiting` (for my answer), `mine` (proposed by me), `all`; `open`: what waits for anybody, a part of other pages."""
    key, views = views_of(request)
    if key == "open":
        found = {"rows": views[key][: selectors.SHOWN_ASIDE], "count": views[key].count()}
        return page(request, "portfolio/relief/open.html", found, fragment="portfolio/relief/_open.html")
    counts = {"waiting": views["waiting"].count()}
    rows = list(views[key][: selectors.SHOWN])
    context = {"rows": rows, "view_key": key, "counts": counts, "most": selectors.SHOWN}
    return page(request, "portfolio/relief/proposals.html", context)


@require_GET
def of_project(request: HttpRequest, pk: int) -> HttpResponse:
    """The proposals of a project: a part of its team tab."""
    project = get_object_or_404(Project.objects.visible_to(request.user), pk=pk)
    rows = list(selectors.of_project(request.user, project)[: selectors.SHOWN])
    context = {"rows": rows, "project": project}
    return page(
        request, "portfolio/relief/of_project.html", context, fragment="portfolio/relief/_of_project.html"
    )  # fmt: skip


def find(request: HttpRequest, pk: int) -> Proposal:
    return cast(Proposal, get_object_or_404(selectors.proposals(request.user), pk=pk))


@require_GET
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    return one(request, find(request, pk))


def one(request: HttpRequest, row: Proposal, *, form: Any = None, problem: str = "", status: int = 200) -> HttpResponse:
    waits = row.state == Proposal.State.PROPOSED
    context = {
        "row": row,
        **detail(row, reader=request.user),
        "fresh": as_computed(row, on=timezone.localdate()) if waits else True,
        "enough": waits and enough(row),
        "answers": waits and selectors.may_answer(request.user, row),
        "withdraws": waits and selectors.may_withdraw(request.user, row),
        "form": form or AnswerForm(initial={"version": row.version}),
        "problem": problem,
        "cell": urlencode(
            {"by": row.rows, "grain": grain_of(row), "row": row.ref, "at": row.first_day.isoformat()}
        ),
    }  # fmt: skip
    return page(request, "portfolio/relief/proposal.html", context, status=status)


def enough(row: Proposal) -> bool:
    """Whether nothing is short any more where it comes from."""
    short = still_short(row, on=timezone.localdate())
    return short is not None and short < SHORT


def grain_of(row: Proposal) -> str:
    return next(
        (grain for grain in GRAINS if period_of(grain, row.first_day).last == row.last_day), MONTH
    )  # fmt: skip


@require_POST
def answer(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """accept, refuse or withdraw."""
    row = find(request, pk)
    allowed = selectors.may_withdraw if verb == "withdraw" else selectors.may_answer
    if not allowed(request.user, row):
        raise PermissionDenied
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return one(request, row, form=form, status=422)
    try:
        done = carried_out(row, verb, form, by=cast(User, request.user))
    except DomainError as refused:
        fresh = find(request, pk)
        return one(request, fresh, form=None if fresh.version != row.version else form, problem=refused.message,
                   status=refused.status)  # fmt: skip
    outdated = _("Nothing was done: what it was computed from changed meanwhile.")
    if done.state == Proposal.State.OUTDATED:
        told(request, f"{outdated} {what_changed(done, on=timezone.localdate())}".strip())
    else:
        told(request, done.get_state_display())
    return redirect(reverse("portfolio:proposal", args=[done.pk]))


def carried_out(row: Proposal, verb: str, form: AnswerForm, *, by: User) -> Proposal:
    given = {"proposal": row, "by": by, "version": form.cleaned_data["version"], "at": timezone.now()}
    if verb == "accept":
        return services.accept(on=timezone.localdate(), answer=form.cleaned_data["answer"], **given)
    if verb == "refuse":
        return services.refuse(answer=form.cleaned_data["answer"], **given)
    return services.withdraw(**given)


records.add("proposal", Proposal, home=lambda row: reverse("portfolio:proposal", args=[row.pk]))
