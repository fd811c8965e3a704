"""Files of people and of absences in the API: the same path as on the page, what would change first."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import Shown, Strict
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import ID, Param, check_query
from pmo_portal.core.api.rows import Link, Row, of_serializer
from pmo_portal.core.api.viewsets import Rights
from projects.access.policy import EDIT_RESOURCES
from projects.exchange.api.imports import take_time
from projects.exchange.models import ImportBatch
from projects.resources.models import Person
from projects.roster import services
from projects.roster.day_order import ORDERS
from projects.roster.lines import OF_RATES
from projects.roster.staged_api import StagedFiles

KINDS = (ImportBatch.PEOPLE, ImportBatch.ABSENCES)


class PeopleImportSerializer(Shown, serializers.ModelSerializer):
    """A file of people or of absences on its way in. `report` counts what would change (staged) or did (applied), with the first
    200 lines of each outcome; lines `left_out` say `why`; `notices` are about the whole file; `days` tell how dates were
    read that could be two, `open` the columns where no cell says which; `gone` are absences of the same
    source that the file has no more."""

    expands = {"by": Expand("user", "by_id")}
    holds = serializers.ChoiceField(source="profile", choices=KINDS)
    by_username = serializers.CharField(source="by.username", allow_null=True)
    report = serializers.DictField(child=serializers.JSONField())
    url = serializers.URLField()
    html_url = serializers.URLField(help_text="The page for people.")

    class Meta:
        model = ImportBatch
        fields: ClassVar = (
            "id", "state", "holds", "file_name", "size", "sha256", "by", "by_username", "report", "created_at", "applied_at",
            "undone_at", "url", "html_url",
        )  # fmt: skip
        read_only_fields = fields


class PeopleFileSerializer(Strict):
    """The form of the page, and whether to write."""

    file = serializers.FileField(max_length=200, help_text="CSV, Excel (.xlsx), or a calendar (.ics) of absences.")
    holds = serializers.ChoiceField(choices=KINDS, help_text="What is in the file.")
    person = serializers.PrimaryKeyRelatedField(
        queryset=Person.objects.all(),
        required=False,
        allow_null=True,
        help_text="Whose absences they are: of one calendar.",
    )
    source = serializers.CharField(  # type: ignore[assignment]  # a field, not where one reads from
        default="", allow_blank=True, max_length=120,
        help_text="Where absences come from; left out: the name of the file without its figures.",
    )  # fmt: skip
    date_order = serializers.ChoiceField(
        choices=ORDERS, default="", allow_blank=True,
        help_text="How 03/04/2027 is read where no cell of its sheet tells; left out: the day first, and `report.days` says so.",
    )  # fmt: skip
    dry_run = serializers.BooleanField(default=False, help_text="Only say what would change, and keep it for a day.")
    skip_bad_rows = serializers.BooleanField(default=False, help_text="Leave refused lines out instead of refusing.")


class ApplyPeopleSerializer(Strict):
    """How to write a staged file."""

    skip_bad_rows = serializers.BooleanField(default=False, help_text="Leave refused lines out instead of refusing.")
    gone = serializers.ListField(
        child=serializers.IntegerField(), default=list, max_length=1000,
        help_text="Ids of absences in `report.gone` to delete.",
    )  # fmt: skip
    all_gone = serializers.BooleanField(default=False, help_text="Delete all of `report.gone`.")


class PeopleImportViewSet(StagedFiles):
    """One's own files, and those that were applied, for who keeps resources. A staged one is applied or deleted within a day."""

    noun = ("people import", "people imports")
    services = services
    queryset = ImportBatch.objects.filter(profile__in=KINDS)
    serializer_class = PeopleImportSerializer
    listing = of_serializer(
        PeopleImportSerializer, url=Link("/api/v1/people-imports/{}/"), html_url=Link("/people/import/{}/")
    )
    rights = Rights(EDIT_RESOURCES, EDIT_RESOURCES, EDIT_RESOURCES)
    params: ClassVar = {
        "state": Param("State.", member="state", choices=ImportBatch.State.values),
        "holds": Param("People or absences.", member="holds", choices=KINDS),
        "by": Param("Id of the user.", ID, member="by"),
        "sha256": Param("The same file, by its SHA-256.", member="sha256"),
    }
    examples: ClassVar = {
        "create": {"file": "people.csv", "holds": "people", "dry_run": True},
        "apply": {"skip_bad_rows": True},
    }

    def require(self, right: str, target: Any) -> None:
        """People belong to no project: the right is asked anywhere at all."""
        if not self.request.user.has_perm(right):
            raise PermissionDenied(_("Your role does not allow this here."))

    def shown(self, rows: list[Row]) -> list[Row]:
        """Without rates for who sees none."""
        if not services.sees_rates(self.actor):
            for row in rows:
                if "report" in row:
                    row["report"] = without_rates(row["report"])
        return rows

    @extend_schema(request={"multipart/form-data": PeopleFileSerializer}, responses={201: PeopleImportSerializer})
    @once
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send a file. With `dry_run` it is staged; without, applied as a whole or, when a line is bad, refused as a whole."""
        check_query(request, ())
        self.require(EDIT_RESOURCES, None)
        told = PeopleFileSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        wanted = dict(told.validated_data)
        take_time()
        file = wanted["file"]
        batch = services.stage_file(
            by=self.actor, content=file.read(), file_name=file.name, what=wanted["holds"], person=wanted.get("person"),
            source=wanted["source"], date_order=wanted["date_order"],
        )  # fmt: skip
        return self.sent(batch, dry_run=wanted["dry_run"], skip_bad_rows=wanted["skip_bad_rows"])

    @extend_schema(request={"application/json": ApplyPeopleSerializer}, responses=PeopleImportSerializer)
    @action(detail=True, methods=["post"], url_path="apply")
    @once
    def apply(self, request: Request, pk: str) -> Response:
        """Write a staged file: compared again, all of it or nothing; absences it has no more go only where you say so."""
        check_query(request, ())
        told = ApplyPeopleSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        wanted = dict(told.validated_data)
        gone = None if wanted.pop("all_gone") else wanted.pop("gone")
        return self.applied(pk, skip_bad_rows=wanted["skip_bad_rows"], gone=gone)


def without_rates(report: dict[str, Any]) -> dict[str, Any]:
    lines = {
        outcome: [
            {**line, **{kind: [one for one in line[kind] if one[0] not in OF_RATES] for kind in ("changes", "errors")}}
            for line in found
        ]
        for outcome, found in report.get("lines", {}).items()
    }
    return {**report, "lines": lines}
