"""Why somebody stands where they stand among those who could do it, in plain words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core import formats
from projects.resources.models import Allocation
from projects.resources.selectors.fit import Candidate

NOTHING = 0.05


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `tone` ok, warn, bad or "" says what it does to the place."""

    words: str
    tone: str = ""


def reasons(one: Candidate, asked: Allocation) -> list[Reason]:
    """What counts most first."""
    return [_days(one), *_presence(one, asked), *_skill(one, asked), *_place(one, asked), *_cost(one)]


def amount(days: float) -> str:
    return formats.number(days, 0 if abs(days - round(days)) < NOTHING else 1)


def _days(one: Candidate) -> Reason:
    told = {"free": amount(one.free), "need": amount(one.need)}
    words = ngettext(
        "Free for %(free)s of %(need)s days", "Free for %(free)s of %(need)s days", formats.plural(one.free, 1)
    )
    words %= told
    if one.fits and one.soft > NOTHING:
        words += ngettext(
            ", %(days)s of them tentatively asked elsewhere",
            ", %(days)s of them tentatively asked elsewhere",
            formats.plural(one.soft, 1),
        ) % {"days": amount(one.soft)}
    return Reason(words, "ok" if one.fits else "bad" if one.free <= one.need / 2 else "warn")


def _presence(one: Candidate, asked: Allocation) -> list[Reason]:
    """Who comes later or leaves earlier than what is asked."""
    if not one.by_month:
        return []
    first, last = one.by_month[0][0], one.by_month[-1][0]
    arrives, leaves = one.person.arrives_on, one.person.leaves_on
    found = []
    if arrives and arrives > first:
        found.append(Reason(_("arrives on %(day)s") % {"day": formats.date(arrives)}, "warn"))
    if leaves and (leaves.year, leaves.month) <= (last.year, last.month):
        found.append(Reason(_("leaves on %(day)s") % {"day": formats.date(leaves)}, "warn"))
    return found


def _skill(one: Candidate, asked: Allocation) -> list[Reason]:
    if asked.skill is None:
        return []
    told = {"skill": asked.skill.label, "level": one.level, "asked": asked.level}
    if one.level is None:
        return [Reason(_("without %(skill)s") % told, "bad")]
    if asked.level is None or one.level >= asked.level:
        return [Reason(_("%(skill)s at level %(level)s") % told, "ok")]
    return [Reason(_("%(skill)s at level %(level)s, %(asked)s asked") % told, "warn")]


def _place(one: Candidate, asked: Allocation) -> list[Reason]:
    found = []
    if not one.same_role:
        role = one.person.role.label if one.person.role else _("no role")
        found.append(Reason(_("another role: %(role)s") % {"role": role}, "warn"))
    if asked.unit is not None:
        told = {"unit": asked.unit.label}
        found.append(
            Reason(_("of %(unit)s") % told, "ok") if one.same_unit else Reason(_("not of %(unit)s") % told, "warn")
        )
    if one.here:
        found.append(Reason(_("already on this project"), "ok"))
    elif one.nearby:
        found.append(Reason(_("already in this portfolio"), "ok"))
    return found


def _cost(one: Candidate) -> list[Reason]:
    if one.rate is None:
        return []
    words = _("%(amount)s a day") % {"amount": formats.money(one.rate, one.currency, scale="1")}
    return [Reason(_("%(cost)s, the lowest") % {"cost": words}, "ok") if one.cheapest else Reason(words)]
