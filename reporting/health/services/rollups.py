"""Sums per container, moved by differences: the cost follows the change, not the size of the portfolio.

`move` adds (after − before) of each changed project to its containers, in the same transaction; `rebuild` computes the
same sums from scratch, and both must always agree (`check_integrity`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from projects.hierarchy.models import Node, Project
from reporting.health.models import Audience, ProjectHealth, Rollup, RollupFields
from reporting.health.services.photographs import COLUMNS, Photograph

FIELDS = [field.name for field in RollupFields._meta.get_fields()]
Sums = dict[str, Any]
_LIST = ", ".join(FIELDS)
_ACTIVE = frozenset(str(state) for state in Project.ACTIVE)


def contribution(row: Photograph) -> Sums:
    """What one project adds to its containers (money still in the project's currency)."""
    active = row["state"] in _ACTIVE
    sums: Sums = {"projects": 1, "active": int(active), "hold": int(row["state"] == "suspended")}
    for known, figure in (("budget_known", "budget"), ("eac_known", "eac")):
        if row[figure] is not None:
            sums[known], sums[figure] = 1, row[figure]
    if row["actual"] is not None:
        sums["actual"] = row["actual"]
    if row["budget"] is not None and row["eac"] is not None:
        sums |= {"compared": 1, "compared_budget": row["budget"], "compared_eac": row["eac"]}
    if active:
        sums |= {row["computed"]: 1, f"declared_{row['declared_rag']}": 1, "open_risks": row["open_risks"]}
        sums["optimistic"] = int((row["gap"] or 0) > 0)
        sums["high_risks"] = int(row["risk"] == "red")
        if row["slip_days"] is not None:
            sums |= {"slip_known": 1, "slip_days": row["slip_days"], "late": int(row["slip_days"] > 0)}
    return sums


_MONEY = ("budget", "eac", "actual", "compared_budget", "compared_eac")
_KNOWN = ("budget_known", "eac_known", "compared")


def move(pairs: Iterable[tuple[Photograph | None, Photograph | None]], *, day: date, at: datetime) -> None:
    """Add the differences of these (before, after) photographs to every container above, and to the day's history."""
    moved = _spread(_grouped((row, sign) for pair in pairs for row, sign in zip(pair, (-1, 1), strict=True) if row))
    if moved:
        _add(moved, at=at)
        _remember(sorted({node for node, _audience in moved}), day=day)


# (ids of the containers above as a path, currency, confidential): projects that add to the same sums
_Group = tuple[str, str, bool]


def _grouped(signed: Iterable[tuple[Photograph, int]]) -> dict[_Group, Sums]:
    """The sums of what these photographs add (sign 1) or take away (−1), per group.

    A part of a project adds nothing, but its group is there: it wakes open pages.
    """
    groups: dict[_Group, Sums] = {}
    for row, sign in signed:
        key = (row["path"].split("p", 1)[0], row["currency"], row["confidential"])
        total = groups.get(key)
        if total is None:
            total = groups[key] = defaultdict(int)
        if row["counted"]:
            for name, value in contribution(row).items():
                total[name] += sign * value
    return groups


def _spread(groups: Mapping[_Group, Sums]) -> dict[tuple[int, str], Sums]:
    """The groups added to every container above them, for each audience that may see them."""
    currencies = dict(Node.objects.values_list("pk", "currency"))
    moved: dict[tuple[int, str], Sums] = defaultdict(lambda: defaultdict(int))
    for (path, currency, confidential), sums in groups.items():
        audiences = [Audience.FULL] if confidential else [Audience.FULL, Audience.OPEN]
        for part in path.split("/"):
            if not part or int(part) not in currencies:
                continue
            foreign = currencies[int(part)] != currency
            for audience in audiences:
                total = moved[int(part), str(audience)]
                for name, value in sums.items():
                    if not (foreign and (name in _MONEY or name in _KNOWN)):
                        total[name] += value
                if foreign:
                    total["other_currency"] += sums.get("projects", 0)
    return moved


def _add(moved: dict[tuple[int, str], Sums], *, at: datetime) -> None:
    """Apply the differences, containers in ascending order so that two workers never deadlock."""
    rows = [
        {"node_id": node, "audience": audience, "changed_at": at, **{name: sums.get(name, 0) for name in FIELDS}}
        for (node, audience), sums in sorted(moved.items())
    ]
    added = ", ".join(f"{name} = reporting_rollup.{name} + EXCLUDED.{name}" for name in FIELDS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO reporting_rollup (node_id, audience, changed_at, {_LIST})
            SELECT node_id, audience, changed_at, {_LIST} FROM json_populate_recordset(NULL::reporting_rollup, %s)
            ORDER BY node_id, audience
            ON CONFLICT (node_id, audience) DO UPDATE SET {added},
                changed_at = greatest(EXCLUDED.changed_at, reporting_rollup.changed_at + interval '1 microsecond')
            """,  # noqa: S608  (field names come from the model)
            [orjson.dumps(rows, default=str).decode()],
        )


def _remember(nodes: list[int], *, day: date) -> None:
    """Copy the sums of these containers as the state of the day."""
    copied = ", ".join(f"{name} = EXCLUDED.{name}" for name in FIELDS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO reporting_rolluphistory (node_id, audience, day, {_LIST})
            SELECT node_id, audience, %s, {_LIST} FROM reporting_rollup WHERE node_id = ANY(%s) ORDER BY node_id, audience
            ON CONFLICT (node_id, audience, day) DO UPDATE SET {copied}
            """,  # noqa: S608  (field names come from the model)
            [day, nodes],
        )


def from_scratch() -> dict[tuple[int, str], Sums]:
    """The sums as they must be, from the current photographs; containers without projects are absent."""
    return _spread(_grouped((row, 1) for row in ProjectHealth.objects.values(*COLUMNS).iterator(chunk_size=2000)))


def differences() -> list[str]:
    """What stored sums say differently from the photographs; empty when all is well."""
    expected = from_scratch()
    stored = {(row["node_id"], row["audience"]): row for row in Rollup.objects.values("node_id", "audience", *FIELDS)}
    found = []
    for key in sorted(expected.keys() | stored.keys()):
        for name in FIELDS:
            was, should = stored.get(key, {}).get(name, 0), expected.get(key, {}).get(name, 0)
            if was != should:
                found.append(f"rollup {key[0]}/{key[1]}.{name}: stored {was}, from the projects {should}")
    return found


def rebuild() -> None:
    """Replace every sum by the one computed from scratch; workers wait meanwhile."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE reporting_rollup IN SHARE ROW EXCLUSIVE MODE")
        Rollup.objects.all().delete()
        sums = from_scratch()
        if sums:
            _add(sums, at=timezone.now())
            _remember(sorted({node for node, _audience in sums}), day=timezone.localdate())
