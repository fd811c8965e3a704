"""A process of the portal beside the servers under attack: `python -m tests.faults.desk`.

One JSON call a line, one answer a line. It writes through the services, as pages do, and reads what the database says.
"""

import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import django
from celery import current_app
from django.db import DatabaseError, close_old_connections, connection, connections, transaction
from django.utils import timezone

django.setup()

from pmo_portal.core import work  # noqa: E402
from pmo_portal.core.errors import DomainError, StaleVersion  # noqa: E402
from pmo_portal.core.models import PeriodicRun, User, Work  # noqa: E402
from portfolio.capacity.services import queue as capacity_queue  # noqa: E402
from portfolio.capacity.services import refresh as capacity_refresh  # noqa: E402
from projects.hierarchy.services import create_node, delete_project, move_node, update_project  # noqa: E402
from projects.models import BudgetLine, Node, Project, Risk  # noqa: E402
from projects.money.services import create_budget_line  # noqa: E402
from projects.raid.services import create_risk, delete_risk  # noqa: E402
from reporting.health.services import integrity, queue, refresh  # noqa: E402
from reporting.health.tasks import begin_the_night, queue_all, refresh_waiting  # noqa: E402
from reporting.models import HealthHistory, ProjectHealth  # noqa: E402
from reporting.status.models import ReportingPeriod, Snapshot, StatusReport  # noqa: E402
from reporting.status.services import freezing, periods  # noqa: E402
from tests import make  # noqa: E402

DAY = date(2027, 6, 30)
ON = date(2026, 11, 24)


def ada() -> User:
    return User.objects.filter(username="ada").first() or make.user("ada", role="pmo", is_superuser=True)


def portfolio(projects: int, code: str) -> dict[str, Any]:
    """A portfolio with projects whose health is up to date."""
    by = ada()
    home = make.portfolio(code)
    rows = [make.project(f"{code}-{number}", node=home) for number in range(projects)]
    for kind in ("revised", "forecast"):
        BudgetLine.objects.bulk_create(BudgetLine(project=row, kind=kind, amount=1000) for row in rows)
    work.want(refresh.KIND, [row.pk for row in rows])
    refresh.drain()
    return {"node": home.pk, "ids": [row.pk for row in rows], "by": by.pk}


def forecast(project_id: int, day: date) -> None:
    """Change one fact, as the page does: read, edit, save with the version that was read; again when someone was quicker."""
    by = ada()
    while True:
        row = Project.objects.get(pk=project_id)
        try:
            update_project(project=row, by=by, version=row.version, changes={"forecast_end": day}, on=ON)
        except StaleVersion:
            continue
        return


def change(ids: list[int], days: int) -> None:
    """One write each."""
    for pk in ids:
        forecast(pk, DAY + timedelta(days=days))


def touch(ids: list[int]) -> bool:
    """Raise `wanted` without a ring: as after a lost message."""
    return work.want(refresh.KIND, ids)


def everything() -> int:
    return queue.everything()


def hammer(project_id: int, changes: int, seconds: float, first: int = 1) -> float:
    """So many changes of one project, evenly over the time or as fast as the machine can; returns the seconds they took.

    Each is to another day, from `first` on, so that none changes nothing.
    """
    started = time.monotonic()
    for number in range(1, changes + 1):
        forecast(project_id, DAY + timedelta(days=first - 1 + number))
        time.sleep(max(0.0, started + number * seconds / changes - time.monotonic()))
    return time.monotonic() - started


