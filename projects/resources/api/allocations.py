"""Requests of people in the API: projects ask, resource managers answer."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.bulk import Sent, differing
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import DAY, FLAG, ID, Param, check_query, values_of
from pmo_portal.core.api.rows import Row
from pmo_portal.core.api.versions import version_seen
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from pmo_portal.core.errors import StaleVersion
from projects.access.policy import ANSWER_ALLOCATION, REQUEST_ALLOCATION
from projects.hierarchy.api import EXTERNAL_REF, BulkOfProject, between, of_project, words_in
from projects.resources import services
from projects.resources.api.allocation_rows import (
    LISTING,
    AllocationSerializer,
    ConfirmAllocationSerializer,
    ProposeAllocationSerializer,
    RefuseAllocationSerializer,
    SplitAllocationSerializer,
    asked_in,
    months_in,
    told,
    whom_in,
)
from projects.resources.api.base import name_people
from projects.resources.api.candidates import PARAMS, CandidatesSerializer, candidates_of
from projects.resources.api.handing_over import HandedOversSerializer, HandOverSerializer, handed_in, handed_over
from projects.resources.api.many_answers import ManyAnswersSerializer, OutcomesSerializer, answer_in, outcomes_of
from projects.resources.models import Allocation, AllocationMonth
from projects.resources.selectors import queue


def waiting(rows: QuerySet[Any], value: bool, user: Any) -> QuerySet[Any]:
    return rows.filter(queue.waits() if value else ~queue.waits())


def in_month(lookup: str) -> Callable[[QuerySet[Any], date, Any], QuerySet[Any]]:
    """Requests with something asked or granted from a month on, or up to it."""

    def where(rows: QuerySet[Any], value: date, user: Any) -> QuerySet[Any]:
        months = AllocationMonth.objects.filter(**{f"month__{lookup}": value.replace(day=1)})
        return rows.filter(pk__in=months.exclude(asked=0, granted__isnull=True).values("allocation"))

    return where


class AllocationViewSet(BulkOfProject, ScopedViewSet):
    """Who edits a project asks; `candidates`, `propose`, `confirm`, `refuse` and `split` are for who answers requests."""

    noun = ("allocation", "allocations")
    area = "people"
    queryset = Allocation.objects.all()
    serializer_class = AllocationSerializer
    listing = LISTING
    rights = Rights(REQUEST_ALLOCATION, REQUEST_ALLOCATION, REQUEST_ALLOCATION)
    instead_of_ids = ("project_ref", "person_ref")
    orders = ("id", "asked_on", "answered_on", "updated_at")
    examples: ClassVar = {
        "create": {
            "project": 1,
            "role": 1,
            "skill": 1,
            "level": 3,
            "firmness": "hard",
            "measure": "days",
            "note": "Reprise des données",
            "months": [{"month": "2027-01-01", "asked": "10.00"}, {"month": "2027-02-01", "asked": "12.00"}],
        },
        "change": {"months": [{"month": "2027-02-01", "asked": "14.00"}]},
        "propose": {"person": 1, "months": [{"month": "2027-01-01", "granted": "8.00"}]},
        "confirm": {"person": 1, "answer": "Trois jours par semaine."},
        "refuse": {"answer": "Personne n'est libre avant mars."},
        "hand_over": {
            "person": 1,
            "after": "2027-01-15",
            "answer": "Départ le 15 janvier.",
            "parts": [{"allocation": 1, "version": 1, "to": 2}],
        },
        "answers": {"answers": [{"allocation": 1, "version": 1, "verb": "refuse", "answer": "Pas avant mars."}]},
        "split": {"person": 1, "months": [{"month": "2027-01-01", "granted": "4.00"}], "confirm": True},
    }
    params: ClassVar = of_project(
        status=Param("Status.", member="status", choices=Allocation.Status.values),
        waiting=Param(
            "Waiting for an answer (true) or not (false); a project that is over waits for none.", FLAG, where=waiting
        ),
        firmness=Param("Hard or tentative.", member="firmness", choices=Allocation.Firmness.values),
        role=Param("Id of the role.", ID, member="role"),
        skill=Param("Id of the skill.", ID, member="skill"),
        unit=Param("Id of the unit it is asked of, or that takes it.", ID, member="unit"),
        person=Param("Id of the person.", ID, member="person"),
        origin=Param("Id of the request they were split from.", ID, member="origin"),
        month_from=Param("With something in the month of this day or later.", DAY, where=in_month("gte")),
        month_to=Param("With something in the month of this day or before.", DAY, where=in_month("lte")),
        external_ref=EXTERNAL_REF,
        q=words_in("role__name", "role__name_en", "skill__name", "person__name", "note", "project__name"),
        **between("asked_on", "Asked"),
        **between("answered_on", "Answered"),
    )

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        special: dict[str, type[serializers.BaseSerializer]] = {
            "propose": ProposeAllocationSerializer, "confirm": ConfirmAllocationSerializer,
            "refuse": RefuseAllocationSerializer, "split": SplitAllocationSerializer, "answers": ManyAnswersSerializer,
            "hand_over": HandOverSerializer,
        }  # fmt: skip
        return special.get(self.action, AllocationSerializer)

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset()
        return rows.prefetch_related("months") if self.action == "bulk" else rows

    def shown(self, rows: list[Row]) -> list[Row]:
        return told(rows)

    def place_rows(self, rows: list[Sent], portfolio: str) -> None:
        super().place_rows(rows, portfolio)
        name_people(rows)

    def create_row(self, fields: dict[str, Any]) -> Model:
        return services.request_allocation(months=asked_in(fields) or {}, **self.changing(), **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        changes = dict(changes)
        months = asked_in(changes, row)
        return services.change_allocation(
            allocation=row, version=version, changes=changes, months=months, **self.changing()
        )

    def delete_row(self, row: Any, version: int) -> None:
        services.withdraw_allocation(allocation=row, version=version, **self.changing())

    def differing(self, row: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
        fields = dict(changes)
        months = asked_in(fields, row)
        found = differing(row, fields)
        if months is not None and {k: v for k, v in months.items() if v} != {
            one.month: one.asked for one in row.months.all() if one.asked
        }:
            found["months"] = changes["months"]
        return found

    @extend_schema(request=ProposeAllocationSerializer, responses=AllocationSerializer)
    @action(detail=True, methods=["post"], url_path="propose")
    @once
    def propose(self, request: Request, pk: str) -> Response:
        """Say who could do it; nobody is committed yet."""
        return self.answer_by(pk, services.propose_allocation)

    @extend_schema(request=ConfirmAllocationSerializer, responses=AllocationSerializer)
    @action(detail=True, methods=["post"], url_path="confirm")
    @once
    def confirm(self, request: Request, pk: str) -> Response:
        """Commit somebody. 409 when they have no room, or more on them than `seen` says: `anyway` does it on purpose."""
        return self.answer_by(pk, services.confirm_allocation)

    @extend_schema(request=RefuseAllocationSerializer, responses=AllocationSerializer)
    @action(detail=True, methods=["post"], url_path="refuse")
    @once
    def refuse(self, request: Request, pk: str) -> Response:
        """Say no, and why; what was granted is taken back."""
        return self.answer_by(pk, services.refuse_allocation)

    @extend_schema(request=SplitAllocationSerializer, responses={201: AllocationSerializer})
    @action(detail=True, methods=["post"], url_path="split")
    @once
    def split(self, request: Request, pk: str) -> Response:
        """Give a part to somebody: answers the new allocation, whose days the request has no more."""
        return self.answer_by(pk, services.split_allocation, part="part", status=201)

    @extend_schema(
        responses=CandidatesSerializer,
        summary="Who fits a request",
        parameters=[OpenApiParameter(name, str, description=one.description) for name, one in PARAMS.items()],
    )
    @action(detail=True, methods=["get"], url_path="candidates", filter_backends=[])
    def candidates(self, request: Request, pk: str) -> Response:
        """Who fits: points and reasons, days free month by month, and the `mark` that a confirmation takes as `seen`."""
        check_query(request, PARAMS)
        row = self.find(pk)
        self.require(ANSWER_ALLOCATION, row)
        named = values_of(request, PARAMS).get("q", "").strip()
        return Response(candidates_of(row, reader=self.actor, on=timezone.localdate(), named=named))

    @extend_schema(request=ManyAnswersSerializer, responses=OutcomesSerializer, summary="Answer many requests")
    @action(detail=False, methods=["post"], url_path="answers", filter_backends=[])
    @once
    def answers(self, request: Request) -> Response:
        """Propose, confirm or refuse up to 200 requests: what can be answered is, the rest comes back with its reason."""
        check_query(request, ())
        self.require(ANSWER_ALLOCATION, None)
        found = services.answer_many(
            answers=[answer_in(dict(one)) for one in self.checked(request)["answers"]], **self.changing()
        )
        return Response(outcomes_of(found))

    @extend_schema(request=HandOverSerializer, responses=HandedOversSerializer, summary="Hand over what remains")
    @action(detail=False, methods=["post"], url_path="hand-over", filter_backends=[])
    @once
    def hand_over(self, request: Request) -> Response:
        """What somebody is still given after their last day goes back into the queue or is proposed: all of it or nothing."""
        check_query(request, ())
        self.require(ANSWER_ALLOCATION, None)
        return Response(handed_over(services.hand_over(**handed_in(self.checked(request)), **self.changing())))

    def answer_by(
        self, pk: str, verb: Callable[..., Allocation], *, part: str = "granted", status: int = 200
    ) -> Response:
        """One answer: the version seen, the right, the body, the service."""
        check_query(self.request, ())
        row = self.find(pk)
        self.require(ANSWER_ALLOCATION, row)
        version = version_seen(self.request)
        fields = self.checked(self.request)
        if (months := months_in(fields)) is not None:
            fields[part] = months
        if (whom := whom_in(fields)) is not None:
            fields["whom"] = whom
        try:
            done = verb(allocation=row, version=version, **fields, **self.changing())
        except StaleVersion as stale:
            raise self.stale(pk, [{"path": "", "message": stale.message}]) from stale
        return self.written(done.pk, status=status)
