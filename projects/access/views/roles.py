"""What each role may do, see and give: read from the tables that decide it, so that the page cannot say anything else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.navigation import Entry, others
from pmo_portal.core.views import ListPage
from projects.access import policy
from projects.access.models import Membership
from projects.hierarchy.visibility import FIELD_GROUPS, SEES_CONFIDENTIAL

ACTIONS: Mapping[str, Promise] = {
    policy.VIEW_PROJECT: _("read projects"),
    policy.EDIT_PROJECT: _("edit projects, their milestones, and declare their status"),
    policy.EDIT_MONEY: _("edit budgets"),
    policy.EDIT_REGISTERS: _("update milestone forecasts, risks, issues and actions, and ask for decisions"),
    policy.TAKE_DECISION: _("take the decisions that projects ask for, or refuse them"),
    policy.ASSESS_PROJECT: _("write and release independent reviews of projects they do not answer for"),
    policy.SET_BASELINE: _("move an agreed baseline or a tolerance"),
    policy.LIFT_CONFIDENTIALITY: _("make a confidential project public"),
    policy.CREATE_PROJECT: _("create projects"),
    policy.DELETE_PROJECT: _("delete projects"),
    policy.DECLARE_STATUS: _("write the status report of a period"),
    policy.VALIDATE_STATUS: _("review status reports, ask for a correction"),
    policy.RUN_REPORTING: _("set reporting calendars, open and freeze periods"),
    policy.EDIT_TREE: _("edit and move portfolios and programmes"),
    policy.IMPORT_FILES: _("import files"),
    policy.EDIT_THRESHOLDS: _("set health thresholds"),
    policy.MANAGE_MEMBERS: _("give and take away roles"),
    policy.MANAGE_ACCOUNTS: _("manage accounts, for the whole organisation"),
    policy.VIEW_AUDIT: _("read the audit log, for the whole organisation"),
    policy.VIEW_PEOPLE: _("look up people, their roles, skills, units and absences"),
    policy.EDIT_RESOURCES: _("keep people, units, roles, skills, working calendars and absences"),
    policy.VIEW_CAPACITY: _("see what people can do and what is asked of them, in sums"),
    policy.REQUEST_ALLOCATION: _("ask for people on a project"),
    policy.ANSWER_ALLOCATION: _("answer requests for people"),
    policy.PROPOSE_RELIEF: _("level portfolios, and propose to the owners what gives way"),
    policy.VIEW_AS: _("see the portal as someone else, read-only and told to them"),
    policy.BREAK_GLASS: _("open an emergency access to one project, told to those concerned"),
}
GROUPS: Mapping[str, Promise] = {
    "budget": _("budgets"),
    "costs": _("costs and commitments"),
    "rates": _("daily rates of people, for the whole organisation"),
    "confidential_note": _("the confidential note"),
    "assessments": _("independent reviews, once they are released"),
    "assessment_drafts": _("drafts of independent reviews"),
}
CONFIDENTIAL = _("confidential projects without being named on them")


@dataclass(frozen=True, slots=True)
class Line:
    """One role in words; `mine`: the reader has it somewhere."""

    name: str
    may: list[Promise]
    sees: list[Promise]
    gives: list[str]
    mine: bool


def lines(held: frozenset[str]) -> list[Line]:
    """Every role, in the order they are offered."""
    return [
        Line(
            name=str(label),
            may=[words for action, words in ACTIONS.items() if role in policy.POLICY[action]],
            sees=[
                *(words for group, words in GROUPS.items() if role in FIELD_GROUPS[group]),
                *([CONFIDENTIAL] if role in SEES_CONFIDENTIAL else []),
            ],
            gives=[str(name) for other, name in Membership.Role.choices if other in policy.GIVES.get(role, ())],
            mine=role in held,
        )
        for role, label in Membership.Role.choices
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """One right in words; `held`: whether each role has it, in the order of `lines`."""

    words: Promise | str
    held: list[bool]


def matrix() -> list[tuple[Promise, list[Row]]]:
    """The same the other way round, for who asks which roles may do a thing: (heading, rights)."""
    roles = Membership.Role.values
    given = [
        (other, name) for other, name in Membership.Role.choices if any(other in all_ for all_ in policy.GIVES.values())
    ]
    return [
        (
            _("May"),
            [Row(words, [role in policy.POLICY[action] for role in roles]) for action, words in ACTIONS.items()],
        ),
        (
            _("Sees besides"),
            [
                *(Row(words, [role in FIELD_GROUPS[group] for role in roles]) for group, words in GROUPS.items()),
                Row(CONFIDENTIAL, [role in SEES_CONFIDENTIAL for role in roles]),
            ],
        ),
        (
            _("Gives the roles"),
            [Row(str(name), [other in policy.GIVES.get(role, ()) for role in roles]) for other, name in given],
        ),
    ]


class RoleList(ListPage):
    """For everybody: what one's own role may is no secret, nor what to ask for."""

    template = "projects/access/role_list.html"

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(lines=lines(policy.roles_held(self.user)), matrix=matrix(), **extra)


others.add(
    "roles",
    Entry(
        _("What each role may do"),
        "projects:role-list",
        "users",
        words=_("rights permissions matrix who may see edit"),
    ),
)
