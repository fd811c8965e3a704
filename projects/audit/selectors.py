"""What the audit log shows to whom, and what its filters mean."""

from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from pmo_portal.core.models import AuditEvent, User
from pmo_portal.core.search import fold, words_in
from projects.access.models import Delegation, Membership
from projects.hierarchy.history import OF_MONEY
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import EVERYTHING, MONEY_GROUPS, Access

# Who got in with which rights: whoever runs the portal answers for it, also on projects they may not read.
OF_RIGHTS = (Membership._meta.label, Delegation._meta.label, User._meta.label)
MOST_NAMED = 200  # people or projects that one search word may mean


def events_shown_to(reader: User) -> QuerySet[AuditEvent]:
    """The events of what this reader sees: nothing of a hidden project, no amount of one whose money is hidden.

    For a PMO of the organisation that is everything, without a condition. An administrator who reads no project sees what
    concerns none, and every right given. What single fields hide is left out when it is told (`history.in_words`).
    """
    access = Access.of(reader)
    events = AuditEvent.objects.select_related("actor", "on_behalf_of")
    seen = access.projects()
    if seen != EVERYTHING:
        visible = Q(project_id__in=Project.objects.filter(seen).values("pk"))
        events = events.filter(visible | Q(project_id__isnull=True) | Q(target_type__in=OF_RIGHTS))
    if not access.sees_all_money():
        shown = Project.objects.filter(*(access.projects(group=group) for group in MONEY_GROUPS))
        events = events.filter(~Q(target_type__in=OF_MONEY) | Q(project_id__in=shown.values("pk")))
    return events


def people_named(words: str) -> list[int]:
    """Ids of the accounts that these words mean: a user name exactly, else parts of names."""
    exact = User.objects.filter(username__iexact=words).values_list("pk", flat=True)
    return list(exact) or list(
        User.objects.filter(words_in(fold(words), "first_name", "last_name", "username")).values_list("pk", flat=True)[
            :MOST_NAMED
        ]
    )


def projects_named(reader: Any, words: str) -> list[int]:
    """Ids of the visible projects that these words mean: a code exactly, else parts of names."""
    rows = Project.objects.visible_to(reader)
    exact = rows.filter(code__iexact=words).values_list("pk", flat=True)
    return list(exact) or list(
        rows.filter(words_in(fold(words), "code", "name", "name_en")).values_list("pk", flat=True)[:MOST_NAMED]
    )


def kinds_told() -> list[str]:
    """The kinds of record that the history tells of: one step in the index for each, however many events there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE kinds(name) AS ((SELECT min(target_type) FROM core_auditevent) UNION ALL"
            " SELECT (SELECT min(target_type) FROM core_auditevent WHERE target_type > kinds.name) FROM kinds"
            " WHERE kinds.name IS NOT NULL) SELECT name FROM kinds WHERE name IS NOT NULL"
        )
        return [name for (name,) in cursor.fetchall()]


def codes_of(events: list[AuditEvent], reader: User) -> dict[int, tuple[str, str]]:
    """{project: (code, name)} of the projects of these events that the reader sees: one query."""
    ids = {event.project_id for event in events if event.project_id}
    rows = Project.objects.visible_to(reader).filter(pk__in=ids) if ids else ()
    return {row.pk: (row.code, row.label) for row in rows}
