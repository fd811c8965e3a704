"""What a past day shows: the photographs a freeze kept, and history around them, read as one table."""

import datetime as dt
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When

from pmo_portal.core import vocabulary
from pmo_portal.core.as_of import end_of
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import ScopedQuerySet
from reporting.health.models import HealthFields


@vocabulary.kept
class HealthFrozen(HealthFields):
    """The photograph a freeze took: the project as it was computed at that instant, with what its report declared. Written once:
    the database refuses every change, as of the snapshot it belongs to.

    `frozen_on` is the day whose pages show it: that on which its period froze. It is empty where another photograph holds that
    day: of a newer period, or because this one is a revision of a later day; and where its period was never collected.
    `replaces` is the one that held its place before: the revision it follows, or that of an older period frozen the same day. So
    those of a project and a day are one chain, and its last one is shown.
    """

    snapshot = models.OneToOneField("reporting.Snapshot", on_delete=models.PROTECT, primary_key=True, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    period = models.ForeignKey("reporting.ReportingPeriod", on_delete=models.PROTECT, related_name="+", db_index=False)
    frozen_at = models.DateTimeField()
    frozen_on = models.DateField(null=True)
    replaces = models.ForeignKey("self", models.DO_NOTHING, null=True, related_name="+", db_index=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["frozen_on", "project"], name="frozen_of_day", condition=Q(frozen_on__isnull=False)),
            models.Index(fields=["period", "project"], name="frozen_of_period"),
            models.Index(fields=["replaces"], name="frozen_replaced", condition=Q(replaces__isnull=False)),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["project", "frozen_on"], condition=Q(replaces__isnull=True), name="frozen_one_begins_a_day"
            ),
            models.UniqueConstraint(
                fields=["replaces"], condition=Q(frozen_on__isnull=False), name="frozen_one_goes_on"
            ),
        ]


class AsOfQuerySet(ScopedQuerySet):
    """One row per project: frozen where it was, else history."""

    def on(self, day: dt.date) -> Self:
        """What the day shows: of a project whose period froze on it what was kept, of the others the state at its end.

        Of several the photograph kept last by then counts; a revision of a later day does not.
        """
        return self._at(end_of(day), HealthFrozen.objects.filter(frozen_on=day), frozen_on=day)

    def at_freeze(self, period: Any, *, known: dt.datetime | None = None) -> Self:
        """What the freeze of a period found: what it kept, in its last revision (`known`: the last by then), and of the projects
        that do not report in it the state at that instant.
        """
        kept = HealthFrozen.objects.filter(period=period, **({"frozen_at__lte": known} if known else {}))
        return self._at(period.frozen_at, kept, period=period, **({"valid_from__lte": known} if known else {}))

    def _at(self, moment: dt.datetime, kept: QuerySet[Any], **frozen: Any) -> Self:
        ended = Q(valid_to__isnull=True) | Q(valid_to__gt=moment)
        history = Q(ended, is_frozen=False, valid_from__lte=moment) & ~Q(project__in=kept.values("project"))
        replaced = kept.filter(replaces__isnull=False).values("replaces")
        return self.filter(history | (Q(is_frozen=True, **frozen) & ~Q(snapshot_id__in=replaced)))


def known_at(day: dt.date) -> Any:
    """Of each row of a day, until when what stands beside it was known (`projects.hierarchy.past.known_at`)."""
    frozen = When(is_frozen=True, then=F("period__frozen_at"))
    return Case(frozen, default=Value(end_of(day)), output_field=models.DateTimeField())


class HealthAsOf(HealthFields):
    """`HealthHistory` and `HealthFrozen` in one view, to be asked for a day or a freeze: `AsOfQuerySet`, never without it.

    `valid_from` of a frozen row is the freeze, and it has no end; `snapshot_id` and `period` say whose it is.
    """

    id = models.BigIntegerField(primary_key=True)
    project = models.ForeignKey(Project, models.DO_NOTHING, related_name="health_as_of", db_constraint=False)
    node = models.ForeignKey(Node, models.DO_NOTHING, related_name="+", db_constraint=False)
    portfolio = models.ForeignKey(Node, models.DO_NOTHING, related_name="+", db_constraint=False)
    period = models.ForeignKey(
        "reporting.ReportingPeriod", models.DO_NOTHING, related_name="+", db_constraint=False, null=True
    )
    snapshot_id = models.BigIntegerField(null=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    is_frozen = models.BooleanField()
    frozen_on = models.DateField(null=True)

    objects = AsOfQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "reporting_healthasof"
