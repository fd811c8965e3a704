"""Users and rights."""

from django.urls import path

from projects.access import backend as backend  # tells core who holds which role
from projects.access import notices as notices  # what every page tells
from projects.access import search as search  # what the palette finds
from projects.access import service_accounts, token_views
from projects.access.services import groups as groups  # takes the roles that a sign-in service names
from projects.access.services import undoing as undoing  # takes back what was done with roles and accounts
from projects.access.views import accounts, delegations, members, oversight, roles

urlpatterns = [
    path("members/", members.MemberList.as_view(), name="member-list"),
    path("members/new/", members.MemberCreate.as_view(), name="member-create"),
    path("members/choices/", members.MemberChoices.as_view(), name="member-choices"),
    path("members/<int:pk>/edit/", members.MemberEdit.as_view(), name="member-edit"),
    path("members/<int:pk>/delete/", members.MemberDelete.as_view(), name="member-delete"),
    path("members/<int:pk>/lend/", delegations.MemberLend.as_view(), name="member-lend"),
    path("users/", accounts.UserList.as_view(), name="user-list"),
    path("users/new/", accounts.UserCreate.as_view(), name="user-create"),
    path("users/<int:pk>/edit/", accounts.UserEdit.as_view(), name="user-edit"),
    path("users/<int:pk>/second-factor/", accounts.FactorRemove.as_view(), name="user-factors"),
    path("users/<int:pk>/sessions/", accounts.SessionsEnd.as_view(), name="user-sessions"),
    path("users/<int:pk>/see-as/", oversight.ViewAsStart.as_view(), name="view-as-start"),
    path("users/see-as/end/", oversight.view_as_end, name="view-as-end"),
    path("users/emergency/", oversight.EmergencyOpen.as_view(), name="emergency-open"),
    path("users/emergency/<int:pk>/end/", oversight.emergency_end, name="emergency-end"),
    path("preferences/delegations/", delegations.DelegationList.as_view(), name="delegation-list"),
    path("preferences/delegations/new/", delegations.DelegationCreate.as_view(), name="delegation-create"),
    path("preferences/delegations/<int:pk>/end/", delegations.delegation_end, name="delegation-end"),
    path("help/roles/", roles.RoleList.as_view(), name="role-list"),
    path("notices/<int:pk>/seen/", delegations.notice_seen, name="notice-seen"),
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
