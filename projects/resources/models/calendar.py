"""When work is done: the days of an organisation and those of a person.

A share says how much of a day is worked, 0 to 100. A week of three days (100, 100, 100, 0, 0) and three fifths of every day
(60, 60, 60, 60, 60) come to as many days a month and are not the same: nobody is there on Thursday in the first.
"""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.days_off import validate_country
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def share(label: object, default: int) -> "models.PositiveSmallIntegerField[int, int]":
    """0 to 100 per cent of a day."""
    return models.PositiveSmallIntegerField(
        label,  # type: ignore[arg-type]  # lazy words
        default=default,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )


class Week(Stamped):
    """How much of each day of a week is worked, in per cent of a day."""

    monday = share(_("Monday"), 100)
    tuesday = share(_("Tuesday"), 100)
    wednesday = share(_("Wednesday"), 100)
    thursday = share(_("Thursday"), 100)
    friday = share(_("Friday"), 100)
    saturday = share(_("Saturday"), 0)
    sunday = share(_("Sunday"), 0)

    class Meta:
        abstract = True

    @property
    def shares(self) -> tuple[int, ...]:
        """Monday to Sunday."""
        return tuple(getattr(self, day) for day in DAYS)


def at_most_whole_days(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{day}__range": (0, 100) for day in DAYS}), name=name)


class WorkingCalendar(Week):
    """The working week of an organisation, its public holidays by country and region, and the days that are otherwise.

    `hours_per_day` only translates hours of files (timed events) and of other systems into days; the portal counts in days.
    """

    name = models.CharField(_("name"), max_length=120)
    country = models.CharField(
        _("public holidays of"), max_length=2, blank=True, default="FR", validators=[validate_country]
    )
    region = models.CharField(_("region"), max_length=40, blank=True)
    hours_per_day = models.DecimalField(
        _("hours of a day"),
        max_digits=4,
        decimal_places=2,
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(24)],
    )
    is_default = models.BooleanField(_("used where nothing else is said"), default=False)
    external_ref = models.CharField(_("external reference"), max_length=200, blank=True, db_default="")

    record = Record(inside=True)

    class Meta:
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")
        ordering = ("name", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name"], name="working_calendar_name_unique"),
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="working_calendar_one_default"
            ),
            models.UniqueConstraint(
                fields=["external_ref"], condition=~Q(external_ref=""), name="working_calendar_external_ref_unique"
            ),
            models.CheckConstraint(condition=Q(hours_per_day__range=(1, 24)), name="working_calendar_hours_1_to_24"),
            at_most_whole_days("working_calendar_shares_0_to_100"),
        ]

    def __str__(self) -> str:
        return self.name


class CalendarException(Stamped):
    """Days of a calendar that are not as their week says: a closure (0), a Saturday worked (100), holidays included."""

    calendar = models.ForeignKey(
        WorkingCalendar, on_delete=models.CASCADE, related_name="exceptions", verbose_name=_("working calendar")
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    share = share(_("share of a day worked"), 0)

    record = Record(inside=True)

    class Meta:
        verbose_name = _("exception of a calendar")
        verbose_name_plural = _("exceptions of calendars")
        ordering = ("calendar_id", "first_day", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["calendar", "first_day"], name="calendar_exception_one_per_first_day"),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="calendar_exception_ends_after_it_began"
            ),
            models.CheckConstraint(condition=Q(share__range=(0, 100)), name="calendar_exception_share_0_to_100"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.first_day)


class WorkPattern(Week):
    """How a person works from a day on, until their next pattern: so no two hold at once and no day is without.

    The shares are of a whole day; the calendar still closes its holidays. `percent_run` of what is worked goes to daily
    operations and is no capacity for projects (K-R01).
    """

    person = models.ForeignKey(
        "projects.Person", on_delete=models.CASCADE, related_name="patterns", verbose_name=_("person")
    )
    starts_on = models.DateField(_("from"))
    percent_run = models.PositiveSmallIntegerField(
        _("share kept for daily operations"),
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    record = Record(label=("person__name", "starts_on"), inside=True)

    class Meta:
        verbose_name = _("working pattern")
        verbose_name_plural = _("working patterns")
        ordering = ("person_id", "starts_on")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "starts_on"], name="work_pattern_one_per_day"),
            models.CheckConstraint(condition=Q(percent_run__range=(0, 100)), name="work_pattern_run_0_to_100"),
            at_most_whole_days("work_pattern_shares_0_to_100"),
        ]
