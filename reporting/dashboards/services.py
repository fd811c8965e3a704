"""Writes of the dashboards: saved views."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from reporting.dashboards.models import SavedView

MOST = 50


def save_view(*, by: User, page: str, name: str, query: str, shared: bool) -> SavedView:
    """Keep a query string under a name on this page. Raises DomainError for a name taken and beyond 50 views a page."""
    if SavedView.objects.filter(owner=by, page=page).count() >= MOST:
        raise DomainError(_("You already have %(count)d views here: delete one first.") % {"count": MOST}, field="name")
    try:
        with transaction.atomic():
            return SavedView.objects.create(owner=by, page=page, name=name, query=query, shared=shared)
    except IntegrityError as taken:
        raise DomainError(_("You already have a view with this name here."), field="name") from taken


def delete_view(*, by: User, view: SavedView) -> None:
    """Forget a view of one's own. Raises DomainError for somebody else's."""
    if view.owner_id != by.pk:
        raise DomainError(_("Only its owner may delete this view."))
    view.delete()
