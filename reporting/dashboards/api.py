"""Saved views of the API: one's own, and those others share of pages one may open."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError

from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import FLAG, Param
from pmo_portal.core.api.rows import Link, of_serializer
from pmo_portal.core.api.versions import Fingerprinted
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from projects.hierarchy.api import words_in
from reporting.dashboards.models import SavedView
from reporting.dashboards.selectors.views import may_open, views_of
from reporting.dashboards.services import delete_view, save_view
from reporting.dashboards.tabs import canonical


class SavedViewSerializer(StrictSerializer):
    """A name for a list as it is filtered, sorted and grouped; what it shows depends on who looks."""

    owner_username = serializers.CharField(source="owner.username", read_only=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = SavedView
        fields = ("id", "page", "name", "query", "shared", "owner", "owner_username", "url")
        read_only_fields = ("owner",)
        extra_kwargs: ClassVar = {
            "page": {"help_text": "`projects`, or `portfolio:` and the code of a portfolio or programme."},
            "query": {"help_text": "What follows the question mark in the address of the list."},
        }

    def validate_query(self, text: str) -> str:
        """Only what a view consists of, in one order, as the page keeps it."""
        return canonical(QueryDict(text))


def of_mine(queryset: QuerySet[Any], value: bool, user: Any) -> QuerySet[Any]:
    return queryset.filter(owner=user) if value else queryset.exclude(owner=user)


class SavedViewViewSet(Fingerprinted, ScopedViewSet):
    """Made and deleted, never changed: save it again under the name it shall have."""

    noun = ("saved view", "saved views")
    area = "reports"
    queryset = SavedView.objects.all()
    serializer_class = SavedViewSerializer
    listing = of_serializer(SavedViewSerializer, url=Link("/api/v1/saved-views/{}/"))
    rights = Rights("", "", "")
    place = ""
    related = ()
    http_method_names = ["get", "head", "post", "delete"]
    orders = ("id", "name", "page")
    params: ClassVar = {
        "page": Param("Exactly this page.", member="page"),
        "own": Param("One's own (true), or those of others (false).", FLAG, where=of_mine),
        "shared": Param("Shared with everyone, or private.", FLAG, member="shared"),
        "q": words_in("name"),
    }
    examples: ClassVar = {
        "create": {"page": "portfolio:GMPP", "name": "En retard", "query": "slip=late", "shared": False}
    }

    def get_queryset(self) -> QuerySet[Any]:
        return views_of(self.request.user)

    def require(self, right: str, target: Any) -> None:
        """Whoever sees a list may name it; one's own views alone are one's to delete."""
        if target is not None and target.owner_id != self.actor.pk:
            raise PermissionDenied(_("Only its owner may delete this view."))

    def create_row(self, fields: dict[str, Any]) -> Model:
        if not may_open(self.request.user, fields["page"]):
            raise ValidationError({"page": [_("There is no such page with views.")]})
        return save_view(by=self.actor, **{"query": "", "shared": False, **fields})

    def delete_row(self, row: Any, version: int) -> None:
        delete_view(by=self.actor, view=row)
