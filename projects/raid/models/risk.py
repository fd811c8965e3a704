"""Risks: likelihood × impact, before and after the response."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import ScopedQuerySet
from projects.raid.models.entry import Entry, owned_by, reference_once, scale


@vocabulary.kept
class Risk(Entry):
    """A threat or an opportunity. Level = probability × impact, each 1–5 (PM² guide v3.1, appendix C4)."""

    class Kind(models.TextChoices):
        THREAT = "threat", _("Threat")
        OPPORTUNITY = "opportunity", _("Opportunity")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        ASSESSING = "assessing", _("Being assessed")
        APPROVAL = "approval", _("Waiting for approval")
        ACTIVE = "active", _("Active")
        REJECTED = "rejected", _("Rejected")
        CLOSED = "closed", _("Closed")

    class Response(models.TextChoices):
        AVOID = "avoid", _("Avoid")
        REDUCE = "reduce", _("Reduce")
        ACCEPT = "accept", _("Accept")
        TRANSFER = "transfer", _("Transfer or share")
        EXPLOIT = "exploit", _("Exploit")
        ENHANCE = "enhance", _("Enhance")

    letter = "R"
    OPEN: ClassVar[tuple[str, ...]] = (Status.PROPOSED, Status.ASSESSING, Status.APPROVAL, Status.ACTIVE)

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="risks")
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind, default=Kind.THREAT)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.ACTIVE)
    probability = scale(_("likelihood"))
    impact = scale(_("impact"))
    residual_probability = scale(_("residual likelihood"), null=True, blank=True)
    residual_impact = scale(_("residual impact"), null=True, blank=True)
    owner = owned_by()
    response = models.CharField(_("response"), max_length=8, choices=Response, blank=True)
    response_note = models.TextField(_("response plan"), blank=True)
    due_date = models.DateField(_("due"), null=True, blank=True)
    last_reviewed_on = models.DateField(_("last reviewed"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("risk")
        verbose_name_plural = _("risks")
        ordering = ("project_id", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(probability__range=(1, 5), impact__range=(1, 5)), name="risk_inherent_1_to_5"
            ),
            models.CheckConstraint(
                condition=(Q(residual_probability__isnull=True) & Q(residual_impact__isnull=True))
                | Q(
                    residual_probability__isnull=False,
                    residual_impact__isnull=False,
                    residual_probability__range=(1, 5),
                    residual_impact__range=(1, 5),
                ),
                name="risk_residual_1_to_5_or_absent",
            ),
            reference_once("risk"),
        ]

    @property
    def level(self) -> int:
        """Inherent level, 1–25."""
        return self.probability * self.impact

    @property
    def residual_level(self) -> int:
        """Level after the response, 1–25; the inherent level while no residual was assessed."""
        if self.residual_probability is None or self.residual_impact is None:
            return self.level
        return self.residual_probability * self.residual_impact
