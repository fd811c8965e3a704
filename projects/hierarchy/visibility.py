"""Who sees what: memberships resolved once a request, then one filter for every query (security.md §3).

A membership covers the whole organisation, the subtree of a node, or one project. Confidential projects are seen only
through a membership on the project itself or a PMO membership that covers it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from projects.hierarchy.models import Node, Project

SEES_CONFIDENTIAL = frozenset({"pmo"})
SUPERUSER_ROLE = "pmo"
ADMINISTRATOR = "administrator"
NOBODY = 0  # the lender of an emergency access: looking at a confidential project, it opens no role one has around it

# Which roles see a group of fields (domain.md §8.4); whoever has none of them where a row is gets neither its figures nor
# anything that could be worked back from them. A right is one cell, as in projects/access/policy.py.
_MONEY = frozenset({
    "pmo", "executive", "committee_member", "sponsor", "portfolio_manager", "project_manager", "finance", "assurance",
    "service_account",
})  # fmt: skip
_ASSESSED = frozenset({"pmo", "executive", "committee_member", "sponsor", "assurance"})
FIELD_GROUPS: dict[str, frozenset[str]] = {
    "budget": _MONEY,
    "costs": _MONEY,
    "rates": frozenset({"pmo", "resource_manager", "finance"}),
    "confidential_note": frozenset(
        {"pmo", "executive", "sponsor", "portfolio_manager", "project_manager", "assurance"}
    ),
    "assessments": _ASSESSED | {"portfolio_manager", "project_manager"},  # independent reviews, once they are released
    "assessment_drafts": _ASSESSED,
}
MONEY_GROUPS = ("budget", "costs")
ANY_PROJECT = (
    "any_project"  # what may name any project whatever, or count its events: for who sees the confidential ones too
)
# Single fields that belong to a group; what is money as a whole (budget lines, photographs) is known by its model.
GUARDED: dict[tuple[str, str], str] = {
    ("projects.Project", "confidential_note"): "confidential_note",
    ("reporting.StatusReport", "confidential_note"): "confidential_note",
    ("reporting.StatusReport", "etc"): "costs",
    ("reporting.StatusReport", "ask_amount"): "budget",
    ("projects.Decision", "amount_asked"): "budget",
    ("projects.DecisionOption", "cost"): "budget",
    ("projects.Person", "daily_rate"): "rates",
    ("projects.Person", "rate_currency"): "rates",
    ("projects.Rate", "daily_rate"): "rates",
    ("projects.Rate", "currency"): "rates",
    (
        "core.AuditEvent",
        "filters",
    ): ANY_PROJECT,  # of an export of the audit log, with the name of a project somebody typed
    ("core.AuditEvent", "rows"): ANY_PROJECT,
    ("core.ApiToken", "projects"): ANY_PROJECT,
}
# Kinds of record that are of such a group as a whole and belong to no place: for the others it is as if there were none.
WHOLLY_GUARDED: dict[str, str] = {"projects.Rate": "rates"}

# Kinds of record whose history only these roles read: who writes and who reviews. A draft tells nobody else anything.
HISTORY_OF_WORK: dict[str, frozenset[str]] = {
    "reporting.StatusReport": frozenset({"pmo", "portfolio_manager", "project_manager", "service_account"}),
    "projects.Assessment": _ASSESSED,  # of a released one, the others read what it says
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One membership: `path` is "" for the whole organisation, a node's path, or None when it names one project.

    `home` is the path of the project it names, `confidential` whether that one is; `lender` is whose membership it is when it was
    delegated, `NOBODY` of an emergency access. `unit`: the one whose people a resource manager answers for, None for everybody's;
    it limits what they do about people, not which projects they see (`projects.resources.reach`).
    """

    role: str
    path: str | None
    project_id: int | None = None
    home: str = ""
    lender: int | None = None
    confidential: bool = False
    unit: int | None = None

    def covers(self, path: str) -> bool:
        return self.path is not None and path.startswith(self.path)


