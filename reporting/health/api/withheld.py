"""Figures of the API that not every reader sees: null in the answer, and no order by them where they would tell."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied

from pmo_portal.core.api.rows import Row
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import MONEY_GROUPS, Access
from reporting.health.unseen import told

APPROVED, SPENT = ("budget",), ("costs",)
# The groups of fields that each figure belongs to; what compares the two belongs to both.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "budget": APPROVED, "year_budget": APPROVED, "eac": SPENT, "committed": SPENT, "actual": SPENT, "year_forecast": SPENT,
    "cost_variance": MONEY_GROUPS, "cost_variance_percent": MONEY_GROUPS, "confidential_note": ("confidential_note",),
}  # fmt: skip


class MoneyWithheld:
    """For resources whose rows tell the money of a project; `project_member` holds its id."""

    request: Any
    project_member: ClassVar[str] = "id"

    def shown(self, rows: list[Row]) -> list[Row]:
        return without_money(rows, self.request.user, self.project_member)

    def check_order(self, name: str) -> None:
        access = Access.of(self.request.user)
        if not all(access.sees_all(group) for group in GROUPS.get(name, ())):
            raise PermissionDenied(
                _("Your role does not show these figures everywhere: rows cannot be put in their order.")
            )


def without_money(rows: list[Row], user: Any, member: str = "id") -> list[Row]:
    """The rows without the money this reader may not see: at most one query per group, none for who sees it all."""
    access = Access.of(user)
    for group in (*MONEY_GROUPS, "confidential_note"):
        if not rows or access.sees_all(group) or not tells(rows[0], group):
            continue
        known = with_group(access, group, [row[member] for row in rows])
        for row in rows:
            if row[member] not in known:
                withhold(row, group)
    return rows


def tells(row: Row, group: str) -> bool:
    """Whether a row has a member of this group."""
    return any(group in GROUPS.get(name, ()) for name in row) or ("reasons" in row and group in MONEY_GROUPS)


def with_group(access: Access, group: str, projects: list[int]) -> set[int]:
    """Those of these projects on which the reader sees a group of fields."""
    return set(Project.objects.filter(access.projects(group=group), pk__in=projects).values_list("pk", flat=True))


def withhold(row: Row, group: str) -> None:
    for name, groups in GROUPS.items():
        if name in row and group in groups:
            row[name] = None
    if "reasons" in row and group in MONEY_GROUPS:
        row["reasons"] = told(row["reasons"])
