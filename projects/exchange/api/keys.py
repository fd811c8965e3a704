"""What files and people left behind: the names by which a portfolio's files know its projects, and saved mappings."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import Shown, Strict, StrictSerializer, Text
from pmo_portal.core.api.params import FLAG, ID, Param
from pmo_portal.core.api.rows import Link, of_serializer
from pmo_portal.core.api.viewsets import Rights, ScopedReadings, ScopedViewSet
from projects.access.policy import IMPORT_FILES
from projects.exchange.models import ExternalKey, ImportProfile
from projects.exchange.selectors import profiles_of
from projects.exchange.services.mappings import create_profile, delete_profile, update_profile
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


class MappingSerializer(Strict):
    """What a file of this kind needs to be told; what is left out is decided from its cells."""

    columns = serializers.DictField(
        child=Text(max_length=80, allow_blank=True),
        required=False,
        help_text="Heading: field that an import fills, for example `project.name`, or empty: left out.",
    )
    decimal = serializers.ChoiceField(choices=[",", "."], required=False)
    date_order = serializers.ChoiceField(choices=["dmy", "mdy"], required=False)


class ImportProfileSerializer(StrictSerializer):
    """A mapping of columns that somebody keeps; `saved-<id>` names it when a file is sent."""

    expands = {"owner": Expand("user", "owner_id")}
    owner_username = serializers.CharField(source="owner.username", read_only=True)
    settings = MappingSerializer(required=False)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = ImportProfile
        fields: ClassVar = (
            "id", "name", "base", "settings", "shared", "owner", "owner_username", "version", "created_at", "updated_at",
            "url",
        )  # fmt: skip
        read_only_fields = ("owner",)
        extra_kwargs: ClassVar = {"base": {"help_text": "Kind of file it corrects, for example `generic`."}}


def of_mine(queryset: QuerySet[Any], value: bool, user: Any) -> QuerySet[Any]:
    return queryset.filter(owner=user) if value else queryset.exclude(owner=user)


class ImportProfileViewSet(ScopedViewSet):
    """One's own, and those others share; changed by their owner. The page of an import keeps one too."""

    noun = ("import profile", "import profiles")
    area = "projects"
    queryset = ImportProfile.objects.all()
    serializer_class = ImportProfileSerializer
    listing = of_serializer(ImportProfileSerializer, url=Link("/api/v1/import-profiles/{}/"))
    rights = Rights(IMPORT_FILES, IMPORT_FILES, IMPORT_FILES)
    place = ""
    related = ()
    orders = ("id", "name", "updated_at")
    params: ClassVar = {
        "own": Param("One's own (true), or those of others (false).", FLAG, where=of_mine),
        "q": words_in("name"),
        "updated_since": UPDATED_SINCE,
    }
    examples: ClassVar = {
        "create": {
            "name": "Monthly report",
            "settings": {"columns": {"Name of the project": "project.name"}, "decimal": ","},
        },
        "change": {"shared": True},
    }

    def get_queryset(self) -> QuerySet[Any]:
        self.require(IMPORT_FILES, None)
        return profiles_of(self.actor).select_related(None)

    def require(self, right: str, target: Any) -> None:
        """Anywhere at all; that it is one's own is asked by the services."""
        if not self.request.user.has_perm(right):
            raise PermissionDenied(_("Your role does not allow this here."))

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_profile(by=self.actor, **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_profile(by=self.actor, profile=row, version=version, changes=changes)

    def delete_row(self, row: Any, version: int) -> None:
        delete_profile(by=self.actor, profile=row, version=version)
