"""One change to the projects ticked in a list: what it would do to each first, then all of it or nothing."""

from copy import copy
from urllib.parse import urlsplit

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pmo_portal.core import formats
from pmo_portal.core.errors import DomainError
from pmo_portal.core.pages import page
from pmo_portal.core.site import way_back
from pmo_portal.core.undo_views import told
from reporting.dashboards import services
from reporting.dashboards.bulk_forms import BULK_FORMS, BulkForm
from reporting.dashboards.rehearsal import Rehearsal
from reporting.dashboards.selectors.digest import digest
from reporting.dashboards.selectors.selection import Selection, selection
from reporting.dashboards.tables import AllProjectsTable, ProjectTable
from reporting.health.scope import everywhere, find_scope


@require_POST
def bulk(request: HttpRequest, action: str) -> HttpResponse:
    """The selection with the form; what it would do when `preview` comes back (htmx gets that part alone), done on `apply`."""
    if action not in BULK_FORMS:
        raise Http404
    form_class = BULK_FORMS[action]
    if not request.user.has_perm(form_class.right):  # the form itself names people, who are no public directory
        raise PermissionDenied
    ids = request.POST.getlist("sel") if "everything" not in request.POST else everything(request)
    chosen = selection(request.user, ids, form_class.right)
    bound = "apply" in request.POST or "preview" in request.POST
    form = form_class(request.POST if bound else None, by=request.user)  # type: ignore[arg-type]
    if not bound or not form.is_valid():
        return answer(request, form, chosen, status=422 if bound else 200)
    if "apply" not in request.POST:
        return answer(request, form, chosen, rehearsed=True)
    try:
        done = _apply(request, chosen, form)
    except DomainError as refused:
        form.add_error(None, refused.message)
        return answer(request, form, chosen, status=refused.status)
    words = ngettext("%(count)s project changed", "%(count)s projects changed", done)
    told(request, words % {"count": formats.number(done)})
    return HttpResponseRedirect(way_back(request))


def everything(request: HttpRequest) -> list[str]:
    """The ids of all that matches the list the reader came from, as its address filters it now."""
    code, today = request.POST["everything"], timezone.localdate()
    scope = (
        everywhere(user=request.user, today=today)
        if code == "*"
        else find_scope(user=request.user, code=code, today=today)
    )
    if scope is None:
        raise Http404
    asked = copy(request)
    asked.GET = QueryDict(urlsplit(way_back(request)).query)
    table_class = ProjectTable if scope.node else AllProjectsTable
    return table_class(asked, scope=scope, digest=digest(scope)).matching_ids()


def answer(
    request: HttpRequest, form: BulkForm, chosen: Selection, *, rehearsed: bool = False, status: int = 200
) -> HttpResponse:
    outcomes = (
        services.rehearse(
            by=request.user,  # type: ignore[arg-type]
            projects=chosen.editable,
            changes=form.changes,
            on=timezone.localdate(),
        )
        if rehearsed
        else None
    )
    shown = list(form.fields)
    context = {
        "form": form,
        "chosen": chosen,
        "next": way_back(request),
        "rehearsal": Rehearsal(chosen.editable, shown, outcomes),
    }
    return page(
        request,
        "reporting/projects/bulk.html",
        context,
        fragment="reporting/projects/_rehearsal.html",
        status=status,
    )


def _apply(request: HttpRequest, chosen: Selection, form: BulkForm) -> int:
    """What the reader saw is what is changed: the projects the page offered, in the versions it showed."""
    pairs = [pair.partition(".") for pair in request.POST.getlist("seen")]
    versions = {int(pk): int(version) for pk, _dot, version in pairs if pk.isdecimal() and version.isdecimal()}
    return services.change_many(
        by=request.user,  # type: ignore[arg-type]
        projects=[project for project in chosen.editable if project.pk in versions],
        versions=versions,
        changes=form.changes,
        on=timezone.localdate(),
    )
