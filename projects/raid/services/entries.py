"""What the registers have in common: numbers within a project, and the day something came to its end."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core.errors import DomainError
from pmo_portal.core.formats import date as day_in_words
from projects.hierarchy.models import Project
from projects.raid.models.entry import Entry


def next_code(kind: type[Entry], project: Project) -> str:
    """The number after the highest of a held project: R1, I1, A1, D1…"""
    letter = kind.letter
    taken = kind._default_manager.filter(project=project).values_list("code", flat=True)  # type: ignore[misc]  # each has one
    numbers = (int(code[1:]) for code in taken if code[:1] == letter and code[1:].isdecimal())
    return f"{letter}{1 + max(numbers, default=0)}"


def with_its_day(
    changes: Mapping[str, Any], row: Entry, *, field: str, ended: tuple[str, ...], on: date
) -> dict[str, Any]:
    """The changes with the day that goes with the status they lead to: `on` unless one is given, none while it is open.

    A day of its own for what is open is left in, for the database to refuse.
    """
    status = changes.get("status", getattr(row, "status"))  # noqa: B009  # every register has its own states
    held, given = getattr(row, field), changes.get(field)
    if status not in ended:
        return {**changes, field: given if given != held else None}
    day = given or held or on
    if isinstance(day, date) and day > on:
        raise DomainError(
            _("This day is after %(day)s: say what has happened by now.") % {"day": day_in_words(on)}, field=field
        )
    return {**changes, field: day}


def check_in_project(project: Project, changes: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """Refuse to point at a line of another project."""
    for name in names:
        row = changes.get(name)
        if row is not None and row.project_id != project.pk:
            raise DomainError(_("It belongs to another project. Choose one of this project."), field=name)
