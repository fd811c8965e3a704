"""Resources of the API: what is visible is found, what is allowed is done, through the same services as the pages.

Answers: 404 outside the reader's scope (word for word as for what does not exist), 403 without the right, 428 without the
version seen, 412 when it is not the stored one, 400 for what is not understood, 422 for what a rule of the domain refuses.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple, cast

from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import unchanged_left_out
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.pages import PARAMETERS
from pmo_portal.core.api.params import DeclaredFilters, Param, check_query
from pmo_portal.core.api.problems import Errors, Stale
from pmo_portal.core.api.rows import Listing, Row, members_of
from pmo_portal.core.api.selection import PARAMETERS as SELECTION
from pmo_portal.core.api.selection import Selection, chosen
from pmo_portal.core.api.tables import CsvRenderer, streamed
from pmo_portal.core.api.versions import etag, version_seen
from pmo_portal.core.errors import StaleVersion
from pmo_portal.core.models import User

ALL = Selection()


class Rights(NamedTuple):
    """The permission each change asks for."""

    create: str
    update: str
    delete: str


class ScopedReadings(GenericViewSet):
    """A resource to read: lists and items come from the same listing, so they have the same members."""

    listing: Listing
    params: ClassVar[Mapping[str, Param]] = {}
    orders: ClassVar[tuple[str, ...]] = ("id",)
    default_order: ClassVar[str] = "id"
    unique: ClassVar[str] = "id"
    noun: ClassVar[tuple[str, str]]  # one, many: for the documentation
    area: ClassVar[str | tuple[str, ...]]  # of `core.scopes`: what a token needs to be given
    csv_actions: ClassVar[tuple[str, ...]] = ("list",)
    filter_backends = (DeclaredFilters,)
    lookup_value_regex = "[0-9]{1,18}"
    metadata_class = None

    @property
    def site(self) -> str:
        """The address links start with."""
        return self.request.build_absolute_uri(reverse("core:home")).rstrip("/")

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        return rows.visible_to(self.request.user)

    @property
    def members(self) -> tuple[str, ...]:
        """What a row has."""
        return members_of(self.get_serializer_class())  # type: ignore[arg-type]  # a class is hashable

    @property
    def expands(self) -> Mapping[str, Expand]:
        """What a row can embed."""
        found: Mapping[str, Expand] = getattr(self.get_serializer_class(), "expands", {})
        return found

    def get_renderers(self) -> list[Any]:
        csv = [CsvRenderer()] if self.action in self.csv_actions else []
        return [*super().get_renderers(), *csv]

    def selection(self) -> Selection:
        """The members and objects the request asks for."""
        return chosen(self.request, self.members, self.expands)

    def answered(self, found: list[tuple[Any, ...]], listing: Listing, selection: Selection) -> list[Row]:
        """Selected tuples as the reader gets them."""
        rows = self.shown(listing.rows(found, site=self.site))
        return selection.finish(rows, user=self.request.user, site=self.site)

    def needed(self, selection: Selection) -> Listing:
        """The columns to select for it, and the key by which `shown` knows each row."""
        return selection.listing(self.listing, self.unique)

    def shown(self, rows: list[Row]) -> list[Row]:
        """The rows as this reader may see them: a resource with figures not for everybody withholds them here."""
        return rows

    def check_order(self, name: str) -> None:
        """403 for an order by what this reader may not see: it would tell."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        check_query(request, {*self.params, *PARAMETERS, *SELECTION})
        return self.listed(self.filter_queryset(self.get_queryset()))

    def listed(self, queryset: QuerySet[Any]) -> HttpResponseBase:
        """One page as JSON, or everything as CSV."""
        if self.request.accepted_renderer.format == CsvRenderer.format:
            return streamed(self, queryset, self.request, self.selection())
        return self.get_paginated_response(self.paginate_queryset(queryset))

    def etag(self, row: Row) -> dict[str, str]:
        """The version of a row, as headers."""
        return etag(row)

    def retrieve(self, request: Request, pk: str, *args: Any, **kwargs: Any) -> Response:
        check_query(request, SELECTION)
        selection = self.selection()
        row = self.read(pk, selection)
        tag = self.etag(row)
        return Response(selection.finish([row], user=request.user, site=self.site)[0], headers=tag)

    def read(self, pk: Any, selection: Selection = ALL) -> Row:
        """The whole row as lists show it, with what the objects to embed need; 404 when it is not there for this user."""
        key, listing = self.listing.path(self.unique), self.needed(replace(selection, members=None))
        found = list(self.get_queryset().filter(**{key: pk}).values_list(*listing.columns)[:1])
        if not found:
            raise Http404
        return self.shown(listing.rows(found, site=self.site))[0]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response


