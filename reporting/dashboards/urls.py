"""Addresses of the pages that show."""

from django.urls import path

from reporting.dashboards import records as records  # whose history can be read
from reporting.dashboards.views import (
    bulk,
    calibration,
    collection,
    corrections,
    executive,
    lists,
    my_day,
    portfolio,
    project,
    reports,
    saved,
    thresholds,
)

urlpatterns = [
    path("portfolios/", portfolio.portfolio_list, name="portfolio-list"),
    path("portfolios/<str:code>/", portfolio.portfolio, name="portfolio"),
    path("portfolios/<str:code>/figures/", portfolio.figures, name="portfolio-figures"),
    path("portfolios/<str:code>/chart/", portfolio.chart, name="portfolio-chart"),
    path("programmes/<str:code>/", portfolio.programme, name="programme"),
    path("projects/", lists.project_list, name="project-list"),
    path("projects/bulk/<slug:action>/", bulk.bulk, name="project-bulk"),
    path("projects/mine/", lists.my_projects, name="my-projects"),
    path("projects/<int:pk>/", project.project_detail, name="project-detail"),
    path("my-day/", my_day.my_day, name="my-day"),
    path("my-day/seen/", my_day.seen, name="my-day-seen"),
    path("my-day/letters/", my_day.letters, name="my-day-letters"),
    path("my-day/mute/", my_day.mute, name="my-day-mute"),
    path("projects/<int:pk>/follow/", my_day.follow, name="project-follow"),
    path("projects/<int:pk>/report/", reports.current, name="report-current"),
    path("reports/<int:pk>/", reports.report, name="report"),
    path("reports/<int:pk>/draft/", reports.draft, name="report-draft"),
    path("reports/<int:pk>/correct/", corrections.correct, name="report-correct"),
    path("collection/", collection.collection, name="collection"),
    path("collection/reports/<int:pk>/", collection.report_review, name="report-review"),
    path("collection/periods/<int:pk>/", collection.period_step, name="period-step"),
    path("collection/periods/<int:pk>/calibration/", calibration.calibration, name="period-calibration"),
    path("collection/periods/<int:pk>/fix/", collection.hygiene_fix, name="collection-fix"),
    path("settings/reporting/", collection.calendar_list, name="calendar-list"),
    path("settings/reporting/<str:code>/", collection.calendar_edit, name="calendar-edit"),
    path("executive/", executive.executive, name="executive"),
    path("settings/thresholds/", thresholds.threshold_list, name="threshold-list"),
    path("settings/thresholds/organisation/", thresholds.threshold_edit, name="threshold-organisation"),
    path("settings/thresholds/<str:code>/", thresholds.threshold_edit, name="threshold-edit"),
    path("views/save/", saved.save, name="view-save"),
    path("views/<int:pk>/delete/", saved.delete, name="view-delete"),
]
