"""Who somebody is, and what they may do: the one authentication backend.

User names, e-mail addresses and passwords are checked by django-allauth. A signed-in reader is read together with their
memberships and with what their pages tell them, one statement for all, since no request does anything without knowing them.
`user.has_perm("projects.edit_project", project)` is answered by the policy table.
"""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from pmo_portal.core.identity import roles
from pmo_portal.core.models import User
from projects.access.models import Delegation, Membership, Notice
from projects.access.policy import POLICY, allowed, roles_held
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import Access


class PolicyBackend(AuthenticationBackend):
    """Signs in by password; judges rights by the policy alone, never by the permission tables of Django."""

    def get_user(self, user_id: Any) -> User | None:
        one, rows = OuterRef("pk"), Membership.objects
        known = {
            "own": rows.own(one),
            "borrowed": rows.borrowed(one),
            "standing": Delegation.objects.standing(one),
            "unseen": Notice.objects.unseen(one),
        }
        arrays = {name: ArraySubquery(found) for name, found in known.items()}
        user: Any = User.objects.annotate(**arrays).filter(pk=user_id).first()
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


# Core asks who needs a second factor.
roles.sources.add("memberships", roles_held)
