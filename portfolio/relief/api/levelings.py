"""Levellings in the API: ask for one, see how far it is, cancel it, read the plan, propose parts of it."""

from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import AT_LEAST_ONE, StrictSerializer
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import ID, Param, check_query
from pmo_portal.core.api.rows import Link, Listing, Row, Worked, of_serializer
from pmo_portal.core.api.selection import Selection
from pmo_portal.core.api.versions import Fingerprinted, fingerprint
from pmo_portal.core.api.viewsets import ScopedSteps
from pmo_portal.core.errors import DomainError, SeveralErrors
from portfolio.relief.models import Leveling
from portfolio.relief.selectors.naming import named, names_of
from portfolio.relief.selectors.proposals import may_propose
from portfolio.relief.selectors.runs import outcome
from portfolio.relief.services import proposals, runs
from projects.access.policy import PROPOSE_RELIEF
from projects.hierarchy.models import Node, Project
from projects.raid.models import InterProjectDependency


class LevelingSerializer(StrictSerializer):
    """A scope levelled under the capacity there is. Computing moves nothing."""

    expands = {"node": Expand("container", "node_id")}
    moves = serializers.IntegerField(
        min_value=1, max_value=runs.MOST_MOVES, default=5000, help_text="How long it searches: a number, not seconds."
    )
    seed = serializers.IntegerField(
        min_value=0, max_value=2_000_000_000, default=1, help_text="The same seed, moves and data give the same plan."
    )
    held = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        max_length=runs.MOST_HELD,
        default=list,
        help_text="Ids of projects that stay where they are.",
    )
    share = serializers.FloatField(read_only=True, help_text="How far it is, 0 to 1.")
    rule_cost = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Of the first plan, by the best rule: weight × months late."
    )
    cost = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Of this plan: never more than `rule_cost`."
    )
    lower = serializers.FloatField(read_only=True, allow_null=True, help_text="Proven: no plan costs less.")
    result = serializers.JSONField(
        read_only=True,
        help_text="Null in lists and until it is done. By project: `weeks`, `price` (weight × "
        "weeks), `months` late and `cost` (weight × months, they add up to that of the plan), what moves, roles without "
        "place. By dependency (`links`): the month it comes in, and `why` it is not kept (`kept`, `circle`, `stays`, "
        "`no_place`).",
    )
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Leveling
        fields = (
            "id", "node", "seed", "moves", "hold_must_wins", "held", "state", "asked_at", "started_at", "finished_at",
            "share", "rule", "rule_cost", "cost", "lower", "result", "url",
        )  # fmt: skip
        read_only_fields = ("state", "asked_at", "started_at", "finished_at", "rule")


class LevelingNothingSerializer(StrictSerializer):
    """Nothing is to be said."""

    class Meta:
        model = Leveling
        fields = ()


class LevelingProposalsSerializer(StrictSerializer):
    """The projects whose owners are asked."""

    projects = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        min_length=1,
        max_length=runs.MOST_HELD,
        error_messages=AT_LEAST_ONE,
    )
    note = serializers.CharField(max_length=2000, required=False, default="", allow_blank=True)

    class Meta:
        model = Leveling
        fields = ("projects", "note")