class ScopedSteps(ScopedReadings):
    """A resource whose rows go through steps of their own; `examples` holds bodies for the documentation."""

    examples: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    related: ClassVar[tuple[str, ...]] = ("project",)

    @property
    def actor(self) -> User:
        return cast(User, self.request.user)  # the permission classes let nobody else in

    def changing(self) -> dict[str, Any]:
        """Who does it, and the day their facts are of."""
        return {"by": self.actor, "on": timezone.localdate()}

    def find(self, pk: Any) -> Any:
        """The row to change, within the user's scope, else 404."""
        row = self.get_queryset().select_related(*self.related).filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

    def require(self, right: str, target: Any) -> None:
        """403 without the right on `target` (None: anywhere at all)."""
        if not self.request.user.has_perm(right, target):
            raise PermissionDenied(_("Your role does not allow this here."))

    def checked(self, request: Request, row: Any = None, *, partial: bool = False) -> dict[str, Any]:
        """The valid content of the body; 400 with the path of each culprit."""
        serializer = self.get_serializer(row, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def written(self, pk: Any, *, status: int = 200) -> Response:
        """The row as it is now; where it is, when it is new."""
        row = self.read(pk)
        created = {"Location": row["url"]} if status == 201 else {}
        return Response(row, status=status, headers={**self.etag(row), **created})

    def stale(self, pk: Any, errors: Errors | None = None) -> Stale:
        """412 with the row as it is; `errors` name the fields somebody else changed, where that is known."""
        current = self.read(pk)
        return Stale(current=current, etag=self.etag(current)["ETag"], errors=errors)


class ScopedViewSet(ScopedSteps):
    """A resource to read and write. A subclass names its rights and calls its services in the three `*_row` methods.

    `place` is the field a new row belongs to, on which the right to create is asked ('' when the service asks itself).
    """

    rights: ClassVar[Rights]
    place: ClassVar[str] = "project"

    def create_row(self, fields: dict[str, Any]) -> Model:
        raise NotImplementedError

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        raise NotImplementedError

    def delete_row(self, row: Any, version: int) -> None:
        raise NotImplementedError

    @once
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        check_query(request, ())
        self.require(self.rights.create, None)
        fields = self.checked(request)
        if self.place:
            self.require(self.rights.create, fields[self.place])
        return self.written(self.create_row(fields).pk, status=201)

    def update(self, request: Request, pk: str, partial: bool = False, **kwargs: Any) -> Response:
        check_query(request, ())
        row = self.find(pk)
        self.require(self.rights.update, row)
        version = version_seen(request)
        changes = unchanged_left_out(row, self.checked(request, row, partial=partial))
        self.check_changes(row, changes)
        try:
            self.update_row(row, version, changes)
        except StaleVersion as stale:
            raise self.stale(pk) from stale
        return self.written(pk)

    def partial_update(self, request: Request, pk: str, **kwargs: Any) -> Response:
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: str, **kwargs: Any) -> Response:
        check_query(request, ())
        row = self.find(pk)
        self.require(self.rights.delete, row)
        version = version_seen(request)
        try:
            self.delete_row(row, version)
        except StaleVersion as stale:
            raise self.stale(pk) from stale
        return Response(status=204)

    def check_changes(self, row: Any, changes: Mapping[str, Any]) -> None:
        """For resources where the right depends on what changes."""
