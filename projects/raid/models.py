"""Risks: likelihood × impact, before and after the response."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from pmo_portal.core.models import Stamped
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import ScopedQuerySet
from projects.resources.models import Person

ONE_TO_FIVE = [MinValueValidator(1), MaxValueValidator(5)]


@vocabulary.kept
class Risk(Stamped):
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

    OPEN: ClassVar[tuple[str, ...]] = (Status.PROPOSED, Status.ASSESSING, Status.APPROVAL, Status.ACTIVE)

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="risks")
    code = models.CharField(_("code"), max_length=30, blank=True)
    external_ref = models.CharField(_("external reference"), max_length=200, blank=True)
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind, default=Kind.THREAT)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.ACTIVE)
    probability = models.PositiveSmallIntegerField(_("likelihood"), validators=ONE_TO_FIVE)
    impact = models.PositiveSmallIntegerField(_("impact"), validators=ONE_TO_FIVE)
    residual_probability = models.PositiveSmallIntegerField(
        _("residual likelihood"), null=True, blank=True, validators=ONE_TO_FIVE
    )
    residual_impact = models.PositiveSmallIntegerField(
        _("residual impact"), null=True, blank=True, validators=ONE_TO_FIVE
    )
    owner = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )
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
            models.UniqueConstraint(
                fields=["project", "external_ref"],
                condition=~Q(external_ref=""),
                name="risk_external_ref_unique_in_project",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.title_en if self.title_en and get_language() == "en" else self.title

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
