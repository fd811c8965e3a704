"""Which photographs a reader looks at: below which container, on which day, within their rights.

Pages, charts and exports all start here, so that a figure and the list behind it can never cover different projects.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import CharField, Count, F, Max, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.kept import kept
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import Access
from reporting.health.as_of_models import HealthAsOf, known_at
from reporting.health.family import Family
from reporting.health.models import HealthHistory, ProjectHealth, Rollup, RollupFields, RollupHistory
from reporting.health.partial import audience_ever, projects_known
from reporting.health.sums import sums_of, without_money
from reporting.health.unseen import as_seen_by, hidden_unless, with_money, without_sums

ACTIVE = tuple(str(state) for state in Project.ACTIVE)
FIELDS = [field.name for field in RollupFields._meta.get_fields()]
FIRST_GROUPS = 8
MOST_INSIDE = 50  # containers whose sums are worth reading to know what is right in the one that holds them
T = TypeVar("T")
S = TypeVar("S", bound=RollupFields)
EVERYWHERE: Promise = _("All portfolios")


@dataclass(frozen=True)
class Scope(Family):
    """A container (None: every visible portfolio) seen by a user, now or at the end of a past day.

    `family` holds the container's ancestors, itself and what lies below, as far as the user may see them.
    """

    user: Any
    today: dt.date
    node: Node | None = None
    as_of: dt.date | None = None
    family: Sequence[Node] = ()

    @property
    def title(self) -> str:
        return self.node.label if self.node else str(EVERYWHERE)

    @property
    def currency(self) -> str:
        """The currency money is summed in; '' when the scope has none of its own."""
        return self.node.currency if self.node else ""

    @property
    def day(self) -> dt.date:
        """The day the figures speak of: the day asked for, else the data date of an archived portfolio, else today."""
        archived = next((one.status_date for one in reversed(self.lineage) if one.status_date), None)
        return self.as_of or archived or self.today

    @cached_property
    def audience(self) -> str | None:
        """Which stored sums say exactly what the user may see; None when they must be computed from the visible rows."""
        if self.node is None or self.as_of:
            return None
        return Access.of(self.user).audience_of(self.node)

    @cached_property
    def audience_ever(self) -> str | None:
        """Which stored sums of past days say what the user may see today."""
        return audience_ever(self.user, self.node) if self.node else None

    @cached_property
    def sees_money(self) -> bool:
        """Whether the user sees the money of every project they see here: only then is it summed, sorted, filtered or drawn.

        What was here on a past day may be elsewhere today, where their role shows none.
        """
        access = Access.of(self.user)
        here = access.sees_all_money(self.node.path if self.node else "")
        if not here or not self.as_of or access.sees_all_money():
            return here
        return not self.rows().exclude(project_id__in=with_money(self.user)).exists()

    @property
    def rights(self) -> str:
        """Names what the user may see here: readers with the same rights share kept answers."""
        return f"{self.audience or hash_of(repr(Access.of(self.user)))}{'' if self.sees_money else '-no-money'}"

    def seen(self, photo: T) -> T:
        """A photograph as the user may see it."""
        if self.sees_money:
            return photo
        if self.as_of:  # the place and the secrecy a photograph tells are those of its day, the rights are today's
            return hidden_unless(photo.project_id in self.ids_with_money, photo)  # type: ignore[attr-defined,type-var]
        return as_seen_by(self.user, photo)  # type: ignore[type-var]

    @cached_property
    def ids_with_money(self) -> set[int]:
        return set(with_money(self.user).values_list("pk", flat=True))

    @property
    def is_partial(self) -> bool:
        """Whether the user sees only some of the projects of the container."""
        return self.node is not None and Access.of(self.user).audience_of(self.node) is None

    @cached_property
    def among(self) -> int | None:
        """Of how many projects the user sees some (`projects_known`); None when they see all of those, and on a past day."""
        if not self.is_partial or self.as_of or self.node is None:
            return None
        known = projects_known(self.user, [self.node])[self.node.pk]
        return known if known > self.sums.projects else None

    def rows(self) -> QuerySet[Any]:
        """The visible photographs that portfolio figures count; each has `project_id`, whatever the table.

        On the day of a freeze, what it kept of the projects it froze.
        """
        rows: QuerySet[Any] = HealthAsOf.objects.on(self.as_of) if self.as_of else ProjectHealth.objects.all()
        rows = rows.visible_to(self.user).filter(counted=True)  # type: ignore[attr-defined]
        return rows.filter(path__startswith=self.node.path) if self.node else rows

    @property
    def known_at(self) -> Any:
        """Until when what stands beside each of the `rows` was known, an expression of theirs; None: by now."""
        return known_at(self.as_of) if self.as_of else None

    def history(self) -> QuerySet[Any]:
        """Every visible photograph ever taken here."""
        rows = HealthHistory.objects.visible_to(self.user).filter(counted=True)
        return rows.filter(path__startswith=self.node.path) if self.node else rows

    @cached_property
    def own(self) -> Rollup | None:
        """The stored sums of the scope when they say exactly what the user may see. Everywhere they have no money."""
        if self.node is not None:
            return self.stored([self.node]).get(self.node.pk)
        covered = [one for one in self.family if Access.of(self.user).roles_on_node(one)]
        rows = self.stored([*self.roots, *(one for one in covered if one.kind == Node.Kind.PORTFOLIO)])
        if not rows or Access.of(self.user).sees_apart():
            return None
        counted = {name: sum(getattr(rows[one.pk], name) for one in self.roots) for name in FIELDS}
        return Rollup(**without_money(counted))

    def read_ahead(self) -> None:
        """Read the sums of the container and of the first groups of its list at once: one query for what a page needs."""
        if self.node is not None:
            first = [self.nodes[pk] for pk in self.reading_order[:FIRST_GROUPS]]
            inside = [self.children.get(one.pk, []) for one in first]
            self.stored([self.node, *first, *(one for parts in inside if len(parts) <= MOST_INSIDE for one in parts)])

    def stored(self, nodes: Sequence[Node]) -> dict[int, Rollup]:
        """The stored sums of these containers, zeros where nothing is; empty when they do not say what the user may see."""
        audiences = {one.pk: Access.of(self.user).audience_of(one) for one in nodes}
        if self.as_of or None in audiences.values():
            return {}
        missing = audiences.keys() - self._stored.keys()
        if missing:
            found = {
                (row.node_id, row.audience): row
                for row in Rollup.objects.filter(node__in=missing, audience__in=set(audiences.values()))
            }
            for pk in missing:
                sums = found.get((pk, audiences[pk])) or Rollup(node_id=pk, audience=audiences[pk])  # type: ignore[arg-type,misc]
                self._stored[pk] = self.shown(sums)
        return {pk: self._stored[pk] for pk in audiences}

    @cached_property
    def _stored(self) -> dict[int, Rollup]:
        return {}

    @cached_property
    def roots(self) -> list[Node]:
        """The outermost containers the user's rights cover: together they hold all the user sees, unless projects are named."""
        access, found = Access.of(self.user), list[Node]()
        for one in sorted(self.family, key=lambda one: len(one.path)):
            if access.roles_on_node(one) and not any(one.path.startswith(outer.path) for outer in found):
                found.append(one)
        return found

    @cached_property
    def sums(self) -> Rollup:
        """The sums of the scope: one stored row, or one aggregate over the visible rows. Zeros when there is no project."""
        if self.own is not None:
            return self.own
        return self.kept("sums", lambda: self.shown(sums_of(self.rows(), self.currency)))

    def shown(self, sums: S) -> S:
        """Sums as the user may see them."""
        return sums if self.sees_money else without_sums(sums)

    def kept(self, name: str, make: Callable[[], T]) -> T:
        """What `make` answers about this scope, from the cache as long as nothing changed here; a past day is read again."""
        if self.as_of:
            return self.once(name, make)
        return self.once(name, lambda: kept(f"{name}:{hash_of(f'{self.rights} {self.stamp}')}", make))

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` answers, asked only once in a request."""
        if name not in self._answers:
            self._answers[name] = make()
        answer: T = self._answers[name]
        return answer

    @cached_property
    def _answers(self) -> dict[str, Any]:
        return {}

    @cached_property
    def stamp(self) -> str:
        """Changes whenever a figure of the scope may have, or what the user may see of it: what conditional polling compares."""
        if self.own is not None:
            tops = [self.node] if self.node else self.roots
            changed = " ".join(f"{one.pk}:{self._stored[one.pk].changed_at}" for one in tops)
        elif self.as_of:
            changed = ""
        else:
            newest = self.rows().aggregate(at=Max("computed_at"), count=Count("project_id"))
            changed = f"{newest['at']}/{newest['count']}"
        version = self.node.version if self.node else 0
        return f"{self.node.pk if self.node else 0}.{version}/{self.day}/{self.as_of}/{changed}/{self.rights}"

    def days(self) -> list[dt.date]:
        """The days on which the sums of the container changed, oldest first: what the as-of picker offers."""
        if self.node is None or self.audience is None or self.audience_ever is None:
            return []
        rows = RollupHistory.objects.filter(node=self.node, audience=self.audience).order_by("day")
        return self.kept("days", lambda: list(rows.values_list("day", flat=True)))


def hash_of(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def find_scope(*, user: Any, code: str, today: dt.date, as_of: dt.date | None = None, kind: str = "") -> Scope | None:
    """The scope of a container by its code, with its family, in one query; None when the user may not know it exists."""
    target = Subquery(Node.objects.filter(code=code.upper()).values("path")[:1], output_field=CharField())
    visible = Node.objects.visible_to(user).alias(target=target)
    family = list(visible.filter(Q(path__startswith=F("target")) | Q(target__startswith=F("path"))))
    node = next((one for one in family if one.code == code.upper() and (not kind or one.kind == kind)), None)
    return Scope(user=user, today=today, node=node, as_of=as_of, family=family) if node else None


def everywhere(*, user: Any, today: dt.date, as_of: dt.date | None = None) -> Scope:
    """The scope of everything the user may see."""
    return Scope(user=user, today=today, as_of=as_of, family=list(Node.objects.visible_to(user)))
