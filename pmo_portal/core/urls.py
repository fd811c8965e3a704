"""Pages that belong to no domain."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from pmo_portal.core import site, undo_views
from pmo_portal.core.identity.views import SignIn

app_name = "core"
urlpatterns = [
    path("", site.home, name="home"),
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("preferences/", site.preferences, name="preferences"),
    path("preferences/appearance/", site.appearance, name="appearance"),
    path("preferences/language/", site.language, name="language"),
    path("undo/", undo_views.take_back, name="undo"),
    path("help/", site.help_page, name="help"),
    path("search/", site.find, name="search"),
]
