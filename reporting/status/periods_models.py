"""When a portfolio reports: its calendar, and the periods made from it (domain.md BR-01)."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core import formats, vocabulary
from pmo_portal.core.days_off import days_off, validate_country
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped
from projects.hierarchy.models import Node
from reporting.status.calendar import Rhythm, Span, span_of

MONTHS_OF_A_QUARTER = 3
ONE_MONTH = [MaxValueValidator(31)]


class AtNodeQuerySet(models.QuerySet[Any]):
    """Rows that hang off a container: `node_path` is the lookup that leads to it."""

    node_path: ClassVar[str] = "node"

    def visible_to(self, user: Any) -> AtNodeQuerySet:
        """Those of the containers this user may know exist."""
        return self.filter(**{f"{self.node_path}__in": Node.objects.visible_to(user)})


@vocabulary.kept
class ReportingCalendar(Stamped):
    """How a container reports; it holds for everything below it that has no calendar of its own. Delays are working days."""

    class Cadence(models.TextChoices):
        WEEKLY = "weekly", _("Weekly")
        FORTNIGHTLY = "fortnightly", _("Fortnightly")
        MONTHLY = "monthly", _("Monthly")
        QUARTERLY = "quarterly", _("Quarterly")

    node = models.OneToOneField(
        Node, on_delete=models.PROTECT, related_name="reporting_calendar", verbose_name=_("portfolio or programme")
    )
    cadence = models.CharField(_("cadence"), max_length=11, choices=Cadence, default=Cadence.MONTHLY)
    since = models.DateField(_("reports from"), help_text=_("The first period is the one of this day."))
    opens_before = models.PositiveSmallIntegerField(
        _("opens, working days before the period ends"), default=4, validators=ONE_MONTH
    )
    due_after = models.PositiveSmallIntegerField(
        _("due, working days after the period ends"), default=2, validators=ONE_MONTH
    )
    review_days = models.PositiveSmallIntegerField(
        _("review, working days after the due day"), default=3, validators=ONE_MONTH
    )
    country = models.CharField(
        _("public holidays of"), max_length=2, blank=True, default="FR", validators=[validate_country]
    )
    region = models.CharField(_("region"), max_length=20, blank=True)
    ambers_before_red = models.PositiveSmallIntegerField(
        _("amber reports in a row, plan unchanged, that make the computed health red"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(12)],
        help_text=_("0: never."),
    )
    pmo_edits = models.BooleanField(_("the PMO may correct a report under review"), default=False)
    is_active = models.BooleanField(_("periods open by themselves"), default=True)

    objects = AtNodeQuerySet.as_manager()
    record = Record(label=("node__name",))

    class Meta:
        verbose_name = _("reporting calendar")
        verbose_name_plural = _("reporting calendars")

    def __str__(self) -> str:
        return f"{self.node} · {self.get_cadence_display()}"

    def span(self, day: date) -> Span:
        """The period in which `day` lies, with its days."""
        off = days_off(self.country, self.region, years=(day.year - 1, day.year, day.year + 1))
        rhythm = Rhythm(self.cadence, self.since, self.opens_before, self.due_after, self.review_days)
        return span_of(rhythm, day, off=off)


class PeriodQuerySet(AtNodeQuerySet):
    node_path = "calendar__node"

    def collecting(self) -> PeriodQuerySet:
        """Those in which reports are written or reviewed."""
        return self.filter(state__in=ReportingPeriod.COLLECTING)

    def collected(self) -> PeriodQuerySet:
        """Those in which somebody could report (`was_collected`)."""
        return self.filter(opened_at__date__lte=F("due_on"))


@vocabulary.kept
class ReportingPeriod(Stamped):
    """One period of a calendar: upcoming → open → review → frozen. Its days stay as they were when it was made."""

    class State(models.TextChoices):
        UPCOMING = "upcoming", pgettext_lazy("period", "Upcoming")
        OPEN = "open", pgettext_lazy("period", "Open")
        REVIEW = "review", _("Under PMO review")
        FROZEN = "frozen", pgettext_lazy("period", "Frozen")

    COLLECTING: ClassVar[tuple[str, ...]] = (State.OPEN, State.REVIEW)

    calendar = models.ForeignKey(ReportingCalendar, on_delete=models.PROTECT, related_name="periods")
    cadence = models.CharField(max_length=11, choices=ReportingCalendar.Cadence, editable=False)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    opens_on = models.DateField(_("opens"))
    due_on = models.DateField(_("due"))
    review_until = models.DateField(_("review until"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.UPCOMING)
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True)

    objects = PeriodQuerySet.as_manager()
    record = Record(label=("calendar__node__name", "starts_on", "cadence"), words="told")

    class Meta:
        verbose_name = _("reporting period")
        verbose_name_plural = _("reporting periods")
        ordering = ("-starts_on", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["calendar", "starts_on"], name="period_one_per_calendar_and_day"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on"), due_on__gte=F("opens_on"), review_until__gte=F("due_on")),
                name="period_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(state="frozen", frozen_at__isnull=False) | (~Q(state="frozen") & Q(frozen_at__isnull=True)),
                name="period_frozen_at_when_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar.node} · {self.label}"

    @property
    def was_collected(self) -> bool:
        """Whether anybody could report in it: one that opened after it was due had been overtaken by the next one."""
        return self.opened_at is not None and timezone.localdate(self.opened_at) <= self.due_on

    @property
    def label(self) -> str:
        """“November 2026”, “Q4 2026”, “week of 16 November 2026”, in the reader's language."""
        return in_words(self.starts_on, self.cadence)

    @classmethod
    def told(cls, node: str, starts_on: str, cadence: str) -> str:
        """The label of a period by what the history keeps of it."""
        return f"{node} · {in_words(date.fromisoformat(starts_on), cadence)}"


def in_words(starts_on: date, cadence: str) -> str:
    """The name of the period that starts on this day."""
    if cadence == ReportingCalendar.Cadence.MONTHLY:
        return formats.date(starts_on, "month")
    if cadence == ReportingCalendar.Cadence.QUARTERLY:
        return _now("Q%(quarter)d %(year)d") % {
            "quarter": (starts_on.month - 1) // MONTHS_OF_A_QUARTER + 1, "year": starts_on.year,
        }  # fmt: skip
    return _now("week of %(day)s") % {"day": formats.date(starts_on, "long")}
