"""The rights: one table, role × action, and one of who gives which role. Every page, form, import and API call asks here."""

from dataclasses import replace
from typing import Any

from pmo_portal.core import trace
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import ADMINISTRATOR, SEES_CONFIDENTIAL, Access

VIEW_PROJECT = "projects.view_project"
EDIT_PROJECT = "projects.edit_project"
EDIT_MONEY = "projects.edit_money"
EDIT_REGISTERS = "projects.edit_registers"
CREATE_PROJECT = "projects.create_project"
TAKE_DECISION = "projects.take_decision"
ASSESS_PROJECT = "projects.assess_project"
SET_BASELINE = "projects.set_baseline"
LIFT_CONFIDENTIALITY = "projects.lift_confidentiality"
DELETE_PROJECT = "projects.delete_project"
DECLARE_STATUS = "projects.declare_status"
VALIDATE_STATUS = "projects.validate_status"
RUN_REPORTING = "projects.run_reporting"
EDIT_TREE = "projects.edit_tree"
IMPORT_FILES = "projects.import_files"
EDIT_THRESHOLDS = "projects.edit_thresholds"
MANAGE_MEMBERS = "projects.manage_members"
MANAGE_ACCOUNTS = "projects.manage_accounts"
VIEW_AUDIT = "projects.view_audit"
VIEW_PEOPLE = "projects.view_people"
EDIT_RESOURCES = "projects.edit_resources"
VIEW_CAPACITY = "projects.view_capacity"
REQUEST_ALLOCATION = "projects.request_allocation"
ANSWER_ALLOCATION = "projects.answer_allocation"
PROPOSE_RELIEF = "projects.propose_relief"
VIEW_AS = "projects.view_as"
BREAK_GLASS = "projects.break_glass"

READERS = frozenset({
    "pmo", "executive", "committee_member", "sponsor", "portfolio_manager", "project_manager", "resource_manager", "finance",
    "assurance", "contributor", "viewer", "service_account",
})  # fmt: skip
MANAGERS = frozenset({"pmo", "portfolio_manager", "project_manager", "service_account"})

# action: roles that may, within their scope. The administrator runs the portal and reads no project: what concerns no place
# (accounts, the audit log) is theirs, and in an emergency, for an hour and with a reason, a look at one project.
POLICY: dict[str, frozenset[str]] = {
    VIEW_PROJECT: READERS,
    EDIT_PROJECT: MANAGERS,  # facts, declared status, milestones
    EDIT_MONEY: MANAGERS | {"finance"},  # budget lines
    EDIT_REGISTERS: MANAGERS
    | {"contributor", "sponsor"},  # milestone forecasts, risks, issues, actions; ask for decisions
    TAKE_DECISION: frozenset(
        {"pmo", "executive", "committee_member", "sponsor"}
    ),  # the PMO writes down what others decided
    ASSESS_PROJECT: frozenset({"assurance"}),  # write and release an independent review (BR-26)
    SET_BASELINE: frozenset({"pmo"}),  # move an agreed baseline or a tolerance (BR-14)
    LIFT_CONFIDENTIALITY: SEES_CONFIDENTIAL,  # show to everybody what was for a few
    CREATE_PROJECT: frozenset({"pmo", "portfolio_manager", "service_account"}),
    DELETE_PROJECT: frozenset({"pmo"}),
    DECLARE_STATUS: MANAGERS,  # write and submit the report of a period
    VALIDATE_STATUS: frozenset({"pmo"}),  # review it, ask for a correction
    RUN_REPORTING: frozenset({"pmo"}),  # calendars, opening and freezing periods, revisions of what is frozen
    EDIT_TREE: frozenset({"pmo"}),  # portfolios, programmes, moves
    IMPORT_FILES: frozenset({"pmo"}),
    EDIT_THRESHOLDS: frozenset({"pmo"}),
    MANAGE_MEMBERS: frozenset({"pmo", "portfolio_manager", ADMINISTRATOR}),
    MANAGE_ACCOUNTS: frozenset({"pmo", ADMINISTRATOR}),  # of the whole organisation only
    VIEW_AUDIT: frozenset({"pmo", ADMINISTRATOR}),  # of the whole organisation only
    VIEW_PEOPLE: MANAGERS | {"resource_manager"},  # who works here, when, and what they can do (decision 0220)
    EDIT_RESOURCES: frozenset(
        {"pmo", "resource_manager", "service_account"}
    ),  # people's roles, units, skills, time; a program brings them from elsewhere
    VIEW_CAPACITY: frozenset(
        {
            "pmo",
            "executive",
            "committee_member",
            "portfolio_manager",
            "project_manager",
            "resource_manager",
            "finance",
            "service_account",
        }
    ),  # sums of what people can do and are asked
    REQUEST_ALLOCATION: MANAGERS,  # ask for people on a project
    ANSWER_ALLOCATION: frozenset({"pmo", "resource_manager"}),  # say who, and how much
    PROPOSE_RELIEF: frozenset(
        {"pmo", "portfolio_manager", "resource_manager"}
    ),  # level portfolios, ask owners to give way; they decide
    VIEW_AS: frozenset({ADMINISTRATOR}),
    BREAK_GLASS: frozenset({ADMINISTRATOR}),
}
# Whoever stands in for someone has none of these from them: what they give away would outlast the delegation.
NOT_LENT = frozenset({MANAGE_MEMBERS, MANAGE_ACCOUNTS, VIEW_AS, BREAK_GLASS})
ON_PROJECT = frozenset(
    {
        VIEW_PROJECT,
        EDIT_PROJECT,
        EDIT_MONEY,
        EDIT_REGISTERS,
        TAKE_DECISION,
        ASSESS_PROJECT,
        SET_BASELINE,
        LIFT_CONFIDENTIALITY,
        DELETE_PROJECT,
        DECLARE_STATUS,
        VALIDATE_STATUS,
        REQUEST_ALLOCATION,
    }
)

