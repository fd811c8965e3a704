"""Issues: what is in the way today."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core import vocabulary
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import ScopedQuerySet
from projects.raid.models.entry import Entry, owned_by, reference_once, scale


@vocabulary.kept
class Issue(Entry):
    """Something that happened and hinders the project. Urgency, impact and size (the effort to resolve it) are 1–5 (PM²)."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("issue", "Open")
        POSTPONED = "postponed", pgettext_lazy("issue", "Postponed")
        RESOLVED = "resolved", pgettext_lazy("issue", "Resolved")
        CLOSED = "closed", pgettext_lazy("issue", "Closed")

    letter = "I"
    OPEN: ClassVar[tuple[str, ...]] = (Status.OPEN, Status.POSTPONED)
    ENDED: ClassVar[tuple[str, ...]] = (Status.RESOLVED, Status.CLOSED)

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="issues")
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.OPEN)
    urgency = scale(_("urgency"), default=3)
    impact = scale(_("impact"), default=3)
    size = scale(_("effort to resolve"), null=True, blank=True)
    owner = owned_by()
    due_date = models.DateField(_("due"), null=True, blank=True)
    closed_on = models.DateField(_("resolved on"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("issue")
        verbose_name_plural = _("issues")
        ordering = ("project_id", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(urgency__range=(1, 5), impact__range=(1, 5))
                & (Q(size__isnull=True) | Q(size__isnull=False, size__range=(1, 5))),
                name="issue_scales_1_to_5",
            ),
            models.CheckConstraint(
                condition=(Q(closed_on__isnull=True) | Q(status__in=("resolved", "closed")))
                & (Q(closed_on__isnull=False) | ~Q(status__in=("resolved", "closed"))),
                name="issue_closed_on_once_resolved",
            ),
            reference_once("issue"),
        ]

    @property
    def level(self) -> int:
        """urgency × impact, 1–25: what comes first."""
        return self.urgency * self.impact
