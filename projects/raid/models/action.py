"""Actions: what somebody is to do by a day."""

from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core import vocabulary
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import ScopedQuerySet
from projects.raid.models.entry import Entry, owned_by, reference_once, scale

ORIGINS = ("risk", "issue", "decision")


@vocabulary.kept
class Action(Entry):
    """Something to do. It may come from one risk, issue or decision of its project; when that is deleted, it stays."""

    class Status(models.TextChoices):
        TO_DO = "to_do", pgettext_lazy("action", "To do")
        IN_PROGRESS = "in_progress", pgettext_lazy("action", "In progress")
        DONE = "done", pgettext_lazy("action", "Done")
        CANCELLED = "cancelled", pgettext_lazy("action", "Cancelled")

    letter = "A"
    OPEN: ClassVar[tuple[str, ...]] = (Status.TO_DO, Status.IN_PROGRESS)

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="actions")
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(_("status"), max_length=11, choices=Status, default=Status.TO_DO)
    priority = scale(_("priority"), default=3)
    owner = owned_by()
    due_date = models.DateField(_("due"), null=True, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    percent_complete = models.PositiveSmallIntegerField(
        _("progress in %"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    risk = models.ForeignKey(
        "projects.Risk",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="actions",
        verbose_name=_("risk"),
    )
    issue = models.ForeignKey(
        "projects.Issue",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="actions",
        verbose_name=_("issue"),
    )
    decision = models.ForeignKey(
        "projects.Decision",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="actions",
        verbose_name=_("decision"),
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("register", "action")
        verbose_name_plural = pgettext_lazy("register", "actions")
        ordering = ("project_id", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(priority__range=(1, 5)), name="action_priority_1_to_5"),
            models.CheckConstraint(
                condition=Q(percent_complete__isnull=True)
                | Q(percent_complete__isnull=False, percent_complete__range=(0, 100)),
                name="action_percent_between_0_and_100",
            ),
            models.CheckConstraint(
                condition=(Q(done_on__isnull=True) | Q(status="done")) & (Q(done_on__isnull=False) | ~Q(status="done")),
                name="action_done_on_once_done",
            ),
            models.CheckConstraint(
                condition=Q(risk__isnull=True, issue__isnull=True)
                | Q(risk__isnull=True, decision__isnull=True)
                | Q(issue__isnull=True, decision__isnull=True),
                name="action_has_one_origin_at_most",
            ),
            reference_once("action"),
        ]

    @property
    def origin(self) -> Entry | models.Model | None:
        """The risk, issue or decision it comes from."""
        return self.risk or self.issue or self.decision
