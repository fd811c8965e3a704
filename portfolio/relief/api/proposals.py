"""What gives way, in the API: the options of a cell, what is proposed to owners, and their answers."""

from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import DAY, FLAG, ID, Param, check_query, values_of
from pmo_portal.core.api.problems import answer as problem
from pmo_portal.core.api.rows import Link, Row, Worked, of_serializer
from pmo_portal.core.api.versions import version_seen
from pmo_portal.core.api.viewsets import ScopedSteps
from pmo_portal.core.errors import DomainError, StaleVersion
from portfolio.capacity.selectors.periods import GRAINS, MONTH
from portfolio.capacity.selectors.picture import KINDS
from portfolio.relief.asked import cell_asked, name_of
from portfolio.relief.models import Proposal, short_of
from portfolio.relief.selectors import proposals as selectors
from portfolio.relief.selectors.conflict import Conflict, conflict
from portfolio.relief.selectors.naming import named, names_of
from portfolio.relief.selectors.options import Option, options
from portfolio.relief.selectors.standing import what_changed
from portfolio.relief.services import proposals as services
from projects.access.policy import PROPOSE_RELIEF, VIEW_CAPACITY

DAYS = "Days of work."
PARAMS = {
    "by": Param("The row of the heat map: what it is.", choices=tuple(KINDS)),
    "grain": Param("The column: week, month or quarter. Without it: month.", choices=tuple(GRAINS)),
    "row": Param("The id of the row; 0 for what has no role, no unit.", ID),
    "at": Param("A day of the column.", DAY),
}


class MovedDateSerializer(serializers.Serializer):
    """A date that moves."""

    milestone = serializers.IntegerField(
        allow_null=True, help_text="Id of the milestone; null: the end of the project."
    )
    name = serializers.CharField()
    before = serializers.DateField()
    after = serializers.DateField()


class LateForOthersSerializer(serializers.Serializer):
    """What another project would get after it needs it."""

    dependency = serializers.IntegerField(help_text="Id of the dependency.")
    name = serializers.CharField(help_text="As far as you see it.")
    needed_by = serializers.DateField()
    after = serializers.DateField(allow_null=True, help_text="When it would come; null: never.")


class ReliefOptionSerializer(serializers.Serializer):
    """Something that could give way."""

    key = serializers.CharField(help_text="Name it to propose it.")
    kind = serializers.ChoiceField(choices=Proposal.Kind.choices)
    project = serializers.IntegerField(allow_null=True, help_text="Id of the project; null for more capacity.")
    project_code = serializers.CharField(allow_null=True)
    days = serializers.FloatField(help_text=f"{DAYS} What it frees of what is short.")
    weeks = serializers.IntegerField(
        help_text="By how much the date that moves most is later, or its last work where that comes after its last date."
    )
    weight = serializers.FloatField(
        help_text="Of the project: its size, twice as much for each step of priority, three times for a must-win."
    )
    price = serializers.FloatField(help_text="Weight × weeks. Options are ranked by price for each day freed.")
    elsewhere = serializers.FloatField(help_text=f"{DAYS} What becomes short in other roles and months.")
    allocation = serializers.IntegerField(allow_null=True, help_text="Id of the request that changes hands.")
    person = serializers.IntegerField(allow_null=True, help_text="Id of who could do it.")
    fte = serializers.DecimalField(max_digits=6, decimal_places=2, allow_null=True, help_text="Of generic capacity.")
    cost = serializers.DecimalField(
        max_digits=14, decimal_places=2, allow_null=True, help_text="Null where it is not known, or not for you."
    )
    currency = serializers.CharField(allow_null=True)
    dates = MovedDateSerializer(many=True)
    late = LateForOthersSerializer(many=True)
    proposal = serializers.IntegerField(allow_null=True, help_text="Id of the same, proposed and waiting.")


