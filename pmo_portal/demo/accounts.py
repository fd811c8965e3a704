"""The people who can sign in to the demo: one for each role, and the project managers of the scenario, who have no password.

The passwords are fixed and public: `load_demo` refuses to run in production.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from pmo_portal.core import tokens
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import ApiToken, User
from pmo_portal.demo.scenario.spec import portfolios
from projects.access.models import Membership
from projects.access.services import create_user, grant_membership
from projects.hierarchy.models import Node

PASSWORD = "tournesol-bleu-42"  # noqa: S105  (the demo's, printed when it starts)
TOKEN_NAME = "demo"  # noqa: S105
ADMIN = "admin"
MAIL = "@demo.example"  # marks the accounts that belong to the demo


@dataclass(frozen=True, slots=True)
class Account:
    """A login of the demo. `scopes`: (role, code of a portfolio or programme, "" for everything)."""

    role: str
    name: str
    scopes: tuple[tuple[str, str], ...]


ACCOUNTS = (
    Account(ADMIN, "Romain Lefèvre", (("administrator", ""), ("pmo", ""))),
    Account("pmo", "Hélène Marchand", (("pmo", ""),)),
    Account("executive", "Catherine Aubry", (("executive", ""),)),
    Account("project_manager", "Karim Benali", (("viewer", "DEMO"),)),
    Account("contributor", "Gabriel Simon", (("contributor", "DEMO-TRF"),)),
    Account("viewer", "Justine Aubert", (("viewer", "DEMO-REG"),)),
    Account("committee_member", "Bernard Colin", (("committee_member", "DEMO"),)),
    Account("sponsor", "Nadia Ferrand", (("sponsor", "DEMO-TRF"),)),
    Account("portfolio_manager", "Olivier Perrin", (("portfolio_manager", "DEMO"),)),
    Account("resource_manager", "Sandrine Leroux", (("resource_manager", ""),)),  # rates want the whole organisation
    Account("finance", "Thierry Dumas", (("finance", "DEMO"),)),
    Account("assurance", "Isabelle Roy", (("assurance", ""),)),
)


def create() -> dict[str, User]:
    """The accounts that are missing; returns every account of the demo by the person's name."""
    by = _administrator()
    known = {user.get_full_name(): user for user in User.objects.filter(email__endswith=MAIL)}
    for account in ACCOUNTS:
        if account.name not in known:
            known[account.name] = _account(by, account.role, account.name, PASSWORD)
    for name in sorted({spec.manager for portfolio in portfolios() for spec in portfolio.projects} - known.keys()):
        known[name] = _account(by, _address(name), name, None)
    return known


def grant(by: User) -> None:
    """Their roles, where they are not given yet; to be called when the portfolios exist."""
    given = set(Membership.objects.filter(project=None).values_list("user__username", "role", "node__code"))
    nodes = {node.code: node for node in Node.objects.filter(code__startswith="DEMO")}
    for account in ACCOUNTS:
        for role, code in account.scopes:
            if (account.role, role, code or None) not in given:
                user = User.objects.get(username=account.role)
                grant_membership(by=by, user=user, role=role, node=nodes[code] if code else None)


def publish() -> Path:
    """Write `demo.json` (for its owner only): the address, and user name, password and token of each role."""
    path: Path = settings.DATA_DIR / "demo.json"
    kept = _kept(path)
    users = {
        account.role: {
            "username": account.role,
            "password": PASSWORD,
            "token": _token(account.role, kept.get(account.role, {}).get("token", "")),
        }
        for account in ACCOUNTS
    }
    url = os.environ.get("PORTAL_URL") or f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump({"url": url, "users": users}, stream, indent=2, ensure_ascii=False)
    unfinished.replace(path)
    return path


def _administrator() -> User:
    """The first account has nobody to make it: superuser, and PMO of everything."""
    user = User.objects.filter(username=ADMIN).first()
    if user is not None and not user.email.endswith(MAIL):
        raise DomainError(
            _("The user name %(name)s is already somebody's: the demo needs a database of its own.") % {"name": ADMIN}
        )
    if user is None:
        first, last = ACCOUNTS[0].name.split(" ", 1)
        user = User.objects.create_superuser(
            ADMIN, f"{_address(ACCOUNTS[0].name)}{MAIL}", PASSWORD, first_name=first, last_name=last
        )
        Membership.objects.create(user=user, role=Membership.Role.PMO)
    return user


def _account(by: User, username: str, name: str, password: str | None) -> User:
    first, last = name.split(" ", 1)
    email = f"{_address(name)}{MAIL}"
    return create_user(by=by, username=username, password=password, first_name=first, last_name=last, email=email)


def _address(name: str) -> str:
    """ "Hélène Le Goff" → "helene.le-goff"."""
    first, last = name.lower().split(" ", 1)
    plain = str.maketrans("éèêëàâäîïôöùûüç", "eeeeaaaiioouuuc")
    return f"{first}.{last.replace(' ', '-')}".translate(plain)


def _kept(path: Path) -> dict[str, dict[str, Any]]:
    """What the file of an earlier start says; nothing when it is missing or damaged."""
    try:
        users = json.loads(path.read_text(encoding="utf-8"))["users"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}
    return users if isinstance(users, dict) else {}


def _token(username: str, kept: str) -> str:
    """The token of the last start while it works, else a new one in its place."""
    found = tokens.find_token(kept) if kept else None
    if found is not None and found.user.username == username:
        return kept
    user = User.objects.get(username=username)
    ApiToken.objects.filter(user=user, name=TOKEN_NAME).delete()
    return tokens.issue(user=user, name=TOKEN_NAME)[1]
