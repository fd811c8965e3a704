"""People."""

from django.urls import path

from projects.resources import views

urlpatterns = [
    path("people/", views.PersonList.as_view(), name="person-list"),
    path("people/new/", views.PersonCreate.as_view(), name="person-create"),
    path("people/<int:pk>/edit/", views.PersonEdit.as_view(), name="person-edit"),
]
