"""Portfolios, programmes and projects: the pages that write them."""

from django.urls import path

from projects.hierarchy.views import history, nodes, projects, records

urlpatterns = [
    path("projects/new/", projects.ProjectCreate.as_view(), name="project-create"),
    path("projects/<int:project>/edit/", projects.ProjectEdit.as_view(), name="project-edit"),
    path("projects/<int:project>/status/", projects.ProjectStatus.as_view(), name="project-status"),
    path("projects/<int:project>/move/", projects.ProjectMove.as_view(), name="project-move"),
    path("projects/<int:pk>/delete/", projects.ProjectDelete.as_view(), name="project-delete"),
    path("projects/<int:project>/history/", history.ProjectHistory.as_view(), name="project-history"),
    path("history/<slug:kind>/<int:pk>/", records.RecordHistory.as_view(), name="record-history"),
    path("portfolios/new/", nodes.PortfolioCreate.as_view(), name="portfolio-create"),
    path("programmes/new/", nodes.ProgrammeCreate.as_view(), name="programme-create"),
    path("tree/<int:pk>/edit/", nodes.NodeEdit.as_view(), name="node-edit"),
    path("tree/<int:pk>/delete/", nodes.NodeDelete.as_view(), name="node-delete"),
]
