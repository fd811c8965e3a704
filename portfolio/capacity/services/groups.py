"""The sums of roles, units, skills and sources: moved by what changed of people, or added up anew.

One transaction at a time writes them (`hold`), so that what one adds is never what another has just read.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
from django.db import connection

from pmo_portal.core import editing
from portfolio.capacity.horizon import piece_days
from portfolio.capacity.selectors.requests import unnamed
from portfolio.capacity.selectors.roleless import borrowed
from portfolio.capacity.services.people import FIGURES, PLACES, Moved, array
from projects.resources.worktime import Horizon

LOCK = (7221, 1)

# (group, person, share of them) of each kind, for people in `%s`; a person counts once among the roles, units and sources. Of who
# has no role, role 0 has the capacity alone: their load is under the role that is asked for (selectors/roleless.py).
MEMBERS = {
    "role": "SELECT coalesce(p.role_id, 0), p.id, 1.0 FROM projects_person p WHERE {where}",
    "source": "SELECT p.is_external::int, p.id, 1.0 FROM projects_person p WHERE {where}",
    "skill": (
        "SELECT s.skill_id, p.id, 1.0 FROM projects_person p JOIN projects_personskill s ON s.person_id = p.id WHERE {where}"
    ),
    "unit": (
        "SELECT s.unit_id, p.id, s.percent / 100.0 FROM projects_person p JOIN projects_unitshare s ON s.person_id = p.id "
        "WHERE {where} UNION ALL SELECT 0, p.id, 1 - coalesce(sum(s.percent), 0) / 100.0 FROM projects_person p "
        "LEFT JOIN projects_unitshare s ON s.person_id = p.id WHERE {where} GROUP BY p.id "
        "HAVING coalesce(sum(s.percent), 0) < 100"
    ),
}
MOVE = """
    INSERT INTO portfolio_groupload (kind, ref, starts_on, capacity, hard, tentative, over)
    SELECT k, r, %s + d, c, h, t, o FROM unnest(%s::text[], %s::bigint[], %s::int[], %s::float[], %s::float[], %s::float[],
        %s::float[]) AS moved(k, r, d, c, h, t, o) ORDER BY k, r, d
    ON CONFLICT (kind, ref, starts_on) DO UPDATE SET
        capacity = round((portfolio_groupload.capacity + EXCLUDED.capacity)::numeric, 6),
        hard = round((portfolio_groupload.hard + EXCLUDED.hard)::numeric, 6),
        tentative = round((portfolio_groupload.tentative + EXCLUDED.tentative)::numeric, 6),
        over = round((portfolio_groupload.over + EXCLUDED.over)::numeric, 6)
"""
SUMS = """
    WITH member(ref, person_id, share) AS ({members})
    SELECT ref, l.starts_on, sum(share * l.capacity), sum(share * l.hard), sum(share * l.tentative), sum(share * l.over)
    FROM member JOIN portfolio_personload l USING (person_id)
    WHERE ref = ANY(%s) AND l.starts_on BETWEEN %s AND %s GROUP BY 1, 2
"""
WRITE = """
    INSERT INTO portfolio_groupload
        (kind, ref, starts_on, capacity, hard, tentative, over, open_capacity, open_hard, open_tentative)
    SELECT %s, r, %s + d, c, h, t, o, oc, oh, ot FROM unnest(%s::bigint[], %s::int[], %s::float[], %s::float[], %s::float[],
        %s::float[], %s::float[], %s::float[], %s::float[]) AS fresh(r, d, c, h, t, o, oc, oh, ot) ORDER BY r, d
    ON CONFLICT (kind, ref, starts_on) DO UPDATE SET capacity = EXCLUDED.capacity, hard = EXCLUDED.hard,
        tentative = EXCLUDED.tentative, over = EXCLUDED.over, open_capacity = EXCLUDED.open_capacity,
        open_hard = EXCLUDED.open_hard, open_tentative = EXCLUDED.open_tentative
