"""What every write of facts has in common: the project is held first, its data date moves, the floors above hear of it."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from pmo_portal.core import editing, events
from projects.hierarchy.models import Project


def hold_project(project_id: int) -> Project:
    """The project, held until the end of the transaction. Held before its rows, so that two writers never deadlock."""
    return editing.hold(Project, project_id)


def facts_changed(project: Project, *, on: date) -> None:
    """The facts of a held project are now those of the day `on`, unless later ones are known; announces the change."""
    move_data_date(project, on=on)
    events.announce([project.pk])


def move_data_date(project: Project, *, on: date) -> None:
    """Moving the data date is no edit of the project: its version stays."""
    if project.data_date is None or project.data_date < on:
        Project.objects.filter(pk=project.pk).update(data_date=on)
        project.data_date = on


def move_data_dates(projects: Iterable[Project], *, on: date) -> None:
    """The same of many held projects, in one statement."""
    older = Q(data_date__isnull=True) | Q(data_date__lt=on)
    Project.objects.filter(older, pk__in=[project.pk for project in projects]).update(data_date=on)
    for project in projects:
        project.data_date = max(project.data_date or on, on)
