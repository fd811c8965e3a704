"""Dependencies between projects in the API: what each side keeps, and nothing of a side its reader does not see."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from pmo_portal.core.api.bulk import BulkUpsert, Sent
from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import ScopedField, StrictSerializer
from pmo_portal.core.api.params import FLAG, ID, Param
from pmo_portal.core.api.rows import Link, Row, Worked, of_serializer
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from pmo_portal.core.filters import matching
from projects.access.policy import EDIT_PROJECT, EDIT_REGISTERS
from projects.hierarchy.api import UPDATED_SINCE, between
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import EVERYTHING, Access
from projects.raid.models import InterProjectDependency, Standing
from projects.raid.models.dependency import RECEIVER, SIDES, SUPPLIER
from projects.raid.selectors.dependencies import WORDS
from projects.raid.services import create_dependency, delete_dependency, update_dependency

UNSEEN = "null when you do not see that project."
OF_SIDE = {side: (side, *(f"{side}_{what}" for what in ("code", "milestone", "owner", "owner_name"))) for side in SIDES}

OF_RECEIVER = ("code", "external_ref")  # texts of its register


def slip(needed_by: date, comes: date | None) -> int | None:
    """Calendar days after the need; negative when before, None without a promise."""
    return (comes - needed_by).days if comes else None


class InterProjectDependencySerializer(StrictSerializer):
    """Something one project gives and another needs by a day. Each side keeps its own members."""

    expands: ClassVar = {
        **{side: Expand("project", f"{side}_id") for side in SIDES},
        **{f"{side}_milestone": Expand("milestone", f"{side}_milestone_id") for side in SIDES},
    }
    fixed = SIDES
    receiver = ScopedField(
        queryset=Project.objects.all(), allow_null=True, help_text=f"Id of the project that needs it; {UNSEEN}"
    )
    supplier = ScopedField(
        queryset=Project.objects.all(), allow_null=True, help_text=f"Id of the project that gives it; {UNSEEN}"
    )
    receiver_code = serializers.CharField(source="receiver.code", read_only=True, allow_null=True, help_text=UNSEEN)
    supplier_code = serializers.CharField(source="supplier.code", read_only=True, allow_null=True, help_text=UNSEEN)
    receiver_owner_name = serializers.CharField(source="receiver_owner.name", read_only=True, allow_null=True)
    supplier_owner_name = serializers.CharField(source="supplier_owner.name", read_only=True, allow_null=True)
    promise = serializers.DateField(
        read_only=True, allow_null=True, help_text="`promised_on`, else the day of `supplier_milestone`."
    )
    standing = serializers.ChoiceField(
        read_only=True,
        choices=Standing.choices,
        help_text="What it counts as: the worse of `status` and of its dates.",
    )
    slip_days = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="Calendar days after the need, negative when before; a promise that passed counts as today.",
    )
    url = serializers.URLField(read_only=True)

    class Meta:
        model = InterProjectDependency
        fields = (
            "id", "receiver", "receiver_code", "supplier", "supplier_code", "code", "external_ref", "title", "title_en",
            "description", "status", "standing", "needed_by", "promised_on", "promise", "slip_days", "delivered_on",
            "receiver_milestone", "supplier_milestone", "receiver_owner", "receiver_owner_name", "supplier_owner",
            "supplier_owner_name", "version", "created_at", "updated_at", "url",
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            "title": {"help_text": "Empty unless you see both projects, like its other words."},
            "promised_on": {"help_text": "By who edits the supplier. null: the day of its milestone counts."},
            "delivered_on": {"help_text": "Today unless given; null until it is delivered."},
            "code": {"help_text": "Its number among what the receiver needs; empty when you do not see it."},
            "external_ref": {"help_text": "Unique among what the receiver needs; empty when you do not see it."},
        }

    def validate_receiver(self, value: Project | None) -> Project:
        return self.named(value, RECEIVER)

    def validate_supplier(self, value: Project | None) -> Project:
        return self.named(value, SUPPLIER)

    def named(self, value: Project | None, side: str) -> Project:
        if value is None:
            raise serializers.ValidationError(str(self.fields[side].error_messages["required"]))
        return value


def seen_side(*sides: str) -> Callable[[QuerySet[Any], Any, Any], QuerySet[Any]]:
    """Rows with this project on one of these sides: nobody finds by a project they do not see."""

    def where(rows: QuerySet[Any], value: int, user: Any) -> QuerySet[Any]:
        access, found = Access.of(user), Q(pk__in=[])
        for side in sides:
            found |= Q(**{side: value}) & access.projects(side)
        return rows.filter(found)

    return where


def inside(kind: str) -> Param:
    """Rows with a side that one sees below the portfolio or programme of this code."""

    def where(rows: QuerySet[Any], value: str, user: Any) -> QuerySet[Any]:
        nodes = Node.objects.visible_to(user).filter(kind=kind, code=value.upper())
        top = nodes.values_list("path", flat=True).first()
        if top is None:
            raise serializers.ValidationError({f"?{kind}": [_("No such code among those you may see.")]})
        access, found = Access.of(user), Q(pk__in=[])
        for side in SIDES:
            found |= Q(**{f"{side}__path__startswith": top}) & access.projects(side)
        return rows.filter(found)

    return Param(f"Code of a {kind}: one side that you see is below it, whatever the depth.", where=where)


def of_standing(rows: QuerySet[Any], value: list[str], user: Any) -> QuerySet[Any]:
    return rows.filter(standing__in=value)


def still_open(rows: QuerySet[Any], value: bool, user: Any) -> QuerySet[Any]:
    delivered = InterProjectDependency.Status.DELIVERED
    return rows.exclude(status=delivered) if value else rows.filter(status=delivered)


def referenced(rows: QuerySet[Any], value: str, user: Any) -> QuerySet[Any]:
    return rows.filter(Access.of(user).projects(RECEIVER), external_ref=value)


def words(rows: QuerySet[Any], value: str, user: Any) -> QuerySet[Any]:
    """What is said of both projects is found by who sees both."""
    whole = InterProjectDependency.objects.seen_whole_by(user)
    return matching(rows.filter(pk__in=whole.values("pk")), (*sorted(WORDS), "code"), value)


class DependencyViewSet(BulkUpsert, ScopedViewSet):
    """Who edits the registers of the receiver adds it; each side changes its own members, both the status."""

    noun = ("dependency between projects", "dependencies between projects")
    area = "planning"
    queryset = InterProjectDependency.objects.all()
    serializer_class = InterProjectDependencySerializer
    listing = of_serializer(
        InterProjectDependencySerializer,
        slip_days=Worked(("needed_by", "comes"), slip),
        url=Link("/api/v1/dependencies/{}/"),
    )
    rights = Rights(EDIT_REGISTERS, EDIT_REGISTERS, EDIT_PROJECT)
    place = RECEIVER
    related = SIDES
    bulk_scope = "receiver_id"
    orders = ("id", "needed_by", "promised_on", "delivered_on", "updated_at")
    examples: ClassVar = {
        "create": {"receiver": 1, "supplier": 2, "title": "Annuaire des identités", "needed_by": "2027-03-31"},
        "change": {"status": "at_risk"},
    }
    params: ClassVar = {
        "project": Param("Id of a project on either side.", ID, where=seen_side(*SIDES)),
        **{side: Param(f"Id of the {side}.", ID, where=seen_side(side)) for side in SIDES},
        "portfolio": inside("portfolio"),
        "programme": inside("programme"),
        "status": Param("Status.", member="status", choices=InterProjectDependency.Status.values),
        "standing": Param("What it counts as today.", choices=Standing.values, where=of_standing),
        "open": Param("Not delivered yet (true) or delivered (false).", FLAG, where=still_open),
        "external_ref": Param("Exactly this external reference.", where=referenced),
        **between("needed_by", "Needed"),
        **between("promised_on", "Promised"),
        "q": Param("Every word is in what is given, or its code; accents and case are ignored.", where=words),
        "updated_since": UPDATED_SINCE,
    }

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        return rows.with_standing(timezone.localdate())

    def require(self, right: str, target: Any) -> None:
        """To edit one side is enough to change what it keeps: the service asks for each member."""
        of_both = isinstance(target, InterProjectDependency) and right == EDIT_REGISTERS
        if not (of_both and self.request.user.has_perm(right, target.supplier)):
            super().require(right, target)

    def shown(self, rows: list[Row]) -> list[Row]:
        """Without the side one does not see: one statement, none for who sees every project."""
        access = Access.of(self.request.user)
        if access.projects() == EVERYTHING or not rows:
            return rows
        columns = [f"{side}{what}" for side in SIDES for what in ("_id", "__path", "__confidentiality")]
        held = InterProjectDependency.objects.filter(pk__in=[row["id"] for row in rows]).values_list("pk", *columns)
        places = {pk: dict(zip(SIDES, (told[:3], told[3:]), strict=True)) for pk, *told in held}
        for row in rows:
            unseen = [
                side
                for side, (pk, path, veil) in places[row["id"]].items()
                if not access.roles_at(pk, path, veil == Project.Confidentiality.CONFIDENTIAL)
            ]
            masked: dict[str, Any] = {name: None for side in unseen for name in OF_SIDE[side]}
            masked |= dict.fromkeys(WORDS, "") if unseen else {}
            masked |= dict.fromkeys(OF_RECEIVER, "") if RECEIVER in unseen else {}
            row |= {name: value for name, value in masked.items() if name in row}
        return rows

    def place_rows(self, rows: list[Sent], portfolio: str) -> None:
        for row in rows:
            row.scope = row.id(RECEIVER)

    def hold_for_bulk(self, rows: list[Sent]) -> None:
        """The services hold both projects before the row."""
        ids = {pk for row in rows for side in SIDES if (pk := row.id(side))}
        ids &= set(Project.objects.visible_to(self.request.user).filter(pk__in=ids).values_list("pk", flat=True))
        list(Project.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values("pk"))

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_dependency(**self.changing(), **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_dependency(dependency=row, version=version, changes=changes, **self.changing())

    def delete_row(self, row: Any, version: int) -> None:
        delete_dependency(dependency=row, version=version, **self.changing())
