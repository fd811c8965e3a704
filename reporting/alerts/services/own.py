"""What people do with what they are told: put it away, mute a rule, choose their letters, follow a project."""

from datetime import datetime

from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from reporting.alerts.models import Follow, Mailing, Mute, Notification, Rule


def put_away(*, by: User, at: datetime, pk: int | None = None) -> int:
    """Mark one as read, or (without `pk`) everything; returns how many."""
    rows = Notification.objects.filter(user=by, seen_at__isnull=True)
    return (rows.filter(pk=pk) if pk else rows).update(seen_at=at)


def put_away_rule(*, by: User, rule: str, project: Project, at: datetime) -> None:
    """What was told of a rule on a project is read with muting it."""
    Notification.objects.filter(user=by, rule=rule, project=project, seen_at__isnull=True).update(seen_at=at)


def mute(*, by: User, rule: str, project: Project | None = None, on: bool = True) -> None:
    """Stop (or start again) telling this user of a rule, on one project or everywhere."""
    if rule not in Rule.values:
        raise DomainError("rule", field="rule")
    if on:
        Mute.objects.get_or_create(user=by, rule=rule, project=project)
    else:
        Mute.objects.filter(user=by, rule=rule, project=project).delete()


def choose_letters(*, by: User, how: str) -> None:
    """One of `Mailing.How`."""
    Mailing.objects.update_or_create(user=by, defaults={"how": Mailing.How(how)})


def follow(*, by: User, project: Project, on: bool = True) -> None:
    """Follow a project, or no longer."""
    if on:
        Follow.objects.get_or_create(user=by, project=project)
    else:
        Follow.objects.filter(user=by, project=project).delete()
