"""The words in which people and requests are described: units, roles, skills."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped


class Named(Stamped):
    """Something with a code, a name and perhaps an English one. A name may change: what refers to it follows."""

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120, blank=True, db_default="")
    external_ref = models.CharField(_("external reference"), max_length=200, blank=True, db_default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What it is called in the reader's language."""
        return self.name_en if self.name_en and get_language() == "en" else self.name


def once(name: str) -> list[models.BaseConstraint]:
    """No two have the same code, whatever its case, nor the same reference of another system."""
    return [
        models.UniqueConstraint(Lower("code"), name=f"{name}_code_unique"),
        models.UniqueConstraint(
            fields=["external_ref"], condition=~Q(external_ref=""), name=f"{name}_external_ref_unique"
        ),
    ]


@vocabulary.kept
class Unit(Named):
    """A part of the organisation, a team in it, or a supplier. `manager` answers for its people: requests come to them."""

    class Kind(models.TextChoices):
        UNIT = "unit", pgettext_lazy("organisation", "Unit")
        TEAM = "team", pgettext_lazy("organisation", "Team")
        SUPPLIER = "supplier", pgettext_lazy("organisation", "Supplier")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.UNIT)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    manager = models.ForeignKey(
        "projects.Person",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="manages",
        verbose_name=_("manager"),
    )
    calendar = models.ForeignKey(
        "projects.WorkingCalendar",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("working calendar"),
    )

    record = Record(inside=True)

    class Meta:
        verbose_name = pgettext_lazy("organisation", "unit")
        verbose_name_plural = pgettext_lazy("organisation", "units")
        ordering = ("name", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *once("unit"),
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="unit_is_not_part_of_itself"),
        ]


class Role(Named):
    """What somebody is on projects: architect, developer, test manager. Rights are another matter (`Membership`)."""

    record = Record(inside=True)

    class Meta:
        verbose_name = pgettext_lazy("people", "role")
        verbose_name_plural = pgettext_lazy("people", "roles")
        ordering = ("name", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = once("role")


class Skill(Named):
    """What somebody can do, at a level of 1 to 5. A critical one is watched: too few have it (K-R09)."""

    domain = models.CharField(_("domain"), max_length=120, blank=True, db_default="")
    is_critical = models.BooleanField(_("critical"), default=False)

    record = Record(inside=True)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ("domain", "name", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = once("skill")
