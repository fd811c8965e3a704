"""Reads of dependencies between projects: who sees which side, who changes what of it, how many are in danger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from projects.access.policy import EDIT_REGISTERS
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.planning.models import Milestone
from projects.raid.models import InterProjectDependency, Standing
from projects.raid.models.dependency import ENDANGERED, RECEIVER, SIDES, SUPPLIER, DependencyQuerySet

RELATED = ("receiver", "supplier", "receiver_milestone", "supplier_milestone", "receiver_owner", "supplier_owner")
ANOTHER = _("another project, which you do not see")
SOMETHING = _("something")

# Who keeps which fields: what is needed, what is promised, what both may say. The words tell of both projects, so they are for
# who needs it and sees both.
WORDS = frozenset({"title", "title_en", "description"})
OF: dict[str, frozenset[str]] = {
    RECEIVER: frozenset({"needed_by", "receiver_milestone", "receiver_owner", "code", "external_ref"}),
    SUPPLIER: frozenset({"promised_on", "supplier_milestone", "supplier_owner"}),
}
OF_BOTH = frozenset({"status", "delivered_on"})
FIELDS = WORDS | OF[RECEIVER] | OF[SUPPLIER] | OF_BOTH


def other(side: str) -> str:
    return SUPPLIER if side == RECEIVER else RECEIVER


def sides_seen(user: Any, row: InterProjectDependency) -> frozenset[str]:
    """The sides whose project this user sees; nothing is read for it."""
    access = Access.of(user)
    return frozenset(side for side in SIDES if access.roles_on(getattr(row, side)))


def sides_edited(user: Any, row: InterProjectDependency) -> frozenset[str]:
    """The sides whose registers this user edits."""
    return frozenset(side for side in SIDES if user.has_perm(EDIT_REGISTERS, getattr(row, side)))


def may_set(user: Any, row: InterProjectDependency) -> frozenset[str]:
    """The fields this user may change."""
    edited = sides_edited(user, row)
    found = frozenset[str]().union(*(OF[side] for side in edited), OF_BOTH if edited else ())
    whole = RECEIVER in edited and len(sides_seen(user, row)) == len(SIDES)
    return found | WORDS if whole else found


@dataclass(frozen=True, slots=True)
class Seen:
    """A dependency as one reader sees it: the side they do not see has no name, and what is given has none either."""

    row: Any
    sides: frozenset[str]

    @property
    def whole(self) -> bool:
        return len(self.sides) == len(SIDES)

    @property
    def label(self) -> str:
        return self.row.label if self.whole else str(SOMETHING)

    @property
    def code(self) -> str:
        """Its number is of the register of who needs it, where it may be any text."""
        return str(self.row.code) if RECEIVER in self.sides else ""

    def project(self, side: str) -> Project | None:
        return getattr(self.row, side) if side in self.sides else None

    def milestone(self, side: str) -> Milestone | None:
        return getattr(self.row, f"{side}_milestone") if side in self.sides else None

    @property
    def receiver(self) -> Project | None:
        return self.project(RECEIVER)

    @property
    def supplier(self) -> Project | None:
        return self.project(SUPPLIER)

    @property
    def home(self) -> Any:
        """The project on whose tab it is shown."""
        return self.receiver or self.supplier

    @property
    def receiver_milestone(self) -> Milestone | None:
        return self.milestone(RECEIVER)

    @property
    def supplier_milestone(self) -> Milestone | None:
        return self.milestone(SUPPLIER)

    @property
    def receiver_owner(self) -> Any:
        return self.row.receiver_owner if RECEIVER in self.sides else None

    @property
    def supplier_owner(self) -> Any:
        return self.row.supplier_owner if SUPPLIER in self.sides else None

    @property
    def slip_days(self) -> int | None:
        """Calendar days by which it comes (or came) after it is needed; negative when before, None without a promise."""
        return (self.row.comes - self.row.needed_by).days if self.row.comes else None

    @property
    def moved(self) -> bool:
        """Whether the milestone that gives it lies after what was promised."""
        row = self.row
        return bool(row.is_open and row.promised_on and row.milestone_day and row.milestone_day > row.promised_on)

    @property
    def moved_days(self) -> int:
        """How many days after the need that milestone lies, negative when before."""
        return int((self.row.milestone_day - self.row.needed_by).days)

    @property
    def squeezed_days(self) -> int:
        """How many days before it comes the milestone that needs it is expected; 0 when it can wait for it."""
        needing = self.row.receiver_milestone
        comes = max(filter(None, (self.row.promise, self.row.milestone_day)), default=None)
        expected: Any = needing.expected_date if needing and needing.actual_date is None else None
        return max((comes - expected).days, 0) if self.row.is_open and comes and expected else 0

    @property
    def tone(self) -> str:
        return TONES[self.row.standing][0]

    @property
    def icon(self) -> str:
        return TONES[self.row.standing][1]

    @property
    def standing_words(self) -> str:
        return str(Standing(self.row.standing).label)


TONES: dict[str, tuple[str, str]] = {
    Standing.LATE: ("bad", "clock"),
    Standing.AT_RISK: ("warn", "triangle-alert"),
    Standing.ON_TRACK: ("ok", "check"),
    Standing.DELIVERED: ("none", "square-check-big"),
}


def dependencies(user: Any, *, on: date) -> DependencyQuerySet:
    """Those this reader may know of, with what counts on the day, the worst and the most pressing first."""
    rows = InterProjectDependency.objects.visible_to(user).with_standing(on).select_related(*RELATED)
    found: DependencyQuerySet = rows.order_by("rank", "needed_by", "pk")
    return found


def as_seen(rows: Iterable[Any], user: Any) -> list[Seen]:
    return [Seen(row, sides_seen(user, row)) for row in rows]


def of_project(project: Project, user: Any, *, on: date) -> tuple[list[Seen], list[Seen]]:
    """(what it needs, what it gives), one statement."""
    found = as_seen(dependencies(user, on=on).filter(Q(receiver=project) | Q(supplier=project)), user)
    needs = [one for one in found if one.row.receiver_id == project.pk]
    return needs, [one for one in found if one.row.supplier_id == project.pk]


@dataclass(frozen=True, slots=True)
class Counted:
    """Dependencies by standing. K-P25: those late or at risk of those open, in per cent; the less the better."""

    counts: dict[str, int]

    @property
    def open(self) -> int:
        return sum(count for standing, count in self.counts.items() if standing != Standing.DELIVERED)

    @property
    def late(self) -> int:
        return self.counts.get(Standing.LATE, 0)

    @property
    def at_risk(self) -> int:
        return self.counts.get(Standing.AT_RISK, 0)

    @property
    def endangered(self) -> int:
        return sum(self.counts.get(one, 0) for one in ENDANGERED)

    @property
    def share(self) -> float | None:
        """None when there is none open."""
        return 100 * self.endangered / self.open if self.open else None

    @property
    def state(self) -> str:
        """Green up to 10 %, amber up to 25 %, red beyond (domain.md K-P25)."""
        if self.share is None:
            return "grey"
        return "green" if self.share <= AMBER_FROM else "amber" if self.share <= RED_FROM else "red"


AMBER_FROM, RED_FROM = 10, 25


def counted(rows: QuerySet[Any]) -> Counted:
    """One statement."""
    found = rows.order_by().values("standing").annotate(n=Count("pk"))
    return Counted({one["standing"]: one["n"] for one in found})


def late_promises(user: Any, projects: QuerySet[Any], *, on: date) -> list[Seen]:
    """What is promised after it is needed on either side of these projects (A11), the most pressing first."""
    rows: Any = dependencies(user, on=on).open().filter(Q(receiver__in=projects) | Q(supplier__in=projects))
    late = rows.filter(standing=Standing.LATE).exclude(receiver__state__in=Project.OVER).order_by("needed_by", "pk")
    return as_seen(late, user)
