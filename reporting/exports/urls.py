"""Addresses of what is taken out: the flash report of a project."""

from django.urls import path

from reporting.exports import views

urlpatterns = [
    path("projects/<int:pk>/flash/", views.flash, name="project-flash"),
    path("projects/<int:pk>/flash.pdf", views.flash_pdf, name="project-flash-pdf"),
    path("projects/<int:pk>/flash.pptx", views.flash_pptx, name="project-flash-pptx"),
]
