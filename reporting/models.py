"""The schema's table of contents."""

from reporting.dashboards.models import SavedView
from reporting.health.models import HealthHistory, HealthPast, ProjectHealth, Rollup, RollupHistory, Threshold

__all__ = ["HealthHistory", "HealthPast", "ProjectHealth", "Rollup", "RollupHistory", "SavedView", "Threshold"]
