"""Projects: create, change, move, declare, delete. Callers have checked the right on the project itself."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing, events
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.formats import date as day_in_words
from pmo_portal.core.models import User
from projects.hierarchy.declared import WORDS
from projects.hierarchy.lifecycle import may_follow
from projects.hierarchy.models import Node, Project
from projects.hierarchy.services.baselines import check_baseline
from projects.hierarchy.services.facts import facts_changed, move_data_date
from projects.hierarchy.services.places import CREATE_PROJECT, VIEW_PROJECT, check_container, check_whole, hold_tree
from projects.hierarchy.services.veil import check_veil
from projects.hierarchy.visibility import Access

DELETE_PROJECT = "projects.delete_project"
KEPT = ("path", "portfolio", "node", "baseline_end_first")
PEOPLE = ("sponsor", "business_manager", "delivery_head", "project_manager", "pmo_referent")
FIELDS = frozenset(
    {
        "code",
        "external_ref",
        "name",
        "name_en",
        "short_name",
        "description",
        "state",
        "resume_date",
        "phase",
        "size",
        *PEOPLE,
    }
    | {
        "delivery_mode",
        "category",
        "investment_class",
        "must_win",
        "priority",
        "confidentiality",
        "tolerance_time",
        "tolerance_cost",
    }
    | {
        "start_date",
        "baseline_start",
        "baseline_end",
        "forecast_end",
        "actual_end",
        "percent_complete",
        "currency",
        "left_on",
    }
)
PLACE = frozenset({"node", "parent"})
STATUS = frozenset(
    {"declared", "declared_label", "declared_on", "declared_trend", "key_message", "back_to_green", "confidential_note"}
)
ENDS = frozenset({"state", "left_on"})  # with it, or again, people are asked for
KEY_MESSAGE_MINIMUM = 3


def create_project(*, by: User, on: date, node: Node, **fields: Any) -> Project:
    """A project in a container, or a part of the project `parent` (it then lives where the parent lives).

    It may start in any state: work that is already under way is entered as it is.
    """
    editing.only(fields, FIELDS | {"parent"})
    parent = fields.get("parent")
    with editing.writing():
        hold_tree(shared=True)
        if parent is not None:
            check_whole(parent, by=by, right=CREATE_PROJECT)
        else:
            check_container(node, by=by, right=CREATE_PROJECT, field="node")
        project = Project(node=node, data_date=on, **{"currency": node.currency, **fields})
        check_dates(project, fields, on=on)
        editing.create(project, by=by, project_id=None, kept=KEPT)
        events.announce([project.pk])
        return project


def update_project(*, project: Project, by: User, version: int, changes: Mapping[str, Any], on: date) -> Project:
    """Change facts of a project; a change of `node` or `parent` moves it, if the actor may put a project there."""
    editing.only(changes, FIELDS | PLACE)
    with editing.writing():
        moves = bool(PLACE & changes.keys())
        if moves:
            hold_tree()
        row = editing.lock(Project, project.pk, version=version, changes=changes)
        if moves:
            check_new_place(row, changes, by=by)
        check_baseline(row, changes, project=row, by=by)
        check_veil(row, changes, by=by)
        wanted = {**changes, **consequences(row, changes, on=on)}
        check_dates(row, wanted, on=on)
        kept = KEPT if moves else ("baseline_end_first",) if "baseline_end" in wanted else ()
        done = editing.write(row, by=by, changes=wanted, project_id=row.pk, kept=kept)
        if done:
            check_still_visible(row, done, by=by)
            move_data_date(row, on=on)
            touched = (
                Project.objects.filter(path__startswith=row.path).values_list("pk", flat=True) if moves else [row.pk]
            )
            events.announce(touched, at_once="confidentiality" in done)
            if ENDS & set(done):
                events.announce_people()
        return row


def move_project(
    *, project: Project, by: User, version: int, node: Node, on: date, parent: Project | None = None
) -> Project:
    """Put a project, with its parts, into another container or under another project."""
    return update_project(project=project, by=by, version=version, changes={"node": node, "parent": parent}, on=on)


def declare_status(
    *,
    project: Project,
    by: User,
    version: int,
    level: str,
    trend: str,
    key_message: str,
    on: date,
    back_to_green: date | None = None,
    confidential_note: str | None = None,
) -> Project:
    """Declare the status on the portfolio's scale, with a trend and a key message (domain.md VR-01, VR-02, VR-17).

    `confidential_note`: what only those who decide read; None leaves it as it is.
    """
    changes = {
        "declared": level,
        "declared_label": "",
        "declared_trend": trend,
        "key_message": key_message.strip(),
        "declared_on": on,
        "back_to_green": back_to_green,
    }
    if confidential_note is not None:
        changes["confidential_note"] = confidential_note.strip()
    with editing.writing():
        row = editing.lock(Project, project.pk, version=version, changes=changes)
        if confidential_note is not None and not Access.of(by).sees("confidential_note", row):
            raise NotAllowed(_("Your role does not show the confidential note, so it cannot write it."))
        if level not in WORDS[row.portfolio.scale]:
            raise DomainError(_("Choose one of the levels of this portfolio's scale."), field="declared")
        if len(str(changes["key_message"])) < KEY_MESSAGE_MINIMUM:
            raise DomainError(
                _("Say in one sentence where the project stands (3 to 140 characters)."), field="key_message"
            )
        if back_to_green and row.forecast_end and back_to_green > row.forecast_end:
            raise DomainError(
                _("The project ends on %(end)s: choose a date up to then.") % {"end": day_in_words(row.forecast_end)},
                field="back_to_green",
            )
        if editing.write(row, by=by, changes=changes, project_id=row.pk, action="declare"):
            facts_changed(row, on=on)
        return row


def delete_project(*, project: Project, by: User, version: int) -> None:
    """Delete a project with all its facts. DomainError while it has parts, or when a past day shows it: that must stay true.

    The history keeps what it held.
    """
    with editing.writing():
        row = editing.lock(Project, project.pk, version=version, changes={})
        if Project.objects.filter(parent=row).exists():
            raise DomainError(_("This project has parts. Move or delete them first."))
        events.announce_removal([row.pk])
        editing.delete(row, by=by, version=version, project_id=row.pk)


def consequences(row: Project, changes: Mapping[str, Any], *, on: date) -> dict[str, Any]:
    """What a change of state brings: leaving "on hold" clears the resume date, closing dates the end. Refuses a wrong step."""
    after = changes.get("state", row.state)
    if not may_follow(row.state, after):
        before, wanted = row.get_state_display(), Project.State(after).label if after in Project.State.values else after
        message = _("A project cannot go from “%(before)s” to “%(after)s”. Choose one of the states offered.")
        raise DomainError(message % {"before": before, "after": wanted}, field="state")
    brought: dict[str, Any] = {}
    if row.state == Project.State.SUSPENDED and after != row.state:
        brought["resume_date"] = None
    if after == Project.State.CLOSED and row.state != after and not (changes.get("actual_end") or row.actual_end):
        brought["actual_end"] = on
    return brought


def check_dates(row: Project, changes: Mapping[str, Any], *, on: date) -> None:
    """An actual end lies in the past of the data; the day a project on hold is to resume, when it is entered, in its future."""
    resumes = changes.get("resume_date")
    if isinstance(resumes, date) and resumes < on and resumes != row.resume_date:
        message = _("The resume date cannot be before %(day)s. Enter the day the project is expected to start again.")
        raise DomainError(message % {"day": day_in_words(on)}, field="resume_date")
    ended = changes.get("actual_end")
    if isinstance(ended, date) and ended > on:
        message = _("The actual end cannot be after %(day)s. Enter a planned end as a forecast.") % {
            "day": day_in_words(on)
        }
        raise DomainError(message, field="actual_end")


def check_new_place(row: Project, changes: Mapping[str, Any], *, by: User) -> None:
    """Refuse a move by who may not take the project away from where it is, and to where they may not create projects."""
    parent = changes.get("parent", row.parent)
    node = changes.get("node", row.node)
    if (node != row.node or parent != row.parent) and not by.has_perm(DELETE_PROJECT, row):
        raise NotAllowed(_("Only the PMO moves a project. Ask them."), field="node")
    if parent is not None and parent != row.parent:
        check_whole(parent, by=by, right=CREATE_PROJECT)
    elif node != row.node or parent != row.parent:
        check_container(node, by=by, right=CREATE_PROJECT, field="node")


def check_still_visible(row: Project, done: Mapping[str, Any], *, by: User) -> None:
    """Nobody hides a project from themselves by marking it confidential."""
    if "confidentiality" in done and not by.has_perm(VIEW_PROJECT, row):
        message = _(
            "You would no longer see this project. Ask the PMO to make it confidential and to name its members."
        )
        raise DomainError(message, field="confidentiality")
