"""WSGI entry point; `pmo_portal.web` serves it."""

import os

from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pmo_portal.settings")
application = get_wsgi_application()
# Loaded now, so that the first visitor does not wait for it: the table of contents with its views, and the frame of every page.
resolve("/healthz")
get_template("base.html")
