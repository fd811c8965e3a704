"""Who somebody is, and what they may do: the one authentication backend.

User names, e-mail addresses and passwords are checked by django-allauth. A signed-in reader is read together with their
memberships, one statement for both, since no request does anything without knowing them.
`user.has_perm("projects.edit_project", project)` is answered by the policy table.
"""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from pmo_portal.core.identity import roles
from pmo_portal.core.models import User
from projects.access.models import Membership
from projects.access.policy import POLICY, allowed
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import ADMINISTRATOR, Access


class PolicyBackend(AuthenticationBackend):
    """Signs in by password; judges rights by the policy alone, never by the permission tables of Django."""

    def get_user(self, user_id: Any) -> User | None:
        one, rows = OuterRef("pk"), Membership.objects
        own, borrowed = ArraySubquery(rows.own(one)), ArraySubquery(rows.borrowed(one))
        user = User.objects.annotate(own=own, borrowed=borrowed).filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        Access.remember(user, [*user.own, *user.borrowed])
        return user

    def user_can_authenticate(self, user: Any) -> bool:
        """Neither who was deactivated nor a program, which has tokens instead of a session."""
        return super().user_can_authenticate(user) and not user.is_service

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether the policy allows it."""
        if perm not in POLICY or not user_obj.is_active:
            return False
        target = obj if obj is None or isinstance(obj, Project | Node) else obj.project
        return allowed(user_obj, perm, target)


def held_by(user: Any) -> frozenset[str]:
    """The names of the roles somebody holds anywhere, for core, which asks who needs a second factor."""
    access = Access.of(user)
    return frozenset(grant.role for grant in access.grants) | ({ADMINISTRATOR} if access.is_administrator else set())


roles.sources.add("memberships", held_by)
