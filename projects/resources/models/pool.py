"""Capacity without names, and what a day costs."""

from datetime import date
from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped
from projects.hierarchy.currencies import validate_currency


class PooledCapacity(Stamped):
    """So many full-time equivalents of a role over some months, nobody named: a supplier's team, a recruitment to come.

    They work the days of the unit's calendar. Several may hold at once: they add up.
    """

    role = models.ForeignKey(
        "projects.Role", on_delete=models.PROTECT, related_name="pools", verbose_name=pgettext_lazy("people", "role")
    )
    unit = models.ForeignKey(
        "projects.Unit",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="pools",
        verbose_name=pgettext_lazy("organisation", "unit"),
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    first_month = models.DateField(_("first month"))
    last_month = models.DateField(_("last month"))
    fte = models.DecimalField(
        _("full-time equivalents"), max_digits=6, decimal_places=2, validators=[MinValueValidator(0)]
    )
    external_ref = models.CharField(_("external reference"), max_length=200, blank=True, db_default="")

    record = Record(label=("role__name", "unit__name", "first_month"), inside=True)

    class Meta:
        verbose_name = _("generic capacity")
        verbose_name_plural = _("generic capacities")
        ordering = ("role_id", "first_month", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["external_ref"], condition=~Q(external_ref=""), name="pooled_capacity_external_ref_unique"
            ),
            models.CheckConstraint(
                condition=Q(first_month__day=1, last_month__day=1, last_month__gte=F("first_month")),
                name="pooled_capacity_months_in_order",
            ),
            models.CheckConstraint(  # beyond, somebody mistyped a year
                condition=Q(first_month__gte=date(2000, 1, 1), last_month__lte=date(2099, 12, 1)),
                name="pooled_capacity_years_2000_to_2099",
            ),
            models.CheckConstraint(condition=Q(fte__gte=0), name="pooled_capacity_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.role)


class Rate(Stamped):
    """What a day of a person, or of anybody of a role, costs from a day on, until the next rate of the same.

    The person's own rate comes first, then their standing one (`Person.daily_rate`), then that of their role. The rates group
    of fields decides who sees it.
    """

    person = models.ForeignKey(
        "projects.Person",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="rates",
        verbose_name=_("person"),
    )
    role = models.ForeignKey(
        "projects.Role",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="rates",
        verbose_name=pgettext_lazy("people", "role"),
    )
    starts_on = models.DateField(_("from"))
    daily_rate = models.DecimalField(_("daily rate"), max_digits=9, decimal_places=2, validators=[MinValueValidator(0)])
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[validate_currency])

    record = Record(label=("person__name", "role__name", "starts_on"), inside=True)

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        ordering = ("person_id", "role_id", "starts_on")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(person__isnull=True, role__isnull=False) | Q(person__isnull=False, role__isnull=True),
                name="rate_of_a_person_or_of_a_role",
            ),
            models.UniqueConstraint(
                fields=["person", "role", "starts_on"], nulls_distinct=False, name="rate_one_per_day"
            ),
            models.CheckConstraint(condition=Q(daily_rate__gte=0), name="rate_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.person or self.role)
