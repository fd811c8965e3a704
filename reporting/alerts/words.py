"""A notification in words, and where it leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pmo_portal.core import formats
from portfolio.relief.models import Proposal
from projects.hierarchy.declared import word_of
from projects.resources.models import Person, Role
from reporting.alerts.models import Notification, Rule


@dataclass(frozen=True, slots=True)
class Line:
    """One notification for its reader. `url` is a path of the portal; opening it changes nothing."""

    pk: int
    words: str
    about: str
    url: str
    tone: str
    rule: str
    project_id: int | None
    at: Any
    seen: bool


ANSWERS = {
    "proposed": gettext_lazy("Somebody is proposed for your request for people."),
    "confirmed": gettext_lazy("Your request for people is confirmed."),
    "refused": gettext_lazy("Your request for people is refused."),
    "requested": gettext_lazy("Somebody leaves your project: what remains of their work is asked for anew."),
}
QUIET = (Rule.ANSWERED, Rule.ASKED, Rule.PROPOSED, Rule.SETTLED)
TONES = {"soon": "info", "eve": "warn", "due": "warn", "due_pmo": "info"}


def lines(rows: Iterable[Notification]) -> list[Line]:
    """`rows` come with their project and their period; the roles of those about one are read at once."""
    rows = list(rows)
    asked = {int(row.told["role"]) for row in rows if row.rule == Rule.CROWDED}
    roles = Role.objects.in_bulk(asked) if asked else {}
    people = Person.objects.in_bulk({int(row.told["person"]) for row in rows if row.rule == Rule.ASTRAY})
    proposed = {int(row.told["proposal"]) for row in rows if row.rule in (Rule.PROPOSED, Rule.SETTLED)}
    known = Proposal.objects.with_names().only("subject", "rows", "ref").filter(pk__in=proposed)
    subjects = {one.pk: one.short_of for one in known} if proposed else {}
    return [_line(row, roles, people, subjects) for row in rows]


def _line(
    row: Notification, roles: Mapping[int, Role], people: Mapping[int, Person], subjects: Mapping[int, str]
) -> Line:
    """`roles`: those that a role asked for too much is among, by their name of today; one that is gone has none."""
    role = roles.get(row.told.get("role", 0))
    node = row.period.calendar.node if row.period else None
    about = row.project.label if row.project else node.label if node else role.label if role else ""
    if row.rule == Rule.ASKED and not row.project:
        about = _("Requests for people")
    if person := people.get(row.told.get("person", 0)):
        about = person.name
    quiet = {"refused": "bad", "requested": "warn"}.get(str(row.told.get("status")), "info")
    tone = quiet if row.rule in QUIET else TONES.get(str(row.told.get("stage", "")), "bad")
    return Line(
        row.pk, words(row, subjects), about, url(row), tone, row.rule, row.project_id, row.at, row.seen_at is not None
    )


def words(row: Notification, subjects: Mapping[int, str]) -> str:
    """`subjects`: what proposals are about, in the words of their reader."""
    told, period = row.told, row.period.label if row.period else ""
    if row.rule == Rule.REPORT:
        return _report(str(told["stage"]), told, period)
    if row.rule == Rule.CORRECT:
        return _("The PMO asks you to correct the report of %(period)s.") % {"period": period}
    if row.rule == Rule.REVIEW:
        rating = word_of(told["rating"], told["scale"])
        return _("The independent review says “%(rating)s”: far below what is declared.") % {"rating": rating}
    if row.rule == Rule.ANSWERED:
        return str(ANSWERS[told["status"]])
    if row.rule == Rule.ASKED:
        count = int(told["count"])
        text = ngettext(
            "%(count)s request for people waits for an answer.",
            "%(count)s requests for people wait for an answer.",
            count,
        )
        return text % {"count": formats.number(count)}
    if row.rule == Rule.ASTRAY:
        count = int(row.told["count"])
        text = ngettext(
            "%(count)s request is granted to somebody who is not there then: nobody does that work.",
            "%(count)s requests are granted to somebody who is not there then: nobody does that work.",
            count,
        )
        return text % {"count": formats.number(count)}
    if row.rule in (Rule.PROPOSED, Rule.SETTLED):
        return _relief(told, subjects.get(told["proposal"], told["subject"]))
    if row.rule == Rule.CROWDED:
        values = {
            "month": formats.date(date.fromisoformat(told["month"]), "month"),
            "days": formats.number(told["missing"], 1),
        }
        text = ngettext(
            "In %(month)s more is granted than there is: %(days)s day too many.",
            "In %(month)s more is granted than there is: %(days)s days too many.",
            formats.plural(told["missing"], 1),
        )
        return text % values
    if row.rule == Rule.GAP:
        return _("What is declared is much better than what is computed.")
    return _("More was spent than the approved budget.")


SETTLED = {
    "proposed": gettext_lazy("“%(what)s” is proposed to you, because %(subject)s is short."),
    "accepted": gettext_lazy("“%(what)s”, which you proposed for %(subject)s, is accepted."),
    "refused": gettext_lazy("“%(what)s”, which you proposed for %(subject)s, is refused."),
    "outdated": gettext_lazy(
        "“%(what)s”, which you proposed for %(subject)s, no longer holds: something changed meanwhile."
    ),
}


def _relief(told: Mapping[str, Any], subject: str) -> str:
    return str(SETTLED[told["status"]]) % {"what": Proposal.Kind(told["kind"]).label, "subject": subject}


def _report(stage: str, told: dict[str, Any], period: str) -> str:
    if stage in ("soon", "eve"):
        due = formats.date(date.fromisoformat(told["due"]), "long")
        return _("The report of %(period)s is due on %(day)s.") % {"period": period, "day": due}
    if stage == "due":
        return _("The report of %(period)s is due today.") % {"period": period}
    if stage == "late":
        return _("The report of %(period)s is late.") % {"period": period}
    if stage == "sponsor":
        return _("Nothing was reported for %(period)s.") % {"period": period}
    count = int(told["count"])
    if stage == "frozen_pmo":
        text = ngettext(
            "%(period)s was frozen without %(count)s report.", "%(period)s was frozen without %(count)s reports.", count
        )
    else:
        text = ngettext(
            "%(count)s report of %(period)s is missing.", "%(count)s reports of %(period)s are missing.", count
        )
    return text % {"count": formats.number(count), "period": period}


def url(row: Notification) -> str:
    """Straight to the form for who has to fill it, else to what it is about."""
    if row.rule in (Rule.REPORT, Rule.CORRECT) and row.told.get("report"):
        return f"/reports/{row.told['report']}/"
    if row.rule == Rule.REVIEW:
        return f"/projects/{row.project_id}/assessments/#assessment-{row.told['review']}"
    if row.rule == Rule.ANSWERED:
        return f"/projects/{row.project_id}/team/#allocation-{row.told['allocation']}"
    if row.rule in (Rule.PROPOSED, Rule.SETTLED):
        return f"/capacity/proposals/{row.told['proposal']}/"
    if row.rule == Rule.ASKED:
        return f"/allocations/?{urlencode({'q': row.project.code})}" if row.project else "/allocations/"
    if row.rule == Rule.ASTRAY:
        return "/allocations/?view=astray"
    if row.rule == Rule.CROWDED:
        return f"/capacity/?by=role&grain=month&row={row.told['role']}&at={row.told['month']}"
    if row.project_id:
        return f"/projects/{row.project_id}/"
    return f"/collection/?period={row.period_id}"
