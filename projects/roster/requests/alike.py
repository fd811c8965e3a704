"""Which request a line of a file means, where several may be: what is as it is first, then in their order, or nobody guesses.

Requests that were split share their days (`origin`): a line that names nobody means all of them together, unless the file has
their parts too.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from projects.hierarchy.models import Project
from projects.roster.requests.stored import Held, Key


@dataclass(slots=True, eq=False)
class Claim:
    """What a line asks: how much in these months. `target`: the requests it means together; none: a new one."""

    row: int
    what: str
    project: Project
    key: Key
    fields: dict[str, Any]
    note: str
    months: dict[date, Decimal]
    measured: bool = True  # whether it says days or per cent: a line of nothing but zeros says neither
    target: tuple[Held, ...] = ()
    unclear: int = 0  # how many it might mean


@dataclass(slots=True)
class Matching:
    """`compared`: the fields that have a column in the file."""

    claims: Sequence[Claim]
    held: Mapping[int, Sequence[Held]]
    compared: Collection[str]
    by_month: bool
    taken: set[tuple[int, date]] = field(default_factory=set)

    def run(self) -> None:
        by_key: dict[Key, list[Claim]] = defaultdict(list)
        for claim in self.claims:
            by_key[claim.key].append(claim)
        for key, mine in by_key.items():
            rows = self.held.get(key.project, ())
            compared = set(self.compared) | ({"measure"} if any(claim.measured for claim in mine) else set())
            strict = [one for one in rows if one.is_called(key, compared)]
            loose = [one for one in rows if one.key not in by_key and one.may_be(key, compared)]
            pool = strict or loose
            roots = {one.root for one in pool}
            parts = [one for one in loose if one.root in roots and one not in pool]
            for claims, wanted in self._by_note(mine, pool):
                self._of_group(claims, wanted, parts)

    def _by_note(self, claims: Sequence[Claim], pool: Sequence[Held]) -> Iterable[tuple[list[Claim], list[Held]]]:
        if "note" not in self.compared:
            yield list(claims), list(pool)
            return
        groups: dict[str, list[Claim]] = defaultdict(list)
        for claim in claims:
            groups[claim.note].append(claim)
        for note, mine in groups.items():
            same = [one for one in pool if one.note == note]
            others = [one for one in pool if one.note not in groups]
            if note and len(others) > 1:  # they are told apart by their notes, and this is none of these
                others = [one for one in others if not one.note]
            yield mine, same or others

    def _of_group(self, claims: list[Claim], rows: Sequence[Held], parts: Sequence[Held]) -> None:
        if not self.by_month:
            self._assign(claims, rows, parts)
            return
        months: dict[date, list[Claim]] = defaultdict(list)
        for claim in claims:
            months[next(iter(claim.months))].append(claim)
        for month, mine in months.items():
            there = [one for one in rows if month in one.months]
            left = self._assign(mine, there, [one for one in parts if month in one.months])
            self._assign(left, [one for one in rows if month not in one.months], ())

    def _assign(self, claims: Sequence[Claim], rows: Sequence[Held], parts: Sequence[Held]) -> list[Claim]:
        """Those of these claims, all of the same months, that mean none of these requests."""
        if not claims:
            return []
        months = claims[0].months
        left = [claim for claim in claims if not self._same(claim, [[one] for one in self._free(rows, months)])]
        left = [claim for claim in left if not self._same(claim, self._families(self._free([*rows, *parts], months)))]
        free = self._free(rows, months)
        families = self._families([*free, *self._free(parts, months)]) if free else []
        if len(left) == len(free) > len(families):
            families = [[one] for one in free]
        if len(left) < len(families):
            for claim in left:
                claim.unclear = len(families)
            return []
        for claim, family in zip(left, families, strict=False):
            self._take(claim, family)
        return left[len(families) :]

    def _same(self, claim: Claim, choices: Iterable[Sequence[Held]]) -> bool:
        """Whether one of these asks exactly that already; it is then the one."""
        for family in choices:
            if all(sum(one.asked(month) for one in family) == amount for month, amount in claim.months.items()):
                self._take(claim, family)
                return True
        return False

    def _take(self, claim: Claim, family: Sequence[Held]) -> None:
        claim.target = tuple(family)
        self.taken |= {(one.row.pk, month) for one in family for month in claim.months}

    def _free(self, rows: Iterable[Held], months: Collection[date]) -> list[Held]:
        return [one for one in rows if not any((one.row.pk, month) in self.taken for month in months)]

    @staticmethod
    def _families(rows: Iterable[Held]) -> list[list[Held]]:
        found: dict[int, list[Held]] = defaultdict(list)
        for one in rows:
            found[one.root].append(one)
        return list(found.values())
