"""Dependencies between projects: one gives something that another needs by a day (domain.md §2.9.7)."""

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access, ScopedQuerySet
from projects.planning.models import Milestone
from projects.raid.models.entry import Entry
from projects.resources.models import Person

RECEIVER, SUPPLIER = SIDES = ("receiver", "supplier")


class Standing(models.TextChoices):
    """How a dependency goes: what is declared of it (its status), and what it counts as once its dates are looked at."""

    ON_TRACK = "on_track", pgettext_lazy("dependency", "On track")
    AT_RISK = "at_risk", pgettext_lazy("dependency", "At risk")
    LATE = "late", pgettext_lazy("dependency", "Late")
    DELIVERED = "delivered", pgettext_lazy("dependency", "Delivered")


WORST_FIRST = (Standing.LATE, Standing.AT_RISK, Standing.ON_TRACK, Standing.DELIVERED)
ENDANGERED = (Standing.LATE, Standing.AT_RISK)


class DependencyQuerySet(ScopedQuerySet):
    project_path = RECEIVER

    def visible_to(self, user: Any) -> Self:
        """Those of which one side is visible; what the other side holds is for `seen_whole_by`."""
        access = Access.of(user)
        return self.filter(access.projects(RECEIVER) | access.projects(SUPPLIER))

    def seen_whole_by(self, user: Any) -> Self:
        """Those of which both sides are visible."""
        access = Access.of(user)
        return self.filter(access.projects(RECEIVER) & access.projects(SUPPLIER))

    def open(self) -> Self:
        return self.exclude(status=InterProjectDependency.Status.DELIVERED)

    def with_standing(self, on: date) -> Self:
        """The rows with what counts on a day.

        `milestone_day`: when the supplier's milestone was reached, else is forecast, else its baseline. `promise`: the promise,
        else that day. `standing`: late when declared late, promised after the need, or needed in the past; at risk when declared
        so, when the milestone lies after the need although something earlier is promised, or when the promised day passed
        with no milestone reached. `comes`: when it came, else the promise, today at the earliest. `rank`: the worst first.
        """
        reached = "supplier_milestone__actual_date", "supplier_milestone__forecast_date"
        days = self.annotate(milestone_day=Coalesce(*reached, "supplier_milestone__baseline_date"))
        days = days.annotate(promise=Coalesce("promised_on", "milestone_day"))
        late = Q(status=Standing.LATE) | Q(promise__gt=F("needed_by")) | Q(needed_by__lt=on)
        broken = Q(promise__lt=on, supplier_milestone__actual_date__isnull=True)
        at_risk = Q(status=Standing.AT_RISK) | Q(milestone_day__gt=F("needed_by")) | broken
        found = ((Q(status=Standing.DELIVERED), Standing.DELIVERED), (late, Standing.LATE), (at_risk, Standing.AT_RISK))
        soonest = When(promise__isnull=False, then=Greatest("promise", Value(on, output_field=models.DateField())))
        return days.annotate(
            comes=Case(When(delivered_on__isnull=False, then="delivered_on"), soonest, output_field=models.DateField()),
            standing=Case(*(When(q, then=Value(one.value)) for q, one in found), default=Value(Standing.ON_TRACK.value),
                          output_field=models.CharField()),
            rank=Case(*(When(q, then=Value(WORST_FIRST.index(one))) for q, one in found),
                      default=Value(WORST_FIRST.index(Standing.ON_TRACK)), output_field=models.IntegerField()),
        )  # fmt: skip


def of_side(label: Any) -> "models.ForeignKey[Milestone | None, Milestone | None]":
    """A milestone of one side; the database keeps out those of other projects."""
    return models.ForeignKey(
        Milestone, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=label
    )


def answers_for(label: Any) -> "models.ForeignKey[Person | None, Person | None]":
    return models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=label
    )


@vocabulary.kept
class InterProjectDependency(Entry):
    """`supplier` gives what `receiver` needs by `needed_by`; numbered in the register of who needs it (L1, L2…).

    What was promised counts; where nothing was, the day of the supplier's milestone does. It has two projects and is told in the
    history of neither: its own history is for who sees both, and nothing else tells one side what the other holds.
    """

    Status = Standing
    letter = "L"
    OPEN: ClassVar[tuple[str, ...]] = (Standing.ON_TRACK, Standing.AT_RISK, Standing.LATE)
    ENDED: ClassVar[tuple[str, ...]] = (Standing.DELIVERED,)

    receiver = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="needs", verbose_name=_("project that needs it")
    )
    supplier = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="gives", verbose_name=_("project that gives it")
    )
    title = models.CharField(_("what is given"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Standing, default=Standing.ON_TRACK)
    needed_by = models.DateField(pgettext_lazy("dependency", "needed by"))
    promised_on = models.DateField(_("promised for"), null=True, blank=True)
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    receiver_milestone = of_side(_("milestone that needs it"))
    supplier_milestone = of_side(_("milestone that gives it"))
    receiver_owner = answers_for(_("who needs it"))
    supplier_owner = answers_for(_("who gives it"))

    objects = DependencyQuerySet.as_manager()
    record = Record(inside=True)

    class Meta:
        verbose_name = _("dependency between projects")
        verbose_name_plural = _("dependencies between projects")
        ordering = ("receiver_id", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(supplier=F(RECEIVER)), name="dependency_has_two_projects"),
            models.CheckConstraint(
                condition=(Q(delivered_on__isnull=True) | Q(status="delivered"))
                & (Q(delivered_on__isnull=False) | ~Q(status="delivered")),
                name="dependency_delivered_on_once_delivered",
            ),
            models.UniqueConstraint(
                fields=[RECEIVER, "external_ref"],
                condition=~Q(external_ref=""),
                name="dependency_external_ref_unique_in_receiver",
            ),
        ]

    @property
    def project(self) -> Project:
        """The project whose register it is in: rights are asked there unless something else is said."""
        return self.receiver

    @property
    def project_id(self) -> int:
        return self.receiver_id