"""
DROP = "DELETE FROM portfolio_groupload WHERE kind = %s AND ref = ANY(%s) AND NOT (starts_on BETWEEN %s AND %s AND ref = ANY(%s))"
KNOWN = {"role": "projects_role", "unit": "projects_unit", "skill": "projects_skill"}


NO_ROLE = ("role", 0)
ONLY_CAPACITY = np.array([float(name == "capacity") for name in FIGURES])


def hold() -> None:
    """Wait for, and keep until the end of the transaction, the right to change sums; read what they are made of after it."""
    editing.advisory_lock(*LOCK)


def move(moved: Moved, horizon: Horizon) -> None:
    """Add what changed of some people to the groups they are in now: two statements, whatever the size of the groups."""
    ids = moved.changed
    if not ids:
        return
    row = {pk: number for number, pk in enumerate(moved.ids)}
    sums: dict[tuple[str, int], np.ndarray] = {}
    for kind, ref, person, share in _members(ids):
        add = float(share) * moved.by[row[person]]
        if (kind, ref) == NO_ROLE:
            add = add * ONLY_CAPACITY
        sums[kind, ref] = sums[kind, ref] + add if (kind, ref) in sums else add
    keys = sorted(sums)
    if not keys:
        return
    figures = np.stack([sums[key] for key in keys])
    groups, pieces = np.nonzero(figures.any(axis=2))
    offsets = np.array([day.toordinal() - horizon.first for day in piece_days(horizon)])
    columns = [array(figures[groups, pieces, number].tolist()) for number in range(figures.shape[2])]
    kinds, refs = [keys[at][0] for at in groups], [keys[at][1] for at in groups]
    with connection.cursor() as cursor:
        cursor.execute(MOVE, [date.fromordinal(horizon.first), kinds, refs, array(offsets[pieces].tolist()), *columns])


def _members(ids: Sequence[int]) -> list[tuple[str, int, int, float]]:
    parts = [
        f"SELECT '{kind}', m.* FROM ({sql.format(where='p.id = ANY(%(ids)s)')}) AS m"  # noqa: S608  (our own words)
        for kind, sql in MEMBERS.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), {"ids": list(ids)})
        return list(cursor.fetchall())


def add_up(kind: str, refs: Iterable[int], horizon: Horizon) -> None:
    """Add these groups up anew, what no person carries included. A group that is gone leaves no rows."""
    wanted = sorted(set(refs))
    first, last = date.fromordinal(horizon.first), date.fromordinal(horizon.last)
    with connection.cursor() as cursor:
        there = wanted
        if kind in KNOWN:
            cursor.execute(f"SELECT id FROM {KNOWN[kind]} WHERE id = ANY(%s)", [wanted])  # noqa: S608  (our own words)
            there = sorted({pk for (pk,) in cursor.fetchall()} | ({0} & set(wanted)))
        cursor.execute(DROP, [kind, wanted, first, last, there])
        if not there:
            return
        offsets = {day: number for number, day in enumerate(piece_days(horizon))}
        figures = np.zeros((len(there), len(offsets), 7))
        cursor.execute(SUMS.format(members=MEMBERS[kind].format(where="true")), [there, first, last])
        for ref, day, *sums in cursor.fetchall():
            figures[there.index(ref), offsets[day], :4] = sums
        if kind == "role":
            figures[[ref == 0 for ref in there], :, 1:4] = 0.0
            loans = borrowed(there, horizon)
            for number, by_day in enumerate((loans.hard, loans.tentative, loans.over), start=1):
                figures[:, :, number] += horizon.by_piece(by_day)
        open_ = unnamed(kind, there, horizon)
        for number, by_day in enumerate((open_.capacity, open_.hard, open_.tentative)):
            figures[:, :, 4 + number] = horizon.by_piece(by_day)
        figures = np.round(figures, PLACES)
        groups = np.repeat(np.array(there), len(offsets)).tolist()
        days = [day.toordinal() - horizon.first for day in offsets] * len(there)
        columns = [array(figures[:, :, number].ravel().tolist()) for number in range(7)]
        cursor.execute(WRITE, [kind, first, array(groups), array(days), *columns])


def known() -> dict[str, list[int]]:
    """{kind: refs} of every group there is or was."""
    found: dict[str, set[int]] = {"role": {0}, "unit": {0}, "skill": set(), "source": {0, 1}}
    with connection.cursor() as cursor:
        for kind, table in KNOWN.items():
            cursor.execute(f"SELECT id FROM {table}")  # noqa: S608  (our own words)
            found[kind] |= {pk for (pk,) in cursor.fetchall()}
        cursor.execute("SELECT DISTINCT kind, ref FROM portfolio_groupload")
        for kind, ref in cursor.fetchall():
            found[kind].add(ref)
    return {kind: sorted(refs) for kind, refs in found.items()}
