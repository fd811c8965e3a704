"""The product's addresses and, for tests only, a page that shows every component."""

from django.urls import path

from pmo_portal.urls import handler403, handler404, handler500
from pmo_portal.urls import urlpatterns as product
from tests.core.gallery import views

__all__ = ["handler403", "handler404", "handler500"]
urlpatterns = [
    path("gallery/", views.gallery, name="gallery"),
    path("gallery/rows/", views.rows, name="gallery-rows"),
    path("gallery/chart.json", views.figure, name="gallery-chart"),
    path("gallery/live/", views.live, name="gallery-live"),
    path("gallery/boom/", views.boom),
    path("gallery/forbidden/", views.forbidden),
    *product,
]
