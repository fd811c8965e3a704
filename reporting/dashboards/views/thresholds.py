"""Thresholds: where amber and red start, for the organisation and below it; a change is previewed before it is saved."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from pmo_portal.core.pages import page
from pmo_portal.core.undo_views import told
from projects.access.policy import EDIT_THRESHOLDS, allowed, allowed_everywhere
from projects.hierarchy.models import Node, Project
from reporting.dashboards.forms import ThresholdForm
from reporting.dashboards.selectors.thresholds import limit_rows, limits_of
from reporting.health.models import Threshold
from reporting.health.services import thresholds as service


@require_GET
def threshold_list(request: HttpRequest) -> HttpResponse:
    """Every limit that applies, with the places that override it."""
    if not allowed(request.user, EDIT_THRESHOLDS, None):
        raise PermissionDenied
    if code := request.GET.get("limits_of", ""):
        return redirect("reporting:threshold-edit", code=code)
    rows, others = limit_rows(request.user)
    return page(request, "reporting/thresholds/list.html", {"rows": rows, "others": others, "keys": Threshold.Key})


@require_http_methods(["GET", "POST"])
def threshold_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """The limits of the organisation, or of a portfolio or programme, `?size=` of one class there: preview, then save."""
    node, size = _target(request, code), request.GET.get("size", "")
    if size and size not in Project.Size.values:
        raise Http404
    limits = limits_of(node, size)
    form = ThresholdForm(
        request.POST or None, whole=node is None and not size, current=limits.own, inherited=limits.inherited
    )
    held = Threshold.objects.filter(node=node, size=size).order_by("pk")
    sizes = [("", _("Every size")), *Project.Size.choices]
    context: dict[str, Any] = {
        "form": form, "node": node, "size": size, "sizes": sizes, "seen": limits.seen, "held": held,
    }  # fmt: skip
    if request.method == "GET":
        return page(request, "reporting/thresholds/edit.html", context)
    if not form.is_valid():
        return page(request, "reporting/thresholds/edit.html", context, status=422)
    if "save" in request.POST:
        return _save(request, node, form, context)
    context["preview"] = service.preview(node=node, values=form.values, user=request.user, size=size)
    return page(request, "reporting/thresholds/edit.html", context)


def _save(request: HttpRequest, node: Node | None, form: ThresholdForm, context: dict[str, Any]) -> HttpResponse:
    """Save unless somebody else did meanwhile: then the values typed stay, beside a warning."""
    try:
        service.save(
            by=cast(User, request.user),
            node=node,
            values=form.values,
            size=context["size"],
            seen=form.cleaned_data["seen"],
        )
    except DomainError as refused:
        form.add_error(f"{refused.field}_red" if refused.field else None, refused.message)
        return page(request, "reporting/thresholds/edit.html", context, status=refused.status)
    told(request, _("Limits saved. The projects below are being computed again."))
    return redirect("reporting:threshold-list")


def _target(request: HttpRequest, code: str) -> Node | None:
    """The container of the address, None for the organisation; 404 when hidden, 403 without the right."""
    node = get_object_or_404(Node.objects.visible_to(request.user), code=code.upper()) if code else None
    may = allowed(request.user, EDIT_THRESHOLDS, node) if node else allowed_everywhere(request.user, EDIT_THRESHOLDS)
    if not may:
        raise PermissionDenied
    return node
