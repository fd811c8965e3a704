"""Who may make a confidential project public (decision 0144): whoever sees every confidential project there, the PMO.

Whoever edits a project may hide it, as long as they still see it afterwards; showing it to everybody is not theirs alone.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core.errors import NotAllowed
from pmo_portal.core.models import User
from projects.hierarchy.models import Project

LIFT_CONFIDENTIALITY = "projects.lift_confidentiality"
WHY = gettext_lazy("Confidential: only the PMO makes it public.")


def may_lift(row: Project, *, by: User) -> bool:
    """Whether this user may show to everybody what `row`, as stored, hides."""
    return not row.is_confidential or by.has_perm(LIFT_CONFIDENTIALITY, row)


def check_veil(row: Project, changes: Mapping[str, Any], *, by: User) -> None:
    """Refuse to make a confidential project public without the right to. `row` holds the stored values."""
    lifted = changes.get("confidentiality", row.confidentiality) != row.confidentiality
    if lifted and not may_lift(row, by=by):
        raise NotAllowed(_("Only the PMO makes a confidential project public. Ask them."), field="confidentiality")
