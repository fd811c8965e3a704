"""What projects ask of people, and what they were given: by month, in days or in per cent, before a name and after."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped, User
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import ScopedQuerySet


@vocabulary.kept
class Allocation(Stamped):
    """A request for a role, perhaps with a skill, and the answer to it.

    `requested → proposed → confirmed`, or `refused`; a confirmed one whose months its project changes is `changed` until it is
    answered again, and what was granted stays granted meanwhile. Two people for one request are two allocations: the second has
    the first as `origin`, and they share its days, so that sums need no care.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("allocation", "Requested")
        PROPOSED = "proposed", pgettext_lazy("allocation", "Proposed")
        CONFIRMED = "confirmed", pgettext_lazy("allocation", "Confirmed")
        CHANGED = "changed", pgettext_lazy("allocation", "Changed")
        REFUSED = "refused", pgettext_lazy("allocation", "Refused")

    class Firmness(models.TextChoices):
        HARD = "hard", pgettext_lazy("allocation", "Hard")
        TENTATIVE = "tentative", pgettext_lazy("allocation", "Tentative")

    class Measure(models.TextChoices):
        DAYS = "days", pgettext_lazy("allocation", "Days")
        PERCENT = "percent", pgettext_lazy("allocation", "% of working time")

    WAITING: ClassVar[tuple[str, ...]] = (Status.REQUESTED, Status.PROPOSED, Status.CHANGED)
    GRANTED: ClassVar[tuple[str, ...]] = (Status.CONFIRMED, Status.CHANGED)

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="allocations", verbose_name=_("project")
    )
    role = models.ForeignKey(
        "projects.Role", on_delete=models.PROTECT, related_name="allocations", verbose_name=_("role")
    )
    skill = models.ForeignKey(
        "projects.Skill", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("skill")
    )
    level = models.PositiveSmallIntegerField(
        _("level"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    unit = models.ForeignKey(  # whom it is asked of; or the supplier's team that takes it without a name
        "projects.Unit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="allocations",
        verbose_name=_("asked of"),
    )
    person = models.ForeignKey(
        "projects.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="allocations",
        verbose_name=_("person"),
    )
    firmness = models.CharField(_("firmness"), max_length=9, choices=Firmness, default=Firmness.HARD)
    measure = models.CharField(_("measured in"), max_length=7, choices=Measure, default=Measure.DAYS)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.REQUESTED)
    note = models.TextField(_("what for"), blank=True)
    answer = models.TextField(_("answer"), blank=True)
    asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("asked by")
    )
    asked_on = models.DateField(_("asked on"))
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("answered by")
    )
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    origin = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="parts", verbose_name=_("split from")
    )
    external_ref = models.CharField(_("external reference"), max_length=200, blank=True, db_default="")

    objects = ScopedQuerySet.as_manager()
    record = Record(label=("role__name", "person__name"))

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        ordering = ("project_id", "pk")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["status", "asked_on"], name="allocation_waiting"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(skill__isnull=False, level__range=(1, 5)),
                name="allocation_level_is_of_a_skill",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("proposed", "confirmed", "changed"))
                | Q(person__isnull=False)
                | Q(unit__isnull=False),
                name="allocation_answer_has_a_name",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("confirmed", "refused")) | Q(answered_on__isnull=False),
                name="allocation_answer_has_its_day",
            ),
            models.UniqueConstraint(
                fields=["project", "external_ref"],
                condition=~Q(external_ref=""),
                name="allocation_external_ref_unique_in_project",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} · {self.person}" if self.person else str(self.role)


class AllocationMonth(Stamped):
    """What was asked and what was granted for a month (its first day), in the measure of the allocation.

    `granted` is null until somebody answered for that month; 0 is a refusal of that month. Per cent is of the working time of
    the person, of one full-time equivalent where nobody is named: 300 is three of a role, and too much of one person.
    """

    allocation = models.ForeignKey(
        Allocation, on_delete=models.CASCADE, related_name="months", verbose_name=_("allocation")
    )
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")  # that of the allocation
    month = models.DateField(_("month"))
    asked = models.DecimalField(_("asked"), max_digits=7, decimal_places=2, validators=[MinValueValidator(0)])
    granted = models.DecimalField(
        _("granted"), max_digits=7, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )

    objects = ScopedQuerySet.as_manager()
    record = Record(label=("allocation__role__name", "month"))

    class Meta:
        verbose_name = _("month of an allocation")
        verbose_name_plural = _("months of allocations")
        ordering = ("allocation_id", "month")
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["month"], name="allocation_month_by_month")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["allocation", "month"], name="allocation_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="allocation_month_is_a_first"),
            models.CheckConstraint(
                condition=Q(asked__gte=0) & (Q(granted__isnull=True) | Q(granted__gte=0)),
                name="allocation_month_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
