"""Portfolios and programmes: the containers of the tree, rows of one table.

Database triggers keep `path`, so "everything below" is one indexed prefix query and a move cannot make a loop (migration 0002).
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from pmo_portal.core.models import Stamped
from projects.hierarchy.currencies import validate_currency
from projects.hierarchy.declared import Scale
from projects.hierarchy.visibility import Access


class Named(models.Model):
    """A name in the organisation's language and, when given, in English."""

    name = models.CharField(_("name"), max_length=300)
    name_en = models.CharField(_("English name"), max_length=300, blank=True)

    class Meta:
        abstract = True

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_en if self.name_en and get_language() == "en" else self.name

    def __str__(self) -> str:
        return self.label


class NodeQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> NodeQuerySet:
        """The containers this user may know exist."""
        access = Access.of(user)
        homes: set[int] = set()
        if access.named_projects:
            projects = apps.get_model("projects", "Project")._default_manager
            paths = projects.filter(pk__in=access.named_projects).values_list("path", flat=True)
            homes = {int(part) for path in paths for part in path.split("/") if part.isdigit()}
        return self.filter(access.nodes(homes))

    def below(self, node: Node) -> NodeQuerySet:
        """The node and every container below it."""
        return self.filter(path__startswith=node.path)


class KindManager(models.Manager[Any]):
    """Rows of one kind of container; creating through it sets the kind."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def get_queryset(self) -> NodeQuerySet:
        return NodeQuerySet(self.model, using=self._db).filter(kind=self.kind)

    def visible_to(self, user: Any) -> NodeQuerySet:
        return self.get_queryset().visible_to(user)


@vocabulary.kept
class Node(Stamped, Named):
    """A container of the tree. `path` is "12/45/": the ids from the root down to this node."""

    class Kind(models.TextChoices):
        PORTFOLIO = "portfolio", _("Portfolio")
        PROGRAMME = "programme", _("Programme")

    class Origin(models.TextChoices):
        OWN = "own", _("Our own data")
        REAL = "real", _("Published real data")
        SCENARIO = "scenario", _("Demonstration scenario")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    code = models.CharField(_("code"), max_length=40, unique=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    path = models.CharField(max_length=400, db_collation="C", editable=False, default="")
    description = models.TextField(_("description"), blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR", validators=[validate_currency])
    origin = models.CharField(_("origin of the data"), max_length=10, choices=Origin, default=Origin.OWN)
    source_note = models.CharField(_("source and licence"), max_length=500, blank=True)
    scale = models.CharField(_("declared scale"), max_length=10, choices=Scale, default=Scale.PILOTE)
    status_date = models.DateField(
        _("data date"),
        null=True,
        blank=True,
        help_text=_("When set, health is computed as at this day instead of today."),
    )
    manager = models.ForeignKey(
        "projects.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("manager")
    )

    objects = NodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("portfolio or programme")
        indexes = [models.Index(fields=["path"], name="node_path")]
        constraints = [
            models.CheckConstraint(condition=Q(code=Upper("code")), name="node_code_upper_case"),
            models.CheckConstraint(
                condition=Q(kind="portfolio") | Q(parent__isnull=False), name="node_programme_has_a_parent"
            ),
        ]

    def get_absolute_url(self) -> str:
        """Its page, built by the floor that measures: the address is the contract, not an import."""
        return f"/{self.kind}s/{self.code}/"

    @property
    def ancestor_ids(self) -> list[int]:
        """Ids from the root down to this node, itself included."""
        return [int(part) for part in self.path.split("/") if part]


class Portfolio(Node):
    objects = KindManager(Node.Kind.PORTFOLIO)  # type: ignore[assignment, misc]

    class Meta:
        proxy = True
        verbose_name = _("portfolio")
        verbose_name_plural = _("portfolios")


class Programme(Node):
    objects = KindManager(Node.Kind.PROGRAMME)  # type: ignore[assignment, misc]

    class Meta:
        proxy = True
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
