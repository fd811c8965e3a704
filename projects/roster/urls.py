"""Files of people, of absences and of requests."""

from django.urls import path

from projects.roster import views
from projects.roster.requests.views import RequestImport, RequestImportCreate

urlpatterns = [
    path("people/import/", views.ImportCreate.as_view(), name="people-import-create"),
    path("people/import/<int:pk>/", views.OneImport.as_view(), name="people-import-review"),
    path("people/export/", views.PersonExport.as_view(), name="person-export"),
    path("allocations/import/", RequestImportCreate.as_view(), name="allocation-import-create"),
    path("allocations/import/<int:pk>/", RequestImport.as_view(), name="allocation-import-review"),
]
