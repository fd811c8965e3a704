"""Milestones."""

from django.urls import path

from projects.planning import views

urlpatterns = [
    path("projects/<int:project>/milestones/", views.MilestoneList.as_view(), name="milestone-list"),
    path("projects/<int:project>/milestones/new/", views.MilestoneCreate.as_view(), name="milestone-create"),
    path("milestones/<int:pk>/edit/", views.MilestoneEdit.as_view(), name="milestone-edit"),
    path("milestones/<int:pk>/dates/", views.MilestoneDates.as_view(), name="milestone-dates"),
    path("milestones/<int:pk>/delete/", views.MilestoneDelete.as_view(), name="milestone-delete"),
]
