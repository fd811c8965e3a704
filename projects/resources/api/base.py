"""What the resources about people have in common: they belong to no project, so rights are asked anywhere at all."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from pmo_portal.core import scopes
from pmo_portal.core.api import permissions
from pmo_portal.core.api.bulk import BulkUpsert, Sent, key_of
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from projects.access.policy import EDIT_RESOURCES, VIEW_PEOPLE
from projects.hierarchy.visibility import Access
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


def check_sees_rates(request: Request) -> None:
    """Rates are for who sees them over the whole organisation."""
    check_scope_of_rates(request)
    if not Access.of(request.user).sees_everywhere("rates"):
        raise PermissionDenied(_("Your role does not show rates."))


def check_scope_of_rates(request: Request) -> None:
    """A token without money, whose owner sees rates, is told what it lacks."""
    access = Access.of(request.user)
    if not access.sees_everywhere("rates") and replace(access, withheld=()).sees_everywhere("rates"):
        permissions.refuse(request, f"{scopes.MONEY}:{scopes.READ}")


class OfPerson(BulkUpsert):
    """Rows that belong to a person, whom another system names by the reference or the e-mail address it knows."""

    instead_of_ids: ClassVar[tuple[str, ...]] = ("person_ref",)

    def place_rows(self: Any, rows: list[Sent], portfolio: str) -> None:
        name_people(rows)
        if self.bulk_scope:
            for row in rows:
                row.scope = row.id("person")


def name_people(rows: list[Sent]) -> None:
    """The id of whom a row names by `person_ref`: by a reference of the same source, by one as written, by the address."""
    refs = {text for row in rows for text in row.meant("person_ref")}
    known = dict(Person.objects.filter(external_ref__in=refs).values_list("external_ref", "pk")) if refs else {}
    left = [row for row in rows if not any(text in known for text in row.meant("person_ref"))]
    by_mail = of_addresses(row.text("person_ref") for row in left)
    for row in rows:
        if row.data.get("person_ref") in (None, ""):
            continue
        by_ref = [known[text] for text in row.meant("person_ref") if text in known]
        among = by_mail.get(row.text("person_ref").lower(), [])
        found = next(iter(by_ref), among[0].pk if len(among) == 1 else None)
        if found is None:
            row.refuse("person_ref", shared(among) if among else _("Nobody has this reference or e-mail address."))
        elif row.named("person", found) != found:
            row.refuse("person_ref", _("`person` is somebody else."))


def of_addresses(texts: Iterable[str]) -> dict[str, list[Person]]:
    """{e-mail address in lower case: who has it}; more than one where that was written before it was refused."""
    wanted = {text.lower() for text in texts} - {""}
    found: dict[str, list[Person]] = {}
    if wanted:
        for one in Person.objects.annotate(address=Lower("email")).filter(address__in=wanted).order_by("pk"):
            found.setdefault(one.email.lower(), []).append(one)
    return found


def shared(among: Collection[Person]) -> str:
    """That an address names several people, in words."""
    told = ", ".join(f"{one.name} ({one.external_ref or one.pk})" for one in among)
    return _("Several people have this e-mail address: %(names)s. Name one by reference.") % {"names": told}


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
