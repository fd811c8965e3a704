"""People of the API: whom a project may name. As on the page, whoever edits a project anywhere reads and writes them."""

from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from pmo_portal.core.api.bulk import BulkUpsert, Sent
from pmo_portal.core.api.expand import Expandable, expandable
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import Param
from pmo_portal.core.api.rows import Link, Row, of_serializer
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from projects.access.policy import EDIT_PROJECT
from projects.hierarchy.api import EXTERNAL_REF, UPDATED_SINCE, words_in
from projects.hierarchy.visibility import Access
from projects.resources.models import Person
from projects.resources.services import RATE, create_person, update_person


class PersonSerializer(StrictSerializer):
    """Somebody who works on projects; `id` is what `project_manager`, `sponsor`, `owner` and the like take."""

    url = serializers.URLField(read_only=True)

    class Meta:
        model = Person
        fields: ClassVar = (
            "id", "name", "external_ref", "email", "organisation", "daily_rate", "rate_currency",
            "version", "created_at", "updated_at", "url",
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            name: {"allow_null": True, "help_text": "Cost of a day; null for who does not see rates."}
            for name in sorted(RATE)
        }


class PersonViewSet(BulkUpsert, ScopedViewSet):
    """The people whom projects name. They are not deleted: what they did keeps their name."""

    noun = ("person", "people")
    area = "people"
    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    listing = of_serializer(PersonSerializer, url=Link("/api/v1/people/{}/"))
    rights = Rights(EDIT_PROJECT, EDIT_PROJECT, EDIT_PROJECT)
    place = ""
    related = ()
    http_method_names = ["get", "head", "post", "put", "patch"]
    bulk_scope = ""
    alike = ("email",)
    orders = ("id", "name", "organisation", "updated_at")
    params: ClassVar = {
        "email": Param("Exactly this e-mail address, whatever its case.", member="email", lookup="iexact"),
        "external_ref": EXTERNAL_REF,
        "organisation": Param("Exactly this organisation.", member="organisation"),
        "q": words_in("name", "email", "organisation"),
        "updated_since": UPDATED_SINCE,
    }
    examples: ClassVar = {
        "create": {"name": "Léa Martin", "email": "lea.martin@example.org", "organisation": "DSI"},
        "change": {"organisation": "Direction des travaux"},
    }

    def get_queryset(self) -> QuerySet[Any]:
        self.require(EDIT_PROJECT, None)
        return Person.objects.all()

    def shown(self, rows: list[Row]) -> list[Row]:
        return without_rates(rows, self.request.user)

    def require(self, right: str, target: Any) -> None:
        """A person belongs to no project: the right is asked anywhere at all."""
        if not self.request.user.has_perm(right):
            raise PermissionDenied(_("Your role does not allow this here."))

    def hold_for_bulk(self, rows: list[Sent]) -> None:
        named = Q(external_ref__in={row.ref for row in rows}) & ~Q(external_ref="")
        emails = {row.text("email") for row in rows} - {""}
        list(Person.objects.select_for_update().filter(named | Q(email__in=emails)).order_by("pk").values("pk"))

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_person(by=self.actor, **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_person(person=row, by=self.actor, version=version, changes=changes)


def without_rates(rows: list[Row], user: Any) -> list[Row]:
    """The people without what a day of them costs, for who does not see rates."""
    if Access.of(user).sees_everywhere("rates"):
        return rows
    return [{name: None if name in RATE else value for name, value in row.items()} for row in rows]


def known_to(user: Any) -> QuerySet[Person]:
    """The people this user may look up."""
    return Person.objects.all() if user.has_perm(EDIT_PROJECT) else Person.objects.none()


expandable.add("person", Expandable(PersonSerializer, PersonViewSet.listing, known_to, without_rates, area="people"))
