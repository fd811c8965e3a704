"""The identities of the access tables: who asks. A column is one (scope, role).

The world is `places.Places`: "inside" is a role over NORTH (the administrator's, which holds everywhere or not at all),
"outside" over EAST, which holds nothing the tables ask for; "everywhere" over the whole organisation and "project" on the public
project are asked with the roles for which that changes something.
"""

import time
from dataclasses import dataclass
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.test import Client
from django.urls import reverse

from pmo_portal.core import tokens
from pmo_portal.core.identity.sessions import BEGUN
from pmo_portal.core.models import User
from projects.access.models import Membership
from tests import make
from tests.contracts.access.places import program

ROLES = (
    "administrator", "pmo", "executive", "committee_member", "sponsor", "portfolio_manager", "project_manager",
    "resource_manager", "finance", "assurance", "contributor", "viewer", "service_account",
)  # fmt: skip
PLACED = ROLES[1:]  # the administrator's role holds everywhere or not at all

# anonymous · signed in without any role · an account deactivated under an open session · the password given and the second
# factor not yet · project manager of the confidential project, named on it
SPECIAL = ("anonymous", "outsider", "deactivated", "mfa_pending", "named")
SCOPES: dict[str, tuple[str, ...]] = {
    "special": SPECIAL,
    "inside": ROLES,
    "outside": PLACED,
    "everywhere": ("pmo", "executive", "portfolio_manager", "viewer"),
    "project": ("pmo", "project_manager", "contributor", "viewer"),
}


@dataclass
class Someone:
    """One identity: its account (None: not signed in) and the browser it asks with."""

    scope: str
    role: str
    user: User | None
    client: Client
    session: str = ""
    token: str = ""

    @property
    def name(self) -> str:
        return f"{self.role} {self.scope}" if self.scope != "special" else self.role

    @property
    def signature(self) -> dict[str, str]:
        """The header that signs a request to the API, of those who have no session."""
        return {"Authorization": f"Token {self.token}"} if self.token else {}

    def browser(self) -> Client:
        """The browser with nothing but the session it opened: what a request before left in it is gone."""
        self.client.cookies.clear()
        if self.session:
            self.client.cookies[settings.SESSION_COOKIE_NAME] = self.session
        return self.client


def cast_of(scope: str, places: Any) -> list[Someone]:
    """The identities of one scope, each with an account and an open session."""
    return [someone(scope, role, places) for role in SCOPES[scope]]


def someone(scope: str, role: str, places: Any) -> Someone:
    client = Client(raise_request_exception=False)
    if role == "anonymous":
        return Someone(scope, role, None, client)
    name = f"{scope}-{role}"
    user = program(name) if role == "service_account" else make.user(name)
    if scope != "special":
        on = {"everywhere": None, "inside": places.north, "project": places.open, "outside": places.east}[scope]
        make.member(user, role, on=None if role == "administrator" else on)
    elif role == "named":
        make.member(user, "project_manager", on=places.hidden)
    if user.is_service:  # no session, only a token
        return Someone(scope, role, user, client, token=tokens.issue(user=user, name="crawl")[1])
    client.force_login(user)
    stay_fresh(client)
    if role == "mfa_pending":
        return half_signed_in(user)
    if role == "deactivated":
        make.member(user, "pmo")
        User.objects.filter(pk=user.pk).update(is_active=False)
    return Someone(scope, role, user, client, client.cookies[settings.SESSION_COOKIE_NAME].value)


def stay_fresh(client: Client) -> None:
    """Begin the session an hour from now: how long a crawl takes must not decide whether somebody has to prove who they are."""
    session = client.session
    session[BEGUN] = time.time() + 3600
    session.save()


def half_signed_in(user: User) -> Someone:
    """The password given, the code of the app that protects the account not yet."""
    make.member(user, "pmo")
    TOTP.activate(user, generate_totp_secret())
    client = Client(raise_request_exception=False)
    answer = client.post(reverse("account_login"), {"username": user.username, "password": make.PASSWORD})
    assert answer["Location"] == reverse("mfa_authenticate")
    return Someone("special", "mfa_pending", user, client, client.cookies[settings.SESSION_COOKIE_NAME].value)


assert set(ROLES) == set(Membership.Role.values), "a new role needs its column in the access tables"