class ReliefOptionsSerializer(serializers.Serializer):
    """The options of a cell, the cheapest for each day first."""

    by = serializers.ChoiceField(choices=list(KINDS))
    row = serializers.IntegerField()
    name = serializers.CharField()
    first = serializers.DateField()
    last = serializers.DateField()
    capacity = serializers.FloatField(help_text=DAYS)
    asked = serializers.FloatField(help_text=f"{DAYS} Tentative included.")
    short = serializers.FloatField(help_text=f"{DAYS} What does not fit.")
    short_hard = serializers.FloatField(help_text=f"{DAYS} The same of what is hard.")
    others = serializers.FloatField(help_text=f"{DAYS} The part of `asked` that you do not see by name.")
    projects_left_out = serializers.IntegerField(
        help_text="Only the fifteen projects with most days are looked at: how many are not."
    )
    requests_left_out = serializers.IntegerField(
        help_text="Only the six largest requests are offered to somebody else: how many are not."
    )
    results = ReliefOptionSerializer(many=True)


def told_option(one: Option) -> dict[str, Any]:
    return {
        "key": one.key, "kind": one.kind, "project": one.project.pk if one.project else None,
        "project_code": one.project.code if one.project else None, "days": round(one.days, 2), "weeks": one.weeks,
        "weight": one.weight, "price": round(one.price, 2), "elsewhere": round(one.elsewhere, 2),
        "allocation": one.steps.get("allocation"), "person": one.steps.get("person"),
        "fte": None if one.fte is None else f"{one.fte:.2f}", "cost": None if one.cost is None else f"{one.cost:.2f}",
        "currency": one.currency or None if one.cost is not None else None,
        "dates": [
            {"milestone": move.dated.pk, "name": move.dated.name, "before": move.dated.day, "after": move.to}
            for move in one.moved
        ],
        "late": [
            {"dependency": late.promised.pk, "name": late.promised.name, "needed_by": late.promised.need, "after": late.to}
            for late in one.late
        ],
        "proposal": one.waits.pk if one.waits else None,
    }  # fmt: skip


def conflict_of(given: dict[str, str], *, reader: Any, today: date) -> Conflict:
    asked = cell_asked(given, today=today)
    name = name_of(asked.kind, asked.ref) if asked is not None else None
    if asked is None or name is None:
        raise Http404
    return conflict(asked.kind, asked.ref, name, asked.period, reader=reader, today=today)


