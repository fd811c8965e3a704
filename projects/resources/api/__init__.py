"""People and what they can do, in the API."""

from projects.resources.api.allocations import AllocationViewSet
from projects.resources.api.calendars import CalendarExceptionViewSet, WorkingCalendarViewSet
from projects.resources.api.capacity import PooledCapacityViewSet, RateViewSet
from projects.resources.api.people import PersonSkillViewSet, PersonViewSet, UnitShareViewSet
from projects.resources.api.time import AbsenceViewSet, WorkPatternViewSet
from projects.resources.api.vocabulary import RoleViewSet, SkillViewSet, UnitViewSet

__all__ = [
    "AbsenceViewSet",
    "AllocationViewSet",
    "CalendarExceptionViewSet",
    "PersonSkillViewSet",
    "PersonViewSet",
    "PooledCapacityViewSet",
    "RateViewSet",
    "RoleViewSet",
    "SkillViewSet",
    "UnitShareViewSet",
    "UnitViewSet",
    "WorkPatternViewSet",
    "WorkingCalendarViewSet",
]
