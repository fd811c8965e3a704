"""What files and people left behind, to read: the names by which a portfolio's files know its projects, and saved mappings."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import Shown
from pmo_portal.core.api.params import FLAG, ID, Param
from pmo_portal.core.api.rows import of_serializer
from pmo_portal.core.api.viewsets import ScopedReadings
from projects.access.policy import IMPORT_FILES
from projects.exchange.models import ExternalKey, ImportProfile
from projects.exchange.selectors import profiles_of
from projects.hierarchy.api import OF_PROJECT, UPDATED_SINCE, inside, words_in
from projects.hierarchy.visibility import Access


class ExternalKeySerializer(Shown, serializers.ModelSerializer):
    """One name or number by which files of the portfolio called the project; `external_ref` is the one the project keeps."""

    expands = {**OF_PROJECT, "portfolio": Expand("portfolio", "portfolio_id")}
    portfolio_code = serializers.CharField(source="portfolio.code")
    project_code = serializers.CharField(source="project.code")
    external_ref = serializers.CharField(source="project.external_ref", allow_blank=True)

    class Meta:
        model = ExternalKey
        fields: ClassVar = ("id", "key", "portfolio", "portfolio_code", "project", "project_code", "external_ref")
        read_only_fields = fields


class ExternalKeyViewSet(ScopedReadings):
    """Learnt from imports, which find a project again by any of its keys."""

    noun = ("external key", "external keys")
    area = "projects"
    queryset = ExternalKey.objects.all()
    serializer_class = ExternalKeySerializer
    listing = of_serializer(ExternalKeySerializer)
    orders = ("id", "key")
    params: ClassVar = {
        "key": Param("Exactly this key.", member="key"),
        "project": Param("Id of the project.", ID, member="project"),
        "portfolio": inside("portfolio", "project__path"),
        "q": words_in("key"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        return ExternalKey.objects.filter(Access.of(self.request.user).projects("project"))


class ImportProfileSerializer(Shown, serializers.ModelSerializer):
    """A mapping of columns somebody corrected and kept; `saved-<id>` names it when a file is sent."""

    owner_username = serializers.CharField(source="owner.username")
    settings = serializers.DictField(child=serializers.JSONField())

    class Meta:
        model = ImportProfile
        fields: ClassVar = (
            "id", "name", "base", "settings", "shared", "owner", "owner_username", "version", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


def of_mine(queryset: QuerySet[Any], value: bool, user: Any) -> QuerySet[Any]:
    return queryset.filter(owner=user) if value else queryset.exclude(owner=user)


class ImportProfileViewSet(ScopedReadings):
    """Kept on the page of an import, where its columns are corrected."""

    noun = ("import profile", "import profiles")
    area = "projects"
    queryset = ImportProfile.objects.all()
    serializer_class = ImportProfileSerializer
    listing = of_serializer(ImportProfileSerializer)
    orders = ("id", "name", "updated_at")
    params: ClassVar = {
        "own": Param("One's own (true), or those of others (false).", FLAG, where=of_mine),
        "q": words_in("name"),
        "updated_since": UPDATED_SINCE,
    }

    def get_queryset(self) -> QuerySet[Any]:
        if not self.request.user.has_perm(IMPORT_FILES):
            raise PermissionDenied(_("Your role does not allow this here."))
        return profiles_of(self.request.user)  # type: ignore[arg-type]  # signed in
