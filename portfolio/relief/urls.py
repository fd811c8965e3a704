"""Addresses of what gives way."""

from django.urls import path, re_path

from portfolio.relief import views

urlpatterns = [
    path("capacity/gives-way/", views.gives_way, name="relief"),
    path("capacity/proposals/", views.proposal_list, name="proposal-list"),
    path("capacity/proposals/<int:pk>/", views.proposal, name="proposal"),
    re_path(
        r"^capacity/proposals/(?P<pk>[0-9]{1,18})/(?P<verb>accept|refuse|withdraw)/$",
        views.answer,
        name="proposal-answer",
    ),
    path("projects/<int:pk>/proposals/", views.of_project, name="project-proposals"),
]
