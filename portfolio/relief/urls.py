"""Addresses of what gives way."""

from django.urls import path

from portfolio.relief import views

urlpatterns = [
    path("capacity/gives-way/", views.gives_way, name="relief"),
    path("capacity/proposals/", views.proposal_list, name="proposal-list"),
    path("capacity/proposals/<int:pk>/", views.proposal, name="proposal"),
    path("capacity/proposals/<int:pk>/accept/", views.answer, {"verb": "accept"}, name="proposal-accept"),
    path("capacity/proposals/<int:pk>/refuse/", views.answer, {"verb": "refuse"}, name="proposal-refuse"),
    path("capacity/proposals/<int:pk>/withdraw/", views.answer, {"verb": "withdraw"}, name="proposal-withdraw"),
    path("projects/<int:pk>/proposals/", views.of_project, name="project-proposals"),
]
