"""Saved views: a name and a query string; what they show still depends on who looks."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.ledger import Record


class SavedView(models.Model):
    """A named query string of a list page, private to its owner or shared with everyone who may open the page."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60)  # "portfolio:GMPP" or "projects"
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    shared = models.BooleanField(_("shared with everyone"), default=False)

    record = Record(inside=True)

    class Meta:
        verbose_name = _("saved view")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="saved_view_name_once")
        ]
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
