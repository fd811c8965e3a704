"""Pages about the facts."""

from django.urls import include, path

app_name = "projects"
urlpatterns = [
    path("", include("projects.hierarchy.urls")),
    path("", include("projects.access.urls")),
    path("", include("projects.resources.urls")),
    path("", include("projects.planning.urls")),
    path("", include("projects.money.urls")),
    path("", include("projects.raid.urls")),
    path("", include("projects.exchange.urls")),
    path("", include("projects.audit.urls")),
    path("", include("projects.roster.urls")),
]
