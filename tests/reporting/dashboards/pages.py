"""What the tests of pages share: signing in, computing health, reading a page back."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from django.test import Client
from django.utils import timezone

from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from reporting.health.services import refresh
from tests import make

ROW = re.compile(r"<th scope=row id=r(\d+)>")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def compute(
    projects: Iterable[Project] | None = None, *, on: dt.date = make.TODAY, at: dt.datetime | None = None
) -> None:
    """Take the photographs of these projects (all of them by default)."""
    ids = [one.pk for one in projects] if projects is not None else list(Project.objects.values_list("pk", flat=True))
    refresh.refresh(ids, on=on, at=at or timezone.now())


def shown(html: str) -> list[int]:
    """The ids of the projects a list shows, in order."""
    return [int(pk) for pk in ROW.findall(html)]


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())
