"""What the resources about people have in common: they belong to no project, so rights are asked anywhere at all."""

from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied

from pmo_portal.core.api.bulk import BulkUpsert, Sent, key_of
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from projects.access.policy import EDIT_RESOURCES, VIEW_PEOPLE
from projects.resources.models import Person
from projects.resources.services import create_supply, delete_supply, update_supply


class OfPeople(BulkUpsert, ScopedViewSet):
    """A resource without a project; `reads` is asked of whoever looks."""

    reads: ClassVar[str] = VIEW_PEOPLE
    area = "people"
    place = ""
    related: ClassVar[tuple[str, ...]] = ()
    bulk_scope = ""

    def get_queryset(self) -> QuerySet[Any]:
        self.require(self.reads, None)
        return self.queryset.all()  # type: ignore[union-attr]  # each subclass has one

    def require(self, right: str, target: Any) -> None:
        if not self.request.user.has_perm(right):
            raise PermissionDenied(_("Your role does not allow this here."))


class SupplyViewSet(OfPeople):
    """Roles, units, calendars, absences…: the same three services for each."""

    rights = Rights(EDIT_RESOURCES, EDIT_RESOURCES, EDIT_RESOURCES)

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_supply(self.queryset.model, by=self.actor, **fields)  # type: ignore[union-attr]

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_supply(row=row, by=self.actor, version=version, changes=changes)

    def delete_row(self, row: Any, version: int) -> None:
        delete_supply(row=row, by=self.actor, version=version)


class OfPerson(BulkUpsert):
    """Rows that belong to a person, whom another system names by the reference or the e-mail address it knows."""

    instead_of_ids = ("person_ref",)

    def place_rows(self: Any, rows: list[Sent], portfolio: str) -> None:
        given = {row.text("person_ref") for row in rows} - {""}
        known: dict[str, int] = {}
        if given:
            people = Person.objects.filter(Q(external_ref__in=given) | Q(email__in=given)).order_by("-pk")
            for pk, reference, email in people.values_list("pk", "external_ref", "email"):
                known |= {name: pk for name in (email, reference) if name}
        for row in rows:
            if "person_ref" in row.data and "person" not in row.data:
                row.data["person"] = known.get(row.text("person_ref"))
                if row.data["person"] is None:
                    row.refuse("person_ref", _("Nobody has this reference or e-mail address."))
            if self.bulk_scope:
                row.scope = row.id("person")


class ByWhatTheyAre(SupplyViewSet):
    """Rows that no other system gave a reference to: in bulk they are recognised by `alike` alone."""

    ref_required = False

    def recognise(self, rows: list[Sent]) -> None:
        known = self.by_likeness(rows, self.get_queryset().filter(self.named_by(rows)))
        meant: set[Any] = set()
        for row in rows:
            row.known = known.get(key := self.key_of(row))
            if key in meant and not row.errors:
                row.refuse(self.alike[0], _("Another row of this request already means the same record."))
            meant.add(key)

    def named_by(self, rows: list[Sent]) -> Q:
        """The stored rows that hang off what these rows name."""
        relations = [name for name in self.alike if self.queryset.model._meta.get_field(name).is_relation]  # type: ignore[union-attr]
        meant = Q(pk__in=[])
        for name in relations:
            meant |= Q(**{f"{name}__in": {pk for row in rows if (pk := row.id(name))}})
        return meant

    def key_of(self, row: Sent) -> Any:
        return (row.scope, key_of(row.data, self.alike))
