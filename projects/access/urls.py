"""Users and rights."""

from django.urls import path

from projects.access import backend as backend  # tells core who holds which role
from projects.access import search as search  # what the palette finds
from projects.access import service_accounts, token_views, views
from projects.access.services import groups as groups  # takes the roles that a sign-in service names

urlpatterns = [
    path("members/", views.MemberList.as_view(), name="member-list"),
    path("members/new/", views.MemberCreate.as_view(), name="member-create"),
    path("members/<int:pk>/delete/", views.MemberDelete.as_view(), name="member-delete"),
    path("users/", views.UserList.as_view(), name="user-list"),
    path("users/new/", views.UserCreate.as_view(), name="user-create"),
    path("users/<int:pk>/edit/", views.UserEdit.as_view(), name="user-edit"),
    path("service-accounts/", service_accounts.ServiceAccountList.as_view(), name="service-account-list"),
    path("service-accounts/new/", service_accounts.ServiceAccountCreate.as_view(), name="service-account-create"),
    path("service-accounts/<int:pk>/", token_views.token_list, name="service-account-detail"),
    path("service-accounts/<int:pk>/edit/", service_accounts.ServiceAccountEdit.as_view(), name="service-account-edit"),
    path("service-accounts/<int:pk>/tokens/new/", token_views.token_create, name="service-account-token"),
    path("preferences/tokens/", token_views.token_list, name="token-list"),
    path("preferences/tokens/new/", token_views.token_create, name="token-create"),
    path("tokens/<int:pk>/rotate/", token_views.token_rotate, name="token-rotate"),
    path("tokens/<int:pk>/revoke/", token_views.token_revoke, name="token-revoke"),
]
