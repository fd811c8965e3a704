"""Reads of notifications: what somebody is told, and what waits to be sent to them."""

from typing import Any

from django.db.models import Q, QuerySet

from pmo_portal.core.models import User
from projects.access.policy import ANSWER_ALLOCATION, VIEW_CAPACITY, VIEW_PEOPLE
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from reporting.alerts.models import Follow, Notification, Rule
from reporting.health.unseen import with_money


def told_to(user: Any) -> QuerySet[Any]:
    """What this user is told, newest first, as far as they still see what it is about."""
    rows = Notification.objects.visible_to(user).select_related("project", "period__calendar__node")
    reviewed = Project.objects.filter(Access.of(user).projects(group="assessments")).values("pk")
    rows = rows.filter(~Q(rule=Rule.REVIEW) | Q(project__in=reviewed))
    if not user.has_perm(VIEW_CAPACITY):
        rows = rows.exclude(rule=Rule.CROWDED)
    if not user.has_perm(VIEW_PEOPLE):
        rows = rows.exclude(rule=Rule.ASTRAY)
    if not user.has_perm(ANSWER_ALLOCATION):
        rows = rows.exclude(rule=Rule.ASKED)
    return rows.filter(~Q(rule=Rule.OVERSPENT) | Q(project__in=with_money(user)))


def follows(user: Any, project: int) -> bool:
    return Follow.objects.filter(user=user.pk, project=project).exists()


def waiting(user: User) -> QuerySet[Any]:
    """What no letter told yet, oldest first; what was read in the portal meanwhile needs none."""
    return told_to(user).filter(mailed_at__isnull=True, seen_at__isnull=True).order_by("at", "pk")
