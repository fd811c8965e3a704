"""What the security officer is told of accounts and roles, whoever changed them: a page, the API or a sign-in service."""

from collections.abc import Collection
from typing import Any

from pmo_portal.core.models import User
from pmo_portal.core.security_events import security_event
from projects.access.models import Membership


def role(event: str, row: Membership, *, by: User | None, source: str = "") -> None:
    """`role_given`, `role_changed` (its end) or `role_withdrawn`; `by` None: by the groups that a sign-in service named."""
    told: dict[str, Any] = {"by": by.pk} if by else {"source": source}
    place: dict[str, Any] = {"node": row.node_id, "project": row.project_id, "unit": row.unit_id}
    security_event(event, user=row.user, role=row.role, **place, **told)


def account(row: User, changed: Collection[str], *, by: User) -> None:
    """One event for an account that somebody changed: opening and closing it have names of their own."""
    name = "account_changed"
    if "is_active" in changed:
        name = "account_activated" if row.is_active else "account_deactivated"
    security_event(name, user=row, by=by.pk, fields=sorted(changed))
