"""Requests for people: who answers them is told that they wait, who asked is told the answer. Each once."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from projects.access.policy import ANSWER_ALLOCATION
from projects.resources.models import Allocation, AllocationMonth
from projects.resources.selectors import queue, reach
from projects.resources.selectors.going_on import going_on
from reporting.alerts.models import Mute, Notification, Rule
from reporting.alerts.recipients import MANAGER, PMO, RESOURCES, Directory, projects
from reporting.alerts.services.events import Event

TOLD_FOR = timedelta(days=14)  # what was asked or answered longer ago is told to nobody any more
ANSWERS = (Allocation.Status.PROPOSED, Allocation.Status.CONFIRMED, Allocation.Status.REFUSED)
ASKED = (Allocation.Status.REQUESTED, Allocation.Status.CHANGED)
OF_UNIT = ("person_id", "unit_id", "unit__manager__user_id")
Shares = Mapping[int, set[int]]
OF_ANSWERS = ("pk", "project_id", "status", "answered_on", "answered_by_id", "person_id", "unit_id", "answer")


def answered(directory: Directory, on: date) -> Iterator[Event]:
    """R02: the project manager, of each answer; told again when another one is given, also on that day. What
    somebody handed over is asked for anew, and has the day and the words of who did so."""
    rows = Allocation.objects.filter(
        going_on(),
        status__in=(*ANSWERS, Allocation.Status.REQUESTED),
        answered_on__gte=on - TOLD_FOR,
        answered_on__lte=on,
    )
    found = list(rows.order_by("pk").values(*OF_ANSWERS))
    marks = marks_of(found)
    about = projects({row["project_id"] for row in found})
    for row in found:
        key = f"{Rule.ANSWERED}:{row['pk']}:{row['status']}:{row['answered_on']}:{marks[row['pk']]}"
        to = directory.named(MANAGER, about[row["project_id"]]) - {row["answered_by_id"]}
        told = {"status": row["status"], "allocation": row["pk"]}
        yield Event(Rule.ANSWERED, key, to, row["project_id"], told=told)


def marks_of(rows: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """What each answer says, as a mark: who, how much of each month, the words. A version will not do: the project moves it by a
    note of its own, and is not to be told its own doing."""
    said: dict[int, list[str]] = {
        row["pk"]: [str(row[name]) for name in ("person_id", "unit_id", "answer")] for row in rows
    }
    months = AllocationMonth.objects.filter(allocation__in=said, granted__gt=0).order_by("allocation", "month")
    for pk, month, granted in months.values_list("allocation", "month", "granted"):
        said[pk].append(f"{month}:{granted}")
    return {pk: hashlib.sha256("|".join(parts).encode()).hexdigest()[:10] for pk, parts in said.items()}


def asked(directory: Directory, on: date) -> Iterator[Event]:
    """R03: who manages the unit that is asked, else the resource managers of the project, else its PMO: one line a day for each
    of them, with how many requests they were not told of before. Who is given the role is told of all of them at once."""
    recent, before = Allocation.objects.filter(asked_on__gte=on - TOLD_FOR, asked_on__lte=on), told_of(on)
    for user, of in waiting(directory, recent).items():
        fresh = {one: project for one, project in of.items() if one not in before[user]}
        if fresh:
            told = {"count": len(fresh), "of": dict(fresh.keys())}
            yield Event(Rule.ASKED, asked_key(on), [user], alone(fresh.values()), told=told)


def waiting(directory: Directory, rows: QuerySet[Any]) -> dict[int, dict[tuple[str, str], int]]:
    """{user: {(request, day it was asked): project}} of those of these requests that wait, for who answers them."""
    anew = Q(status__in=ASKED) | Q(
        status=Allocation.Status.PROPOSED, answered_on__isnull=True
    )  # to be firm from now on
    asked = rows.filter(anew, going_on()).order_by("pk")
    found = list(asked.values("pk", "project_id", "asked_on", "asked_by_id", *OF_UNIT))
    shares = shares_for(directory, found)
    about = projects({row["project_id"] for row in found})
    muted = set(Mute.objects.filter(rule=Rule.ASKED).values_list("user_id", "project_id"))
    waits: dict[int, dict[tuple[str, str], int]] = defaultdict(dict)
    for row in found:
        request, project = (str(row["pk"]), row["asked_on"].isoformat()), row["project_id"]
        for user in _answering(directory, row, about[project], shares) - {row["asked_by_id"]}:
            if (user, project) not in muted:
                waits[user][request] = project
    return waits


def alone(of: Collection[int]) -> int | None:
    """The project of a line, where all of it is of one."""
    return min(of) if len(set(of)) == 1 else None


def asked_key(day: date) -> str:
    return f"{Rule.ASKED}:{day}"


def told_of(on: date) -> dict[int, set[tuple[str, str]]]:
    """{user: (request, day it was asked) of which a line of another day told}. What is asked anew is told anew."""
    keys = [asked_key(on - timedelta(days=n)) for n in range(1, TOLD_FOR.days + 1)]
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for user, told in Notification.objects.filter(rule=Rule.ASKED, key__in=keys).values_list("user_id", "told"):
        found[user].update(of_line(told).items())
    return found


def of_line(told: dict[str, Any]) -> dict[str, str]:
    """{request: day it was asked} of a line; of one written before lines kept that, nothing is known, and it goes."""
    return told.get("of") or {}


def astray(directory: Directory, on: date) -> Iterator[Event]:
    """R06: who may answer, once a person and last (or first) day, of what is granted to them when they are not there."""
    rows = queue.astray(Allocation.objects.all(), since=on).order_by("pk")
    found = list(rows.values("project_id", "person__leaves_on", "person__arrives_on", *OF_UNIT))
    shares = shares_for(directory, found)
    about = projects({row["project_id"] for row in found})
    counts: dict[tuple[int, str, int], int] = defaultdict(int)
    for row in found:
        key = f"{Rule.ASTRAY}:{row['person_id']}:{row['person__arrives_on'] or ''}:{row['person__leaves_on'] or ''}"
        for user in _answering(directory, row, about[row["project_id"]], shares):
            counts[row["person_id"], key, user] += 1
    for (person, key, user), count in counts.items():
        yield Event(Rule.ASTRAY, key, [user], told={"person": person, "count": count})


def put_away(directory: Directory, at: datetime, *, on: date) -> None:
    """What was handed over or answered since needs nobody any more; what nobody read of it goes, and is told when it happens
    again."""
    there = {(user, one.key) for one in astray(directory, on) for user in one.to}
    unseen = Notification.objects.filter(rule=Rule.ASTRAY, seen_at__isnull=True).values_list("pk", "user_id", "key")
    gone = [pk for pk, *what in unseen if tuple(what) not in there]
    over = Notification.objects.filter(pk__in=[*gone, *count_waiting(directory)])
    over.filter(mailed_at__isnull=True).delete()
    over.update(seen_at=at)


def count_waiting(directory: Directory) -> list[int]:
    """Of the requests of a line (R03), those that still wait are counted; returns the lines of which none does. What it told of
    stays in it: an answer that is taken back counts again, and what is asked anew has a line of its own."""
    rows = list(Notification.objects.filter(rule=Rule.ASKED, seen_at__isnull=True))
    if not rows:
        return []
    waits = waiting(directory, Allocation.objects.filter(pk__in={int(pk) for row in rows for pk in of_line(row.told)}))
    over, changed = [], []
    for row in rows:
        left = {one: waits[row.user_id][one] for one in of_line(row.told).items() if one in waits[row.user_id]}
        if not left:
            over.append(row.pk)
        elif len(left) != row.told["count"]:
            row.told, row.project_id = {**row.told, "count": len(left)}, alone(left.values())
            changed.append(row)
    Notification.objects.bulk_update(changed, ["told", "project"], batch_size=1000)
    return over


def shares_for(directory: Directory, rows: Sequence[Mapping[str, Any]]) -> Shares:
    """The units of the people of these requests, where somebody answers for some units only."""
    limited = any(grant.unit for pk in directory.holders[RESOURCES] for grant in directory.access[pk].grants)
    return reach.shares_of(row["person_id"] for row in rows) if limited else {}


def _answering(directory: Directory, row: dict[str, Any], project: dict[str, Any], shares: Shares) -> set[int]:
    manager, place = row["unit__manager__user_id"], (project["pk"], project["path"], project["confidential"])
    answering = {
        pk
        for pk in directory.of_role(RESOURCES, project)
        if reach.covers(
            reach.reach_at(directory.users[pk], ANSWER_ALLOCATION, place), shares, row["person_id"], row["unit_id"]
        )
    } or directory.of_role(PMO, project)
    theirs = row["person_id"] is None or not shares or row["unit_id"] in shares.get(row["person_id"], ())
    return {manager} if manager in answering and theirs else answering
