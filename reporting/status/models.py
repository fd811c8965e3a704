"""The status report of a project for a period, and what a freeze keeps of it for ever (domain.md §7, BR-02 to BR-04, BR-20)."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped, User
from projects.hierarchy.declared import Level, Rag
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import ScopedQuerySet
from projects.raid.models import ONE_TO_FIVE
from projects.resources.models import Person
from reporting.health.models import RAG_CHOICES
from reporting.status.periods_models import (
    AtNodeQuerySet,
    PeriodQuerySet,
    ReportingCalendar,
    ReportingPeriod,
    in_words,
)
from reporting.status.snapshot_models import Snapshot

__all__ = ["AtNodeQuerySet", "PeriodQuerySet", "ReportingCalendar", "ReportingPeriod", "Snapshot", "StatusReport"]

# The dimensions a report judges one by one, in the order of the form. Computed colours exist for schedule, cost and risk.
DIMENSIONS = ("schedule", "cost", "scope", "resources", "risk")
JUDGED = [choice for choice in RAG_CHOICES if choice[0] != Rag.GREY]
PERCENT = [MinValueValidator(0), MaxValueValidator(100)]


class Evidence(models.TextChoices):
    """What a better judgement than the computed one rests on (domain.md VR-03)."""

    MILESTONE = "milestone", _("a milestone")
    DECISION = "decision", _("a decision")
    ASSUMPTION = "assumption", _("an assumption")
    WRONG_DATA = "wrong_data", _("the data are wrong")


def judged(label: Any) -> models.CharField:
    """The colour declared for a dimension; '' while nobody judged it."""
    return models.CharField(label, max_length=5, choices=JUDGED, blank=True)


def said(label: Any) -> models.CharField:
    """The comment of a dimension (VR-05)."""
    return models.CharField(label, max_length=160, blank=True)


def because(label: Any) -> models.CharField:
    """Why a judgement is better than the computed colour (VR-03)."""
    return models.CharField(label, max_length=500, blank=True)


def resting_on(label: Any) -> models.CharField:
    return models.CharField(label, max_length=10, choices=Evidence, blank=True)


class ReportQuerySet(ScopedQuerySet):
    def current(self) -> ReportQuerySet:
        """Of each project and period the last revision."""
        later = StatusReport.objects.filter(
            project=models.OuterRef("project"),
            period=models.OuterRef("period"),
            revision__gt=models.OuterRef("revision"),
        )
        return self.filter(~models.Exists(later))


@vocabulary.kept
class StatusReport(Stamped):
    """What a project manager says of a project for one period. Revision 1 is the report; later ones correct a frozen one.

    `schedule` … `risk` are colours; money is in the project's currency. Repeated parts are JSON: `milestones`
    {id: {"forecast": day, "reached": day, "cause": …, "note": …}}, `risks` {id: "kept" | "closed"}, `highlights` and
    `next_steps` lists of lines, `ask_options` a list of {"label", "recommended"}, `confirmed` {rule: reason} of the warnings that
    were justified.
    """

    class State(models.TextChoices):
        NOT_STARTED = "not_started", _("Not started")
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        TO_CORRECT = "to_correct", _("To correct")
        VALIDATED = "validated", _("Validated by the PMO")
        FROZEN = "frozen", _("Frozen")
        NOT_REPORTED = "not_reported", _("Not reported")

    class Path(models.TextChoices):
        RENEW = "renew", _("Nothing to report")
        EXPRESS = "express", pgettext_lazy("path", "Express")
        FULL = "full", pgettext_lazy("path", "Full")

    EDITABLE: ClassVar[tuple[str, ...]] = (State.NOT_STARTED, State.DRAFT, State.TO_CORRECT)
    RECEIVED: ClassVar[tuple[str, ...]] = (State.SUBMITTED, State.VALIDATED, State.FROZEN)
    OVER: ClassVar[tuple[str, ...]] = (State.FROZEN, State.NOT_REPORTED)

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="reports")
    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="reports")
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    revision_reason = models.CharField(_("reason of the revision"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.NOT_STARTED)
    way = models.CharField(_("path"), max_length=7, choices=Path, blank=True)

    declared = models.CharField(_("delivery confidence"), max_length=14, choices=Level, blank=True)
    declared_reason = because(_("why it is better than computed"))
    declared_evidence = resting_on(_("resting on"))
    trend = models.CharField(_("trend"), max_length=4, choices=Project.Trend, blank=True)
    key_message = models.CharField(_("key message"), max_length=140, blank=True)
    summary = models.TextField(_("summary"), max_length=1000, blank=True)

    schedule = judged(_("schedule"))
    schedule_comment = said(_("comment on the schedule"))
    schedule_reason = because(_("reason for the schedule"))
    schedule_evidence = resting_on(_("evidence for the schedule"))
    cost = judged(_("cost"))
    cost_comment = said(_("comment on the cost"))
    cost_reason = because(_("reason for the cost"))
    cost_evidence = resting_on(_("evidence for the cost"))
    scope = judged(_("scope"))
    scope_comment = said(_("comment on the scope"))
    scope_reason = because(_("reason for the scope"))
    scope_evidence = resting_on(_("evidence for the scope"))
    resources = judged(_("resources"))
    resources_comment = said(_("comment on the resources"))
    resources_reason = because(_("reason for the resources"))
    resources_evidence = resting_on(_("evidence for the resources"))
    risk = judged(_("risks"))
    risk_comment = said(_("comment on the risks"))
    risk_reason = because(_("reason for the risks"))
    risk_evidence = resting_on(_("evidence for the risks"))

    milestones = models.JSONField(_("milestones"), default=dict, blank=True)
    percent_complete = models.DecimalField(
        _("physical % complete"), max_digits=5, decimal_places=2, null=True, blank=True, validators=PERCENT
    )
    percent_reason = models.CharField(_("why progress went back"), max_length=500, blank=True)
    etc = models.DecimalField(
        _("estimate to complete"), max_digits=18, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0)],
    )  # fmt: skip
    exception_cause = models.CharField(_("cause of the exception"), max_length=500, blank=True)
    exception_plan = models.CharField(_("plan to come back"), max_length=500, blank=True)
    highlights = models.JSONField(_("key achievements"), default=list, blank=True)
    next_steps = models.JSONField(_("next steps"), default=list, blank=True)
    risks = models.JSONField(_("risks looked at"), default=dict, blank=True)

    new_risk_title = models.CharField(_("new risk or issue"), max_length=200, blank=True)
    new_risk_kind = models.CharField(
        _("kind"), max_length=5, blank=True, choices=[("risk", _("Risk")), ("issue", _("Issue"))]
    )
    new_risk_probability = models.PositiveSmallIntegerField(
        _("likelihood"), null=True, blank=True, validators=ONE_TO_FIVE
    )
    new_risk_impact = models.PositiveSmallIntegerField(_("impact"), null=True, blank=True, validators=ONE_TO_FIVE)
    new_risk_owner = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )

    ask = models.CharField(
        _("support or decision asked for"), max_length=5, blank=True,
        choices=[("none", pgettext_lazy("support", "None")), ("asked", pgettext_lazy("support", "Asked for"))],
    )  # fmt: skip
    ask_question = models.CharField(_("question"), max_length=300, blank=True)
    ask_options = models.JSONField(_("options"), default=list, blank=True)
    ask_recommendation = models.CharField(_("recommendation"), max_length=300, blank=True)
    ask_needed_by = models.DateField(_("needed by"), null=True, blank=True)
    ask_committee = models.CharField(_("committee"), max_length=120, blank=True)
    ask_amount = models.DecimalField(_("amount at stake"), max_digits=18, decimal_places=2, null=True, blank=True)
    back_to_green = models.DateField(_("back-to-green date"), null=True, blank=True)
    confidential_note = models.CharField(_("confidential note"), max_length=500, blank=True)
    confirmed = models.JSONField(default=dict, blank=True, editable=False)

    sent = models.JSONField(default=dict, blank=True, editable=False)  # what was submitted last (status/sent.py)
    author = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("author")
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    last_typed_at = models.DateTimeField(null=True, blank=True, editable=False)
    entry_seconds = models.PositiveIntegerField(_("entry time, seconds"), default=0)
    reviewer = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    review_comment = models.CharField(_("comment of the PMO"), max_length=1000, blank=True)

    objects = ReportQuerySet.as_manager()
    record = Record(
        label=("project__code", "period__starts_on", "period__cadence"),
        words="told",
        without=(
            "last_typed_at",
            "entry_seconds",
            "confirmed",
            "sent",
        ),  # which warnings were clicked away stays in the report
    )

    class Meta:
        verbose_name = _("status report")
        verbose_name_plural = _("status reports")
        ordering = ("-period__starts_on", "project_id", "-revision")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["project", "period", "revision"], name="report_one_per_revision"),
            models.CheckConstraint(
                condition=Q(revision=1) | (Q(revision__gt=1) & ~Q(revision_reason="")),
                name="report_revision_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(percent_complete__isnull=True) | Q(percent_complete__range=(0, 100)),
                name="report_percent_between_0_and_100",
            ),
            models.CheckConstraint(condition=Q(etc__isnull=True) | Q(etc__gte=0), name="report_etc_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.project.code} · {self.period.label}"

    @classmethod
    def told(cls, code: str, starts_on: str, cadence: str) -> str:
        """The label of a report by what the history keeps of it."""
        return f"{code} · {in_words(date.fromisoformat(starts_on), cadence)}"

    def get_absolute_url(self) -> str:
        return f"/reports/{self.pk}/"

    @property
    def is_editable(self) -> bool:
        return self.state in self.EDITABLE
