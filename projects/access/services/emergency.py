"""Emergency access (break-glass): an administrator, who sees no project, looks into one for an hour at most; everyone concerned
is told, and the history of the project keeps it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from pmo_portal.core import audit, editing, trace
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from pmo_portal.core.security_events import security_event
from projects.access.models import LONGEST_EMERGENCY, Membership, Notice
from projects.access.policy import BREAK_GLASS, allowed_everywhere
from projects.access.services.telling import tell
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import SEES_CONFIDENTIAL, Access

TOLD_ROLES = ("pmo", "portfolio_manager", "project_manager", "sponsor")


def open_emergency(*, by: User, place: Project | Node, minutes: int, reason: str, now: datetime) -> Membership:
    """Give oneself the role of a viewer there, for `minutes`. Who is told: `concerned`."""
    if not allowed_everywhere(by, BREAK_GLASS):
        raise NotAllowed(_("Only an administrator may open an emergency access."))
    until = now + timedelta(minutes=minutes)
    if not now < until <= now + LONGEST_EMERGENCY:
        raise DomainError(_("An emergency access lasts 60 minutes at most."), field="minutes")
    if not reason.strip():
        raise DomainError(_("Say why: everyone concerned will read it."), field="reason")
    if sees(place, by=by):
        raise DomainError(_("You see it already."), field="place")
    scope: dict[str, Any] = {"project": place} if isinstance(place, Project) else {"node": place}
    row = Membership(
        user=by,
        role=Membership.Role.VIEWER,
        source=Membership.Source.EMERGENCY,
        valid_from=now,
        valid_until=until,
        granted_by=by,
        reason=reason,
        **scope,
    )
    with editing.writing():
        editing.clean(row, ("reason",))
        with trace.acting(by):
            row.save(force_insert=True)
        told = {"reason": [None, reason], "valid_until": [None, audit.plain(until)]}
        audit.record(by=by, action="emergency", target=row, changes=told, project_id=row.project_id)
        people = concerned(place).exclude(pk=by.pk)
        tell(people, Notice.Kind.EMERGENCY, by=by, why=reason, place=place.label, until=until)
        security_event("break_glass_opened", user=by, membership=row.pk, place=place.pk, minutes=minutes)
        return row


def close_emergency(*, by: User, membership: Membership) -> None:
    """End one's own before its time."""
    with editing.writing():
        row = editing.hold(Membership, membership.pk)
        if row.user_id != by.pk or row.source != Membership.Source.EMERGENCY:
            raise NotAllowed(_("Only who opened an emergency access ends it."))
        with trace.acting(by, action="emergency_end"):
            Membership.objects.filter(pk=row.pk, valid_until__gt=Now(), valid_from__lt=Now()).update(valid_until=Now())
        security_event("break_glass_closed", user=by, membership=row.pk)


def sees(place: Project | Node, *, by: User) -> bool:
    """Whether a role already opens the place."""
    access = Access.of(by)
    return bool(access.roles_on(place) if isinstance(place, Project) else access.roles_on_node(place))


def concerned(place: Project | Node) -> QuerySet[User]:
    """Whoever answers for the place: the PMO and managers whose role covers it, and the people named on the project.

    Of a confidential one only who may know of it: the word left for the others would name it.
    """
    above = Q(node__in=[int(part) for part in place.path.split("/") if part.isdigit()])
    covers = above | Q(node=None, project=None)
    if isinstance(place, Project):
        covers = (covers & Q(role__in=SEES_CONFIDENTIAL) if place.is_confidential else covers) | Q(project=place)
    holders = Membership.objects.in_force().filter(covers, role__in=TOLD_ROLES).values("user")
    people = Q(pk__in=holders)
    if isinstance(place, Project):
        people |= Q(person__in=[place.project_manager_id, place.sponsor_id])
    return User.objects.filter(people, is_active=True)
