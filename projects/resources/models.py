"""People who work on projects. A person may be linked to a user, but needs no account to be named."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped
from projects.hierarchy.currencies import validate_currency


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

    record = Record(inside=True)

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
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """At most two capitals, for the round badge."""
        words = [word for word in self.name.replace("-", " ").split() if word[:1].isalpha()]
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
