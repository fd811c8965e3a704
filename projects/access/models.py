"""Memberships: who has which role, and where."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.hierarchy.models import Node, Project


class Membership(models.Model):
    """A role over the whole organisation (no node, no project), over a subtree, or on one project."""

    class Role(models.TextChoices):
        PMO = "pmo", _("PMO")
        EXECUTIVE = "executive", _("Executive")
        PROJECT_MANAGER = "project_manager", _("Project manager")
        CONTRIBUTOR = "contributor", _("Contributor")
        VIEWER = "viewer", _("Viewer")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    node = models.ForeignKey(
        Node,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("portfolio or programme"),
    )
    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships", verbose_name=_("project")
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(node__isnull=True) | Q(project__isnull=True), name="membership_has_one_scope"
            ),
            models.UniqueConstraint(
                fields=["user", "role", "node", "project"], nulls_distinct=False, name="membership_given_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user.label} · {self.get_role_display()} · {self.project or self.node or _('Whole organisation')}"
