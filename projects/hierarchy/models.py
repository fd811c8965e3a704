"""Portfolio → Programme → Project: one tree of any depth.

Containers (portfolios and programmes) are rows of `Node` (projects.hierarchy.nodes); projects hang off them.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped
from projects.hierarchy import priorities
from projects.hierarchy.currencies import validate_currency
from projects.hierarchy.declared import Level
from projects.hierarchy.nodes import Named, Node, NodeQuerySet, Portfolio, Programme
from projects.hierarchy.visibility import ScopedQuerySet

__all__ = ["Named", "Node", "NodeQuerySet", "Portfolio", "Programme", "Project", "ProjectQuerySet"]


class ProjectQuerySet(ScopedQuerySet):
    project_path = ""

    def below(self, node: Node) -> ProjectQuerySet:
        """Every project below the container, whatever the depth: one index range."""
        return self.filter(path__startswith=node.path)

    def counted(self) -> ProjectQuerySet:
        """The projects that portfolio figures count: still in the portfolio, and not a part of another project."""
        return self.filter(parent__isnull=True, left_on__isnull=True)


@vocabulary.kept
class Project(Stamped, Named):
    """A project and its current facts (domain.md §8.2). Dates are calendar days; percentages run from 0 to 100."""

    known_at: datetime | None = None  # shown as of a past day: until when what stands beside it was known

    class State(models.TextChoices):
        INITIATING = "initiating", _("Initiating")
        PLANNING = "planning", _("Planning")
        EXECUTING = "executing", _("Executing")
        CLOSING = "closing", _("Closing")
        CLOSED = "closed", _("Closed")
        SUSPENDED = "suspended", _("On hold")
        STOPPED = "stopped", _("Stopped")

    class Size(models.TextChoices):
        S = "S", "S"
        M = "M", "M"
        L = "L", "L"
        XL = "XL", "XL"

    class DeliveryMode(models.TextChoices):
        PREDICTIVE = "predictive", _("Predictive")
        AGILE = "agile", _("Agile")
        HYBRID = "hybrid", _("Hybrid")

    class InvestmentClass(models.TextChoices):
        RUN = "run", _("Run")
        GROW = "grow", _("Grow")
        TRANSFORM = "transform", _("Transform")

    class Confidentiality(models.TextChoices):
        PUBLIC = "public", _("Public")
        CONFIDENTIAL = "confidential", _("Confidential")

    class Trend(models.TextChoices):
        UP = "up", _("Improving")
        FLAT = "flat", _("Stable")
        DOWN = "down", _("Worsening")

    instead_of_deleting = _("Close it, stop it, or enter the day it left the portfolio instead.")
    ACTIVE: ClassVar[tuple[str, ...]] = (State.INITIATING, State.PLANNING, State.EXECUTING, State.CLOSING)
    OVER: ClassVar[tuple[str, ...]] = (State.CLOSED, State.STOPPED)

    code = models.CharField(_("code"), max_length=60)
    external_ref = models.CharField(_("external reference"), max_length=200, blank=True)
    short_name = models.CharField(_("short name"), max_length=60, blank=True)
    description = models.TextField(_("description"), blank=True)
    node = models.ForeignKey(
        Node, on_delete=models.PROTECT, related_name="projects", verbose_name=_("portfolio or programme")
    )
    portfolio = models.ForeignKey(
        Node, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("portfolio")
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of")
    )
    path = models.CharField(max_length=440, db_collation="C", editable=False, default="")

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.INITIATING)
    resume_date = models.DateField(_("resume date"), null=True, blank=True)
    phase = models.CharField(_("phase"), max_length=80, blank=True)
    size = models.CharField(_("size"), max_length=2, choices=Size, blank=True)
    delivery_mode = models.CharField(_("delivery mode"), max_length=10, choices=DeliveryMode, blank=True)
    category = models.CharField(_("category"), max_length=120, blank=True)
    investment_class = models.CharField(_("investment class"), max_length=10, choices=InvestmentClass, blank=True)
    must_win = models.BooleanField(_("must-win"), default=False)
    priority = models.PositiveSmallIntegerField(
        _("priority"),
        null=True,
        blank=True,
        validators=[MinValueValidator(priorities.LOWEST), MaxValueValidator(priorities.HIGHEST)],
    )
    confidentiality = models.CharField(
        _("confidentiality"), max_length=12, choices=Confidentiality, default=Confidentiality.PUBLIC
    )

    sponsor = models.ForeignKey(
        "projects.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sponsor")
    )
    business_manager = models.ForeignKey(
        "projects.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("business manager"),
    )
    delivery_head = models.ForeignKey(
        "projects.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("delivery head"),
    )
    project_manager = models.ForeignKey(
        "projects.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="managed_projects",
        verbose_name=_("project manager"),
    )
    pmo_referent = models.ForeignKey(
        "projects.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("PMO contact"),
    )

    tolerance_time = models.DecimalField(
        _("schedule tolerance, points"), max_digits=5, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    tolerance_cost = models.DecimalField(
        _("cost tolerance, points"), max_digits=5, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    start_date = models.DateField(_("start"), null=True, blank=True)
    baseline_start = models.DateField(_("baseline start"), null=True, blank=True)
    baseline_end = models.DateField(_("baseline end"), null=True, blank=True)
    baseline_end_first = models.DateField(_("first baseline end"), null=True, blank=True, editable=False)
    forecast_end = models.DateField(_("forecast end"), null=True, blank=True)
    actual_end = models.DateField(_("actual end"), null=True, blank=True)
    percent_complete = models.DecimalField(
        _("physical % complete"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[validate_currency])

    declared = models.CharField(_("declared status"), max_length=14, choices=Level, blank=True)
    declared_label = models.CharField(_("declared status as published"), max_length=200, blank=True)
    declared_on = models.DateField(_("declared on"), null=True, blank=True)
    declared_trend = models.CharField(_("trend"), max_length=4, choices=Trend, blank=True)
    key_message = models.CharField(_("key message"), max_length=140, blank=True)
    confidential_note = models.TextField(_("confidential note"), max_length=2000, blank=True, db_default="")
    back_to_green = models.DateField(_("back-to-green date"), null=True, blank=True)
    left_on = models.DateField(_("left the portfolio on"), null=True, blank=True)
    data_date = models.DateField(_("date of the data"), null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    # Triggers derive the first two. Every edit of a milestone, budget line or risk moves the data date: that is no edit of it.
    record = Record(project="pk", without=("portfolio", "baseline_end_first", "data_date"))

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        indexes = [
            models.Index(fields=["path"], name="project_path"),
            models.Index(fields=["portfolio", "code"], name="project_portfolio_code"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["portfolio", "code"], name="project_code_unique_in_portfolio"),
            models.UniqueConstraint(
                fields=["portfolio", "external_ref"],
                condition=~Q(external_ref=""),
                name="project_external_ref_unique_in_portfolio",
            ),
            models.CheckConstraint(
                condition=Q(percent_complete__isnull=True) | Q(percent_complete__range=(0, 100)),
                name="project_percent_between_0_and_100",
            ),
            models.CheckConstraint(
                condition=Q(priority__isnull=True) | Q(priority__range=(1, 5)), name="project_priority_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(baseline_start__isnull=True)
                | Q(baseline_end__isnull=True)
                | Q(baseline_end__gte=F("baseline_start")),
                name="project_baseline_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=~Q(state="suspended") | Q(resume_date__isnull=False), name="project_on_hold_has_a_resume_date"
            ),
        ]

    def get_absolute_url(self) -> str:
        """Its overview, built by the floor that measures: the address is the contract, not an import."""
        return f"/projects/{self.pk}/"

    @property
    def is_confidential(self) -> bool:
        """Only named members and the PMO may know it exists."""
        return self.confidentiality == self.Confidentiality.CONFIDENTIAL

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    @property
    def goes_on(self) -> bool:
        """Neither closed, stopped nor gone from its portfolio: it may ask for people."""
        return self.left_on is None and self.state not in self.OVER
