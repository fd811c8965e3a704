"""Who somebody is, and what they may do: the one authentication backend.

Passwords are those of Django. A signed-in reader is read together with their memberships, one statement for both, since no
request does anything without knowing them. `user.has_perm("projects.edit_project", project)` is answered by the policy table.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject

from pmo_portal.core.models import User
from projects.access.models import Membership
from projects.access.policy import POLICY, allowed
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import Access

GRANT = JSONObject(role="role", node="node_id", path="node__path", project="project_id")


class PolicyBackend(ModelBackend):
    """Signs in by password; judges rights by the policy alone, never by the permission tables of Django."""

    def get_user(self, user_id: Any) -> User | None:
        memberships = Membership.objects.filter(user=OuterRef("pk")).order_by().values("user")
        granted = memberships.annotate(granted=JSONBAgg(GRANT)).values("granted")
        user = User.objects.annotate(granted=Subquery(granted)).filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        rows = [(row["role"], row["node"], row["path"], row["project"]) for row in user.granted or ()]
        Access.remember(user, rows)
        return user

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether the policy allows it."""
        if perm not in POLICY or not user_obj.is_active:
            return False
        target = obj if obj is None or isinstance(obj, Project | Node) else obj.project
        return allowed(user_obj, perm, target)
