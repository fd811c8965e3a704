"""A levelling as its author reads it: the plan by project, with names as far as they see them today."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from portfolio.relief import depending
from portfolio.relief.models import Leveling, Proposal
from portfolio.relief.selectors.between import seen_by
from portfolio.relief.selectors.naming import named, names_of
from projects.hierarchy.models import Project
from projects.raid.selectors.dependencies import Seen
from projects.resources.models import Allocation, Role


@dataclass(frozen=True, slots=True)
class Line:
    """What the plan does with a project. `roles` are those that never have room for some of its work. `price` is weight × weeks,
    `cost` weight × `months` (None of older plans); `beyond`: the weeks are those of its last work, which no date follows."""

    project: Project
    weight: float
    weeks: int
    price: float
    days: float
    requests: int
    milestones: list[dict[str, Any]]
    roles: list[Role]
    told: dict[str, Any]
    waits: Proposal | None
    months: int | None = None
    cost: float | None = None
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    """A dependency in the plan: `promise` is the month it comes in then, `later` by how many months; `why` it is not kept."""

    seen: Seen
    promise: date
    later: int
    why: str

    @property
    def kept(self) -> bool:
        return self.why == depending.KEPT


@dataclass(frozen=True, slots=True)
class Outcome:
    """`unseen` are projects its author sees no longer. `links` are the dependencies, those that are not kept first."""

    lines: list[Line]
    unseen: int
    result: dict[str, Any]
    links: list[Linked]

    @property
    def costs(self) -> bool:
        """Whether the plan says what each project costs: older ones do not."""
        return all(line.cost is not None for line in self.lines)

    @property
    def cost(self) -> float:
        return sum(line.cost or 0.0 for line in self.lines)

    @property
    def price(self) -> float:
        return sum(line.price for line in self.lines)

    @property
    def broken(self) -> list[Linked]:
        return [one for one in self.links if not one.kept]

    @property
    def kept(self) -> list[Linked]:
        return [one for one in self.links if one.kept]

    @property
    def kept_later(self) -> list[Linked]:
        """Those kept that come later than promised."""
        return [one for one in self.kept if one.later > 0]

    @property
    def first(self) -> date:
        return date.fromisoformat(self.result["first_month"])


def requests_of(lines: Iterable[Line], *, reader: Any) -> dict[int, Allocation]:
    """The requests that the plan moves, as far as the reader knows of them: one statement."""
    ids = {one["id"] for line in lines for one in line.told["allocations"]}
    rows = Allocation.objects.visible_to(reader).filter(pk__in=ids).select_related("role", "person__role")
    return {row.pk: row for row in rows} if ids else {}


def outcome(run: Leveling, *, reader: Any, today: date) -> Outcome | None:
    """Those that become latest first: six statements. None before it is done."""
    if run.result is None:
        return None
    told = run.result["projects"]
    seen = Project.objects.visible_to(reader).in_bulk([one["id"] for one in told])
    names = names_of(date_ for one in told if one["id"] in seen for date_ in one["milestones"])
    roles = Role.objects.in_bulk({pk for one in told for pk in one["unplaced"]})
    waiting = Proposal.objects.filter(project__in=seen, kind=Proposal.Kind.SHIFT, state=Proposal.State.PROPOSED)
    known = {row.project_id: row for row in waiting}
    lines = [
        Line(
            seen[one["id"]], one["weight"], one["weeks"], one["price"], one["days"], len(one["allocations"]),
            [{**date_, "from": date.fromisoformat(date_["from"]), "to": date.fromisoformat(date_["to"])}
             for date_ in named(one["milestones"], names)],
            [roles[pk] for pk in one["unplaced"] if pk in roles], one, known.get(one["id"]),
            one.get("months"), one.get("cost"), one.get("beyond", False),
        )
        for one in told
        if one["id"] in seen
    ]  # fmt: skip
    lines.sort(key=lambda line: (-line.price, -line.days, line.project.pk))
    between = run.result.get("links", ())
    known_links = seen_by(reader, [one["id"] for one in between], today=today)
    links = [
        Linked(known_links[one["id"]], date.fromisoformat(one["promise"]), one["later"], one["why"])
        for one in between
        if one["id"] in known_links
    ]
    links.sort(key=lambda one: (one.kept, -one.later, one.seen.row.needed_by))
    return Outcome(lines, len(told) - len(lines), run.result, links)
