"""Sums of the API: one row per container, over the projects the reader may see."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import DecimalField, F, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from pmo_portal.core.api.fields import Shown
from pmo_portal.core.api.params import ID, Param
from pmo_portal.core.api.rows import Listing, Row, of_serializer
from pmo_portal.core.api.selection import Selection
from pmo_portal.core.api.viewsets import ScopedReadings
from projects.hierarchy.api import inside
from projects.hierarchy.models import Node
from projects.hierarchy.visibility import Access
from reporting.health.api.days import AS_OF_PARAM, past_day
from reporting.health.as_of_models import HealthAsOf
from reporting.health.models import Audience, ProjectHealth, Rollup, RollupFields
from reporting.health.sums import aggregates

SUMS = {field.name: field for field in RollupFields._meta.get_fields()}
MONEY = frozenset(
    {"budget", "budget_known", "eac", "eac_known", "compared", "compared_budget", "compared_eac", "actual"}
)
# A sum over no project that carries the figure is unknown, not zero: {sum: how many carry it}.
CARRIED_BY = {
    "budget": "budget_known", "eac": "eac_known", "compared_budget": "compared", "compared_eac": "compared",
    "slip_days": "slip_known",
}  # fmt: skip
VISIBLE = "visible"


class RollupSerializer(Shown, serializers.ModelSerializer):
    """Sums over the projects that count. Ratios are to be made from these sums; money is in the container's own currency only."""

    node = serializers.IntegerField(help_text="Id of the container.")
    code = serializers.CharField()
    kind = serializers.ChoiceField(choices=Node.Kind.choices)
    name = serializers.CharField()
    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]  # the field, not DRF's attribute
    currency = serializers.CharField(help_text="Currency of the sums; projects in another one are in other_currency.")
    audience = serializers.ChoiceField(
        choices=[*Audience.choices, (VISIBLE, "computed from the projects you see")], help_text="What the sums cover."
    )
    changed_at = serializers.DateTimeField(
        allow_null=True, help_text="When something below last changed; null when computed."
    )
    url = serializers.URLField()

    def get_fields(self) -> dict[str, serializers.Field]:
        """A sum that no project carries is null."""
        fields: dict[str, serializers.Field] = super().get_fields()
        for name in CARRIED_BY:
            fields[name].allow_null = True
            fields[name].help_text = f"null when {CARRIED_BY[name]} is 0: nothing is known, which is not zero."
        fields["actual"].allow_null = True
        fields["actual"].help_text = "null where your role does not show all of it."
        return fields

    class Meta:
        model = Rollup
        fields: ClassVar = (
            "node",
            "code",
            "kind",
            "name",
            "parent",
            "currency",
            "audience",
            "changed_at",
            *SUMS,
            "url",
        )
        read_only_fields = fields


class NodeHead(serializers.ModelSerializer):
    """What a sum says about its container."""

    class Meta:
        model = Node
        fields = ("id", "code", "kind", "name", "parent", "currency", "path")


class RollupViewSet(ScopedReadings):
    """One row per portfolio and programme you may see, under the id of the container."""

    noun = ("rollup", "rollups")
    area = "reports"
    queryset = Node.objects.all()
    serializer_class = RollupSerializer
    listing = of_serializer(NodeHead)
    orders = ("id", "code")
    params: ClassVar = {
        "portfolio": inside("portfolio", "path"),
        "kind": Param("Portfolios or programmes.", member="kind", choices=Node.Kind.values),
        "parent": Param("Id of the container directly above.", ID, member="parent"),
        "as_of": AS_OF_PARAM,
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.day = past_day(request, self.params) if self.action == "list" else None

    def needed(self, selection: Selection) -> Listing:
        return self.listing

    def shown(self, rows: list[Row]) -> list[Row]:
        return with_sums(rows, user=self.request.user, day=self.day, site=self.site)


def with_sums(heads: Iterable[Row], *, user: Any, day: date | None, site: str) -> list[Row]:
    """The containers with their sums: stored ones where they say exactly what the user may see, else computed; two queries."""
    heads = list(heads)
    access = Access.of(user)
    audiences = {head["id"]: None if day else access.audience_of(Node(path=head["path"])) for head in heads}
    stored = stored_sums([pk for pk, audience in audiences.items() if audience])
    own = [head for head in heads if audiences[head["id"]] is None]
    computed = computed_sums(own, user=user, day=day) if own else {}
    rows = []
    for head in heads:
        pk, audience = head["id"], audiences[head["id"]]
        sums = stored.get((pk, audience)) if audience else computed[pk]
        shown = {name: head[name] for name in ("code", "kind", "name", "parent", "currency")}
        shown |= {"audience": audience or VISIBLE, "url": f"{site}/api/v1/rollups/{pk}/"}
        told = dict(sums or EMPTY)
        if not access.sees_all_money(head["path"]):  # a sum is told where all of it may be
            told |= dict.fromkeys(MONEY - {"actual"}, 0) | {"actual": None}
        told |= {name: None for name, carried in CARRIED_BY.items() if not told[carried]}
        whole = {"node": pk, **shown, **told}
        rows.append({name: whole[name] for name in RollupSerializer.Meta.fields})
    return rows


def stored_sums(nodes: list[int]) -> dict[tuple[int, str], Row]:
    if not nodes:
        return {}
    rows = Rollup.objects.filter(node__in=nodes).values("node_id", "audience", "changed_at", *SUMS)
    return {(row.pop("node_id"), row.pop("audience")): row for row in rows}


def computed_sums(heads: Iterable[Row], *, user: Any, day: date | None) -> dict[int, Row]:
    """The sums over the visible projects below each container: counted once by place and currency, then added up the tree."""
    rows: QuerySet[Any] = HealthAsOf.objects.on(day) if day else ProjectHealth.objects.all()
    visible = rows.visible_to(user).filter(counted=True).order_by()  # type: ignore[attr-defined]
    own = aggregates(F("currency"))  # type: ignore[arg-type]  # each group in its own currency
    groups = list(
        visible.values("node__path", "currency").annotate(**{f"sum_{name}": sums for name, sums in own.items()})
    )
    found = {}
    for head in heads:
        total: Row = defaultdict(int, EMPTY)
        for group in groups:
            if group["node__path"].startswith(head["path"]):
                foreign = group["currency"] != head["currency"]
                for name in SUMS:
                    total[name] += 0 if foreign and name in MONEY else group[f"sum_{name}"]
                total["other_currency"] += group["sum_projects"] if foreign else 0
        found[head["id"]] = dict(total)
    return found


ZERO = Decimal("0.00")
EMPTY: Row = {
    "changed_at": None,
    **{name: ZERO if isinstance(field, DecimalField) else 0 for name, field in SUMS.items()},
}
