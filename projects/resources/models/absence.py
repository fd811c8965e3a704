"""Days on which somebody is not there."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped


@vocabulary.kept
class Absence(Stamped):
    """Why somebody is away is nobody's business here beyond this: health and family are never asked (GDPR, art. 9)."""

    class Kind(models.TextChoices):
        LEAVE = "leave", pgettext_lazy("absence", "Away")
        TRAINING = "training", pgettext_lazy("absence", "Training")
        OTHER = "other", pgettext_lazy("absence", "Other work")

    person = models.ForeignKey(
        "projects.Person", on_delete=models.CASCADE, related_name="absences", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.LEAVE)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    share = models.PositiveSmallIntegerField(  # of what they would have worked
        _("share of the day"), default=100, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    external_ref = models.CharField(_("external reference"), max_length=255, blank=True, db_default="")
    source = models.CharField(  # so that the next file of it can say what is no longer there; empty: entered by hand
        _("source"), max_length=120, blank=True, db_default=""
    )
    event_version = models.CharField(  # SEQUENCE and when the event changed, so that an older file is known
        _("version of the event"), max_length=40, blank=True, db_default=""
    )

    record = Record(label=("person__name", "first_day"), inside=True)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ("first_day", "person_id", "pk")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["person", "last_day"], name="absence_of_person_until"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person", "external_ref"], condition=~Q(external_ref=""), name="absence_external_ref_unique"
            ),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="absence_ends_after_it_began"),
            models.CheckConstraint(condition=Q(share__range=(1, 100)), name="absence_share_1_to_100"),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.last_day}"
