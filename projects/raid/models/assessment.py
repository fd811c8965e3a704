"""Independent reviews: how confident somebody who does not answer for a project is that it will deliver (domain.md BR-26)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped
from projects.hierarchy.declared import WORDS, Level, rag_of, ranks_below, word_of
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access, ScopedQuerySet
from projects.resources.models import Person

DCA5, DCA3 = "dca5", "dca3"
MANY_RANKS = 2  # below what is declared from which it is an exception (BR-26)


class AssessmentQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any) -> Self:
        """A released one is read by fewer than the project, a draft by fewer still (domain.md §8.4)."""
        access = Access.of(user)
        released = Q(state=Assessment.State.RELEASED) & access.projects(self.project_path, group="assessments")
        return self.filter(released | access.projects(self.project_path, group="assessment_drafts"))

    def in_force(self, at: datetime | None = None) -> Self:
        """The last released one of each project, now or as at an instant."""
        known = Q(state=Assessment.State.RELEASED) & (Q(released_at__lte=at) if at else Q())
        newer = Q(released_at__gt=OuterRef("released_at")) | Q(
            released_at=OuterRef("released_at"), pk__gt=OuterRef("pk")
        )
        later = Assessment.objects.filter(known & newer, project=OuterRef("project"))
        return self.filter(known & ~Exists(later))


@vocabulary.kept
class Assessment(Stamped):
    """A delivery confidence assessment (DCA). A draft until it is released; then nobody changes it, and the next one takes over.

    `summary` says why, `recommendations` what to do about it; `reviewer` or `reviewer_name` who judged.
    """

    class Scale(models.TextChoices):
        DCA5 = DCA5, _("Five levels")
        DCA3 = DCA3, _("Three levels")

    class Rating(models.TextChoices):
        GREEN = Level.GREEN.value, Level.GREEN.label
        AMBER_GREEN = Level.AMBER_GREEN.value, Level.AMBER_GREEN.label
        AMBER = Level.AMBER.value, Level.AMBER.label
        AMBER_RED = Level.AMBER_RED.value, Level.AMBER_RED.label
        RED = Level.RED.value, Level.RED.label

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("review", "Draft")
        RELEASED = "released", pgettext_lazy("review", "Released")

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="assessments", verbose_name=_("project")
    )
    scale = models.CharField(_("scale"), max_length=4, choices=Scale, default=Scale.DCA5)
    rating = models.CharField(_("delivery confidence"), max_length=11, choices=Rating)
    assessed_on = models.DateField(_("assessed on"))
    reviewer = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewer")
    )
    reviewer_name = models.CharField(_("reviewer, in words"), max_length=120, blank=True)
    summary = models.TextField(_("why"), max_length=1000)
    recommendations = models.TextField(_("recommendations"), max_length=4000, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)

    objects = AssessmentQuerySet.as_manager()
    record = Record(label=("scale", "rating"))

    class Meta:
        verbose_name = _("independent review")
        verbose_name_plural = _("independent reviews")
        ordering = ("project_id", "pk")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project", "-released_at"], name="assessment_of_project"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(scale=DCA3) | Q(rating__in=list(WORDS[DCA3])),
                name="assessment_rating_is_of_its_scale",
            ),
            models.CheckConstraint(
                condition=(~Q(state="draft") | Q(released_at__isnull=True))
                & (~Q(state="released") | Q(released_at__isnull=False)),
                name="assessment_released_at_with_its_state",
            ),
            models.CheckConstraint(
                condition=Q(reviewer__isnull=False) | ~Q(reviewer_name=""), name="assessment_says_who_reviewed"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Its rating in the words of its scale."""
        return word_of(self.rating, self.scale)

    @property
    def rag(self) -> str:
        return rag_of(self.rating).value

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    def far_below(self, declared: str) -> bool:
        """Whether it is so much worse than this declared level that it is an exception."""
        return (ranks_below(self.rating, declared) or 0) >= MANY_RANKS

    @property
    def judge(self) -> str:
        """Who judged, in words."""
        return self.reviewer.name if self.reviewer else self.reviewer_name
