"""People: create and change. A person needs no account to be named on a project.

Who names people on projects keeps who they are; what they are to the organisation, and when, is for who keeps resources.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from pmo_portal.core import editing, events, undo
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access.policy import EDIT_PROJECT, EDIT_RESOURCES, MANAGE_ACCOUNTS, allowed_everywhere
from projects.hierarchy.visibility import Access
from projects.resources.models import Person
from projects.resources.services import keeping

ADDRESSES = (7220, 3)  # advisory lock: who has which e-mail address
RATE = frozenset({"daily_rate", "rate_currency"})
SUPPLY = frozenset({"role", "calendar", "is_external", "arrives_on", "leaves_on"})
FIELDS = frozenset({"name", "external_ref", "email", "organisation", "user"}) | RATE | SUPPLY


def may_name(user: Any) -> bool:
    """Whether somebody may add people and say who they are: who names them on projects, and who keeps resources."""
    return bool(user.has_perm(EDIT_PROJECT) or user.has_perm(EDIT_RESOURCES))


def create_person(*, by: User, name: str, **fields: Any) -> Person:
    editing.only(fields, FIELDS)
    check_rate(fields, by=by)
    check_account(fields.get("user"), None, by=by)
    check_supply(Person(), fields, by=by)
    with editing.writing():
        if fields.get("email"):
            hold_addresses()
            check_address(fields["email"])
        events.announce_people()
        return editing.create(Person(name=name.strip(), **fields), by=by, project_id=None)


def update_person(*, person: Person, by: User, version: int, changes: Mapping[str, Any]) -> Person:
    editing.only(changes, FIELDS)
    check_rate(changes, person, by=by)
    check_account(changes.get("user", person.user), person.user, by=by)
    check_supply(person, changes, by=by)
    with editing.writing():
        if changes.get("email"):
            hold_addresses()
            check_address(changes["email"], person)
        if SUPPLY & changes.keys():
            events.announce_people()
        return editing.change(Person, person.pk, by=by, version=version, changes=changes, project_id=None)


def hold_addresses() -> None:
    """Before any person is held: of two who give the same address at once, the second sees the first."""
    editing.advisory_lock(*ADDRESSES)


def check_address(email: str, person: Person | None = None) -> None:
    """An address names one person. Those who shared one before this was so may keep it, and change what else they like."""
    if not email or (person is not None and email.lower() == person.email.lower()):
        return
    others = Person.objects.annotate(address=Lower("email")).filter(address=email.lower()).order_by("pk")
    if (other := others.first()) is not None:
        words = _("%(name)s has this e-mail address already.") % {"name": other.name}
        raise DomainError(words, field="email")


def check_rate(fields: Collection[str], person: Person | None = None, *, by: User) -> None:
    """What a day of somebody costs is for who sees rates (FIELD_GROUPS)."""
    if not RATE & set(fields):
        return
    if not Access.of(by).sees_everywhere("rates"):
        raise NotAllowed(_("Your role does not show rates, so it cannot change them."), field="daily_rate")
    if not by.has_perm(EDIT_RESOURCES):
        raise NotAllowed(_("Only who keeps resources may change what a day of somebody costs."), field="daily_rate")
    if person is not None and not keeping.keeps_person(by, person.pk):
        raise keeping.not_theirs(by, "daily_rate")


def check_account(account: User | None, linked: User | None, *, by: User) -> None:
    """Which account is whose is said by whoever manages accounts."""
    if account != linked and not allowed_everywhere(by, MANAGE_ACCOUNTS):
        raise NotAllowed(_("Only who manages accounts may say which one is whose."), field="user")


def check_supply(person: Person, fields: Mapping[str, Any], *, by: User) -> None:
    """Their role, their time and their dates are said by whoever keeps resources."""
    held = editing.values(person, SUPPLY & fields.keys())
    moved = sorted(name for name in held if editing.plain_key(fields[name]) != held[name])
    if moved and not by.has_perm(EDIT_RESOURCES):
        raise NotAllowed(_("Only who keeps resources may change roles, calendars and dates of people."), field=moved[0])
    if moved and person.pk is not None and not keeping.keeps_person(by, person.pk):
        raise keeping.not_theirs(by, moved[0])


def is_known(person: Person) -> bool:
    """Whether anything is recorded of somebody that would go with them."""
    parts = (person.units, person.skills, person.patterns, person.rates, person.absences)
    return any(rows.exists() for rows in parts)


class PersonWay(undo.Way):
    """People belong to no project: the right is asked anywhere at all."""

    model = Person
    permission = EDIT_PROJECT

    def hold(self, event: AuditEvent) -> None:
        if "email" in event.changes:
            hold_addresses()

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        may = may_name(by) if event.action == "create" else self.may_restore(event, user=by)
        if not may:
            raise undo.not_allowed()
        if event.action == "create" and is_known(row):
            words = _("“%(name)s” has been worked on since: nothing was taken back.")
            raise undo.CannotUndo(words % {"name": row.name})
        if event.action != "create" and "email" in event.changes:
            check_address(event.changes["email"][0] or "", row if event.action != "delete" else None)

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        return (
            may_name(user)
            and (
                not RATE & event.changes.keys()
                or (Access.of(user).sees_everywhere("rates") and self.theirs(event, user))
            )
            and (not SUPPLY & event.changes.keys() or self.theirs(event, user))
            and ("user" not in event.changes or allowed_everywhere(user, MANAGE_ACCOUNTS))
        )

    def theirs(self, event: AuditEvent, user: User) -> bool:
        return user.has_perm(EDIT_RESOURCES) and keeping.keeps_person(user, event.target_id)


undo.ways.add("projects.Person", PersonWay())