# What the unit of a role limits (projects/resources/selectors/reach.py, decision 0220).
BY_UNIT = frozenset({EDIT_RESOURCES, ANSWER_ALLOCATION})

# Who may give or take away which role, where theirs reaches (security.md T9). Nobody gives more than they hold: a portfolio
# manager none that sees personal rates, a PMO none that runs the portal.
GIVES: dict[str, frozenset[str]] = {
    ADMINISTRATOR: READERS | {ADMINISTRATOR},
    "pmo": READERS,
    "portfolio_manager": frozenset({"sponsor", "project_manager", "contributor", "viewer"}),
}


def allowed(user: Any, action: str, target: Project | Node | None) -> bool:
    """Whether the user's roles on `target` give `action`. None as target: anywhere at all (to show or hide a menu entry).

    A change is noted in the trace with who lent the right, if it takes that: the audit rows tell it.
    """
    access, roles = able(user, action), POLICY[action]
    if access.is_administrator and ADMINISTRATOR in roles:
        return True
    if not holds(access, roles, target):
        return False
    if action != VIEW_PROJECT and access.user_id is not None:
        kind = "" if target is None else ("project" if isinstance(target, Project) else "node")
        lender = None if holds(access.own, roles, target) else lender_of(access, roles, target)
        trace.note_right(access.user_id, kind, target.pk if target else None, lender=lender)
    return True


def holds(access: Access, roles: frozenset[str], target: Project | Node | None) -> bool:
    """Whether one of these roles counts on `target`; None: anywhere."""
    if target is None:
        return any(grant.role in roles for grant in access.grants)
    held = access.roles_on(target) if isinstance(target, Project) else access.roles_on_node(target)
    return bool(held & roles)


def lender_of(access: Access, roles: frozenset[str], target: Project | Node | None) -> int | None:
    """Who lent one of these roles on `target`; the first of several, None for nobody."""
    for lender in sorted({grant.lender for grant in access.grants if grant.lender}):
        lent = replace(access, grants=tuple(grant for grant in access.grants if grant.lender == lender))
        if holds(lent, roles, target):
            return lender
    return None


def able(user: Any, action: str) -> Access:
    """The grants that count for this action."""
    access = Access.of(user)
    return access.own if action in NOT_LENT else access


def allowed_everywhere(user: Any, action: str) -> bool:
    """Whether the user may do this for the whole organisation."""
    access, roles = able(user, action), POLICY[action]
    return (access.is_administrator and ADMINISTRATOR in roles) or bool(access.roles_on_node(None) & roles)


def limited_to(user: Any, action: str) -> frozenset[int]:
    """The units whose people alone an action reaches that the user may do for the whole organisation; empty: everybody's."""
    access = able(user, action)
    anywhere = action == EDIT_RESOURCES  # people are in no place: whoever keeps everybody's somewhere keeps them
    given = [grant for grant in access.grants if grant.role in POLICY[action] and (anywhere or grant.path == "")]
    units = {grant.unit for grant in given}
    if action not in BY_UNIT or None in units or not allowed_everywhere(user, action):
        return frozenset()
    return frozenset(unit for unit in units if unit is not None)


def roles_given_by(user: Any, target: Project | Node | None) -> frozenset[str]:
    """The roles this user may give and take away on `target` (None: the whole organisation)."""
    access = able(user, MANAGE_MEMBERS)
    held = access.roles_on(target) if isinstance(target, Project) else access.roles_on_node(target)
    if access.is_administrator:
        held = held | {ADMINISTRATOR}
    given = frozenset(role for holder in held for role in GIVES.get(holder, ()))
    return given if target is None else given - {ADMINISTRATOR}


def roles_to_give(user: Any) -> frozenset[str]:
    """The roles this user may give anywhere at all."""
    access = able(user, MANAGE_MEMBERS)
    held = {grant.role for grant in access.grants} | ({ADMINISTRATOR} if access.is_administrator else set())
    return frozenset(role for holder in held for role in GIVES.get(holder, ()))


def roles_held(user: Any) -> frozenset[str]:
    """The names of the roles somebody holds anywhere, lent ones included."""
    access = Access.of(user)
    return frozenset(grant.role for grant in access.grants) | ({ADMINISTRATOR} if access.is_administrator else set())
