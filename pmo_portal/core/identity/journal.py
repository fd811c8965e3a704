"""Telling what happened to an account: one line for the security officer, one row in the account's history."""

from typing import Any

from django.http import HttpRequest

from pmo_portal.core import audit
from pmo_portal.core.models import User
from pmo_portal.core.security_events import security_event


def tell(name: str, *, request: HttpRequest | None, user: User | None, by: User | None = None, **details: Any) -> None:
    """Log the security event `name`, and keep it in the history of `user`; `by` is who did it, None for a stranger."""
    security_event(name, request=request, user=user, **({"by": by.pk} if by and by != user else {}), **details)
    if user is not None and user.pk:
        changes = {key: [None, value] for key, value in details.items()}
        audit.record(by=by, action=name, target=user, changes=changes)
