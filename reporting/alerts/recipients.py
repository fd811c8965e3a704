"""Who is told: people by their part in a project, and those whose role covers it. Read once for many projects."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, Q, Value

from pmo_portal.core.models import User
from projects.access.models import Membership
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access

PMO, MANAGER, FINANCE, RESOURCES = "pmo", "project_manager", "finance", "resource_manager"
PERSONAL = {MANAGER: "project_manager__user_id", "sponsor": "sponsor__user_id"}


@dataclass(slots=True)
class Directory:
    """Users by what they are to projects. Stand-ins are not told: they see it on the pages of whom they stand in for."""

    users: Mapping[int, User]
    access: Mapping[int, Access]
    holders: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def read(cls) -> "Directory":
        """Everybody who can sign in, with their own roles: two queries."""
        users = {user.pk: user for user in User.objects.filter(is_active=True, is_service=False)}
        rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for holder, row in (
            Membership.objects.granted(Value(None, output_field=BigIntegerField()))
            .filter(user__in=users)
            .values_list("user_id", "row")
        ):
            rows[holder].append(row)
        known = {pk: Access.remember(user, rows[pk]) for pk, user in users.items()}
        directory = cls(users, known)
        for pk, access in known.items():
            for grant in access.grants:
                directory.holders[grant.role].add(pk)
        return directory

    def of_role(self, role: str, project: Mapping[str, Any]) -> set[int]:
        """Those whose role counts on the project: {"pk", "path", "confidential"}."""
        place = (project["pk"], project["path"], project["confidential"])
        return {pk for pk in self.holders[role] if role in self.access[pk].roles_at(*place)}

    def named(self, part: str, project: Mapping[str, Any]) -> set[int]:
        """The person named on the project, if they have an account that sees it; of managers else those of that role on it."""
        user = project[PERSONAL[part]]
        if user in self.users:
            return {user} if self.sees(user, project) else set()
        own = {pk for pk in self.holders[part] if any(g.project_id == project["pk"] for g in self.access[pk].grants)}
        return {
            pk
            for pk in own
            if part in self.access[pk].roles_at(project["pk"], project["path"], project["confidential"])
        }

    def sees(self, user: int, project: Mapping[str, Any]) -> bool:
        return bool(self.access[user].roles_at(project["pk"], project["path"], project["confidential"]))

    def reads_reviews(self, user: int, project: Mapping[str, Any]) -> bool:
        access = self.access[user]
        roles = access.roles_at(project["pk"], project["path"], project["confidential"])
        return bool(roles & access.seeing("assessments"))

    def sees_money(self, user: int, project: Mapping[str, Any]) -> bool:
        return self.access[user].sees_money_at(project["pk"], project["path"], project["confidential"])


def projects(ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What the directory asks of these projects: one query."""
    rows = Project.objects.filter(pk__in=list(ids)).annotate(confidential=Q(confidentiality="confidential"))
    return {row["pk"]: row for row in rows.values("pk", "path", "confidential", *PERSONAL.values())}