@dataclass(frozen=True, slots=True)
class Access:
    """Everything a user was granted, in memory; the answers below are the only place that reads it.

    `grants` are the roles that see projects; an administrator runs the portal and sees the containers, not what is in them.
    `withheld` are groups of fields that are not shown whatever the roles: a token may have been given no money.
    """

    user_id: int | None
    grants: tuple[Grant, ...]
    is_administrator: bool = False
    withheld: tuple[str, ...] = ()

    @classmethod
    def of(cls, user: Any) -> Access:
        """The user's grants, read once and kept on the user object for the rest of the request."""
        if isinstance(user, Access):
            return user
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return cls(None, ())
        known: Access | None = getattr(user, "_access", None)
        if known is None:
            known = cls.remember(user, user.memberships.model.objects.granted_to(user.pk))
        return known

    @classmethod
    def remember(cls, user: Any, rows: Sequence[Mapping[str, Any]]) -> Access:
        """Keep what a user was granted, as `Membership.objects.granted_to` gives it, on the user object.

        A superuser is a PMO of the whole organisation and an administrator: whoever installs the portal can work in it without
        naming themselves first.
        """
        grants = [
            Grant(
                row["role"],
                None if row["project"] else (row["path"] if row["node"] else ""),
                row["project"],
                row["home"] or "",
                NOBODY if row["source"] == "emergency" else row["lender"],
                row["confidentiality"] == "confidential",
                row["unit"],
            )
            for row in rows
            if row["role"] != ADMINISTRATOR
        ]
        if user.is_superuser:
            grants.append(Grant(SUPERUSER_ROLE, ""))
        # Running the portal is never lent, whatever a row says.
        runs = user.is_superuser or any(row["role"] == ADMINISTRATOR and not row["lender"] for row in rows)
        user._access = cls(user.pk, tuple(grants), runs)
        return user._access

    @property
    def own(self) -> Access:
        """Without what others lent."""
        own = tuple(grant for grant in self.grants if grant.lender is None)
        return self if len(own) == len(self.grants) else replace(self, grants=own)

    def roles_on(self, project: Project) -> set[str]:
        """The roles that count on this project; empty when the project is hidden from the user."""
        return self.roles_at(project.pk, project.path, project.is_confidential)

    def roles_at(self, pk: int, path: str, confidential: bool) -> set[str]:
        """The same, for a project known by its id, its path and whether it is confidential."""
        return {grant.role for grant in self.grants_at(pk, path, confidential)}

    def grants_at(self, pk: int, path: str, confidential: bool) -> list[Grant]:
        """The memberships that count there.

        On a confidential one a role over a subtree counts for who is named on it, and the PMO's always. Being named through a
        delegation opens the lender's roles there, never one's own.
        """
        naming = {g.lender for g in self.grants if g.project_id == pk}
        return [
            g
            for g in self.grants
            if g.project_id == pk
            or (g.covers(path) and (not confidential or g.lender in naming or g.role in SEES_CONFIDENTIAL))
        ]

    def roles_on_node(self, node: Node | None) -> set[str]:
        """The roles that cover this container (None: the whole organisation)."""
        path = node.path if node else ""
        return {g.role for g in self.grants if g.covers(path)}

    def seeing(self, group: str) -> frozenset[str]:
        """The roles that see this group of fields."""
        known = SEES_CONFIDENTIAL if group == ANY_PROJECT else FIELD_GROUPS[group]
        return frozenset() if group in self.withheld else known

    def sees(self, group: str, project: Project) -> bool:
        """Whether the user sees this group of fields on the project."""
        return bool(self.roles_on(project) & self.seeing(group))

    def sees_everywhere(self, group: str) -> bool:
        """Whether a role over the whole organisation shows this group: for what belongs to no place, such as people's rates.

        Who answers for the people of one unit does not: it would be what everybody costs.
        """
        seeing = self.seeing(group)
        return any(grant.path == "" and grant.unit is None and grant.role in seeing for grant in self.grants)

    def sees_money(self, project: Project) -> bool:
        """Whether the user sees what was approved and what is spent on the project."""
        return all(self.sees(group, project) for group in MONEY_GROUPS)

    def sees_money_at(self, pk: int, path: str, confidential: bool) -> bool:
        roles = self.roles_at(pk, path, confidential)
        return all(roles & self.seeing(group) for group in MONEY_GROUPS)

    def sees_all_money(self, path: str = "") -> bool:
        """Whether money may be summed, sorted and filtered below `path`."""
        return all(self.sees_all(group, path) for group in MONEY_GROUPS)

    @property
    def sees_some_money(self) -> bool:
        """Whether there can be a project on which the user sees money."""
        held = {grant.role for grant in self.grants}
        return all(held & self.seeing(group) for group in MONEY_GROUPS)

    def sees_all(self, group: str, path: str = "") -> bool:
        """Whether the user sees this group on every project they see below `path`: then it may be summed, sorted and filtered."""
        roles = self.seeing(group)
        wide = [g for g in self.grants if g.path is not None and g.role in roles]
        named = {g.project_id for g in self.grants if g.role in roles and g.project_id}
        for grant in self.grants:
            if grant.role in roles:
                continue
            if grant.path is None:
                inside = grant.home.startswith(path)
                # It may be confidential: then only the wider roles of who is named on it count, and those see everything.
                covered = grant.project_id in named or any(
                    one.covers(grant.home) and (one.lender == grant.lender or one.role in SEES_CONFIDENTIAL)
                    for one in wide
                )
            else:
                inside = grant.path.startswith(path) or path.startswith(grant.path)
                shown = grant.path if len(grant.path) > len(path) else path
                covered = any(one.covers(shown) for one in wide)
            if inside and not covered:
                return False
        return True

    def audience_of(self, node: Node) -> str | None:
        """ "full" or "open" when stored roll-ups of this node say exactly what the user may see, None when they do not."""
        roles = self.roles_on_node(node)
        if roles & SEES_CONFIDENTIAL:
            return "full"
        more = any(g.path and g.path.startswith(node.path) and g.role in SEES_CONFIDENTIAL for g in self.grants)
        return None if not roles or more or self.sees_apart(node.path) else "open"

    def sees_apart(self, path: str = "") -> bool:
        """Whether a project below `path` is seen by being named on it alone: no role over a container shows it."""
        wide = [g for g in self.grants if g.path is not None]
        return any(
            g.home.startswith(path) and (g.confidential or not any(one.covers(g.home) for one in wide))
            for g in self.grants
            if g.project_id is not None
        )

    @property
    def named_projects(self) -> list[int]:
        """Ids of the projects granted one by one."""
        return [g.project_id for g in self.grants if g.project_id is not None]

    def projects(self, prefix: str = "", group: str = "", roles: frozenset[str] | None = None) -> Q:
        """The filter that keeps visible projects, for a query that reaches the project through `prefix`.

        With `group`, those on which the user sees this group of fields; with `roles`, those on which one of these counts.
        """
        join = f"{prefix}__" if prefix else ""
        if roles is None and group:
            roles = self.seeing(group)
        wide = [g for g in self.grants if g.path is not None and (roles is None or g.role in roles)]
        whole = _under(join, [str(g.path) for g in wide if g.role in SEES_CONFIDENTIAL])
        public = _under(join, [str(g.path) for g in wide if g.role not in SEES_CONFIDENTIAL])
        if whole == EVERYTHING:
            return EVERYTHING
        ids = [
            g.project_id
            for g in self.grants
            if g.project_id
            and (roles is None or g.role in roles or any(one.lender == g.lender and one.covers(g.home) for one in wide))
        ]
        named = Q(**{f"{prefix or 'pk'}__in": ids})
        return named | whole | (public & ~Q(**{f"{join}confidentiality": "confidential"}))

    def nodes(self, homes: Iterable[int]) -> Q:
        """The filter that keeps visible containers: those covered, their ancestors, and `homes` of the named projects."""
        paths = [g.path for g in self.grants if g.path is not None]
        above = {int(part) for path in paths for part in path.split("/") if part}
        covered = EVERYTHING if self.is_administrator else _under("", paths)
        return covered if covered == EVERYTHING else covered | Q(pk__in=above.union(homes))


NOTHING = Q(pk__in=[])
EVERYTHING = Q(pk__isnull=False)


def _under(join: str, paths: Iterable[str]) -> Q:
    """Rows whose path starts with one of `paths`, shortest first so that nested grants collapse."""
    kept: list[str] = []
    for path in sorted(set(paths), key=len):
        if not any(path.startswith(outer) for outer in kept):
            kept.append(path)
    if "" in kept:
        return EVERYTHING
    condition = NOTHING
    for path in kept:
        condition |= Q(**{f"{join}path__startswith": path})
    return condition


class ScopedQuerySet(models.QuerySet[Any]):
    """Rows that hang off a project: `project_path` is the lookup that leads to it ("" on the project itself)."""

    project_path: ClassVar[str] = "project"

    def visible_to(self, user: Any) -> Self:
        """The rows this user may know exist."""
        return self.filter(Access.of(user).projects(self.project_path))
