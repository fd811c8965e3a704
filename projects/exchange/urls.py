"""Files in."""

from django.urls import path

from projects.exchange import dependency_file, team_file, views

urlpatterns = [
    path("allocations/export/", team_file.allocation_export, name="allocation-export"),
    path("dependencies/export/", dependency_file.dependency_export, name="dependency-export"),
    path("imports/", views.ImportList.as_view(), name="import-list"),
    path("imports/new/", views.ImportCreate.as_view(), name="import-create"),
    path("imports/template-<str:lang>.xlsx", views.import_template, name="import-template"),
    path("imports/<int:pk>/", views.ImportReview.as_view(), name="import-review"),
    path("imports/<int:pk>/columns/", views.ImportMapping.as_view(), name="import-mapping"),
    path("imports/<int:pk>/profile/", views.ImportProfileSave.as_view(), name="import-profile-save"),
    path("imports/<int:pk>/apply/", views.ImportApply.as_view(), name="import-apply"),
    path("imports/<int:pk>/discard/", views.ImportDiscard.as_view(), name="import-discard"),
    path("imports/<int:pk>/undo/", views.ImportUndo.as_view(), name="import-undo"),
    path("imports/<int:pk>/left-out/", views.ImportRejects.as_view(), name="import-rejects"),
]
