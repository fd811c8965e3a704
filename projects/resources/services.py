"""People: create and change. A person needs no account to be named on a project."""

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing, undo
from pmo_portal.core.errors import NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access.policy import MANAGE_ACCOUNTS, allowed_everywhere
from projects.hierarchy.visibility import Access
from projects.resources.models import Person

RATE = frozenset({"daily_rate", "rate_currency"})
FIELDS = frozenset({"name", "external_ref", "email", "organisation", "user"}) | RATE


def create_person(*, by: User, name: str, **fields: Any) -> Person:
    editing.only(fields, FIELDS)
    check_rate(fields, by=by)
    check_account(fields.get("user"), None, by=by)
    with editing.writing():
        return editing.create(Person(name=name.strip(), **fields), by=by, project_id=None)


def update_person(*, person: Person, by: User, version: int, changes: Mapping[str, Any]) -> Person:
    editing.only(changes, FIELDS)
    check_rate(changes, by=by)
    check_account(changes.get("user", person.user), person.user, by=by)
    return editing.change(Person, person.pk, by=by, version=version, changes=changes, project_id=None)


def check_rate(fields: Collection[str], *, by: User) -> None:
    """What a day of somebody costs is for who sees rates (FIELD_GROUPS)."""
    if RATE & set(fields) and not Access.of(by).sees_everywhere("rates"):
        raise NotAllowed(_("Your role does not show rates, so it cannot change them."), field="daily_rate")


def check_account(account: User | None, linked: User | None, *, by: User) -> None:
    """Which account is whose is said by whoever manages accounts."""
    if account != linked and not allowed_everywhere(by, MANAGE_ACCOUNTS):
        raise NotAllowed(_("Only who manages accounts may say which one is whose."), field="user")


class PersonWay(undo.Way):
    """People belong to no project: the right is asked anywhere at all."""

    model = Person
    permission = "projects.edit_project"

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        may = by.has_perm(self.permission) if event.action == "create" else self.may_restore(event, user=by)
        if not may:
            raise undo.not_allowed()

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        return (
            user.has_perm(self.permission)
            and (not RATE & event.changes.keys() or Access.of(user).sees_everywhere("rates"))
            and ("user" not in event.changes or allowed_everywhere(user, MANAGE_ACCOUNTS))
        )


undo.ways.add("projects.Person", PersonWay())
