"""Sums per container as stored: now, and at the end of each day on which they changed."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from projects.hierarchy.models import Node


class RollupFields(models.Model):
    """Sums over the counted projects below a container. Ratios are made from these sums, never from means of ratios.

    `*_known` and `compared` count the projects that carry the figures, so that a sum never hides what is missing. Money in
    another currency than the container's is left out of its sums; `other_currency` counts those projects.
    """

    projects = models.IntegerField(default=0)
    active = models.IntegerField(default=0)
    green = models.IntegerField(default=0)
    amber = models.IntegerField(default=0)
    red = models.IntegerField(default=0)
    grey = models.IntegerField(default=0)
    hold = models.IntegerField(default=0)
    declared_green = models.IntegerField(default=0)
    declared_amber = models.IntegerField(default=0)
    declared_red = models.IntegerField(default=0)
    declared_grey = models.IntegerField(default=0)
    optimistic = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    slip_days = models.BigIntegerField(default=0)
    slip_known = models.IntegerField(default=0)
    budget = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    budget_known = models.IntegerField(default=0)
    eac = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    eac_known = models.IntegerField(default=0)
    compared_budget = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    compared_eac = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    compared = models.IntegerField(default=0)
    actual = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    open_risks = models.IntegerField(default=0)
    high_risks = models.IntegerField(default=0)
    other_currency = models.IntegerField(default=0)

    not_recorded: ClassVar[str] = "Sums of what is recorded."

    class Meta:
        abstract = True


class Audience(models.TextChoices):
    OPEN = "open", _("without confidential projects")
    FULL = "full", _("with confidential projects")


@vocabulary.kept
class Rollup(RollupFields):
    """The sums of a container now. `changed_at` moves whenever a project below changes: open pages poll it."""

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="rollups")
    audience = models.CharField(max_length=4, choices=Audience)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["node", "audience"], name="rollup_one_per_audience")
        ]


@vocabulary.kept
class RollupHistory(RollupFields):
    """The sums of a container at the end of a day on which they changed."""

    node = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="rollup_history")
    audience = models.CharField(max_length=4, choices=Audience)
    day = models.DateField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["node", "audience", "day"], name="rollup_history_one_a_day")
        ]
