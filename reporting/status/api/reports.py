"""Status reports of the API: begun, written field by field, submitted; reviewed by the PMO. Freezing is a step of the period."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core import editing
from pmo_portal.core.api.fields import NothingSerializer
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import check_query
from pmo_portal.core.api.rows import Listing, Row
from pmo_portal.core.api.selection import Selection
from pmo_portal.core.api.versions import version_seen
from pmo_portal.core.api.viewsets import ScopedSteps
from pmo_portal.core.errors import SeveralErrors
from projects.access.policy import DECLARE_STATUS, VALIDATE_STATUS
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from reporting.status import facts, rules, wording
from reporting.status.api.draft_fields import (
    BeginSerializer,
    CorrectSerializer,
    DraftSerializer,
    ReviseSerializer,
    SubmitSerializer,
    fields_of,
)
from reporting.status.api.report_fields import PLACE, ROW, WHOLE, StatusReportRow, StatusReportSerializer, withheld
from reporting.status.api.report_params import PARAMS
from reporting.status.knowing import Knowledge
from reporting.status.models import StatusReport
from reporting.status.services import beginning, correcting, drafts, merging, review, submitting

# A submitted report gives the project its facts: a token needs to write where these are, as an import does.
FACTS = ("reports", "projects", "planning", "money", "risks")


class ReportViewSet(ScopedSteps):
    """The report of each project for each period."""

    noun = ("status report", "status reports")
    area: ClassVar[str | tuple[str, ...]] = "reports"
    queryset = StatusReport.objects.all()
    http_method_names = ("get", "post", "patch", "head", "options")
    listing = WHOLE
    related = ("project__portfolio", "period__calendar__node")
    orders = ("id", "due_on", "submitted_at", "updated_at")
    params: ClassVar = PARAMS
    examples: ClassVar = {
        "create": {"project": 1},
        "change": {
            "declared": "amber",
            "trend": "down",
            "key_message": "Le fournisseur a deux mois de retard.",
            "schedule": "amber",
            "schedule_comment": "Livraison en mars",
            "ask": "none",
        },
        "submit": {"confirmed": ["VR-02b:key_message"]},
        "withdraw": {},
        "validate": {},
        "revise": {"revision_reason": "Le comité a requalifié la météo le 4 décembre.", "declared": "red"},
        "correct": {"comment": "Quelle est la nouvelle date de mise en service ?"},
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.listing = ROW if self.action == "list" else WHOLE

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        special: dict[str, type[serializers.BaseSerializer]] = {
            "list": StatusReportRow, "create": BeginSerializer, "partial_update": DraftSerializer, "submit": SubmitSerializer,
            "correct": CorrectSerializer, "revise": ReviseSerializer, "withdraw": NothingSerializer,
            "validate": NothingSerializer,
        }  # fmt: skip
        return special.get(self.action, StatusReportSerializer)

    def needed(self, selection: Selection) -> Listing:
        """Where a project is decides what is told of its report."""
        listing = super().needed(selection)
        return listing.only(listing.sources, **PLACE)

    def shown(self, rows: list[Row]) -> list[Row]:
        access = Access.of(self.request.user)
        for row in rows:
            if withheld(row, access) and "findings" in row:
                row.update(self.judged(row["id"]))
        return rows

    def judged(self, pk: int) -> Row:
        """What the rules find in a report that may still change; of one not begun, in the values it would begin with."""
        report = StatusReport.objects.select_related("project__portfolio", "period").get(pk=pk)
        if report.state in StatusReport.OVER:
            return {"findings": [], "no_renewal": None}
        knowledge = Knowledge(report, user=self.actor, on=timezone.localdate())
        known = knowledge.known()
        return {
            "findings": [
                {"rule": one.rule, "path": one.at, "kind": one.kind, "key": one.key, "message": wording.words(one)}
                for one in rules.findings(drafts.values(report, knowledge), known)
            ],
            "no_renewal": rules.may_renew(known),
        }

    @extend_schema(
        request=BeginSerializer, responses={200: StatusReportSerializer, 201: StatusReportSerializer},
    )  # fmt: skip
    @once
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The report of the period that collects now: begun with its first values (201), or as it stands (200)."""
        check_query(request, ())
        project = self.checked(request)["project"]
        report, begun = beginning.begin(project=project, at=timezone.now(), **self.changing())
        return self.written(report.pk, status=201 if begun else 200)

    @extend_schema(request=DraftSerializer, responses=StatusReportSerializer)
    def partial_update(self, request: Request, pk: str, **kwargs: Any) -> Response:
        """Write members of a draft. Two who write different ones both keep theirs; 412 names those that somebody else changed."""
        check_query(request, ())
        row = self.find(pk)
        self.require(DECLARE_STATUS, row.project)
        version = version_seen(request)
        wanted = dict(fields_of(self.checked(request, partial=True)))
        with editing.writing():
            held = editing.hold(StatusReport, row.pk)
            changes = merging.changes_since(held, version, wanted)
            if changes is None:
                raise self.stale(pk)
            saved = drafts.save_draft(report=held, changes=changes, at=timezone.now(), **self.changing())
            if saved.conflicts:
                transaction.set_rollback(True)  # what is not in conflict is not written either: the answer is one
        if saved.conflicts:
            raise self.stale(pk, [{"path": name, "message": wording.changed_meanwhile()} for name in saved.conflicts])
        return self.written(pk)

    @extend_schema(request=SubmitSerializer, responses=StatusReportSerializer)
    @action(detail=True, methods=["post"], url_path="submit", area=FACTS)
    @once
    def submit(self, request: Request, pk: str) -> Response:
        """Every rule is checked, then the project gets its facts. 422 lists the rules that keep it back, with what to do."""

        def step(report: StatusReport, **said: Any) -> None:
            try:
                submitting.submit(report=report, at=timezone.now(), **said, **self.changing())
            except submitting.NotYet as refused:
                raise SeveralErrors(refused.message, [as_error(one) for one in refused.findings]) from refused

        return self.step(pk, DECLARE_STATUS, step)

    @extend_schema(request=NothingSerializer, responses=StatusReportSerializer)
    @action(detail=True, methods=["post"], url_path="withdraw")
    @once
    def withdraw(self, request: Request, pk: str) -> Response:
        """It is a draft again, until the period is frozen."""
        return self.step(pk, DECLARE_STATUS, lambda report: submitting.take_back(report=report, by=self.actor))

    @extend_schema(request=NothingSerializer, responses=StatusReportSerializer)
    @action(detail=True, methods=["post"], url_path="validate")
    @once
    def validate(self, request: Request, pk: str) -> Response:
        """The PMO has read it, and it stands."""
        return self.step(
            pk, VALIDATE_STATUS, lambda report: review.validate(report=report, by=self.actor, at=timezone.now())
        )

    @extend_schema(request=CorrectSerializer, responses=StatusReportSerializer)
    @action(detail=True, methods=["post"], url_path="correct")
    @once
    def correct(self, request: Request, pk: str) -> Response:
        """The report goes back to who wrote it."""
        return self.step(
            pk,
            VALIDATE_STATUS,
            lambda report, **said: review.ask_correction(report=report, by=self.actor, at=timezone.now(), **said),
        )

    @extend_schema(request=ReviseSerializer, responses={201: StatusReportSerializer})
    @action(detail=True, methods=["post"], url_path="revise")
    @once
    def revise(self, request: Request, pk: str) -> Response:
        """A further revision of the last one of a frozen report, frozen at once; the one before stays, with its snapshot."""
        check_query(request, ())
        row = self.find(pk)
        review.check_running(row.period, by=self.actor)
        version, words = version_seen(request), self.checked(request)
        reason = words.pop("revision_reason")
        if row.version != version:
            raise self.stale(pk)
        made = correcting.revise(report=row, by=self.actor, changes=words, reason=reason, at=timezone.now())
        return self.written(made.pk, status=201)

    def step(self, pk: str, right: str, move: Callable[..., Any]) -> Response:
        """The right, the version seen (of a report that is held meanwhile, as submitting holds it), the body, the service."""
        check_query(self.request, ())
        row = self.find(pk)
        self.require(right, row.project)
        version, said = version_seen(self.request), self.checked(self.request)
        with editing.writing():
            editing.hold(Project, row.project_id)
            if editing.hold(StatusReport, row.pk).version != version:
                raise self.stale(pk)
            move(row, **said)
        return self.written(pk)


def as_error(one: facts.Finding) -> dict[str, str]:
    return {"path": one.at, "message": wording.words(one), "rule": one.rule, "kind": one.kind}
