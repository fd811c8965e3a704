"""What the pages of somebody say of their standing: for whom they stand in, what was done with their account or projects.

All of it came with the user, in the one statement of `projects.access.backend`.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import formats
from pmo_portal.core.models import User
from pmo_portal.core.notices import Notice, providers
from projects.access.models import Membership
from projects.access.models import Notice as Told
from projects.access.view_as import OVER


def standing(request: HttpRequest) -> Iterator[Notice]:
    """One line for each person one stands in for, or who stands in."""
    ends: dict[tuple[bool, str], datetime] = {}
    for row in getattr(request.user, "standing", ()):
        mine = row["delegate_id"] == request.user.pk
        key = (mine, name_in(row, "lender" if mine else "delegate"))
        ends[key] = max(moment_in(row["until"]), ends.get(key, moment_in(row["until"])))
    for (mine, name), until in sorted(ends.items()):
        told = {"name": name, "day": formats.date(timezone.localdate(until), "long")}
        words = (
            _("You stand in for %(name)s until %(day)s.") if mine else _("%(name)s stands in for you until %(day)s.")
        )
        yield Notice(words % told, icon="users", url=reverse("projects:delegation-list"), link=_("Delegations"))


def told(request: HttpRequest) -> Iterator[Notice]:
    """What an administrator did, until it is put away. Nobody puts it away for someone else."""
    if getattr(request, "real_user", None) is not None:
        return
    for row in getattr(request.user, "unseen", ()):
        yield Notice(
            words_of(row),
            tone="warn",
            icon="eye" if row["kind"] == Told.Kind.VIEWED_AS else "shield-alert",
            **way_on(row),
            action=reverse("projects:notice-seen", args=[row["id"]]),
            button=_("Understood"),
        )


def way_on(row: dict[str, Any]) -> dict[str, str]:
    """Where to do something about it."""
    if row["kind"] != Told.Kind.MFA_RESET:
        return {}
    return {"url": reverse("mfa_index"), "link": _("Sign-in and security")}


def words_of(row: dict[str, Any]) -> str:
    """A notice in the reader's words."""
    told = {**row["told"], "at": formats.moment(moment_in(row["at"]))}
    if row["kind"] == Told.Kind.VIEWED_AS:
        return (
            _("%(by)s looked at the portal as you on %(at)s, without changing anything. Reason given: %(why)s") % told
        )
    if row["kind"] == Told.Kind.MFA_RESET:
        return _("%(by)s removed your second factor on %(at)s. Add another one. Reason given: %(why)s") % told
    told["until"] = formats.moment(moment_in(told["until"]))
    return (
        _("%(by)s opened an emergency access to “%(place)s” on %(at)s, until %(until)s. Reason given: %(why)s") % told
    )


def emergencies(request: HttpRequest) -> Iterator[Notice]:
    """Said as long as it lasts, with a button that ends it."""
    held = [row for row in getattr(request.user, "own", ()) if row["source"] == Membership.Source.EMERGENCY]
    if not held or getattr(request, "real_user", None) is not None:
        return
    rows = Membership.objects.in_force().filter(user=request.user.pk, source=Membership.Source.EMERGENCY)
    for row in rows.select_related("project", "node").order_by("valid_until"):
        place = row.project or row.node
        told = {"place": place.label, "time": f"{timezone.localtime(row.valid_until):%H:%M}"}
        yield Notice(
            _("Emergency access to “%(place)s” until %(time)s. Everyone concerned was told.") % told,
            tone="bad",
            icon="shield-alert",
            url=place.get_absolute_url(),
            link=_("Open it"),
            action=reverse("projects:emergency-end", args=[row.pk]),
            button=_("End it now"),
        )


def look_over(request: HttpRequest) -> Iterator[Notice]:
    """Said once, when it ended by itself."""
    looking = getattr(request, "real_user", None) is not None
    session = getattr(request, "session", {})
    if not looking and (name := session.get(OVER)):
        del session[OVER]
        yield Notice(
            _("You no longer see the portal as %(name)s: the time was over, or a right.") % {"name": name}, "info"
        )


def moment_in(text: str) -> datetime:
    return datetime.fromisoformat(text)


def name_in(row: dict[str, Any], side: str) -> str:
    """The name of one of the two people of a delegation."""
    names = {name: row[f"{side}_{name}"] for name in ("first_name", "last_name", "username")}
    return User(**names).label


providers.add("emergencies", emergencies)
providers.add("told", told)
providers.add("look over", look_over)
providers.add("standing", standing)
