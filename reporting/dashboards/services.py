"""Writes of the dashboards: saved views, and one change to many projects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.hierarchy.services.projects import update_project
from reporting.dashboards.models import SavedView

MOST = 50


def save_view(*, by: User, page: str, name: str, query: str, shared: bool) -> SavedView:
    """Keep a query string under a name on this page. Raises DomainError for a name taken and beyond 50 views a page."""
    if SavedView.objects.filter(owner=by, page=page).count() >= MOST:
        raise DomainError(_("You already have %(count)d views here: delete one first.") % {"count": MOST}, field="name")
    try:
        with transaction.atomic():
            return SavedView.objects.create(owner=by, page=page, name=name, query=query, shared=shared)
    except IntegrityError as taken:
        raise DomainError(_("You already have a view with this name here."), field="name") from taken


def delete_view(*, by: User, view: SavedView) -> None:
    """Forget a view of one's own. Raises DomainError for somebody else's."""
    if view.owner_id != by.pk:
        raise DomainError(_("Only its owner may delete this view."))
    view.delete()


def change_many(
    *, by: User, projects: Sequence[Project], versions: Mapping[int, int], changes: Mapping[str, Any], on: date
) -> int:
    """The same change to several projects, each through its own service with its audit row: all of them, or none.

    `versions` are those the reader saw. Returns how many projects changed. Raises StaleVersion or DomainError naming the
    project that refused.
    """
    return change_each(by=by, wanted=[(one, versions.get(one.pk, 0), changes) for one in projects], on=on)


def change_each(*, by: User, wanted: Sequence[tuple[Project, int, Mapping[str, Any]]], on: date) -> int:
    """(project, the version that was seen, its changes): all of them, or none, in the same way."""
    done = 0
    with transaction.atomic():
        for project, version, changes in sorted(wanted, key=lambda one: one[0].pk):
            different = differing(project, changes)
            if not different:
                continue
            try:
                _change(project, by=by, version=version, changes=different, on=on)
            except DomainError as refused:
                raise DomainError(f"{project.code}: {refused.message}", field=refused.field) from refused
            done += 1
    return done


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a bulk change would do to one project: the fields that differ, and why it is refused ("": it is not)."""

    project: Project
    changes: Mapping[str, Any]
    refusal: str


def rehearse(*, by: User, projects: Sequence[Project], changes: Mapping[str, Any], on: date) -> list[Outcome]:
    """What `change_many` would do to each project: done for real, every rule and constraint included, then rolled back."""
    with transaction.atomic():
        outcomes = [_rehearsed(project, by=by, changes=changes, on=on) for project in projects]
        transaction.set_rollback(True)
    return outcomes


def _rehearsed(project: Project, *, by: User, changes: Mapping[str, Any], on: date) -> Outcome:
    wanted = differing(project, changes)
    if not wanted:
        return Outcome(project, {}, "")
    try:
        with transaction.atomic():
            _change(project, by=by, version=project.version, changes=wanted, on=on)
    except DomainError as refused:
        return Outcome(project, wanted, refused.message)
    return Outcome(project, wanted, "")


def differing(project: Project, changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if getattr(project, name) != value}


def _change(project: Project, *, by: User, version: int, changes: Mapping[str, Any], on: date) -> None:
    if "node" in changes and project.parent_id:
        raise DomainError(_("It is a part of another project and lives where the whole lives: move the whole."))
    update_project(project=project, by=by, version=version, changes=changes, on=on)
