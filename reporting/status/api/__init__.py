"""The reporting cycle of the API."""

from reporting.status.api.calendars import CalendarViewSet
from reporting.status.api.periods import PeriodViewSet
from reporting.status.api.reports import ReportViewSet
from reporting.status.api.snapshots import SnapshotViewSet
from reporting.status.api.workbooks import ReportWorkbookViewSet

__all__ = ["CalendarViewSet", "PeriodViewSet", "ReportViewSet", "ReportWorkbookViewSet", "SnapshotViewSet"]
