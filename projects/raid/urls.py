"""Risks."""

from django.urls import path

from projects.raid.views import risks as views

urlpatterns = [
    path("projects/<int:project>/risks/", views.RiskList.as_view(), name="risk-list"),
    path("projects/<int:project>/risks/new/", views.RiskCreate.as_view(), name="risk-create"),
    path("risks/<int:pk>/edit/", views.RiskEdit.as_view(), name="risk-edit"),
    path("risks/<int:pk>/close/", views.RiskClose.as_view(), name="risk-close"),
    path("risks/<int:pk>/delete/", views.RiskDelete.as_view(), name="risk-delete"),
]
