"""Health as stored: the current row of each project, every past state with its validity, and sums per container.

Pages read these tables only; nothing here is computed in a request.
"""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped
from projects.hierarchy.declared import Rag
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import ScopedQuerySet
from reporting.health.rollup_models import Audience, Rollup, RollupFields, RollupHistory

__all__ = [
    "Audience", "HealthFields", "HealthHistory", "HealthPast", "ProjectHealth", "Rollup", "RollupFields", "RollupHistory",
    "Threshold",
]  # fmt: skip

RAG_CHOICES = [
    (Rag.GREEN.value, _("On track")),
    (Rag.AMBER.value, _("At risk")),
    (Rag.RED.value, _("Off track")),
    (Rag.GREY.value, _("Not rated")),
]


def rag_field(label: Any, **more: Any) -> models.CharField:
    return models.CharField(label, max_length=5, choices=RAG_CHOICES, default=Rag.GREY.value, **more)


class HealthFields(models.Model):
    """What a project was on a given day, as reported and as computed: a self-contained photograph.

    Money in the project's currency; slips in calendar days; percentages ×100; levels 1–25. None means unknown, never zero.
    """

    reported: ClassVar[bool] = True
    not_recorded: ClassVar[str] = "Computed from what is recorded, and kept with its own validity."

    code = models.CharField(max_length=60)
    external_ref = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=300)
    name_en = models.CharField(max_length=300, blank=True)
    # What was reported stays: a container in which a project was ever photographed cannot be deleted. The indexes below serve
    # these keys as well; one more of their own would only make every write dearer.
    node = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", db_index=False)
    portfolio = models.ForeignKey(Node, on_delete=models.PROTECT, related_name="+", db_index=False)
    path = models.CharField(max_length=440, db_collation="C")
    confidential = models.BooleanField(default=False)
    counted = models.BooleanField(default=True)  # False for a part of another project: the whole carries the figures
    state = models.CharField(max_length=10, choices=Project.State)
    phase = models.CharField(max_length=80, blank=True)
    manager_id = models.BigIntegerField(null=True)
    manager_name = models.CharField(max_length=200, blank=True)
    key_message = models.CharField(max_length=140, blank=True)
    must_win = models.BooleanField(default=False)
    priority = models.PositiveSmallIntegerField(null=True)  # older photographs keep none
    declared = models.CharField(max_length=14, blank=True)
    declared_label = models.CharField(max_length=200, blank=True)
    declared_rag = rag_field(_("declared colour"))
    declared_on = models.DateField(null=True)
    trend = models.CharField(max_length=4, blank=True)
    computed = rag_field(_("computed colour"))
    gap = models.SmallIntegerField(null=True)
    schedule = rag_field(_("schedule"))
    cost = rag_field(_("cost"))
    risk = rag_field(_("risks"))
    freshness = rag_field(_("data age"))
    resources = rag_field(_("resources"), db_default=Rag.GREY.value)  # younger than the others
    reasons = models.JSONField(default=list)
    start_date = models.DateField(null=True)
    baseline_start = models.DateField(null=True)
    baseline_end = models.DateField(null=True)
    forecast_end = models.DateField(null=True)
    slip_days = models.IntegerField(null=True)
    slip_percent = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    percent_complete = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    budget = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    eac = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    committed = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    actual = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    year_budget = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    year_forecast = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    cost_variance = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    cost_variance_percent = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3)
    open_risks = models.PositiveIntegerField(default=0)
    max_risk = models.PositiveSmallIntegerField(null=True)
    late_milestones = models.PositiveIntegerField(default=0)
    next_milestone = models.CharField(max_length=300, blank=True)
    next_milestone_en = models.CharField(max_length=300, blank=True, db_default="")
    next_milestone_date = models.DateField(null=True)
    next_milestone_slip = models.IntegerField(null=True)
    data_date = models.DateField(null=True)

    class Meta:
        abstract = True

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_en if self.name_en and get_language() == "en" else self.name

    @property
    def next_milestone_label(self) -> str:
        """The next milestone in the reader's language; '' when none is open."""
        return self.next_milestone_en if self.next_milestone_en and get_language() == "en" else self.next_milestone


@vocabulary.kept
class ProjectHealth(HealthFields):
    """The current state; `computed_at` is when this row last changed."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="health")
    computed_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["path"], name="health_path"),
            models.Index(fields=["portfolio", "code"], name="health_portfolio_code"),
            models.Index(
                fields=["node", "code"], name="health_node_code"
            ),  # lists are grouped by container, whatever the size
        ]


@vocabulary.kept
class HealthPast(HealthFields):
    """A state that is over: true from `valid_from` (included) to `valid_to` (excluded). Written once, never changed."""

    # What was reported stays: a project that a past day shows is not deleted (projects.delete_project says what to do instead).
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project", "-valid_from"], name="history_of_project"),
            models.Index(fields=["portfolio", "valid_from"], name="history_of_portfolio"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(valid_to__gt=models.F("valid_from")), name="history_ends_after_it_starts"
            ),
        ]


class HistoryQuerySet(ScopedQuerySet):
    def at(self, moment: object) -> "HistoryQuerySet":
        """The rows that were true at this moment (timezone-aware)."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=moment), valid_from__lte=moment)


class HealthHistory(HealthFields):
    """Every state, past and present, to be read: `HealthPast` and `ProjectHealth` in one view (reporting.health.timeline).

    True from `valid_from` (included) to `valid_to` (excluded; None: still true).
    """

    id = models.BigIntegerField(primary_key=True)
    project = models.ForeignKey(Project, models.DO_NOTHING, related_name="health_history", db_constraint=False)
    node = models.ForeignKey(Node, models.DO_NOTHING, related_name="+", db_constraint=False)
    portfolio = models.ForeignKey(Node, models.DO_NOTHING, related_name="+", db_constraint=False)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    objects = HistoryQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "reporting_healthhistory"


@vocabulary.kept
class Threshold(Stamped):
    """Where amber and red start for one measure: for the organisation (no node) or a subtree, of any size or of one class.

    Applied in this order, the last one wins: organisation, containers from the top down, then the same again for the size
    of the project; the project's own tolerance widens the result.
    """

    class Key(models.TextChoices):
        SLIP = "slip_percent", _("Slippage, % of the baseline duration")
        MILESTONE = "milestone_days", _("Key milestone late, working days")
        COST = "cost_percent", _("Forecast over budget, %")
        RISK = "risk_level", _("Highest residual risk level (1–25)")
        AGE = "age_days", _("Age of the data, days")
        UNSTAFFED = "unstaffed_percent", _("Firm requests of the next 3 months without anybody, %")
        OVERLOAD = "overload_percent", _("Too much work of somebody named, % of their capacity in 3 months")

    node = models.ForeignKey(
        Node,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="thresholds",
        verbose_name=_("portfolio or programme"),
    )
    size = models.CharField(_("size"), max_length=2, choices=Project.Size, blank=True, default="", db_default="")
    key = models.CharField(_("measure"), max_length=20, choices=Key)
    amber = models.DecimalField(_("amber above"), max_digits=8, decimal_places=2)
    red = models.DecimalField(_("red above"), max_digits=8, decimal_places=2)

    record = Record(label=("key",))

    class Meta:
        verbose_name = _("threshold")
        verbose_name_plural = _("thresholds")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["node", "size", "key"], nulls_distinct=False, name="threshold_one_per_scope"
            ),
            models.CheckConstraint(
                condition=Q(red__gte=models.F("amber"), amber__gte=0), name="threshold_red_after_amber"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_key_display()}"
