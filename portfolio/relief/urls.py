"""Addresses of what gives way."""

from django.urls import path

from portfolio.relief.views import files, proposals, runs

urlpatterns = [
    path("capacity/gives-way/", proposals.gives_way, name="relief"),
    path("capacity/gives-way/file/<str:kind>/", files.gives_way_file, name="relief-file"),
    path("capacity/proposals/", proposals.proposal_list, name="proposal-list"),
    path("capacity/proposals/file/<str:kind>/", files.proposal_file, name="proposal-file"),
    path("capacity/proposals/<int:pk>/", proposals.proposal, name="proposal"),
    path("capacity/proposals/<int:pk>/accept/", proposals.answer, {"verb": "accept"}, name="proposal-accept"),
    path("capacity/proposals/<int:pk>/refuse/", proposals.answer, {"verb": "refuse"}, name="proposal-refuse"),
    path("capacity/proposals/<int:pk>/withdraw/", proposals.answer, {"verb": "withdraw"}, name="proposal-withdraw"),
    path("capacity/leveling/", runs.leveling_list, name="leveling-list"),
    path("capacity/leveling/<int:pk>/", runs.leveling, name="leveling"),
    path("capacity/leveling/<int:pk>/file/<str:kind>/", files.leveling_file, name="leveling-file"),
    path("capacity/leveling/<int:pk>/cancel/", runs.cancel, name="leveling-cancel"),
    path("capacity/leveling/<int:pk>/propose/", runs.propose, name="leveling-propose"),
    path("projects/<int:pk>/proposals/", proposals.of_project, name="project-proposals"),
]
