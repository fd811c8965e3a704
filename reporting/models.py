"""The schema's table of contents."""

from reporting.alerts.models import Follow, Mailing, Mute, Notification
from reporting.dashboards.models import SavedView
from reporting.health.as_of_models import HealthAsOf, HealthFrozen
from reporting.health.models import HealthHistory, HealthPast, ProjectHealth, Rollup, RollupHistory, Threshold
from reporting.status.models import ReportingCalendar, ReportingPeriod, Snapshot, StatusReport

__all__ = [
    "Follow",
    "HealthAsOf",
    "HealthFrozen",
    "HealthHistory",
    "HealthPast",
    "Mailing",
    "Mute",
    "Notification",
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
