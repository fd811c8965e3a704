"""The schema's table of contents."""

from reporting.dashboards.models import SavedView
from reporting.health.models import HealthHistory, HealthPast, ProjectHealth, Rollup, RollupHistory, Threshold
from reporting.status.models import ReportingCalendar, ReportingPeriod, Snapshot, StatusReport

__all__ = [
    "HealthHistory",
    "HealthPast",
    "ProjectHealth",
    "ReportingCalendar",
    "ReportingPeriod",
    "Rollup",
    "RollupHistory",
    "SavedView",
    "Snapshot",
    "StatusReport",
    "Threshold",
]
