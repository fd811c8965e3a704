"""Capacity and load as stored: who could work how much, and what is asked of them, by piece of a week (docs/decisions/0221).

A piece is a week cut where months begin, so that weeks, months and quarters are sums of the same rows. Everything here is
computed from people and requests: it can be thrown away and computed again.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pmo_portal.core import vocabulary

COMPUTED = "Computed from people, their time and requests, which are recorded: it can be computed again at any time."


class PersonLoad(models.Model):
    """A piece of a person, in days of work. `over` is hard load above capacity, summed day by day: never from totals."""

    not_recorded: ClassVar[str] = COMPUTED

    # Written by the hundred thousand: the key is checked by who computes it, and a person that goes takes their rows along.
    person = models.ForeignKey(
        "projects.Person", on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    starts_on = models.DateField()
    capacity = models.FloatField()
    hard = models.FloatField()
    tentative = models.FloatField()
    over = models.FloatField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "starts_on"], name="person_load_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["starts_on"], condition=Q(over__gt=0), name="person_load_over"),
        ]


@vocabulary.kept
class GroupLoad(models.Model):
    """The same of all people of a role, a unit or a skill, and what is not of a person: generic capacity, requests without a
    name. `ref` is the id of the group, 0 where there is none (people without a role)."""

    class Kind(models.TextChoices):
        ROLE = "role"
        UNIT = "unit"
        SKILL = "skill"
        SOURCE = "source"  # 0: the organisation's own people, 1: externals and suppliers (K-R10)

    not_recorded: ClassVar[str] = COMPUTED

    kind = models.CharField(max_length=6, choices=Kind)
    ref = models.BigIntegerField()
    starts_on = models.DateField()
    capacity = models.FloatField(db_default=0)
    hard = models.FloatField(db_default=0)
    tentative = models.FloatField(db_default=0)
    over = models.FloatField(db_default=0)
    open_capacity = models.FloatField(db_default=0)
    open_hard = models.FloatField(db_default=0)
    open_tentative = models.FloatField(db_default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "ref", "starts_on"], name="group_load_once"),
        ]


class Stale(models.Model):
    """Somebody or a group whose picture no longer holds, put here by the triggers of what it is made of.

    Only ever inserted: a writer never waits for another because of a picture. The next drain turns it into `core.work`.
    """

    not_recorded: ClassVar[str] = "What is still to be computed; it says nothing of its own."

    kind = models.CharField(max_length=20)
    subject = models.BigIntegerField()


class Picture(models.Model):
    """When the picture last changed, and until when it reaches: one row."""

    not_recorded: ClassVar[str] = COMPUTED

    first_month = models.DateField()
    last_month = models.DateField()
    changed_at = models.DateTimeField()
