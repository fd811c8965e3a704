"""Decisions: what somebody above the project has to settle, with the options to choose from."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import ScopedQuerySet
from projects.raid import deciding
from projects.raid.models.entry import Entry, reference_once
from projects.resources.models import Person

MOST_OPTIONS = 6
_EITHER = [*deciding.OPEN, deciding.LAPSED]


@vocabulary.kept
class Decision(Entry):
    """A question asked of who may decide it; `outcome` is what they said, even where that was to postpone it.

    `amount_asked` is in the project's currency and belongs to the budget group of fields, as the costs of the options do.
    """

    class Status(models.TextChoices):
        ASKED = deciding.ASKED, pgettext_lazy("decision", "Asked")
        SCHEDULED = deciding.SCHEDULED, pgettext_lazy("decision", "On an agenda")
        TAKEN = deciding.TAKEN, pgettext_lazy("decision", "Taken")
        REFUSED = deciding.REFUSED, pgettext_lazy("decision", "Refused")
        LAPSED = deciding.LAPSED, pgettext_lazy("decision", "No longer needed")

    class Outcome(models.TextChoices):
        GO = "go", pgettext_lazy("outcome", "Go")
        GO_CONDITIONAL = "go_conditional", pgettext_lazy("outcome", "Go under conditions")
        GRANTED = "granted", pgettext_lazy("outcome", "Granted")
        SUSPENDED = "suspended", pgettext_lazy("outcome", "Put on hold")
        STOP = "stop", pgettext_lazy("outcome", "Stop")
        REFUSED = "refused", pgettext_lazy("outcome", "Refused")
        REWORK = "rework", pgettext_lazy("outcome", "To be reworked")
        POSTPONED = "postponed", pgettext_lazy("outcome", "Postponed")

    named = "question"
    letter = "D"
    OPEN: ClassVar[tuple[str, ...]] = deciding.OPEN

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="decisions")
    question = models.CharField(_("question"), max_length=200)
    question_en = models.CharField(_("English question"), max_length=200, blank=True)
    background = models.TextField(_("background"), blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.ASKED)
    needed_by = models.DateField(_("needed by"), null=True, blank=True)
    asked_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    asked_on = models.DateField(_("asked on"))
    committee = models.CharField(_("asked of"), max_length=120, blank=True)
    scheduled_for = models.DateField(_("on the agenda of"), null=True, blank=True)
    amount_asked = models.DecimalField(_("amount asked"), max_digits=18, decimal_places=2, null=True, blank=True)
    recommendation = models.TextField(_("recommendation"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=14, choices=Outcome, blank=True)
    taken_on = models.DateField(_("decided on"), null=True, blank=True)
    decided_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_by_name = models.CharField(_("decided by, in words"), max_length=120, blank=True)
    reason = models.TextField(_("reason or conditions"), blank=True)

    objects = ScopedQuerySet.as_manager()
    record = Record(label=("question",))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("project_id", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=(~Q(status=deciding.TAKEN) | Q(outcome__in=deciding.DECIDING))
                & (~Q(status=deciding.REFUSED) | Q(outcome="refused"))
                & (~Q(status__in=_EITHER) | Q(outcome__in=["", *deciding.WAITING])),
                name="decision_verdict_fits_its_status",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", taken_on__isnull=True, decided_by__isnull=True, decided_by_name="")
                | (~Q(outcome="") & Q(taken_on__isnull=False) & (Q(decided_by__isnull=False) | ~Q(decided_by_name=""))),
                name="decision_says_who_decided_when",
            ),
            models.CheckConstraint(
                condition=~Q(status=deciding.SCHEDULED) | Q(scheduled_for__isnull=False),
                name="decision_on_an_agenda_has_its_day",
            ),
            reference_once("decision"),
        ]

    @property
    def is_decided(self) -> bool:
        return self.status in deciding.DECIDED

    @property
    def due_date(self) -> object:
        """When it is needed, under the name the other registers have for it."""
        return self.needed_by

    @property
    def decider(self) -> str:
        """Who decided, in words."""
        return self.decided_by.name if self.decided_by else self.decided_by_name


class DecisionOption(Stamped):
    """One of the ways to choose from, in its place (1–6); `delay_days` in calendar days, negative when it gains time."""

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="options", verbose_name=_("decision"))
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")  # that of the decision
    position = models.PositiveSmallIntegerField(
        _("order"), validators=[MinValueValidator(1), MaxValueValidator(MOST_OPTIONS)]
    )
    label = models.CharField(_("option"), max_length=200)
    cost = models.DecimalField(_("cost of the option"), max_digits=18, decimal_places=2, null=True, blank=True)
    delay_days = models.IntegerField(
        _("delay in days"), null=True, blank=True, validators=[MinValueValidator(-9999), MaxValueValidator(9999)]
    )
    note = models.TextField(_("note"), blank=True)
    recommended = models.BooleanField(_("recommended"), default=False)

    objects = ScopedQuerySet.as_manager()
    record = Record(label=("label",))

    class Meta:
        verbose_name = _("option of a decision")
        verbose_name_plural = _("options of decisions")
        ordering = ("decision_id", "position")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["decision", "position"], name="decision_option_one_per_place"),
            models.UniqueConstraint(
                fields=["decision"], condition=Q(recommended=True), name="decision_option_one_recommended"
            ),
            models.CheckConstraint(condition=Q(position__range=(1, MOST_OPTIONS)), name="decision_option_place_1_to_6"),
        ]

    def __str__(self) -> str:
        return self.label
