"""People and capacity: who can do what, when, and what projects ask of them (docs/decisions/0220)."""

from projects.resources.models.absence import Absence
from projects.resources.models.allocation import Allocation, AllocationMonth
from projects.resources.models.calendar import CalendarException, Week, WorkingCalendar, WorkPattern
from projects.resources.models.person import Person, PersonSkill, UnitShare
from projects.resources.models.pool import PooledCapacity, Rate
from projects.resources.models.vocabulary import Role, Skill, Unit

__all__ = [
    "Absence",
    "Allocation",
    "AllocationMonth",
    "CalendarException",
    "Person",
    "PersonSkill",
    "PooledCapacity",
    "Rate",
    "Role",
    "Skill",
    "Unit",
    "UnitShare",
    "Week",
    "WorkPattern",
    "WorkingCalendar",
]
