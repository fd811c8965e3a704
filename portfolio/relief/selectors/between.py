"""What projects give each other, as far as it holds what gives way (decision 0223): dates of others that work leads to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from portfolio.relief.later import Promised, months_between
from projects.hierarchy.models import Project
from projects.raid.selectors.dependencies import ANOTHER, Seen, as_seen, dependencies


def name_of(one: Seen) -> str:
    """Who waits for it, as its reader knows it: “API, for Harbour”."""
    told = {"what": one.label, "whom": one.receiver.label if one.receiver else ANOTHER}
    return _("%(what)s, for %(whom)s") % told


def promised_by(projects: Iterable[Project], *, reader: Any, today: date) -> dict[int, list[Promised]]:
    """{project: what it gives others and has not yet}: one statement. Where nothing is promised, the need stands for it."""
    found: dict[int, list[Promised]] = defaultdict(list)
    rows = dependencies(reader, on=today).open().filter(supplier__in=projects).exclude(receiver__state__in=Project.OVER)
    for one in as_seen(rows, reader):
        row = one.row
        found[row.supplier_id].append(Promised(row.pk, name_of(one), row.promise or row.needed_by, row.needed_by))
    return found


@dataclass(frozen=True, slots=True)
class Between:
    """A dependency in the months of a landscape: `supplier` and `receiver` are places among what may move, None for what stays.

    `promise` and `need` are months: what is promised in a month is there from the next one on.
    """

    pk: int
    supplier: int | None
    receiver: int | None
    promise: int
    need: int


def between(projects: Sequence[Project], *, reader: Any, today: date, first: date) -> list[Between]:
    """The open dependencies with a side among these projects, the most pressing first: one statement."""
    places = {project.pk: number for number, project in enumerate(projects)}
    sides = Q(supplier__in=places) | Q(receiver__in=places)
    rows = dependencies(reader, on=today).open().filter(sides).exclude(receiver__state__in=Project.OVER)
    return [
        Between(
            row.pk, places.get(row.supplier_id), places.get(row.receiver_id),
            months_between(first, row.promise or row.needed_by), months_between(first, row.needed_by),
        )
        for row in rows.order_by("needed_by", "pk")
    ]  # fmt: skip


def seen_by(reader: Any, ids: Iterable[int], *, today: date) -> Mapping[int, Seen]:
    """{dependency: as this reader sees it}: one statement; without those they do not know of."""
    wanted = set(ids)
    rows = dependencies(reader, on=today).filter(pk__in=wanted) if wanted else ()
    return {one.row.pk: one for one in as_seen(rows, reader)}
