"""The schema's table of contents."""

from reporting.dashboards.models import SavedView
from reporting.health.models import HealthHistory, ProjectHealth, Rollup, RollupHistory, Threshold

__all__ = ["HealthHistory", "ProjectHealth", "Rollup", "RollupHistory", "SavedView", "Threshold"]