class Clients:
    """Threads that write until told to stop; each has projects of its own, so that it knows what must be stored."""

    def __init__(self, ids: list[int], clients: int, rate: float) -> None:
        self.stop = threading.Event()
        self.pause = clients / rate
        self.log: list[dict[str, Any]] = []
        self.threads = [threading.Thread(target=self.run, args=(ids[n::clients], n)) for n in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self, ids: list[int], seed: int) -> None:
        chance, by, number = random.Random(seed), ada(), 0
        while not self.stop.is_set():
            number += 1
            pk, token, started = chance.choice(ids), f"{seed}-{number}-{uuid4().hex}", time.monotonic()
            entry: dict[str, Any] = {"project": pk, "token": token, "failed": ""}
            try:
                project = Project(pk=pk)
                create_budget_line(
                    project=project, by=by, on=ON, kind="actual", amount=number, document_ref=token, category=token
                )
            except (DatabaseError, DomainError) as error:
                entry["failed"] = f"{type(error).__name__}: {str(error)[:200]}"
                connection.close()
            entry["seconds"] = time.monotonic() - started
            self.log.append(entry)
            self.stop.wait(max(0.0, self.pause - entry["seconds"]))
        connections.close_all()

    def finish(self) -> list[dict[str, Any]]:
        self.stop.set()
        for thread in self.threads:
            thread.join()
        return self.log


running: list[Clients] = []


def start_writing(ids: list[int], clients: int, rate: float) -> None:
    running.append(Clients(ids, clients, rate))


def stop_writing() -> list[dict[str, Any]]:
    return running.pop().finish()


def stored_tokens() -> dict[str, int]:
    """How many lines carry each token: one, unless a write was lost or done twice."""
    counts: dict[str, int] = {}
    for token in BudgetLine.objects.exclude(document_ref="").values_list("document_ref", flat=True):
        counts[token] = counts.get(token, 0) + 1
    return counts


def import_and_stay(ids: list[int], seconds: float) -> None:
    """A long writer, such as an import: announces early, commits late."""
    with transaction.atomic():
        work.want(refresh.KIND, ids)
        time.sleep(seconds)


def poison(project_id: int, kind: str) -> int:
    project = Project.objects.get(pk=project_id)
    return create_risk(project=project, by=ada(), on=ON, title=kind, probability=5, impact=5, status="active").pk


def cure(risk_id: int) -> None:
    risk = Risk.objects.get(pk=risk_id)
    delete_risk(risk=risk, by=ada(), version=risk.version, on=ON)


def remove(project_id: int) -> None:
    project = Project.objects.get(pk=project_id)
    delete_project(project=project, by=ada(), version=project.version)


def waiting() -> int:
    """Subjects whose answer is not the newest, those given up included."""
    return Work.objects.extra(where=["wanted > done"]).count()


def rows(ids: list[int]) -> list[dict[str, Any]]:
    found = Work.objects.filter(kind="health", subject_id__in=ids).order_by("subject_id")
    return list(found.values("subject_id", "wanted", "done", "attempts", "state", "last_error"))


def forecasts(ids: list[int]) -> dict[str, str]:
    """What open pages show."""
    found = ProjectHealth.objects.filter(pk__in=ids).values_list("pk", "forecast_end")
    return {str(pk): end.isoformat() for pk, end in found}


def histories(ids: list[int]) -> dict[str, int]:
    """How many states each project has been through."""
    counts = {str(pk): 0 for pk in ids}
    for pk in HealthHistory.objects.filter(project_id__in=ids).values_list("project_id", flat=True):
        counts[str(pk)] += 1
    return counts


def findings() -> list[str]:
    """Nothing, when nothing was lost or done twice: what is stored twice agrees, and equals a recomputation from the facts."""
    return [*integrity.findings(), *twins()]


def twins() -> list[str]:
    """Two states of a project, one after the other, that say the same: the mark of a refresh that was done twice."""
    columns = [f.column for f in HealthHistory._meta.concrete_fields if f.name not in ("id", "valid_from", "valid_to")]
    same = " AND ".join(
        f"later.{column} IS NOT DISTINCT FROM earlier.{column}" for column in columns if column != "reasons"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"""
            SELECT 'project ' || earlier.project_id || ': the state of ' || later.valid_from || ' says what the one before said'
            FROM reporting_healthhistory earlier JOIN reporting_healthhistory later
            ON later.project_id = earlier.project_id AND later.valid_from = earlier.valid_to
            WHERE {same} AND later.reasons = earlier.reasons
        """)
        return [row[0] for row in cursor.fetchall()]


