"""Saved views of a page."""

from typing import Any

from django.db.models import Q, QuerySet

from reporting.dashboards.models import SavedView


def saved_views(user: Any, page: str) -> QuerySet[SavedView]:
    """The reader's own views of this page, then those others share, by name. What a view shows depends on who looks."""
    return SavedView.objects.filter(Q(owner=user.pk) | Q(shared=True), page=page).order_by("shared", "name")
