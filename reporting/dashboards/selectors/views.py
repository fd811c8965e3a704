"""Saved views of a page."""

from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat

from projects.hierarchy.models import Node
from reporting.dashboards.models import SavedView


def saved_views(user: Any, page: str) -> QuerySet[SavedView]:
    """The reader's own views of this page, then those others share, by name. What a view shows depends on who looks."""
    return SavedView.objects.filter(Q(owner=user.pk) | Q(shared=True), page=page).order_by("shared", "name")


OF_NODE = "portfolio:"


def views_of(user: Any) -> QuerySet[SavedView]:
    """The reader's own views of all pages, and those others share of pages the reader may open."""
    codes = Node.objects.visible_to(user).order_by().values_list(Concat(Value(OF_NODE), F("code")))
    opened = ~Q(page__startswith=OF_NODE) | Q(page__in=codes)
    return SavedView.objects.filter(Q(owner=user.pk) | (Q(shared=True) & opened))


def may_open(user: Any, page: str) -> bool:
    """Whether this is a page with views that the reader may open."""
    code = page.removeprefix(OF_NODE)
    return page == "projects" or (code != page and Node.objects.visible_to(user).filter(code=code).exists())
