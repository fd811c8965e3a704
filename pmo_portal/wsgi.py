"""WSGI entry point: `granian --interface wsgi pmo_portal.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pmo_portal.settings")
application = get_wsgi_application()
