"""People: create and change. A person needs no account to be named on a project."""

from collections.abc import Mapping
from typing import Any

from pmo_portal.core import editing, undo
from pmo_portal.core.models import AuditEvent, User
from projects.resources.models import Person

FIELDS = frozenset({"name", "email", "organisation", "user"})


def create_person(*, by: User, name: str, **fields: Any) -> Person:
    editing.only(fields, FIELDS)
    with editing.writing():
        return editing.create(Person(name=name.strip(), **fields), by=by, project_id=None)


def update_person(*, person: Person, by: User, version: int, changes: Mapping[str, Any]) -> Person:
    editing.only(changes, FIELDS)
    return editing.change(Person, person.pk, by=by, version=version, changes=changes, project_id=None)


class PersonWay(undo.Way):
    """People belong to no project: the right is asked anywhere at all."""

    model = Person
    permission = "projects.edit_project"

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        if not by.has_perm(self.permission):
            raise undo.not_allowed()


undo.ways.add("projects.Person", PersonWay())
