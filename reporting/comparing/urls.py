"""Addresses of comparisons."""

from django.urls import path

from reporting.comparing import views

urlpatterns = [
    path("compare/", views.comparison, name="compare"),
    path("projects/<int:pk>/compare/", views.project_comparison, name="project-compare"),
]
