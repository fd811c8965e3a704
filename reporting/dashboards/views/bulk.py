"""One change to the projects ticked in a list: what it would touch first, then all of it or nothing."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pmo_portal.core import formats
from pmo_portal.core.errors import DomainError
from pmo_portal.core.pages import page
from pmo_portal.core.site import way_back
from pmo_portal.core.undo_views import told
from reporting.dashboards import services
from reporting.dashboards.forms import BULK_FORMS
from reporting.dashboards.selectors.selection import Selection, selection


@require_POST
def bulk(request: HttpRequest, action: str) -> HttpResponse:
    """The selection with the form; applied when the form comes back."""
    if action not in BULK_FORMS:
        raise Http404
    chosen = selection(request.user, request.POST.getlist("sel"))
    form = BULK_FORMS[action](request.POST if "apply" in request.POST else None)
    context = {"form": form, "chosen": chosen, "next": way_back(request)}
    if not form.is_bound or not form.is_valid():
        return page(request, "reporting/projects/bulk.html", context, status=422 if form.is_bound else 200)
    try:
        done = _apply(request, chosen, form)
    except DomainError as refused:
        form.add_error(None, refused.message)
        return page(request, "reporting/projects/bulk.html", context, status=refused.status)
    words = ngettext("%(count)s project changed", "%(count)s projects changed", done)
    told(request, words % {"count": formats.number(done)})
    return HttpResponseRedirect(way_back(request))


def _apply(request: HttpRequest, chosen: Selection, form: object) -> int:
    pairs = [pair.partition(".") for pair in request.POST.getlist("seen")]
    return services.change_many(
        by=request.user,  # type: ignore[arg-type]
        projects=chosen.editable,
        versions={int(pk): int(version) for pk, _dot, version in pairs if pk.isdigit() and version.isdigit()},
        changes={form.field: form.cleaned_data[form.field]},  # type: ignore[attr-defined]
        on=timezone.localdate(),
    )
