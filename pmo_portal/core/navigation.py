"""The menu: one list; an entry shows when its page exists and the reader may open it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """`section` marks the entry current on every URL name of that prefix; `shortcut` is typed after G."""

    label: Promise
    url_name: str
    icon: str
    shortcut: str = ""
    permission: str = ""
    sections: tuple[str, ...] = ()
    on_phone: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    label: Promise
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An entry resolved for one reader."""

    label: str
    url: str
    icon: str
    shortcut: str
    current: bool
    on_phone: bool


MENU: tuple[Group, ...] = (
    Group(
        _("Steering"),
        (
            Entry(
                _("Portfolios"),
                "reporting:portfolio-list",
                "layout-dashboard",
                "p",
                "",
                ("reporting:portfolio",),
                on_phone=True,
            ),
            Entry(
                _("Projects"),
                "reporting:project-list",
                "folder-kanban",
                "r",
                "",
                ("reporting:project", "projects:project", "projects:milestone", "projects:budget", "projects:risk"),
                on_phone=True,
            ),
            Entry(_("Key figures"), "reporting:executive", "gauge", "i", "", ("reporting:executive",), on_phone=True),
        ),
    ),
    Group(
        _("Data"),
        (Entry(_("Imports"), "projects:import-list", "download", "m", "projects.import_files", ("projects:import",)),),
    ),
    Group(
        _("Configuration"),
        (
            Entry(
                _("Thresholds"),
                "reporting:threshold-list",
                "scale",
                "s",
                "projects.edit_thresholds",
                ("reporting:threshold",),
            ),
            Entry(
                _("Users and rights"),
                "projects:member-list",
                "users",
                "u",
                "projects.manage_members",
                ("projects:member", "core:user"),
            ),
            Entry(_("API"), "api-docs", "link", "", "", ("api-docs",)),
        ),
    ),
)


def resolved(user: Any, current: str) -> Iterator[tuple[str, list[Link]]]:
    """(group, links) this user may open; `current` is the URL name of the page, `app:name`."""
    for group in MENU:
        links = []
        for entry in group.entries:
            url = find_url(entry.url_name)
            if url and (not entry.permission or user.has_perm(entry.permission)):
                here = any(current == section or current.startswith(f"{section}-") for section in entry.sections)
                links.append(Link(str(entry.label), url, entry.icon, entry.shortcut, here, entry.on_phone))
        if links:
            yield str(group.label), links


def find_url(name: str, *args: Any) -> str:
    """The address of a page, or '' when this installation does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
