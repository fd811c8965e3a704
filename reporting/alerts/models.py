"""What people are told, each event once; what they do not want to hear of; what they follow (domain.md §3.5)."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import vocabulary
from projects.hierarchy.models import Project
from reporting.status.models import ReportingPeriod


class Rule(models.TextChoices):
    """The rules that are applied so far, under their names in domain.md §3.5."""

    REPORT = "A01", _("a report is due or late")
    CROWDED = "A08", _("a role asked for more than it has in the next two months")
    GAP = "A10", _("declared much better than computed")
    OVERSPENT = "A14", _("actuals above the approved budget")
    REVIEW = "B26", _("an independent review far below what is declared")
    CORRECT = "R01", _("a report is to be corrected")
    ANSWERED = "R02", _("a request for people is answered")
    ASKED = "R03", _("people are asked for")
    PROPOSED = "R04", _("something of mine should give way")
    SETTLED = "R05", _("what I proposed is answered")
    ASTRAY = "R06", _("work is granted to who is not there")


class NotificationQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        """One's own, of what one still sees."""
        seen = Project.objects.visible_to(user).values("pk")
        own = self.filter(user=user.pk)
        return own.filter(models.Q(project__isnull=True) | models.Q(project__in=seen))


@vocabulary.kept
class Notification(models.Model):
    """One event told to one person. `key` names the event: the database keeps a second telling out.

    `told` holds what the words need: {"stage", "count", "day", …}; names and amounts are read when it is shown.
    """

    not_recorded: ClassVar[str] = "It tells one person what is recorded where it happened."

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    rule = models.CharField(max_length=3, choices=Rule)
    key = models.CharField(max_length=120)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, related_name="+")
    period = models.ForeignKey(ReportingPeriod, on_delete=models.CASCADE, null=True, related_name="+")
    told = models.JSONField(default=dict)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ("-at", "-pk")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project"], name="notification_project"),
            models.Index(fields=["user", "-at"], name="notification_of_user"),
            models.Index(fields=["user"], condition=models.Q(mailed_at__isnull=True), name="notification_not_mailed"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "key"], name="notification_once")
        ]


@vocabulary.kept
class Mute(models.Model):
    """Somebody does not want to hear of a rule, on one project or (without one) anywhere."""

    not_recorded: ClassVar[str] = "What somebody does not want to be told is nobody else's business."

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    rule = models.CharField(max_length=3, choices=Rule)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "rule", "project"], nulls_distinct=False, name="mute_once")
        ]


@vocabulary.kept
class Mailing(models.Model):
    """How somebody wants their letters: one a day, each at once, or none; who never chose gets one a day."""

    class How(models.TextChoices):
        DAILY = "daily", _("one letter a day, in the morning")
        AT_ONCE = "at_once", _("a letter as soon as something happens")
        NONE = "none", _("no letters: in the portal only")

    not_recorded: ClassVar[str] = "A preference of one person."

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    how = models.CharField(_("letters"), max_length=7, choices=How, default=How.DAILY)


class FollowQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(user=user.pk, project__in=Project.objects.visible_to(user).values("pk"))


class Follow(models.Model):
    """Somebody wants to see what changes on a project."""

    not_recorded: ClassVar[str] = "What somebody follows is nobody else's business."

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")

    objects = FollowQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["project", "user"], name="follow_once")
        ]
