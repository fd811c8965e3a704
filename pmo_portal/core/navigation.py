"""The menu: one list; an entry shows when its page exists and the reader may open it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.registry import Registry


@dataclass(frozen=True, slots=True)
class Entry:
    """`section` marks the entry current on every URL name of that prefix; `shortcut` is typed after G.

    `words` are other words by which the palette finds it; `may` answers where a right has to cover the whole organisation.
    """

    label: Promise
    url_name: str
    icon: str
    shortcut: str = ""
    permission: str = ""
    sections: tuple[str, ...] = ()
    on_phone: bool = False
    keeps_day: bool = False  # a page that can look back: from one past day the menu leads to the same
    words: str | Promise = ""
    may: Callable[[Any], bool] | None = None

    def url_for(self, user: Any) -> str:
        """Its address, or '' where this reader may not open it or this installation has no such page."""
        allowed = self.may(user) if self.may else not self.permission or user.has_perm(self.permission)
        return find_url(self.url_name) if allowed else ""


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
    keeps_day: bool


# Pages the menu does not list and the palette finds; apps above add theirs.
others: Registry[Entry] = Registry("pages of the palette")
others.add(
    "preferences",
    Entry(
        _("My preferences"),
        "core:preferences",
        "settings",
        words=_("settings language theme density shortcuts account"),
    ),
)
others.add("tokens", Entry(_("API tokens"), "projects:token-list", "link", words=_("keys access scripts tokens")))
others.add(
    "help",
    Entry(
        _("Help and shortcuts"), "core:help", "circle-help", words=_("glossary keyboard documentation health explained")
    ),
)

MENU: tuple[Group, ...] = (
    Group(
        _("Steering"),
        (
            Entry(
                _("My day"),
                "reporting:my-day",
                "calendar-clock",
                "d",
                "",
                ("reporting:my-day",),
                words=_("owed due reports decisions notifications alerts"),
            ),
            Entry(
                _("Collection"),
                "reporting:collection",
                "inbox",
                "c",
                "projects.validate_status",
                ("reporting:collection",),
                words=_("reports periods review freeze late"),
            ),
            Entry(
                _("Requests for people"),
                "projects:allocation-list",
                "users",
                "q",
                "projects.answer_allocation",
                ("projects:allocation",),
                words=_("resources staffing allocations capacity who fits"),
            ),
            Entry(
                _("Portfolios"),
                "reporting:portfolio-list",
                "layout-dashboard",
                "p",
                "",
                ("reporting:portfolio",),
                on_phone=True,
                keeps_day=True,
            ),
            Entry(
                _("Projects"),
                "reporting:project-list",
                "folder-kanban",
                "r",
                "",
                (
                    "reporting:project",
                    "projects:project",
                    "projects:milestone",
                    "projects:budget",
                    "projects:risk",
                    "projects:issue",
                    "projects:action",
                    "projects:decision",
                    "projects:dependency",
                ),
                on_phone=True,
                keeps_day=True,
            ),
            Entry(
                _("Dependencies"),
                "projects:dependencies",
                "share-2",
                "",
                "projects.view_project",
                ("projects:dependencies",),
                words=_("links between projects needs gives promised late"),
            ),
            Entry(
                _("Key figures"),
                "reporting:executive",
                "gauge",
                "i",
                "",
                ("reporting:executive",),
                on_phone=True,
                keeps_day=True,
            ),
        ),
    ),
    Group(
        _("Resources"),
        (
            Entry(
                _("Capacity"),
                "portfolio:capacity",
                "gauge",
                "a",
                "projects.view_capacity",
                (
                    "portfolio:capacity",
                    "portfolio:person-load",
                    "portfolio:relief",
                    "portfolio:proposal",
                    "portfolio:leveling",
                    "reporting:capacity",
                ),
                words=_("load heat map utilisation overload roles people availability"),
            ),
            Entry(
                _("People"),
                "projects:person-list",
                "users",
                "e",
                "projects.view_people",
                (
                    "projects:person",
                    "projects:people",
                    "projects:unit",
                    "projects:profile",
                    "projects:skill",
                    "projects:working-calendar",
                    "projects:generic-capacity",
                    "projects:rate",
                    "projects:absence",
                    "projects:work-pattern",
                    "projects:calendar-exception",
                ),
                words=_("team units teams suppliers roles skills calendars holidays absences rates capacity"),
            ),
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
                _("Reporting calendars"),
                "reporting:calendar-list",
                "calendar-clock",
                "",
                "projects.run_reporting",
                ("reporting:calendar",),
            ),
            Entry(
                _("Users and rights"),
                "projects:member-list",
                "users",
                "u",
                "projects.manage_members",
                (
                    "projects:member",
                    "projects:user",
                    "projects:service",
                    "projects:emergency",
                    "projects:view-as",
                ),
            ),
            Entry(_("API"), "api-docs", "link", "", "", ("api-docs",)),
        ),
    ),
)


# Entries that slices add to the last group, because who may open them is decided above this floor.
added: Registry[Entry] = Registry("entries of the menu")


def resolved(user: Any, current: str) -> Iterator[tuple[str, list[Link]]]:
    """(group, links) this user may open; `current` is the URL name of the page, `app:name`."""
    for group in MENU:
        links = []
        for entry in (*group.entries, *(added if group is MENU[-1] else ())):
            if url := entry.url_for(user):
                here = any(current == section or current.startswith(f"{section}-") for section in entry.sections)
                links.append(
                    Link(str(entry.label), url, entry.icon, entry.shortcut, here, entry.on_phone, entry.keeps_day)
                )
        if links:
            yield str(group.label), links


def everywhere(user: Any) -> Iterator[tuple[str | Promise, Entry, str]]:
    """(group, entry, url) of every page this user may open: those of the menu, then those that are not in it."""
    listed: list[tuple[str | Promise, Entry]] = [(group.label, entry) for group in MENU for entry in group.entries]
    listed += [(MENU[-1].label, entry) for entry in added]
    for group, entry in (*listed, *(("", entry) for entry in others)):
        if url := entry.url_for(user):
            yield group, entry, url


def find_entry(key: str, user: Any) -> str:
    """The address of an entry that a slice added, or '' where this reader may not open it."""
    return added[key].url_for(user) if key in added else ""


def find_url(name: str, *args: Any) -> str:
    """The address of a page, or '' when this installation does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
