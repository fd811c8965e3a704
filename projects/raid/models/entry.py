"""What every line of a register has: its project, a number in it, who answers for it."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.models import Stamped
from projects.resources.models import Person

ONE_TO_FIVE = [MinValueValidator(1), MaxValueValidator(5)]


class Entry(Stamped):
    """A line of a register, numbered within its project. `named` is the field that names it, `letter` begins its number."""

    named: ClassVar[str] = "title"
    letter: ClassVar[str]
    OPEN: ClassVar[tuple[str, ...]]

    code = models.CharField(_("code"), max_length=30, blank=True)
    external_ref = models.CharField(_("external reference"), max_length=200, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What it is called in the reader's language."""
        english = str(getattr(self, f"{self.named}_en"))
        return english if english and get_language() == "en" else str(getattr(self, self.named))

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN  # type: ignore[attr-defined]  # every register has its own states


def scale(label: object, **options: object) -> "models.PositiveSmallIntegerField[int, int]":
    """1 very low … 5 very high."""
    return models.PositiveSmallIntegerField(label, validators=ONE_TO_FIVE, **options)  # type: ignore[arg-type]


def owned_by() -> "models.ForeignKey[Person | None, Person | None]":
    """Who answers for it."""
    return models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner")
    )


def reference_once(name: str) -> models.UniqueConstraint:
    """No two lines of a project's register have the same reference of another system."""
    return models.UniqueConstraint(
        fields=["project", "external_ref"],
        condition=~Q(external_ref=""),
        name=f"{name}_external_ref_unique_in_project",
    )
