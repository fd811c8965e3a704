"""Decisions of the API: the questions, and the verbs that say what became of them."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.bulk import differing
from pmo_portal.core.api.fields import NothingSerializer
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import ID, Param, check_query
from pmo_portal.core.api.rows import Row
from pmo_portal.core.api.versions import version_seen
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from pmo_portal.core.errors import StaleVersion
from projects.access.policy import EDIT_REGISTERS, TAKE_DECISION
from projects.hierarchy.api import BulkOfProject, between
from projects.raid import services
from projects.raid.api.decision_rows import (
    LISTING,
    DecisionSerializer,
    LapseSerializer,
    RefuseSerializer,
    ScheduleSerializer,
    TakeSerializer,
    choices_in,
    stored_choices,
    told,
)
from projects.raid.api.register_params import of_register
from projects.raid.models import Decision
from projects.raid.services.decisions import amounts_known
from projects.raid.services.options import as_known_to


class DecisionViewSet(BulkOfProject, ScopedViewSet):
    """Who may edit registers asks; `take` and `refuse` are for who may decide. A decided question is not asked again."""

    noun = ("decision", "decisions")
    area = "risks"
    queryset = Decision.objects.all()
    serializer_class = DecisionSerializer
    listing = LISTING
    rights = Rights(EDIT_REGISTERS, EDIT_REGISTERS, "projects.edit_project")
    orders = ("id", "needed_by", "asked_on", "taken_on", "updated_at")
    examples: ClassVar = {
        "create": {
            "project": 1,
            "question": "Quel scénario pour la reprise des données ?",
            "needed_by": "2027-01-29",
            "committee": "Comité de pilotage",
            "amount_asked": "45000.00",
            "options": [
                {"label": "Reprise complète", "cost": "45000.00", "delay_days": 20, "recommended": True},
                {"label": "Dossiers ouverts seulement", "cost": "12000.00", "delay_days": 0},
            ],
        },
        "change": {"needed_by": "2027-02-12"},
        "take": {"outcome": "go_conditional", "reason": "Sous réserve du budget 2027."},
        "refuse": {"reason": "Hors budget."},
        "schedule": {"scheduled_for": "2099-01-29", "committee": "Comité de pilotage"},
        "lapse": {"reason": "Le fournisseur s'est retiré."},
        "reopen": {},
    }
    params: ClassVar = of_register(
        Decision,
        "needed_by",
        outcome=Param("What was decided.", member="outcome", choices=Decision.Outcome.values),
        asked_by=Param("Id of the person who asked.", ID, member="asked_by"),
        decided_by=Param("Id of the person who decided.", ID, member="decided_by"),
        **between("needed_by", "Needed"),
        **between("taken_on", "Decided"),
    )

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        special: dict[str, type[serializers.BaseSerializer]] = {
            "take": TakeSerializer, "refuse": RefuseSerializer, "schedule": ScheduleSerializer, "lapse": LapseSerializer,
            "reopen": NothingSerializer,
        }  # fmt: skip
        return special.get(self.action, DecisionSerializer)

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows.prefetch_related("options") if self.action == "bulk" else rows

    def shown(self, rows: list[Row]) -> list[Row]:
        return told(rows, self.request.user)

    def create_row(self, fields: dict[str, Any]) -> Model:
        options = choices_in(fields) or []
        return services.create_decision(options=options, **self.changing(), **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        changes = dict(changes)
        options = choices_in(changes)
        return services.update_decision(
            decision=row, version=version, changes=changes, options=options, **self.changing()
        )

    def delete_row(self, row: Any, version: int) -> None:
        services.delete_decision(decision=row, version=version, **self.changing())

    def comparable(self, row: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
        return amounts_known(fields, project=row.project, by=self.actor)

    def differing(self, row: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
        fields = dict(changes)
        options = choices_in(fields)
        found = differing(row, fields)
        if options is not None:
            known = as_known_to(self.actor, row.project, options, list(row.options.all()))
            if known != stored_choices(row):
                found["options"] = changes["options"]
        return found

    @extend_schema(request=TakeSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"], url_path="take")
    @once
    def take(self, request: Request, pk: str) -> Response:
        """Write down what was decided, by whom and when. `postponed` and `rework` leave the question open."""
        return self.journey(pk, services.take_decision, TAKE_DECISION)

    @extend_schema(request=RefuseSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"], url_path="refuse")
    @once
    def refuse(self, request: Request, pk: str) -> Response:
        """Write down a refusal, with its reason."""
        return self.journey(pk, services.refuse_decision, TAKE_DECISION)

    @extend_schema(request=ScheduleSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"], url_path="schedule")
    @once
    def schedule(self, request: Request, pk: str) -> Response:
        """Put the question on the agenda of a coming day."""
        return self.journey(pk, services.schedule_decision, EDIT_REGISTERS)

    @extend_schema(request=LapseSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"], url_path="lapse")
    @once
    def lapse(self, request: Request, pk: str) -> Response:
        """The decision is no longer needed."""
        return self.journey(pk, services.lapse_decision, EDIT_REGISTERS)

    @extend_schema(request=NothingSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"], url_path="reopen")
    @once
    def reopen(self, request: Request, pk: str) -> Response:
        """Ask a question that had lapsed again, or take it off an agenda."""
        return self.journey(pk, services.ask_decision_again, EDIT_REGISTERS)

    def journey(self, pk: str, step: Callable[..., Decision], right: str) -> Response:
        """One step in the life of a decision: the version seen, the right, the body, the service."""
        check_query(self.request, ())
        row = self.find(pk)
        self.require(right, row)
        version = version_seen(self.request)
        fields = self.checked(self.request)
        try:
            step(decision=row, version=version, **fields, **self.changing())
        except StaleVersion as stale:
            raise self.stale(pk) from stale
        return self.written(pk)
