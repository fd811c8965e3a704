"""The dates of stored steps in the reader's language: milestones by their names of today, the end of a project has no id."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from projects.planning.models import Milestone

Names = Mapping[int | None, str]


def names_of(dates: Iterable[Mapping[str, Any]]) -> Names:
    """{id of a milestone: its name} of these dates: one statement at most."""
    ids = {one["id"] for one in dates if one["id"]}
    found = {row.pk: row.label for row in Milestone.objects.filter(pk__in=ids)} if ids else {}
    return {None: _("End of the project"), **found}


def named(dates: Iterable[Mapping[str, Any]], names: Names) -> list[dict[str, Any]]:
    """The same dates with these names; one that is gone is called as it was then."""
    return [{**one, "name": names.get(one["id"], one["name"])} for one in dates]
