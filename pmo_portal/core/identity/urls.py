"""Accounts: the pages of django-allauth that this portal has, under addresses of ours, by the names its code asks for."""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.webauthn import views as key
from allauth.socialaccount import views as service_views
from allauth.socialaccount.providers.saml import views as saml_views
from django.contrib.auth.views import LogoutView
from django.urls import include, path, re_path

from pmo_portal.core.identity import oidc, pages, saml, views
from pmo_portal.core.identity.fresh import fresh_required

urlpatterns = [
    path("set-up/<str:secret>/", pages.set_up_page, name="set-up"),
    path("sign-in/", views.SignIn.as_view(), name="account_login"),
    path("sign-out/", LogoutView.as_view(), name="account_logout"),
    path("sign-in/closed/", account.account_inactive, name="account_inactive"),
    path("sign-in/code/", factor.authenticate, name="mfa_authenticate"),
    path("sign-in/password/", account.password_reset, name="account_reset_password"),
    path("sign-in/password/sent/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "sign-in/password/changed/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"
    ),
    re_path(
        r"^sign-in/password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("sign-in/with/<slug:provider_id>/", oidc.login, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/back/", oidc.callback, name="openid_connect_callback"),
    path("sign-in/saml/<slug:organization_slug>/", saml_views.login, name="saml_login"),
    path("sign-in/saml/<slug:organization_slug>/acs/", saml.Consume.as_view(), name="saml_acs"),
    path("sign-in/saml/<slug:organization_slug>/acs/finish/", saml.Finish.as_view(), name="saml_finish_acs"),
    path("sign-in/saml/<slug:organization_slug>/sls/", saml.no_single_logout, name="saml_sls"),
    path("sign-in/saml/<slug:organization_slug>/metadata/", saml.metadata, name="saml_metadata"),
    path("sign-in/cancelled/", service_views.login_cancelled, name="socialaccount_login_cancelled"),
    path("account/services/", views.Connections.as_view(), name="socialaccount_connections"),
    path("account/", pages.account, name="mfa_index"),
    path("account/again/", account.reauthenticate, name="account_reauthenticate"),
    path("account/again/code/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("account/password/", views.PasswordChange.as_view(), name="account_change_password"),
    path("account/password/first/", fresh_required(account.password_set), name="account_set_password"),
    path("account/email/", views.EmailChange.as_view(), name="account_email"),
    path("account/email/sent/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^account/email/(?P<key>[-:\w]+)/$", views.EmailConfirm.as_view(), name="account_confirm_email"),
    path("account/app/", include("allauth.mfa.totp.urls")),
    path("account/codes/", include("allauth.mfa.recovery_codes.urls")),
    path("sign-in/key/", views.KeySignIn.as_view(), name="mfa_login_webauthn"),
    path("account/keys/", key.list_webauthn, name="mfa_list_webauthn"),
    path("account/keys/add/", key.add_webauthn, name="mfa_add_webauthn"),
    path("account/again/key/", key.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("account/keys/<int:pk>/remove/", key.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/keys/<int:pk>/edit/", key.edit_webauthn, name="mfa_edit_webauthn"),
    path("account/sessions/", pages.session_list, name="usersessions_list"),
    path("account/sessions/end/", pages.sessions_end, name="sessions-end"),
    path("account/sessions/<int:pk>/end/", pages.session_end, name="session-end"),
]
