"""People who work on projects. A person may be linked to a user, but needs no account to be named."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped
from projects.hierarchy.currencies import validate_currency

LEVELS = (
    (1, pgettext_lazy("skill level", "1 – beginner")),
    (2, pgettext_lazy("skill level", "2 – with help")),
    (3, pgettext_lazy("skill level", "3 – alone")),
    (4, pgettext_lazy("skill level", "4 – shows others")),
    (5, pgettext_lazy("skill level", "5 – expert")),
)


class Person(Stamped):
    name = models.CharField(_("name"), max_length=200)
    external_ref = models.CharField(_("external reference"), max_length=200, blank=True, db_default="")
    email = models.EmailField(_("e-mail"), blank=True)
    daily_rate = models.DecimalField(
        _("daily rate"), max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    rate_currency = models.CharField(
        _("currency of the rate"), max_length=3, default="EUR", validators=[validate_currency]
    )
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("user account"),
    )
    role = models.ForeignKey(
        "projects.Role",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=pgettext_lazy("people", "role"),
    )
    calendar = models.ForeignKey(  # else that of their unit, else the default one
        "projects.WorkingCalendar",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("working calendar"),
    )
    is_external = models.BooleanField(_("external"), default=False, db_default=False)
    arrives_on = models.DateField(_("arrives on"), null=True, blank=True)
    leaves_on = models.DateField(_("last day"), null=True, blank=True)

    record = Record(inside=True)
    # Always the same: what names them may be an independent review, which few may know of.
    while_used = _(
        "It cannot be deleted while something still names this person. Enter the last day of this person instead."
    )

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("name", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["external_ref"], condition=~Q(external_ref=""), name="person_external_ref_unique"
            ),
            models.CheckConstraint(
                condition=Q(daily_rate__isnull=True) | Q(daily_rate__gte=0), name="person_rate_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(arrives_on__isnull=True) | Q(leaves_on__isnull=True) | Q(leaves_on__gte=F("arrives_on")),
                name="person_leaves_after_arriving",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(Lower("email"), name="person_by_address")]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """At most two capitals, for the round badge."""
        words = [word for word in self.name.replace("-", " ").split() if word[:1].isalpha()]
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


class PersonSkill(Stamped):
    """What somebody can do, and how well: 1 beginner … 5 expert."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="skills", verbose_name=_("person"))
    skill = models.ForeignKey(
        "projects.Skill", on_delete=models.PROTECT, related_name="held_by", verbose_name=_("skill")
    )
    level = models.PositiveSmallIntegerField(
        _("level"), default=3, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )

    record = Record(label=("person__name", "skill__name"), inside=True)

    class Meta:
        verbose_name = _("skill of a person")
        verbose_name_plural = _("skills of people")
        ordering = ("person_id", "-level", "skill_id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "skill"], name="person_skill_once"),
            models.CheckConstraint(condition=Q(level__range=(1, 5)), name="person_skill_level_1_to_5"),
        ]


class UnitShare(Stamped):
    """The unit somebody belongs to, or the part of them that does: their shares come to 100 at most, so nobody counts twice."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="units", verbose_name=_("person"))
    unit = models.ForeignKey(
        "projects.Unit",
        on_delete=models.PROTECT,
        related_name="people",
        verbose_name=pgettext_lazy("organisation", "unit"),
    )
    percent = models.PositiveSmallIntegerField(
        _("share"), default=100, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )

    record = Record(label=("person__name", "unit__name"), inside=True)

    class Meta:
        verbose_name = _("share of a unit")
        verbose_name_plural = _("shares of units")
        ordering = ("person_id", "-percent", "unit_id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "unit"], name="unit_share_once"),
            models.CheckConstraint(condition=Q(percent__range=(1, 100)), name="unit_share_1_to_100"),
        ]
