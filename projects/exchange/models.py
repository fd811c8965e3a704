"""Imports that were staged, applied or undone; mappings people saved; the names by which files know a project."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from pmo_portal.core.ledger import Record
from pmo_portal.core.models import Stamped
from projects.hierarchy.models import Node, Project


class ImportProfile(Stamped):
    """A mapping someone corrected and kept: `settings` has the shape of a shipped profile (`profiles/*.toml`)."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="import_profiles", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=80)
    base = models.CharField(_("based on"), max_length=40, default="generic")
    settings = models.JSONField(default=dict)
    shared = models.BooleanField(_("shared with everyone"), default=False)

    record = Record(inside=True)

    class Meta:
        verbose_name = _("import profile")
        verbose_name_plural = _("import profiles")
        ordering = ("name", "pk")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "name"], name="import_profile_name_unique_for_owner")
        ]

    def __str__(self) -> str:
        return self.name


@vocabulary.kept
class ImportBatch(models.Model):
    """One file on its way in. `content` is kept while the import can still be applied, then dropped.

    Of a workbook of status reports (profile `REPORTS`, made by `reporting.status`) the cells that were edited wait in `options`.
    """

    REPORTS: ClassVar[str] = "status_reports"
    PEOPLE: ClassVar[str] = "people"  # of no portfolio, by whoever keeps resources (projects.roster)
    ABSENCES: ClassVar[str] = "absences"
    REQUESTS: ClassVar[str] = "requests"  # for people, of several portfolios perhaps (projects.roster.requests)
    APART: ClassVar[tuple[str, ...]] = (REPORTS, PEOPLE, ABSENCES, REQUESTS)

    class State(models.TextChoices):
        STAGED = "staged", _("Waiting to be applied")
        APPLIED = "applied", _("Applied")
        UNDONE = "undone", _("Undone")

    portfolio = models.ForeignKey(
        Node, on_delete=models.SET_NULL, null=True, blank=True, related_name="imports", verbose_name=_("portfolio")
    )
    profile = models.CharField(_("profile"), max_length=40)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("size"))
    content = models.BinaryField(null=True, editable=False)
    options = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    on_date = models.DateField(_("date of the data"), null=True, blank=True)
    bad_rows = models.BinaryField(null=True, editable=False)
    changes = models.BinaryField(null=True, editable=False)  # every cell, packed by `changes.pack`
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.STAGED)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied at"), null=True)
    undone_at = models.DateTimeField(_("undone at"), null=True)

    # What the file said is told row by row; of the import itself, who, when and what became of it.
    record = Record(label=("file_name",), without=("content", "bad_rows", "changes", "options", "report"), inside=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-created_at", "-pk")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["by", "-created_at"], name="import_batch_by_person")
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def request_id(self) -> str:
        """The mark of this import on every audit row it wrote."""
        return f"import:{self.pk}"


class ExternalKey(models.Model):
    """One name or number by which files of a portfolio called a project, so that later editions find it again."""

    portfolio = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="external_keys")
    key = models.CharField(max_length=300)

    not_recorded = "Learned from a file, again from the next one; nobody enters it."

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["portfolio", "key"], name="external_key_names_one_project")
        ]

    def __str__(self) -> str:
        return self.key
