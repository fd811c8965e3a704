"""Who may move what was agreed (domain.md BR-14): a baseline, once set, and the tolerances around it are the PMO's.

Whoever edits a project may set its first baseline; after that slippage is measured against it, so those who are measured do not
move it.
"""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core.errors import NotAllowed
from pmo_portal.core.models import User
from projects.hierarchy.models import Project

SET_BASELINE = "projects.set_baseline"
BASELINES = frozenset({"baseline_start", "baseline_end", "baseline_date"})
TOLERANCES = frozenset({"tolerance_time", "tolerance_cost"})
WHY = gettext_lazy("Agreed with the PMO: only they change it.")


def agreed(row: models.Model) -> set[str]:
    """The fields of a project or a milestone that are agreed by now."""
    names = {field.name for field in row._meta.fields}
    return {name for name in BASELINES & names if getattr(row, name) is not None} | (TOLERANCES & names)


def check_baseline(row: models.Model, changes: Mapping[str, Any], *, project: Project, by: User) -> None:
    """Refuse to move what is agreed without the right to. `row` holds the stored values."""
    moved = [name for name in sorted(agreed(row)) if name in changes and changes[name] != getattr(row, name)]
    if moved and not by.has_perm(SET_BASELINE, project):
        field = row._meta.get_field(moved[0])
        message = _("“%(field)s” was agreed with the PMO: slippage is measured against it. Ask the PMO to change it.")
        raise NotAllowed(message % {"field": field.verbose_name}, field=moved[0])  # type: ignore[union-attr]
