"""Saved mappings of columns, kept by their owner without a file at hand; with one, `batches.save_profile`."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing
from pmo_portal.core.errors import NotAllowed
from pmo_portal.core.models import User
from projects.access.policy import IMPORT_FILES
from projects.exchange.models import ImportProfile
from projects.exchange.profiles import GENERIC, shipped
from projects.exchange.targets import ALL
from projects.exchange.words import fold

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])-01")
FIELDS = frozenset({"name", "base", "settings", "shared"})


def create_profile(
    *, by: User, name: str, base: str = GENERIC, settings: Mapping[str, Any] | None = None, shared: bool = False
) -> ImportProfile:
    """One of the actor's own; DomainError when they have one of this name."""
    if not by.has_perm(IMPORT_FILES):
        raise NotAllowed(_("Your role does not allow this here."))
    made = ImportProfile(
        owner=by, **checked({"name": name, "base": base, "settings": settings or {}, "shared": shared})
    )
    with editing.writing():
        return editing.create(made, by=by, project_id=None)


def update_profile(*, by: User, profile: ImportProfile, version: int, changes: Mapping[str, Any]) -> ImportProfile:
    """Another name, other columns, shared or not."""
    editing.only(changes, FIELDS)
    check_owner(profile, by=by)
    changes = checked(changes)
    return editing.change(ImportProfile, profile.pk, by=by, version=version, changes=changes, project_id=None)


def delete_profile(*, by: User, profile: ImportProfile, version: int) -> None:
    """Imports keep what they were read with."""
    check_owner(profile, by=by)
    editing.delete(profile, by=by, version=version, project_id=None)


def check_owner(profile: ImportProfile, *, by: User) -> None:
    if profile.owner_id != by.pk:
        raise NotAllowed(_("Only its owner may change this mapping."))


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as imports read them: a kind of file there is, folded headings, each with a field an import fills."""
    if "base" in values and values["base"] not in shipped():
        raise editing.InvalidFields({"base": [_("Choose among: %(choices)s.") % {"choices": ", ".join(shipped())}]})
    if "settings" not in values:
        return dict(values)
    settings = dict(values["settings"])
    settings["columns"] = {fold(heading): target for heading, target in settings.get("columns", {}).items()}
    if unknown := sorted({target for target in settings["columns"].values() if not is_target(target)}):
        told = _("No field that an import fills: %(targets)s.") % {"targets": ", ".join(unknown)}
        raise editing.InvalidFields({"settings.columns": [told]})
    return {**values, "settings": settings}


def is_target(text: str) -> bool:
    """`project.name`, `amount.revised@2026-05-01` (of a month), or nothing: the column is left out."""
    field, at, month = text.partition("@")
    return not text or (field in ALL and (not at or MONTH.fullmatch(month) is not None))
