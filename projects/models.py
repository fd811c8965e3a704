"""The schema's table of contents."""

from projects.access.models import Membership
from projects.exchange.models import ExternalKey, ImportBatch, ImportProfile
from projects.hierarchy.models import Node, Portfolio, Programme, Project
from projects.money.models import BudgetLine
from projects.planning.models import Milestone, MilestoneForecast
from projects.raid.models import Action, Assessment, Decision, DecisionOption, InterProjectDependency, Issue, Risk
from projects.resources.models import (
    Absence,
    Allocation,
    AllocationMonth,
    CalendarException,
    Person,
    PersonSkill,
    PooledCapacity,
    Rate,
    Role,
    Skill,
    Unit,
    UnitShare,
    WorkingCalendar,
    WorkPattern,
)

__all__ = [
    "Absence",
    "Action",
    "Allocation",
    "AllocationMonth",
    "Assessment",
    "BudgetLine",
    "CalendarException",
    "Decision",
    "DecisionOption",
    "ExternalKey",
    "ImportBatch",
    "ImportProfile",
    "InterProjectDependency",
    "Issue",
    "Membership",
    "Milestone",
    "MilestoneForecast",
    "Node",
    "Person",
    "PersonSkill",
    "PooledCapacity",
    "Portfolio",
    "Programme",
    "Project",
    "Rate",
    "Risk",
    "Role",
    "Skill",
    "Unit",
    "UnitShare",
    "WorkPattern",
    "WorkingCalendar",
]
