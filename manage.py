#!/usr/bin/env python
"""Django's command line for the PMO portal. Commands that need data run beside the embedded servers, if no others are set."""

import os
import sys

from django.core.management import execute_from_command_line

from pmo_portal.core import database_roles, embedded

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pmo_portal.settings")
    os.environ.setdefault("DATABASE_ROLE", database_roles.role_for(sys.argv))
    with embedded.for_command(sys.argv):
        execute_from_command_line(sys.argv)
