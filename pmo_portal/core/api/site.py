"""The API's own addresses: what there is, the OpenAPI document, and problems instead of pages for whatever is not there."""

import hashlib
from functools import cache
from typing import Any, NoReturn

import orjson
from django.http import HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import CharField, DictField, Serializer, URLField
from rest_framework.views import APIView

from pmo_portal.core.api.params import check_query
from pmo_portal.core.api.permissions import ANY
from pmo_portal.core.api.rendering import plain
from pmo_portal.core.schema import document

RESOURCES = (
    "portfolios",
    "programmes",
    "projects",
    "milestones",
    "milestone-forecasts",
    "budget-lines",
    "risks",
    "issues",
    "actions",
    "decisions",
    "dependencies",
    "assessments",
    "people",
    "units",
    "roles",
    "skills",
    "person-skills",
    "unit-shares",
    "working-calendars",
    "calendar-exceptions",
    "work-patterns",
    "absences",
    "pooled-capacities",
    "rates",
    "allocations",
    "capacity",
    "levelings",
    "proposals",
    "health",
    "rollups",
    "thresholds",
    "reporting-calendars",
    "reporting-periods",
    "status-reports",
    "report-workbooks",
    "snapshots",
    "saved-views",
    "comparisons",
    "users",
    "memberships",
    "delegations",
    "imports",
    "people-imports",
    "allocation-imports",
    "import-profiles",
    "external-keys",
    "audit-events",
    "me",
)


class IndexSerializer(Serializer):
    """Where everything is."""

    user = CharField(help_text="Who you are signed in as.")
    resources = DictField(child=URLField())
    schema = URLField(help_text="The OpenAPI document.")
    documentation = URLField()


class Index(APIView):
    """The resources, and where their description is."""

    area = ANY
    metadata_class = None

    @extend_schema(responses=IndexSerializer, operation_id="index", tags=["index"], summary="Where everything is")
    def get(self, request: Request) -> Response:
        check_query(request, ())
        root = request.build_absolute_uri(reverse("api-root"))
        return Response(
            {
                "user": request.user.get_username(),
                "resources": {name: f"{root}{name}/" for name in RESOURCES},
                "schema": request.build_absolute_uri(reverse("api-schema")),
                "documentation": request.build_absolute_uri(reverse("api-docs")),
            }
        )


@cache
def document_bytes() -> tuple[bytes, str]:
    """(the document, its ETag: weak, since it also travels compressed)."""
    content = orjson.dumps(document(), default=plain)
    return content, f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


class Schema(APIView):
    """The OpenAPI 3.1 document."""

    area = ANY
    schema = None
    metadata_class = None

    def get(self, request: Request) -> HttpResponseBase:
        content, etag = document_bytes()
        fresh = HttpResponse(content, content_type="application/vnd.oai.openapi+json", headers={"ETag": etag})
        patch_cache_control(fresh, private=True, no_cache=True)
        return get_conditional_response(request._request, etag=etag, response=fresh) or fresh


class Missing(APIView):
    """Any other address below /api/v1/."""

    schema = None
    metadata_class = None
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotFound


class NoSuchAddress(APIException):
    """Nothing is there, whoever asks: unlike a row that may be hidden, this can be explained."""

    status_code = 404


class WithoutSlash(APIView):
    """An address without its final slash: a reader is sent on; a change would lose its body on the way, and is told."""

    area = ANY
    schema = None
    metadata_class = None

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return HttpResponsePermanentRedirect(request._request.get_full_path(force_append_slash=True))

    def post(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise NoSuchAddress(_("Addresses end with a slash here: %(address)s.") % {"address": f"{request.path}/"})

    put = patch = delete = post
