"""What a freeze keeps of a report and its project for ever (domain.md BR-04)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import ScopedQuerySet
from reporting.health.models import rag_field


@vocabulary.kept
class Snapshot(models.Model):
    """What a report and its project were when their period froze. Written once: the database refuses every change.

    The columns are what lists and comparisons read; `content` is the whole (reporting.status.snapshots says its shape).
    """

    reported: ClassVar[bool] = True  # what was reported keeps its project (core.editing)
    not_recorded: ClassVar[str] = "Never changed: it is itself what is kept."

    report = models.OneToOneField("reporting.StatusReport", on_delete=models.PROTECT, related_name="snapshot")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="snapshots")
    period = models.ForeignKey("reporting.ReportingPeriod", on_delete=models.PROTECT, related_name="snapshots")
    revision = models.PositiveSmallIntegerField()
    frozen_at = models.DateTimeField()
    path = models.CharField(max_length=440, db_collation="C")
    confidential = models.BooleanField()
    is_reported = models.BooleanField()
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=300)
    name_en = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=Project.State)
    declared = models.CharField(max_length=14, blank=True)
    declared_rag = rag_field(_("declared colour"))
    computed = rag_field(_("computed colour"))
    gap = models.SmallIntegerField(null=True)
    assessed = models.CharField(
        max_length=14, blank=True, db_default="", default=""
    )  # by the independent review in force
    trend = models.CharField(max_length=4, blank=True)
    forecast_end = models.DateField(null=True)
    baseline_end = models.DateField(null=True)
    percent_complete = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    budget = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    eac = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    actual = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    currency = models.CharField(max_length=3)
    max_risk = models.PositiveSmallIntegerField(null=True)
    content = models.JSONField()
    digest = models.CharField(max_length=64)  # SHA-256 of the content in canonical JSON

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["period", "path"], name="snapshot_of_period"),
            models.Index(fields=["project", "-frozen_at"], name="snapshot_of_project"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["project", "period", "revision"], name="snapshot_one_per_revision")
        ]
