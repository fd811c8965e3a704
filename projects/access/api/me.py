"""Who the caller is, which roles they have where, and what these let them do."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pmo_portal.core.api.params import check_query
from pmo_portal.core.api.permissions import ANY
from pmo_portal.core.models import User
from projects.access.models import Membership
from projects.access.policy import POLICY, allowed, allowed_everywhere, limited_to

RIGHTS = tuple(sorted(POLICY))


class HeldSerializer(serializers.Serializer):
    """A role held now. Neither node nor project: over the whole organisation."""

    role = serializers.ChoiceField(choices=Membership.Role.choices)
    node = serializers.IntegerField(allow_null=True)
    node_code = serializers.CharField(allow_null=True)
    project = serializers.IntegerField(allow_null=True)
    project_code = serializers.CharField(allow_null=True)
    unit = serializers.IntegerField(allow_null=True, help_text="The unit whose people a resource manager answers for.")
    valid_until = serializers.DateTimeField(allow_null=True)


class OfUnitsSerializer(serializers.Serializer):
    """A right that one's roles limit to the people of some units."""

    right = serializers.ChoiceField(choices=RIGHTS)
    units = serializers.ListField(child=serializers.IntegerField(), help_text="With all units below them.")


class MeSerializer(serializers.Serializer):
    """The caller."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField(allow_blank=True)
    language = serializers.ChoiceField(choices=User.Language.choices)
    is_superuser = serializers.BooleanField()
    memberships = HeldSerializer(many=True)
    may = serializers.ListField(
        child=serializers.ChoiceField(choices=RIGHTS), help_text="Allowed somewhere, by one of the memberships."
    )
    may_everywhere = serializers.ListField(
        child=serializers.ChoiceField(choices=RIGHTS),
        help_text="Allowed for the whole organisation, and whoever's people it is about.",
    )
    may_of_units = OfUnitsSerializer(
        many=True, help_text="Allowed for the whole organisation, of the people of these units alone."
    )
    today = serializers.DateField(help_text="The portal's day: what is entered now counts for it.")


class Me(APIView):
    """Who am I, and what may I do?"""

    area = ANY
    metadata_class = None

    @extend_schema(responses=MeSerializer, operation_id="me", tags=["me"], summary="Who am I, and what may I do?")
    def get(self, request: Request) -> Response:
        check_query(request, ())
        user: Any = request.user
        held = Membership.objects.in_force().filter(user=user).order_by("pk")
        columns = ("role", "node_id", "node__code", "project_id", "project__code", "unit_id", "valid_until")
        names = list(HeldSerializer().fields)
        units = {right: sorted(found) for right in RIGHTS if (found := limited_to(user, right))}
        return Response(
            {
                "id": user.pk,
                "username": user.username,
                "name": user.label,
                "email": user.email,
                "language": user.language,
                "is_superuser": user.is_superuser,
                "memberships": [dict(zip(names, row, strict=True)) for row in held.values_list(*columns)],
                "may": [right for right in RIGHTS if allowed(user, right, None)],
                "may_everywhere": [right for right in RIGHTS if allowed_everywhere(user, right) and right not in units],
                "may_of_units": [{"right": right, "units": found} for right, found in units.items()],
                "today": timezone.localdate(),
            }
        )
