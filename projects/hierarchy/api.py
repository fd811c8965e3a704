"""Portfolios and programmes of the API, and what the other resources say about projects and people."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from pmo_portal.core.api.bulk import BulkUpsert, Sent
from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import DAY, FLAG, ID, MOMENT, Param
from pmo_portal.core.api.rows import Link, Listing, of_serializer
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from pmo_portal.core.filters import matching
from projects.hierarchy.models import Node, Portfolio, Programme, Project
from projects.hierarchy.services import create_node, delete_node, update_node

UPDATED_SINCE = Param("Changed at or after this instant.", MOMENT, member="updated_at", lookup="gte")
EXTERNAL_REF = Param("Exactly this external reference.", member="external_ref")


def words_in(*fields: str) -> Param:
    """`q`: rows where every word is in one of the fields, accents and case ignored."""

    def where(queryset: QuerySet[Any], value: str, user: Any) -> QuerySet[Any]:
        return matching(queryset, fields, value)

    return Param(f"Every word is in {', '.join(fields)}; accents and case are ignored.", where=where)


def inside(kind: str, path: str | Callable[[QuerySet[Any]], str]) -> Param:
    """Rows anywhere below the portfolio or programme of this code; `path` leads from the row to the path of its project.

    A code that names nothing the reader sees is refused: a typing error never looks like an empty answer.
    """

    def where(queryset: QuerySet[Any], value: str, user: Any) -> QuerySet[Any]:
        top = Node.objects.visible_to(user).filter(kind=kind, code=value.upper()).values_list("path", flat=True).first()
        if top is None:
            raise serializers.ValidationError({f"?{kind}": [_("No such code among those you may see.")]})
        return queryset.filter(**{f"{path if isinstance(path, str) else path(queryset)}__startswith": top})

    return Param(f"Code of a {kind}: everything below it, whatever the depth.", where=where)


def of_project(**more: Param) -> dict[str, Param]:
    """The parameters of every resource that hangs off a project."""
    return {
        "project": Param("Id of the project.", ID, member="project"),
        "portfolio": inside("portfolio", "project__path"),
        "programme": inside("programme", "project__path"),
        **more,
        "updated_since": UPDATED_SINCE,
    }


def between(member: str, what: str) -> dict[str, Param]:
    """`<member>_from` and `<member>_to`, both included."""
    return {
        f"{member}_from": Param(f"{what} on or after this day.", DAY, member=member, lookup="gte"),
        f"{member}_to": Param(f"{what} on or before this day.", DAY, member=member, lookup="lte"),
    }


def missing_or_not(member: str, description: str) -> Param:
    return Param(description, FLAG, member=member, lookup="isnull")


OF_PROJECT = {"project": Expand("project", "project_id"), "portfolio": Expand("portfolio", "project__portfolio_id")}


class BulkOfProject(BulkUpsert):
    """Many rows of resources that hang off a project, named by its id or, in a portfolio, by its reference or code."""

    instead_of_ids: ClassVar[tuple[str, ...]] = ("project_ref",)

    def place_rows(self: Any, rows: list[Sent], portfolio: str) -> None:
        named = {text for row in rows for text in row.meant("project_ref")}
        ids = {pk for row in rows if (pk := row.id("project"))}
        seen, inside = Project.objects.visible_to(self.request.user), Q(portfolio__code=portfolio.upper())
        meant = Q(pk__in=ids) | (inside & (Q(external_ref__in=named) | Q(code__in=named)))
        found = list(seen.filter(meant).select_related("portfolio").order_by("pk"))
        here = [one for one in found if portfolio and one.portfolio.code == portfolio.upper()]
        known = {one.code: one.pk for one in here} | {one.external_ref: one.pk for one in here if one.external_ref}
        for row in rows:
            if row.data.get("project_ref") not in (None, ""):
                one = next((known[text] for text in row.meant("project_ref") if text in known), None)
                if one is None:
                    row.refuse("project_ref", _("No such project in `portfolio` among those you may see."))
                elif row.named("project", one) != one:
                    row.refuse("project_ref", _("`project` is another one."))
            row.scope = row.id("project")
        self.held = [one.pk for one in found]

    def hold_for_bulk(self, rows: list[Sent]) -> None:
        """The services hold the project before what hangs off it."""
        list(Project.objects.select_for_update(no_key=True).filter(pk__in=self.held).order_by("pk").values("pk"))


class NodeSerializer(StrictSerializer):
    """A container of the tree. Its currency, scale and origin are those of its parent unless given."""

    expands = {"parent": Expand("container", "parent_id"), "manager": Expand("person", "manager_id")}

    manager_name = serializers.CharField(source="manager.name", read_only=True, allow_null=True)
    url = serializers.URLField(read_only=True, help_text="This resource.")
    html_url = serializers.URLField(read_only=True, help_text="The page for people.")

    class Meta:
        model = Node
        fields = (
            "id", "code", "name", "name_en", "parent", "description", "currency", "origin", "source_note", "scale",
            "status_date", "manager", "manager_name", "version", "created_at", "updated_at", "url", "html_url",
        )  # fmt: skip
        extra_kwargs: ClassVar = {"currency": {"required": False, "min_length": 3}}


class PortfolioSerializer(NodeSerializer):
    class Meta(NodeSerializer.Meta):
        model = Portfolio


class ProgrammeSerializer(NodeSerializer):
    class Meta(NodeSerializer.Meta):
        model = Programme
        extra_kwargs: ClassVar = {**NodeSerializer.Meta.extra_kwargs, "parent": {"required": True, "allow_null": False}}


class ContainerSerializer(NodeSerializer):
    """A portfolio or a programme, embedded where a row may be in either."""

    class Meta(NodeSerializer.Meta):
        fields = ("kind", *(name for name in NodeSerializer.Meta.fields if not name.endswith("url")))  # type: ignore[assignment]


def listing_of(serializer: type[NodeSerializer], collection: str) -> Listing:
    links = {"url": Link(f"/api/v1/{collection}/{{}}/"), "html_url": Link(f"/{collection}/{{}}/", "code")}
    return of_serializer(serializer, **links)


class NodeViewSet(ScopedViewSet):
    """What portfolios and programmes share; the kind comes from the subclass."""

    kind: ClassVar[str]
    area = "portfolios"
    place = ""  # the service asks for the right on the parent, which may be the top of the tree
    related = ()
    rights = Rights("projects.edit_tree", "projects.edit_tree", "projects.edit_tree")
    orders = ("id", "code", "name", "updated_at")
    params: ClassVar = {
        "code": Param("Exactly this code.", member="code"),
        "parent": Param("Id of the container directly above.", ID, member="parent"),
        "portfolio": inside("portfolio", "path"),
        "origin": Param("Where the data comes from.", member="origin", choices=Node.Origin.values),
        "q": words_in("name", "name_en", "code"),
        "updated_since": UPDATED_SINCE,
    }

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_node(by=self.actor, kind=self.kind, **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_node(node=row, by=self.actor, version=version, changes=changes)

    def delete_row(self, row: Any, version: int) -> None:
        delete_node(node=row, by=self.actor, version=version)


class PortfolioViewSet(NodeViewSet):
    noun = ("portfolio", "portfolios")
    kind = Node.Kind.PORTFOLIO
    examples: ClassVar = {
        "create": {"code": "RAIL", "name": "Réseau ferré", "currency": "EUR"},
        "change": {"name": "Réseau"},
    }
    queryset = Portfolio.objects.all()
    serializer_class = PortfolioSerializer
    listing = listing_of(PortfolioSerializer, "portfolios")


class ProgrammeViewSet(NodeViewSet):
    noun = ("programme", "programmes")
    kind = Node.Kind.PROGRAMME
    examples: ClassVar = {"create": {"code": "TRAM", "name": "Tramway", "parent": 1}, "change": {"name": "Tramways"}}
    queryset = Programme.objects.all()
    serializer_class = ProgrammeSerializer
    listing = listing_of(ProgrammeSerializer, "programmes")


expandable.add(
    "portfolio",
    Expandable(PortfolioSerializer, PortfolioViewSet.listing, Portfolio.objects.visible_to, area="portfolios"),
)
expandable.add(
    "container",
    Expandable(ContainerSerializer, of_serializer(ContainerSerializer), Node.objects.visible_to, area="portfolios"),
)
