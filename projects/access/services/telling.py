"""Telling people what was done with their account or their projects: on their pages until they put it away, and by letter."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import translation

from pmo_portal.core import audit, formats
from pmo_portal.core.identity import letters
from pmo_portal.core.models import User
from projects.access.models import Notice


def tell(people: Iterable[User], kind: str, *, by: User, **told: Any) -> None:
    """A notice for each of them, and a letter once it is certain that it happened. `told`: what `Notice.told` says, but who."""
    for user in people:
        leave_word(user, kind, by=by, **told)
        if user.email:
            transaction.on_commit(partial(write, user, kind, {"by": by.label, **told}))


def leave_word(user: User, kind: str, *, by: User, **told: Any) -> None:
    """A notice only: the letter is somebody else's to write."""
    words = {"by": by.label, **{name: audit.plain(value) for name, value in told.items()}}
    Notice.objects.create(user=user, kind=kind, told=words)


def tell_owner(row: User, changed: Collection[str], *, former: str, by: User) -> None:
    """Letters about a password or an address that somebody gave an account, sent once it is certain that it happened.

    To the present address and the former one (`former`): whoever takes an account over changes the address first.
    """
    told = {"by": by.label, "to_email": row.email or "–", "from_email": former or "–"}
    for field, letter in (("password", "identity/password_given"), ("email", "identity/email_given")):
        if field in changed:
            for address in dict.fromkeys(one for one in (former, row.email) if one):
                transaction.on_commit(partial(send, letter, address, row, told))


def send(letter: str, address: str, user: User, told: dict[str, Any]) -> None:
    letters.post(letters.write(letter, address, user, told))


def write(user: User, kind: str, told: dict[str, Any]) -> None:
    with translation.override(user.language):
        words = {name: formats.moment(one) if isinstance(one, datetime) else one for name, one in told.items()}
    send(f"access/{kind}", user.email, user, words)
