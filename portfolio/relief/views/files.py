"""What the pages of what gives way show, as files. Each counts among those its reader takes out, and leaves a trace."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portfolio.relief import export
from portfolio.relief.models import Leveling, Proposal
from portfolio.relief.selectors.options import options
from portfolio.relief.selectors.runs import outcome
from portfolio.relief.views import proposals, runs
from projects.exchange.files_out import KINDS, Table, taken_out


def dated(name: str) -> str:
    return f"{name}-{timezone.localdate().isoformat()}"


def check_kind(kind: str) -> None:
    if kind not in KINDS:
        raise Http404


@require_POST
def gives_way_file(request: HttpRequest, kind: str) -> HttpResponse:
    """All options of the cell, those beyond the first page too."""
    proposals.check(request)
    check_kind(kind)
    found = proposals.of_cell(request)
    return taken_out(
        request, kind, name=dated(f"{_('What gives way')} {found.name} {found.period.first}"), about=Proposal,
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
    return taken_out(
        request, kind, name=dated(f"{_('Levelling')} {run.pk}"), about=Leveling,
        back=reverse("portfolio:leveling", args=[run.pk]),
        tables=lambda: export.plan_tables(run, found, reader=request.user),
    )  # fmt: skip


@require_POST
def proposal_file(request: HttpRequest, kind: str) -> HttpResponse:
    """`?view=` as on the page; more of them than it shows."""
    check_kind(kind)
    key, views = proposals.views_of(request)
    back = f"{reverse('portfolio:proposal-list')}?view={key}"

    def tables() -> Sequence[Table]:
        rows = list(views[key][: export.MOST + 1])
        return [export.proposals_table(rows[: export.MOST], more=len(rows) > export.MOST)]

    return taken_out(request, kind, name=dated(_("Proposals")), about=Proposal, back=back, tables=tables)
