"""The site's table of contents."""

from django.urls import include, path

from pmo_portal.core.csp_reports import csp_report
from pmo_portal.core.health_check import healthz
from pmo_portal.core.readiness import readyz
from pmo_portal.core.security_txt import security_txt

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path(".well-known/security.txt", security_txt, name="security-txt"),
    path("csp-report", csp_report, name="csp-report"),
    path("", include("pmo_portal.core.urls")),
    path("", include("pmo_portal.core.identity.urls")),
    path("", include("projects.urls")),
    path("", include("portfolio.urls")),
    path("", include("reporting.urls")),
    path("api/v1/", include("pmo_portal.api_urls")),
]

handler400 = "pmo_portal.core.error_pages.bad_request"
handler403 = "pmo_portal.core.error_pages.forbidden"
handler404 = "pmo_portal.core.error_pages.not_found"
handler500 = "pmo_portal.core.error_pages.server_error"
handler429 = "pmo_portal.core.error_pages.too_many"  # asked for by django-allauth
