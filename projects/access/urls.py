"""Users and rights."""

from django.urls import path

from projects.access import backend as backend  # tells core who holds which role
from projects.access import search as search  # what the palette finds
from projects.access import views
from projects.access.services import groups as groups  # takes the roles that a sign-in service names

urlpatterns = [
    path("members/", views.MemberList.as_view(), name="member-list"),
    path("members/new/", views.MemberCreate.as_view(), name="member-create"),
    path("members/<int:pk>/delete/", views.MemberDelete.as_view(), name="member-delete"),
    path("users/", views.UserList.as_view(), name="user-list"),
    path("users/new/", views.UserCreate.as_view(), name="user-create"),
    path("users/<int:pk>/edit/", views.UserEdit.as_view(), name="user-edit"),
]
