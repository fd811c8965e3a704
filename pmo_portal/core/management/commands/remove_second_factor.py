"""`manage.py remove_second_factor NAME --reason …`: for the last administrator, whom nobody else can let in again."""

from typing import Any

from django.core.management import BaseCommand, CommandError

from pmo_portal.core import trace
from pmo_portal.core.identity import lost_factor
from pmo_portal.core.identity.accounts import account_named


class Command(BaseCommand):
    help = "Removes the second factors of an account whose owner lost them; told by mail, and kept in the history."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", help="user name or e-mail address of the account")
        parser.add_argument("--reason", required=True, help="why; the person reads it, and the history keeps it")

    def handle(self, *, name: str, reason: str, **_options: Any) -> None:
        if not reason.strip():
            raise CommandError("Say why: the person will read it.")
        user = account_named(name)
        if user is None:
            raise CommandError(f"Nobody has the user name or e-mail address {name}.")
        with trace.acting(None):
            count = lost_factor.remove_all(user=user, by=None, reason=reason[:300])
        if not count:
            self.stdout.write(f"{user.username} has no second factor: nothing was changed.")
            return
        told = (
            f"A letter to {user.email} says so." if user.email else "They have no e-mail address: tell them yourself."
        )
        self.stdout.write(
            f"{user.username} has no second factor any more and is signed out everywhere. {told}\n"
            "Their password alone opens the account now: have them sign in and add another factor at once."
        )
