"""Addresses of the picture of capacity."""

from django.urls import path

from portfolio.capacity import views

urlpatterns = [
    path("capacity/", views.capacity, name="capacity"),
    path("capacity/file/<str:kind>/", views.files, name="capacity-file"),
    path("capacity/tightest/", views.tightest_roles, name="capacity-tightest"),
    path("capacity/me/", views.own_load, name="own-load"),
    path("capacity/people/<int:pk>/", views.person_load, name="person-load"),
]
