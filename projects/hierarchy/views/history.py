"""The history tab: who changed what, in plain words, filtered by field and person."""

from typing import Any

from pmo_portal.core.as_of import as_of
from pmo_portal.core.keyset import Order, cut
from pmo_portal.core.navigation import find_entry
from projects.hierarchy import history, past
from projects.hierarchy.views.base import EDIT_PROJECT, ProjectTab

PAGE = 50
NEWEST_FIRST = (Order("at", descending=True, never_null=True), Order("pk", descending=True, never_null=True))


class ProjectHistory(ProjectTab):
    template = "projects/hierarchy/project_history.html"
    fragment = "projects/hierarchy/_history.html"
    tab = "history"

    def context(self, **extra: Any) -> dict[str, Any]:
        query = self.request.GET
        field, who = query.get("field", ""), query.get("who", "")
        field = "" if field in history.GUARDED_FIELDS else field
        day = as_of(self.request)
        told = history.told_to(self.user, self.project)
        told = past.up_to(told, day) if day else told
        events = told.filter(changes__has_key=field) if field else told
        events = events.filter(actor_id=int(who)) if who.isdecimal() else events
        # Only the newest entries, unfiltered, tell whether a value still stands.
        editable = not (day or field or who or query.get("after")) and self.user.has_perm(EDIT_PROJECT, self.project)
        found = cut(events, NEWEST_FIRST, after=query.get("after", ""), size=PAGE)
        return super().context(
            entries=history.in_words(found.rows, reader=self.user, editable=editable, then=bool(day)),
            after=found.after,
            field=field,
            who=who,
            fields=history.fields_changed(told),
            people=history.people(told),
            log="" if day else find_entry("audit", self.user),
            **extra,
        )