class LevelingViewSet(Fingerprinted, ScopedSteps):
    """One's own. Poll an item while its state is waiting or running."""

    noun = ("levelling", "levellings")
    area = "people"
    queryset = Leveling.objects.all()
    serializer_class = LevelingSerializer
    listing = of_serializer(LevelingSerializer, url=Link("/api/v1/levelings/{}/"))
    related = ("node",)
    orders = ("id", "asked_at")
    http_method_names = ["get", "head", "post"]
    params: ClassVar = {
        "state": Param("State.", member="state", choices=Leveling.State.values),
        "node": Param("Id of the portfolio or programme.", ID, member="node"),
    }
    examples: ClassVar = {
        "create": {"node": 1, "seed": 1, "moves": 5000, "hold_must_wins": True},
        "cancel": {},
        "propose": {"projects": [1], "note": "Niveler le second semestre."},
    }

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        special: dict[str, type[serializers.BaseSerializer]] = {
            "cancel": LevelingNothingSerializer,
            "propose": LevelingProposalsSerializer,
        }
        return special.get(self.action, LevelingSerializer)

    def needed(self, selection: Selection) -> Listing:
        """Lists go without the plans: each may be of thousands of requests."""
        found = super().needed(selection)
        if self.action != "list" or "result" not in found.sources:
            return found
        return Listing({**found.sources, "result": Worked(("id",), lambda _pk: None)})

    def shown(self, rows: list[Row]) -> list[Row]:
        """Without the projects one no longer sees, nor the dependencies between such; dates have the names their reader knows."""
        links = {one["id"] for row in rows for one in (row.get("result") or {}).get("links", ())}
        linked: set[int] = set()
        if links:
            known = InterProjectDependency.objects.visible_to(self.request.user).filter(pk__in=links)
            linked = set(known.values_list("pk", flat=True))
        told = {one["id"] for row in rows for one in (row.get("result") or {}).get("projects", ())}
        seen: set[int] = set()
        if told:
            found = Project.objects.visible_to(self.request.user).filter(pk__in=told)
            seen = set(found.values_list("pk", flat=True))
        names = names_of(
            moved
            for row in rows
            for one in (row.get("result") or {}).get("projects", ())
            if one["id"] in seen
            for moved in one["milestones"]
        )
        for row in rows:
            if row.get("result"):
                kept = [
                    {**one, "milestones": named(one["milestones"], names)}
                    for one in row["result"]["projects"]
                    if one["id"] in seen
                ]
                between = [one for one in row["result"].get("links", ()) if one["id"] in linked]
                row["result"] = {**row["result"], "projects": kept, "links": between}
        return rows

    def etag(self, row: Row) -> dict[str, str]:
        """Progress is no other version: who cancels has seen that it goes on."""
        state = "open" if row["state"] in Leveling.OPEN else row["state"]
        return fingerprint({"id": row["id"], "state": state})

    def require(self, right: str, target: Any) -> None:
        """A levelling belongs to no project: asked for anywhere at all."""
        super().require(right, target if isinstance(target, Project) else None)

    @once
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Queue a levelling of what you see (below `node`)."""
        check_query(request, ())
        self.require(PROPOSE_RELIEF, None)
        fields = self.checked(request)
        node: Node | None = fields.get("node")
        if node is not None and not Node.objects.visible_to(self.actor).filter(pk=node.pk).exists():
            raise DomainError(_("There is no such portfolio or programme."), field="node")
        return self.written(runs.ask(by=self.actor, at=timezone.now(), **fields).pk, status=201)

    @extend_schema(request=LevelingNothingSerializer, responses=LevelingSerializer, summary="Cancel a levelling")
    @action(detail=True, methods=["post"], url_path="cancel")
    @once
    def cancel(self, request: Request, pk: str) -> Response:
        """Give it up; nothing of it is kept. One that is over stays as it is."""
        check_query(request, ())
        self.compare(pk, PROPOSE_RELIEF)
        row = self.find(pk)
        self.checked(request)
        runs.cancel(run=row, at=timezone.now())
        return self.written(pk)

    @extend_schema(
        request=LevelingProposalsSerializer, responses=LevelingSerializer, summary="Propose parts of a levelling"
    )
    @action(detail=True, methods=["post"], url_path="propose")
    @once
    def propose(self, request: Request, pk: str) -> Response:
        """Ask the owners of these projects, all or none: 422 for one that does not move, 409 where the same waits."""
        check_query(request, ())
        self.compare(pk, PROPOSE_RELIEF)
        row = self.find(pk)
        fields = self.checked(request)
        found = outcome(row, reader=self.actor, today=timezone.localdate())
        lines = {line.project.pk: line for line in found.lines if line.requests} if found else {}
        if still := [one for one in fields["projects"] if one not in lines]:
            words = _("The plan moves nothing of this project.")
            raise SeveralErrors(words, at_places(fields["projects"], still, words))
        for one in fields["projects"]:
            if not may_propose(self.actor, lines[one].project):
                self.require(PROPOSE_RELIEF, lines[one].project)
        told = [(lines[one].project, lines[one].told) for one in dict.fromkeys(fields["projects"])]
        try:
            proposals.propose_all(by=self.actor, at=timezone.now(), run=row, note=fields["note"], told=told)
        except proposals.SomeProposed as waiting:
            words, ids = _("This is proposed already and waits for an answer."), [one.pk for one in waiting.projects]
            refused = SeveralErrors(waiting.message, at_places(fields["projects"], ids, words))
            refused.status = waiting.status
            raise refused from waiting
        return self.written(pk)


def at_places(sent: list[int], culprits: list[int], words: str) -> list[dict[str, str]]:
    """The culprits by their place in the list."""
    return [{"path": f"projects[{sent.index(one)}]", "message": words} for one in dict.fromkeys(culprits)]
