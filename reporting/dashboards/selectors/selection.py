"""The projects ticked in a list, split into those the reader may change and the others."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from projects.access.policy import EDIT_PROJECT
from projects.hierarchy.models import Project

MOST = 200


@dataclass(frozen=True, slots=True)
class Selection:
    """`editable` may be changed; `refused` are visible but not the reader's to change; hidden ones are in neither."""

    editable: list[Project]
    refused: list[Project]


def selection(user: Any, ids: Iterable[str], right: str = EDIT_PROJECT) -> Selection:
    """The visible projects among these ids, at most 200, and on which of them the reader has `right`: one query."""
    wanted = [int(value) for value in ids if value.isdecimal()][:MOST]
    seen = Project.objects.visible_to(user).filter(pk__in=wanted)
    rows = list(seen.select_related("project_manager", "node").order_by("code", "pk"))
    editable = [row for row in rows if user.has_perm(right, row)]
    return Selection(editable, [row for row in rows if row not in editable])
