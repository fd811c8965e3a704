"""Addresses of charts."""

from django.urls import path

from reporting.charts import views

urlpatterns = [
    path("charts/<slug:key>/", views.figure, name="chart"),
    path("charts/<slug:key>/data/", views.data, name="chart-data"),
]
