"""The audit log."""

from django.urls import path

from projects.audit import views

urlpatterns = [
    path("administration/audit/", views.AuditLog.as_view(), name="audit-log"),
    path("administration/audit/export/", views.AuditExport.as_view(), name="audit-export"),
]
