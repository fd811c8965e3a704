"""Independent reviews: drafted, corrected, released. Callers have checked the right, independence is asked here."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing, events
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.formats import date as day_in_words
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.hierarchy.services import hold_project
from projects.hierarchy.visibility import Access
from projects.raid.models import Assessment
from projects.resources.models import Person

FIELDS = frozenset({"scale", "rating", "assessed_on", "reviewer", "reviewer_name", "summary", "recommendations"})
ANSWER_FOR_IT = ("project_manager_id", "sponsor_id", "business_manager_id", "delivery_head_id")
ROLES_OF_IT = frozenset({"project_manager", "sponsor"})


class Released(DomainError):
    """It was released: nobody changes it any more."""

    status = 409


def create_assessment(*, project: Project, by: User, on: date, **fields: Any) -> Assessment:
    """A draft, assessed today by the one who writes it unless told otherwise."""
    editing.only(fields, FIELDS)
    with editing.writing():
        held = hold_project(project.pk)
        fields["assessed_on"] = fields.get("assessed_on") or on
        if fields.get("reviewer") is None and not fields.get("reviewer_name"):
            fields |= _who(by)
        _check(held, by=by, on=on, fields=fields)
        return editing.create(Assessment(project=held, **fields), by=by, project_id=held.pk)


def update_assessment(
    *, assessment: Assessment, by: User, version: int, changes: Mapping[str, Any], on: date
) -> Assessment:
    """Change a draft. Raises `Released` once it is none."""
    editing.only(changes, FIELDS)
    with editing.writing():
        held = hold_project(assessment.project_id)
        row = editing.lock(Assessment, assessment.pk, version=version, changes=changes)
        check_draft(row)
        wanted = {"assessed_on": row.assessed_on, "reviewer": row.reviewer, **changes}
        if wanted["reviewer"] is None and not wanted.get("reviewer_name", row.reviewer_name):
            changes = {**changes, **_who(by)}
        _check(held, by=by, on=on, fields=wanted)
        editing.write(row, by=by, changes=changes, project_id=held.pk)
        return row


def release_assessment(*, assessment: Assessment, by: User, version: int, on: date, at: datetime) -> Assessment:
    """From now on it is the review in force, read by who may; the one before stays in the register."""
    with editing.writing():
        held = hold_project(assessment.project_id)
        row = editing.lock(Assessment, assessment.pk, version=version, changes={})
        check_draft(row)
        _check(held, by=by, on=on, fields={"assessed_on": row.assessed_on, "reviewer": row.reviewer})
        before = Assessment.objects.in_force().filter(project=held).first()
        if before is not None and before.assessed_on > row.assessed_on:
            words = _("The review in force is of %(day)s: an older one does not take over from it.")
            raise DomainError(words % {"day": day_in_words(before.assessed_on)}, field="assessed_on")
        released = {"state": Assessment.State.RELEASED, "released_at": at}
        editing.write(row, by=by, changes=released, project_id=held.pk, action="release")
        events.announce([held.pk])  # its facts and their date stay as they were: somebody else looked at them
        return row


def delete_assessment(*, assessment: Assessment, by: User, version: int) -> None:
    """Throw a draft away. Raises `Released` once it is none."""
    with editing.writing():
        hold_project(assessment.project_id)
        check_draft(editing.hold(Assessment, assessment.pk))
        editing.delete(assessment, by=by, version=version, project_id=assessment.project_id)


def check_draft(assessment: Assessment) -> None:
    if not assessment.is_draft:
        raise Released(_("This review was released: it stays as it is. Write a new one, which takes over from it."))


def answers_for(user: User, project: Project) -> bool:
    """Whether this user answers for the project, so that no review of theirs would be independent."""
    named = {getattr(project, name) for name in ANSWER_FOR_IT} - {None}
    if Access.of(user).roles_on(project) & ROLES_OF_IT:
        return True
    return bool(named) and Person.objects.filter(pk__in=named, user=user.pk).exists()


def _check(project: Project, *, by: User, on: date, fields: Mapping[str, Any]) -> None:
    """Refuse a review that is not independent, or of a day to come."""
    if answers_for(by, project):
        raise NotAllowed(_("You answer for this project: an independent review is somebody else's."))
    reviewer = editing.plain_key(fields.get("reviewer"))
    if reviewer is not None and _is_named_or_bound(reviewer, project):
        words = _("This person answers for the project: an independent review is somebody else's.")
        raise DomainError(words, field="reviewer")
    if fields["assessed_on"] > on:
        words = _("This day is after %(day)s: say what has happened by now.")
        raise DomainError(words % {"day": day_in_words(on)}, field="assessed_on")


def _is_named_or_bound(person: int, project: Project) -> bool:
    """Whether this person answers for the project: named on it, or by the roles of their account."""
    if person in {getattr(project, name) for name in ANSWER_FOR_IT}:
        return True
    user = User.objects.filter(pk__in=Person.objects.filter(pk=person).values("user")).first()
    return user is not None and answers_for(user, project)


def _who(by: User) -> dict[str, Any]:
    """The person of the one who writes, else their name."""
    person = Person.objects.filter(user=by).first()
    return {"reviewer": person, "reviewer_name": "" if person else by.label}
