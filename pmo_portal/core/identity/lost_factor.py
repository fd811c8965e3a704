"""A second factor that somebody lost: taken off the account by whoever runs the portal, and told to the person.

It opens the account to its password alone, so it is never silent: a letter, the history with the reason, a warning in the
security log, and every session of the account ends.
"""

from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.identity import letters, sessions
from pmo_portal.core.identity.journal import tell
from pmo_portal.core.models import User

OPERATOR = _("Whoever runs the server")  # who acts by the command: nobody is signed in
NAMES: dict[str, Promise] = {
    Authenticator.Type.TOTP: _("Authenticator app"),
    Authenticator.Type.WEBAUTHN: _("Security key"),
    Authenticator.Type.RECOVERY_CODES: _("Recovery codes"),
}


def factors_of(user: User) -> list[dict[str, Any]]:
    """What guards the account beside its password, the oldest first: {"name", "title", "since", "used"}."""
    return [
        {
            "name": NAMES[row.type],
            "title": row.wrap().name if row.type == Authenticator.Type.WEBAUTHN else "",
            "since": row.created_at,
            "used": row.last_used_at,
        }
        for row in Authenticator.objects.filter(user=user).order_by("pk")
    ]


def remove_all(*, user: User, by: User | None, reason: str) -> int:
    """Take every factor and recovery code off the account; how many there were. Rights are the caller's to check.

    `by` is None when the command does it. Nothing happens, and nobody is told, when there is none.
    """
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user=user).order_by("pk")
        kinds = [str(row.type) for row in rows]
        if kinds:
            Authenticator.objects.filter(user=user).delete()
            sessions.end_all(user)
            tell("mfa_reset", request=None, user=user, by=by, kind=", ".join(kinds), reason=reason)
            if user.email:
                told = {"by": by.label if by else OPERATOR, "why": reason}
                transaction.on_commit(partial(write, user, told))
    return len(kinds)


def write(user: User, told: dict[str, Any]) -> None:
    letters.post(letters.write("identity/mfa_reset", user.email, user, told))
