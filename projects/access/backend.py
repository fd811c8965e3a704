"""Answers `user.has_perm("projects.edit_project", project)` from the policy table."""

from typing import Any

from django.core.exceptions import PermissionDenied

from projects.access.policy import POLICY, allowed
from projects.hierarchy.models import Node, Project


class PolicyBackend:
    """An authentication backend that only judges rights; who signs in is another backend's business."""

    def authenticate(self, request: Any, **credentials: Any) -> None:
        return None

    def has_perm(self, user: Any, perm: str, obj: Any = None) -> bool:
        """Whether the policy allows it. PermissionDenied for what it refuses: no other backend is asked (two queries saved)."""
        if perm not in POLICY or not user.is_active:
            return False
        target = obj if obj is None or isinstance(obj, Project | Node) else obj.project
        if not allowed(user, perm, target):
            raise PermissionDenied
        return True
