"""People of the API: whom a project may name. To read; people are written where projects are edited."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from pmo_portal.core.api.expand import Expandable, expandable
from pmo_portal.core.api.fields import Shown
from pmo_portal.core.api.rows import Link, of_serializer
from pmo_portal.core.api.viewsets import ScopedReadings
from projects.access.policy import EDIT_PROJECT
from projects.hierarchy.api import UPDATED_SINCE, words_in
from projects.resources.models import Person


class PersonSerializer(Shown, serializers.ModelSerializer):
    """Somebody who works on projects; `id` is what `project_manager`, `sponsor`, `owner` and the like take."""

    url = serializers.URLField(read_only=True)

    class Meta:
        model = Person
        fields: ClassVar = ("id", "name", "email", "organisation", "updated_at", "url")
        read_only_fields = fields


class PersonViewSet(ScopedReadings):
    """The people whom projects name. As on the page, whoever edits a project may look them up."""

    noun = ("person", "people")
    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    listing = of_serializer(PersonSerializer, url=Link("/api/v1/people/{}/"))
    orders = ("id", "name")
    params: ClassVar = {"q": words_in("name", "email", "organisation"), "updated_since": UPDATED_SINCE}

    def get_queryset(self) -> QuerySet[Any]:
        if not self.request.user.has_perm(EDIT_PROJECT):
            raise PermissionDenied(_("Your role does not allow this here."))
        return Person.objects.all()


def known_to(user: Any) -> QuerySet[Person]:
    """The people this user may look up."""
    return Person.objects.all() if user.has_perm(EDIT_PROJECT) else Person.objects.none()


expandable.add("person", Expandable(PersonSerializer, PersonViewSet.listing, known_to))
