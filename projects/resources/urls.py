"""People."""

from django.urls import path

from projects.resources import histories, views

__all__ = ["histories", "urlpatterns"]  # the histories and the menu know themselves
urlpatterns = [
    path("people/", views.PersonList.as_view(), name="person-list"),
    path("people/new/", views.PersonCreate.as_view(), name="person-create"),
    path("people/<int:pk>/edit/", views.PersonEdit.as_view(), name="person-edit"),
]
