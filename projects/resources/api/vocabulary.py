"""Units, roles and skills of the API."""

from typing import Any, ClassVar

from rest_framework import serializers

from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import FLAG, ID, Param
from pmo_portal.core.api.rows import Link, of_serializer
from projects.access.policy import VIEW_PEOPLE
from projects.hierarchy.api import EXTERNAL_REF, UPDATED_SINCE, words_in
from projects.resources.api.base import SupplyViewSet
from projects.resources.models import Role, Skill, Unit

NAMED: dict[str, Param] = {
    "code": Param("Exactly this code, whatever its case.", member="code", lookup="iexact"),
    "external_ref": EXTERNAL_REF,
    "q": words_in("code", "name", "name_en"),
    "updated_since": UPDATED_SINCE,
}
STAMPS = ("version", "created_at", "updated_at", "url")


class RoleSerializer(StrictSerializer):
    """What somebody is on projects: architect, developer. What one may do in the portal is another matter: memberships."""

    url = serializers.URLField(read_only=True)

    class Meta:
        model = Role
        fields: ClassVar = ("id", "code", "name", "name_en", "external_ref", *STAMPS)


class SkillSerializer(StrictSerializer):
    """What somebody can do, at a level of 1 to 5."""

    url = serializers.URLField(read_only=True)

    class Meta:
        model = Skill
        fields: ClassVar = ("id", "code", "name", "name_en", "domain", "is_critical", "external_ref", *STAMPS)


class UnitSerializer(StrictSerializer):
    """A part of the organisation, a team in it, or a supplier; `parent` is what it is a part of."""

    expands: ClassVar = {
        "parent": Expand("unit", "parent_id"),
        "manager": Expand("person", "manager_id"),
        "calendar": Expand("working-calendar", "calendar_id"),
    }
    parent_code = serializers.CharField(source="parent.code", read_only=True, allow_null=True)
    manager_name = serializers.CharField(source="manager.name", read_only=True, allow_null=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Unit
        fields: ClassVar = (
            "id", "code", "name", "name_en", "kind", "parent", "parent_code", "manager", "manager_name", "calendar",
            "external_ref", *STAMPS,
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            "calendar": {"help_text": "Of its people who have none of their own; null for the usual one."}
        }


class RoleViewSet(SupplyViewSet):
    """The roles people have on projects (“profils” on French pages)."""

    noun = ("role", "roles")
    queryset = Role.objects.all()
    serializer_class = RoleSerializer
    listing = of_serializer(RoleSerializer, url=Link("/api/v1/roles/{}/"))
    alike = ("code",)
    orders = ("id", "code", "name", "updated_at")
    params: ClassVar = NAMED
    examples: ClassVar = {
        "create": {"code": "ARCH", "name": "Architecte", "name_en": "Architect"},
        "change": {"name": "Architecte d’entreprise"},
    }


class SkillViewSet(SupplyViewSet):
    noun = ("skill", "skills")
    queryset = Skill.objects.all()
    serializer_class = SkillSerializer
    listing = of_serializer(SkillSerializer, url=Link("/api/v1/skills/{}/"))
    alike = ("code",)
    orders = ("id", "code", "name", "updated_at")
    params: ClassVar = {
        **NAMED,
        "domain": Param("Exactly this domain.", member="domain"),
        "is_critical": Param("Watched, or not.", FLAG, member="is_critical"),
    }
    examples: ClassVar = {
        "create": {"code": "SQL", "name": "SQL", "domain": "Données", "is_critical": False},
        "change": {"is_critical": True},
    }


class UnitViewSet(SupplyViewSet):
    """The organisation, its teams and its suppliers."""

    noun = ("unit", "units")
    queryset = Unit.objects.all()
    serializer_class = UnitSerializer
    listing = of_serializer(UnitSerializer, url=Link("/api/v1/units/{}/"))
    alike = ("code",)
    orders = ("id", "code", "name", "updated_at")
    params: ClassVar = {
        **NAMED,
        "kind": Param("What it is.", member="kind", choices=Unit.Kind.values),
        "parent": Param("Id of the unit directly above.", ID, member="parent"),
        "manager": Param("Id of the person who answers for it.", ID, member="manager"),
    }
    examples: ClassVar = {
        "create": {"code": "DSI", "name": "Direction des systèmes d’information", "kind": "unit"},
        "change": {"name": "Direction du numérique"},
    }


def rows_of(model: Any) -> Any:
    """What may be embedded: for whoever looks people up."""
    return lambda user: model.objects.all() if user.has_perm(VIEW_PEOPLE) else model.objects.none()


for key, serializer, viewset in (
    ("role", RoleSerializer, RoleViewSet),
    ("skill", SkillSerializer, SkillViewSet),
    ("unit", UnitSerializer, UnitViewSet),
):
    expandable.add(key, Expandable(serializer, viewset.listing, rows_of(viewset.queryset.model), area="people"))
