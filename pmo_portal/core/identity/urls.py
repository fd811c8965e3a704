"""Accounts: the pages of django-allauth that this portal has, under addresses of ours, by the names its code asks for."""

from allauth.account import views as account
from django.contrib.auth.views import LogoutView
from django.urls import path

from pmo_portal.core.identity import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="account_login"),
    path("sign-out/", LogoutView.as_view(), name="account_logout"),
    path("sign-in/closed/", account.account_inactive, name="account_inactive"),
]
