"""What the audit log shows to whom, and what its filters mean."""

from typing import Any

from django.db.models import QuerySet

from pmo_portal.core import ledger
from pmo_portal.core.models import AuditEvent, User
from pmo_portal.core.search import fold, words_in
from projects.access.selectors import log_shown_to
from projects.hierarchy.models import Project

MOST_NAMED = 200  # people or projects that one search word may mean


def events_shown_to(reader: User) -> QuerySet[AuditEvent]:
    """What the log shows this reader, with the people it names."""
    rows: QuerySet[AuditEvent] = log_shown_to(reader).select_related("actor", "on_behalf_of")
    return rows


def people_named(words: str) -> list[int]:
    """Ids of the accounts that these words mean: a user name exactly, else parts of names."""
    exact = User.objects.filter(username__iexact=words).values_list("pk", flat=True)
    return list(exact) or list(
        User.objects.filter(words_in(fold(words), "first_name", "last_name", "username")).values_list("pk", flat=True)[
            :MOST_NAMED
        ]
    )


def was_stood_in_for(people: list[int]) -> bool:
    """Whether anything was ever done for one of these people by someone else."""
    return AuditEvent.objects.filter(on_behalf_of__in=people).exists()


def projects_named(reader: Any, words: str) -> list[int]:
    """Ids of the visible projects that these words mean: a code exactly, else parts of names."""
    rows = Project.objects.visible_to(reader)
    exact = rows.filter(code__iexact=words).values_list("pk", flat=True)
    return list(exact) or list(
        rows.filter(words_in(fold(words), "code", "name", "name_en")).values_list("pk", flat=True)[:MOST_NAMED]
    )


def kinds_told() -> list[str]:
    """The kinds of record that the history can tell of, whether or not it does: the same for every reader."""
    kept = [model for model in ledger.recorded() if not model._meta.auto_created]
    return [AuditEvent._meta.label, *(model._meta.label for model in kept)]


def codes_of(events: list[AuditEvent], reader: User) -> dict[int, tuple[str, str]]:
    """{project: (code, name)} of the projects of these events that the reader sees: one query."""
    ids = {event.project_id for event in events if event.project_id}
    rows = Project.objects.visible_to(reader).filter(pk__in=ids) if ids else ()
    return {row.pk: (row.code, row.label) for row in rows}