def nights() -> int:
    return PeriodicRun.objects.filter(name="health.queue_all").count()


def live_through(hours: int, seed: int) -> int:
    """What a beat asks for in so many hours, its clock jumping by an hour to and fro; how often it asked.

    Every ten minutes a sweep, as every one of them looks whether the night has begun.
    """
    chance, asked = random.Random(seed), 0
    start = timezone.make_aware(datetime(2031, 3, 29, 12))  # the clocks go forward in these hours
    for minutes in range(0, 60 * hours, 10):
        jump = chance.choice([0, 0, 0, 60, -60])
        begin_the_night(timezone.localtime(start + timedelta(minutes=minutes + jump)))
        asked += 1
    return asked


def ring_the_night() -> None:
    """The message a beat sends at night."""
    queue_all.delay()


def ring_many(times: int) -> None:
    """More rings than a worker can answer in a moment, for nothing."""
    for _ in range(times):
        refresh_waiting.delay()


def leave_the_queue(name: str) -> list[Any]:
    """Every worker stays connected and takes nothing from this queue any more; their answers."""
    answers: list[Any] = current_app.control.cancel_consumer(name, reply=True, timeout=5)
    return answers


def wipe() -> None:
    """An installation without projects, people or work, whose nights are over."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE kept AS TABLE reporting_threshold")
        cursor.execute("SELECT set_config('pmo.rewriting_history', 'on', false)")  # the desk's administrator may
        cursor.execute("TRUNCATE projects_node, core_user, core_work, core_periodicrun CASCADE")
        cursor.execute("SELECT set_config('pmo.rewriting_history', '', false)")
        cursor.execute("INSERT INTO reporting_threshold TABLE kept")
        cursor.execute("DROP TABLE kept")
    queue_all()
    capacity_queue.begin_the_night(capacity_refresh.night_of(timezone.localtime()))
    capacity_refresh.drain()


def die_at(statement: int, ids: list[int]) -> str:
    """Refresh in a child of this process that kills itself with SIGKILL at that statement boundary.

    Returns where it died; "end" when the refresh was over before. COMMIT counts as a statement: odd numbers die before a
    statement is sent, even ones after its answer.
    """
    Work.objects.filter(kind="health", subject_id__in=ids).update(
        next_try=timezone.now(), done_at=None
    )  # no pause: it would be waited for
    return killed_at(statement, refresh.drain)


def report_period(ids: list[int]) -> int:
    """An open period in which all but the last of these projects reported; returns it."""
    now = timezone.now()
    calendar = make.calendar(Project.objects.get(pk=ids[0]).node, since=ON.replace(day=1))
    period = periods.open_period(periods.plan(calendar, on=ON)[0], by=None, on=ON, at=now)
    StatusReport.objects.filter(project__in=ids[:-1]).update(state="submitted", submitted_at=now, declared="green")
    return period.pk


def freeze_and_die_at(statement: int, period: int) -> str:
    """The same for a freeze."""
    row = ReportingPeriod.objects.get(pk=period)
    return killed_at(statement, lambda: freezing.freeze(row, by=None, on=ON, at=timezone.now()))


def frozen(period: int) -> list[Any]:
    """[state of the period, {state of a report: how many}, snapshots, those that are reported]."""
    reports = StatusReport.objects.filter(period=period).values_list("state", flat=True)
    kept = Snapshot.objects.filter(period=period)
    state = ReportingPeriod.objects.get(pk=period).state
    return [state, Counter(reports), kept.count(), kept.filter(is_reported=True).count()]


def killed_at(statement: int, run: Callable[[], Any]) -> str:
    """Where a child of this process that ran this died."""
    connections.close_all()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        Killer(statement, writer).install()
        run()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        place = pipe.read()
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return place
    return "end" if os.waitstatus_to_exitcode(status) == 0 else f"failed with {status}"


class Killer:
    """Counts the boundaries of the statements this process sends."""

    def __init__(self, at: int, pipe: int) -> None:
        self.at, self.pipe, self.passed = at, pipe, 0

    def install(self) -> None:
        connection.ensure_connection()
        connection.execute_wrappers.append(self.around)
        commit = connection._commit

        def committed() -> None:
            self.boundary("before COMMIT")
            commit()
            self.boundary("after COMMIT")

        connection._commit = committed

    def around(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        words = " ".join(str(sql).rpartition("true); ")[2].split())[:60]  # after what it tells the database of itself
        self.boundary(f"before {words}")
        answer = execute(sql, params, many, context)
        self.boundary(f"after {words}")
        return answer

    def boundary(self, place: str) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.write(self.pipe, place.encode())
            os.kill(os.getpid(), signal.SIGKILL)


def drain_when_due() -> int:
    """What the next sweep does once the leases of the dead ran out."""
    Work.objects.update(next_try=timezone.now())
    return refresh.drain()


def tree(containers: int, code: str) -> list[int]:
    """Containers in one row below a top, each with one project."""
    by, top = ada(), make.portfolio(code)
    made = [
        create_node(by=by, kind="programme", code=f"{code}{n}", name=f"{code}{n}", parent=top)
        for n in range(containers)
    ]
    work.want(refresh.KIND, [make.project(f"{node.code}-1", node=node).pk for node in made])
    return [node.pk for node in made]


def move_about(ids: list[int], moves: int, seed: int) -> dict[str, int]:
    """Random moves of containers: how many were done, refused (below itself, stale) or left unanswered."""
    chance, by = random.Random(seed), ada()
    counts = {"done": 0, "refused": 0}
    for _ in range(moves):
        node, parent = (Node.objects.get(pk=pk) for pk in chance.sample(ids, 2))
        try:
            move_node(node=node, by=by, version=node.version, parent=parent)
            counts["done"] += 1
        except DomainError:
            counts["refused"] += 1
    return counts


def add_up(project_id: int, edits: int) -> dict[str, int]:
    """Read, add one, save, as two people with the same form open: how many were acknowledged, how many told they were late."""
    by, counts = ada(), {"saved": 0, "stale": 0}
    for _ in range(edits):
        row = Project.objects.get(pk=project_id)
        changes = {"baseline_end": row.baseline_end + timedelta(days=1)}
        try:
            update_project(project=row, by=by, version=row.version, changes=changes, on=ON)
            counts["saved"] += 1
        except StaleVersion as late:
            counts["stale"] += 1 if late.mine.keys() == late.theirs.keys() else 1000
    return counts


def baseline(project_id: int) -> list[Any]:
    """[days after the date every project starts with, version]"""
    row = Project.objects.get(pk=project_id)
    return [(row.baseline_end - DAY).days, row.version]


def parallel(name: str, times: int, *arguments: Any) -> list[Any]:
    """The same call in so many threads; `seed` differs where the call takes one."""
    answers: list[Any] = [None] * times

    def run(number: int) -> None:
        more = [number] if name in ("move_about", "live_through") else []
        try:
            answers[number] = CALLS[name](*arguments, *more)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


CALLS: dict[str, Callable[..., Any]] = {
    name: value
    for name, value in globals().items()
    if getattr(value, "__module__", "") == __name__ and not isinstance(value, type)
}


def main() -> None:
    for line in sys.stdin:
        name, arguments = json.loads(line)
        close_old_connections()  # as at the start of a request: one that was cut off is replaced
        try:
            answer = {"answer": CALLS[name](*arguments)}
        except (DatabaseError, DomainError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
            connections.close_all()
        sys.stdout.write(json.dumps(answer, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
