"""The site's table of contents."""

from django.urls import include, path

from pmo_portal.core.health_check import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("pmo_portal.core.urls")),
    path("", include("pmo_portal.core.identity.urls")),
    path("", include("projects.urls")),
    path("", include("reporting.urls")),
    path("api/v1/", include("pmo_portal.api_urls")),
]

handler403 = "pmo_portal.core.site.forbidden"
handler404 = "pmo_portal.core.site.not_found"
handler500 = "pmo_portal.core.site.server_error"
handler429 = "pmo_portal.core.site.too_many"  # asked for by django-allauth
