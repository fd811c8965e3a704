"""What a security officer wants to be told: each event has a name here, and is one line of the logger `pmo.security`.

    security_event("sign_in_failed", request=request, method="password", account="ada")

`details` are short texts, numbers or flags that say what happened; never a secret, a password or a token (a token's public
`key_id` is fine). The line carries by itself the request id, the address of the caller, the method and the path.
"""

import json
import logging
from typing import Any

from django.http import HttpRequest

from pmo_portal.core.caller import address_of

log = logging.getLogger("pmo.security")

INFO, WARNING = logging.INFO, logging.WARNING
# Name → level. A refusal is a warning: many of them are an attack, or a mistake worth knowing.
EVENTS: dict[str, int] = {
    # who comes in
    "sign_in": INFO,
    "sign_in_failed": WARNING,
    "sign_out": INFO,
    "locked_out": WARNING,
    "reauthenticated": INFO,
    "sso_refused": WARNING,
    "session_ended": INFO,
    "sessions_ended": INFO,
    # accounts
    "account_created": INFO,
    "account_changed": INFO,
    "account_deactivated": INFO,
    "account_activated": INFO,
    "identity_linked": INFO,
    "identity_unlinked": INFO,
    "email_changed": INFO,
    "password_changed": INFO,
    "password_reset_asked": INFO,
    "password_reset": INFO,
    "mfa_added": INFO,
    "mfa_removed": INFO,
    "mfa_reset": WARNING,  # removed by somebody else: the password alone opens the account now
    "mfa_failed": WARNING,
    "recovery_codes_made": INFO,
    "recovery_code_used": INFO,
    "setup_link_made": INFO,
    "setup_link_used": INFO,
    # tokens
    "token_created": INFO,
    "token_rotated": INFO,
    "token_revoked": INFO,
    "token_refused": WARNING,
    "token_leaked": WARNING,
    "scope_refused": WARNING,
    "rate_limited": WARNING,
    "quota_reached": WARNING,
    # rights
    "permission_refused": WARNING,
    "role_given": INFO,
    "role_changed": INFO,
    "role_withdrawn": INFO,
    "delegation_given": INFO,
    "delegation_ended": INFO,
    "view_as_started": INFO,
    "view_as_ended": INFO,
    "break_glass_opened": WARNING,
    "break_glass_closed": INFO,
    "audit_exported": INFO,
    # the way in
    "csrf_refused": WARNING,
    "host_refused": WARNING,
    "request_refused": WARNING,
    "upload_refused": WARNING,
    "csp_violation": WARNING,
}


def security_event(name: str, *, request: HttpRequest | None = None, user: Any = None, **details: Any) -> None:
    """Log one event of `EVENTS` (KeyError for another). `user`: whom it concerns, a user or None; by default who asks."""
    level = EVENTS[name]
    told = dict(details)
    if request is not None:
        told |= {"address": address_of(request), "method": request.method, "path": request.path}
        user = user or getattr(request, "real_user", None) or getattr(request, "user", None)
    if getattr(user, "pk", None):
        told["user"] = user.pk
    line = " ".join(f"{key}={json.dumps(value, default=str)}" for key, value in sorted(told.items()))
    log.log(level, "%s", f"{name} {line}".strip(), extra={"event": name, "details": told})
