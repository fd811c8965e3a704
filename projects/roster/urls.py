"""Files of people and of absences."""

from django.urls import path

from projects.roster import views

urlpatterns = [
    path("people/import/", views.ImportCreate.as_view(), name="people-import-create"),
    path("people/import/<int:pk>/", views.OneImport.as_view(), name="people-import-review"),
    path("people/export/", views.PersonExport.as_view(), name="person-export"),
]
