"""The first administrator of an empty installation: a link shown where the portal starts, for one use and one day.

No password is ever made up. While nobody exists, each start shows a new link and the former one is dead; as soon as somebody
exists, no link opens anything.
"""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from pmo_portal.core import editing
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import SetupLink, User

HOURS = 24
LOCK = (7206, 1)


def make() -> str | None:
    """The secret of a new link, in place of any former one; None when somebody exists."""
    with transaction.atomic():
        editing.advisory_lock(*LOCK)
        SetupLink.objects.all().delete()
        if User.objects.exists():
            return None
        secret = secrets.token_urlsafe(32)
        SetupLink.objects.create(digest=digest(secret), expires_at=timezone.now() + timedelta(hours=HOURS))
    return secret


def opens(secret: str) -> bool:
    """Whether this secret opens the installation now."""
    alive = SetupLink.objects.filter(digest=digest(secret), expires_at__gt=timezone.now()).exists()
    return alive and not User.objects.exists()


def use(*, secret: str, password: str, email: str, first_name: str, last_name: str, language: str) -> User:
    """Make the first administrator, once. Of two who come at the same time, one is told that the link is over."""
    with transaction.atomic():
        editing.advisory_lock(*LOCK)
        if not opens(secret):
            raise DomainError("The link is over.")
        SetupLink.objects.all().delete()
        return User.objects.create_superuser(
            email, email, password, first_name=first_name, last_name=last_name, language=language
        )


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