class CapacityOptions(APIView):
    """What gives way in a cell of the heat map."""

    area = "people"
    metadata_class = None

    @extend_schema(
        parameters=[OpenApiParameter(name, one.schema, description=one.description, explode=False, style="form")
                    if one.choices else OpenApiParameter(name, one.schema, description=one.description)
                    for name, one in PARAMS.items()],
        responses=ReliefOptionsSerializer, operation_id="capacity_options", tags=["capacity"], summary="What gives way in a cell",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        if not request.user.has_perm(VIEW_CAPACITY):
            raise PermissionDenied
        check_query(request, PARAMS)
        given = {name: one(value) for name, value in values_of(request, PARAMS).items()}
        if missing := [name for name in ("by", "row", "at") if not given.get(name)]:
            raise ValidationError({f"?{name}": [_("Name the cell: by, row and at.")] for name in missing})
        found = conflict_of(given, reader=request.user, today=timezone.localdate())
        answer = options(found, reader=request.user)
        return Response(
            {
                "by": found.kind, "row": found.ref, "name": found.name, "first": found.period.first,
                "last": found.period.last, "capacity": round(found.cell.all_capacity, 2), "asked": round(found.asked, 2),
                "short": round(found.short, 2), "short_hard": round(found.short_hard, 2),
                "others": round(found.unseen, 2), "projects_left_out": answer.projects_left,
                "requests_left_out": answer.requests_left, "results": [told_option(one) for one in answer.found],
            }
        )  # fmt: skip


def one(value: Any) -> str:
    """A parameter as an address writes it."""
    if isinstance(value, list | tuple):
        value = value[0] if value else ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


class ProposalSerializer(StrictSerializer):
    """Something that should give way, as its owner is asked. Nothing moves before they accept."""

    expands = {"project": Expand("project", "project_id")}
    project = serializers.IntegerField(source="project_id", allow_null=True, read_only=True)
    project_code = serializers.CharField(source="project.code", read_only=True, allow_null=True)
    by = serializers.ChoiceField(source="rows", choices=list(KINDS), help_text="What is short: its kind.")
    row = serializers.IntegerField(source="ref", min_value=0, help_text="What is short: its id, 0 for none.")
    grain = serializers.ChoiceField(choices=list(GRAINS), write_only=True, default=MONTH)
    at = serializers.DateField(write_only=True, help_text="A day of the week, month or quarter that is short.")
    option = serializers.CharField(write_only=True, max_length=60, help_text="The `key` of the option.")
    steps = serializers.JSONField(
        read_only=True, help_text="What accepting does, with the versions it was computed from."
    )
    proposed_by = serializers.IntegerField(source="proposed_by_id", read_only=True)
    answered_by = serializers.IntegerField(source="answered_by_id", read_only=True, allow_null=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Proposal
        fields = (
            "id", "kind", "state", "project", "project_code", "by", "row", "grain", "at", "option", "subject",
            "first_day", "last_day", "days", "weeks", "price", "steps", "note", "proposed_by", "proposed_at",
            "answered_by", "answered_at", "answer", "version", "created_at", "updated_at", "url",
        )  # fmt: skip
        read_only_fields = (
            "kind", "state", "subject", "first_day", "last_day", "days", "weeks", "price", "proposed_at", "answered_at",
            "answer",
        )  # fmt: skip


class ProposalAnswerSerializer(StrictSerializer):
    """What the owner says."""

    class Meta:
        model = Proposal
        fields = ("answer",)


class ProposalNothingSerializer(StrictSerializer):
    """Nothing is to be said."""

    class Meta:
        model = Proposal
        fields = ()


def for_me(rows: QuerySet[Any], value: bool, user: Any) -> QuerySet[Any]:
    mine = selectors.answerable(user)
    waits = rows.filter(state=Proposal.State.PROPOSED)
    return waits.filter(mine) if value else rows.exclude(pk__in=waits.filter(mine).values("pk"))


class ProposalViewSet(ScopedSteps):
    """Who arbitrates proposes; the owner accepts or refuses; who proposed it withdraws it, or who may propose the same."""

    noun = ("proposal", "proposals")
    area = "people"
    queryset = Proposal.objects.with_names()
    serializer_class = ProposalSerializer
    listing = of_serializer(
        ProposalSerializer,
        url=Link("/api/v1/proposals/{}/"),
        subject=Worked(("subject", "rows", "ref", "scope_now", "name_now", "english_now"), short_of),
    )
    related = ("project",)
    orders = ("id", "proposed_at", "answered_at", "updated_at")
    http_method_names = ["get", "head", "post"]
    params: ClassVar = {
        "project": Param("Id of the project.", ID, member="project"),
        "state": Param("State.", member="state", choices=Proposal.State.values),
        "kind": Param("What gives way.", member="kind", choices=Proposal.Kind.values),
        "for_me": Param("Waiting for your answer (true), or not (false).", FLAG, where=for_me),
    }
    examples: ClassVar = {
        "create": {"by": "role", "row": 1, "grain": "quarter", "at": "2027-01-01", "option": "shift-1",
                   "note": "Le port passe avant."},
        "accept": {"answer": "D'accord."},
        "refuse": {"answer": "La date est contractuelle."},
        "withdraw": {},
    }  # fmt: skip

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        special: dict[str, type[serializers.BaseSerializer]] = {
            "accept": ProposalAnswerSerializer, "refuse": ProposalAnswerSerializer, "withdraw": ProposalNothingSerializer,
        }  # fmt: skip
        return special.get(self.action, ProposalSerializer)

    def shown(self, rows: list[Row]) -> list[Row]:
        """Without the person who could do it, for who looks nobody up; dates are named in the reader's language."""
        names = names_of(moved for row in rows for moved in (row.get("steps") or {}).get("milestones", ()))
        for row in rows:
            if row.get("steps"):
                steps = selectors.steps_for(self.actor, row["steps"], row.get("state"))
                if "milestones" in steps:
                    steps = {**steps, "milestones": named(steps["milestones"], names)}
                row["steps"] = steps
        return rows

    @once
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Propose an option of a cell; it is computed anew."""
        check_query(request, ())
        self.require(PROPOSE_RELIEF, None)
        self.require(VIEW_CAPACITY, None)
        fields = self.checked(request)
        given = {
            "by": fields["rows"],
            "row": str(fields["ref"]),
            "grain": fields["grain"],
            "at": fields["at"].isoformat(),
        }
        try:
            found = conflict_of(given, reader=self.actor, today=timezone.localdate())
        except Http404 as gone:
            raise DomainError(_("There is no such cell."), field="row") from gone
        option = options(found, reader=self.actor).find(fields["option"])
        if option is None:
            words = _("This option is no longer there: something changed meanwhile. You see what there is now.")
            raise DomainError(words, field="option")
        self.require(PROPOSE_RELIEF, option.project)
        row = services.propose(
            by=self.actor, at=timezone.now(), conflict=found, option=option, note=fields.get("note", "")
        )
        return self.written(row.pk, status=201)

    @extend_schema(request=ProposalAnswerSerializer, responses=ProposalSerializer, summary="Accept a proposal")
    @action(detail=True, methods=["post"], url_path="accept")
    @once
    def accept(self, request: Request, pk: str) -> Response:
        """Carry it out, in one transaction. 409 when what it was computed from changed meanwhile: it is `outdated` then."""
        return self.answered_by(pk, "accept")

    @extend_schema(request=ProposalAnswerSerializer, responses=ProposalSerializer, summary="Refuse a proposal")
    @action(detail=True, methods=["post"], url_path="refuse")
    @once
    def refuse(self, request: Request, pk: str) -> Response:
        """Say no, and why."""
        return self.answered_by(pk, "refuse")

    @extend_schema(request=ProposalNothingSerializer, responses=ProposalSerializer, summary="Withdraw a proposal")
    @action(detail=True, methods=["post"], url_path="withdraw")
    @once
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take one's own proposal back, or one that its reader might have made."""
        return self.answered_by(pk, "withdraw")

    def answered_by(self, pk: str, verb: str) -> Response:
        check_query(self.request, ())
        row = self.find(pk)
        allowed = selectors.may_withdraw if verb == "withdraw" else selectors.may_answer
        if not allowed(self.actor, row):
            raise PermissionDenied(_("Your role does not allow this here."))
        given: dict[str, Any] = {"proposal": row, "by": self.actor, "version": version_seen(self.request)}
        given["at"] = timezone.now()
        answer = self.checked(self.request).get("answer", "")
        try:
            if verb == "accept":
                done = services.accept(on=timezone.localdate(), answer=answer, **given)
                if done.state == Proposal.State.OUTDATED:
                    return self.outdated(done)
            elif verb == "refuse":
                services.refuse(answer=answer, **given)
            else:
                services.withdraw(**given)
        except StaleVersion as stale:
            raise self.stale(pk, [{"path": "", "message": stale.message}]) from stale
        return self.written(pk)

    def outdated(self, row: Proposal) -> Response:
        """What was found while accepting stays written: an answer, not an exception, which would take it back."""
        told = _("Nothing was done: what it was computed from changed meanwhile.")
        current, why = self.read(str(row.pk)), what_changed(row, on=timezone.localdate())
        return problem(409, f"{told} {why}".strip(), headers=self.etag(current), current=current)
