"""Milestones and the history of what was forecast for them."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped
from projects.hierarchy.models import Named, Project
from projects.hierarchy.visibility import ScopedQuerySet
from projects.resources.models import Person


class Milestone(Stamped, Named):
    """A dated event. Slippage = (actual or forecast) − baseline, in calendar days, positive when late."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="milestones")
    code = models.CharField(_("code"), max_length=60, blank=True)
    external_ref = models.CharField(_("external reference"), max_length=200, blank=True)
    is_key = models.BooleanField(_("key milestone"), default=False)
    is_fixed = models.BooleanField(
        _("fixed date"),
        default=False,
        db_default=False,
        help_text=_("Set by law, by contract or by an event: no plan proposes to move it."),
    )
    weight = models.DecimalField(
        _("weight"), max_digits=6, decimal_places=2, default=1, validators=[MinValueValidator(0)]
    )
    position = models.PositiveIntegerField(_("order"), default=0)
    baseline_date = models.DateField(_("baseline"), null=True, blank=True)
    forecast_date = models.DateField(_("forecast"), null=True, blank=True)
    actual_date = models.DateField(_("actual"), null=True, blank=True)
    owner = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ("project_id", "position", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["project", "external_ref"],
                condition=~models.Q(external_ref=""),
                name="milestone_external_ref_unique_in_project",
            ),
            models.CheckConstraint(condition=models.Q(weight__gte=0), name="milestone_weight_not_negative"),
        ]

    @property
    def expected_date(self) -> object:
        """When it happened, else when it is forecast, else its baseline."""
        return self.actual_date or self.forecast_date or self.baseline_date

    @property
    def slip_days(self) -> int | None:
        """Calendar days after the baseline (negative: ahead); None without a baseline or without a forecast."""
        reached = self.actual_date or self.forecast_date
        return (reached - self.baseline_date).days if reached and self.baseline_date else None


class ForecastQuerySet(ScopedQuerySet):
    project_path = "milestone__project"


class MilestoneForecast(models.Model):
    """What was forecast for a milestone from `recorded_on` until the next row: the milestone trend reads it."""

    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="forecasts")
    forecast_date = models.DateField(_("forecast"), null=True)
    recorded_on = models.DateField(_("recorded on"))

    objects = ForecastQuerySet.as_manager()
    record = Record(label=("milestone__name",), project="milestone__project", beside=True)

    class Meta:
        verbose_name = _("forecast of a milestone")
        ordering = ("milestone_id", "recorded_on")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["milestone", "recorded_on"], name="milestone_forecast_one_a_day")
        ]
