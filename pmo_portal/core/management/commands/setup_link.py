"""`manage.py setup_link`: the link by which the first administrator of an empty installation makes their account."""

import os
from typing import Any

from django.core.management import BaseCommand
from django.urls import reverse

from pmo_portal.core.identity import set_up
from pmo_portal.core.security_events import security_event


def link(address: str) -> str | None:
    """The full link, or None when somebody exists. `address`: where the portal is reached."""
    secret = set_up.make()
    if secret is None:
        return None
    security_event("setup_link_made")
    return address.rstrip("/") + reverse("set-up", args=[secret])


class Command(BaseCommand):
    help = "Shows the link by which the first administrator of an empty installation makes their account."

    def add_arguments(self, parser: Any) -> None:
        default = os.environ.get("PORTAL_URL", "http://127.0.0.1:8000")
        parser.add_argument("--address", default=default, help="where the portal is reached (default: PORTAL_URL)")

    def handle(self, *, address: str, **_options: Any) -> None:
        self.stdout.write(link(address) or "Somebody exists already: no link is needed, and none was made.")
