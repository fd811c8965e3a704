"""Saving and deleting the views of a list."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pmo_portal.core.errors import DomainError
from pmo_portal.core.site import way_back
from reporting.dashboards import services
from reporting.dashboards.forms import SavedViewForm
from reporting.dashboards.models import SavedView
from reporting.dashboards.selectors.views import may_open


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the list as it is now under a name, and open it."""
    form = SavedViewForm(request.POST)
    back = way_back(request)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return HttpResponseRedirect(back)
    if not may_open(request.user, form.cleaned_data["page"]):  # a shared view is read by those who may
        raise Http404
    try:
        view = services.save_view(by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
    except DomainError as refused:
        messages.error(request, refused.message)
        return HttpResponseRedirect(back)
    messages.success(request, _("View saved"))
    return HttpResponseRedirect(f"{back}?{view.query}")


@require_POST
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one of the reader's own views; 404 for anybody else's."""
    view = get_object_or_404(SavedView, pk=pk, owner=request.user.pk)
    services.delete_view(by=request.user, view=view)  # type: ignore[arg-type]
    messages.success(request, _("View deleted"))
    return HttpResponseRedirect(way_back(request))
