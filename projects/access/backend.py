"""Who somebody is, and what they may do: the one authentication backend.

User names, e-mail addresses and passwords are checked by django-allauth. A signed-in reader is read together with their
memberships and with what their pages tell them, one statement for all, since no request does anything without knowing them.
`user.has_perm("projects.edit_project", project)` is answered by the policy table.
"""

import json
from functools import cache
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from pmo_portal.core.identity import roles
from pmo_portal.core.models import User
from projects.access.models import WHOEVER, Delegation, Membership, Notice
from projects.access.policy import POLICY, allowed, roles_held
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import Access

KNOWN = ("own", "borrowed", "standing", "unseen")


@cache
def statement() -> tuple[str, tuple[Any, ...]]:
    """The statement and its values, built once: it is the same for everybody at any moment, and building it took 3 ms of CPU."""
    one, rows = OuterRef("pk"), Membership.objects
    found = (rows.own(one), rows.borrowed(one), Delegation.objects.standing(one), Notice.objects.unseen(one))
    arrays = {name: ArraySubquery(query) for name, query in zip(KNOWN, found, strict=True)}
    return User.objects.annotate(**arrays).filter(pk=WHOEVER).query.sql_with_params()


class PolicyBackend(AuthenticationBackend):
    """Signs in by password; judges rights by the policy alone, never by the permission tables of Django."""

    def get_user(self, user_id: Any) -> User | None:
        sql, given = statement()
        asked = [user_id if value == WHOEVER else value for value in given]
        user: Any = next(iter(User.objects.raw(sql, asked)), None)
        if user is None or not self.user_can_authenticate(user):
            return None
        for name in KNOWN:
            setattr(user, name, [json.loads(one) if isinstance(one, str) else one for one in getattr(user, name)])
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
