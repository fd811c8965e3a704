"""What the pages of what gives way show, as files. Each counts among those its reader takes out, and leaves a trace."""

from collections.abc import Callable, Sequence
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pmo_portal.core import audit, quotas
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from portfolio.relief import export
from portfolio.relief.models import Leveling, Proposal
from portfolio.relief.selectors.options import options
from portfolio.relief.selectors.runs import outcome
from portfolio.relief.views import proposals, runs


def taken(
    request: HttpRequest, kind: str, *, name: str, about: type[Leveling] | type[Proposal], back: str,
    tables: Callable[[], Sequence[export.Table]],
) -> HttpResponse:  # fmt: skip
    """The file; back to its page where its reader took out too many."""
    try:
        quotas.take("exports_per_hour", by=quotas.acting(request))
    except DomainError as refused:
        messages.error(request, refused.message)
        return redirect(back)
    found = tables()
    audit.tell(by=cast(User, request.user), action="export", about=about,
               changes={"format": [None, kind], "rows": [None, len(found[0][1]) - 1]})  # fmt: skip
    return export.response(kind, f"{name}-{timezone.localdate().isoformat()}", found)


def check_kind(kind: str) -> None:
    if kind not in export.KINDS_OF_FILES:
        raise Http404


@require_POST
def gives_way_file(request: HttpRequest, kind: str) -> HttpResponse:
    """All options of the cell, those beyond the first page too."""
    proposals.check(request)
    check_kind(kind)
    found = proposals.of_cell(request)
    return taken(
        request, kind, name=f"{_('What gives way')} {found.name} {found.period.first}", about=Proposal,
        back=f"{reverse('portfolio:relief')}?{request.GET.urlencode()}",
        tables=lambda: export.options_tables(options(found, reader=request.user)),
    )  # fmt: skip


@require_POST
def leveling_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The plan of a levelling that is done."""
    run = runs.find(request, pk)
    check_kind(kind)
    found = outcome(run, reader=request.user, today=timezone.localdate())
    if found is None:
        raise Http404
    return taken(
        request, kind, name=f"{_('Levelling')} {run.pk}", about=Leveling,
        back=reverse("portfolio:leveling", args=[run.pk]),
        tables=lambda: export.plan_tables(run, found, reader=request.user),
    )  # fmt: skip


@require_POST
def proposal_file(request: HttpRequest, kind: str) -> HttpResponse:
    """`?view=` as on the page; more of them than it shows."""
    check_kind(kind)
    key, views = proposals.views_of(request)
    back = f"{reverse('portfolio:proposal-list')}?view={key}"

    def tables() -> Sequence[export.Table]:
        rows = list(views[key][: export.MOST + 1])
        return [export.proposals_table(rows[: export.MOST], more=len(rows) > export.MOST)]

    return taken(request, kind, name=_("Proposals"), about=Proposal, back=back, tables=tables)
