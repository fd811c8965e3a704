"""A portfolio of any size, the same for the same seed: projects with milestones, monthly budgets, risks and six past states.

Set-based SQL in batches, each in its own transaction, so memory stays flat from a hundred projects to a hundred thousand.
Chance is a hash of (project number, seed, salt): nothing depends on ids, on the order of rows or on the batch size.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import work
from pmo_portal.core.errors import DomainError
from pmo_portal.demo import generator_sql as sql
from projects.hierarchy.models import Node, Project
from projects.resources.models import Person
from reporting.health.models import Audience, HealthPast, RollupFields, RollupHistory
from reporting.health.services import refresh
from reporting.health.sums import sums_by, sums_of

BATCH = 2000
PER_PROGRAMME = 100
PER_MANAGER = 25
FIRST_NAMES = ("Alice", "Bruno", "Chloé", "Denis", "Elsa", "Farid", "Gaëlle", "Hugo", "Inès", "Jules", "Katia", "Louis")
LAST_NAMES = ("Arnaud", "Bailly", "Colin", "Dumas", "Étienne", "Fabre", "Guérin", "Huet")
FIELDS = [field.name for field in RollupFields._meta.get_fields()]
RECORDED = ("projects_project", "projects_milestone", "projects_budgetline", "projects_risk")
TABLES = (*RECORDED, "reporting_healthpast", "reporting_rolluphistory")


@dataclass(frozen=True, slots=True)
class Order:
    """What to make: `projects` projects in programmes of a hundred below the new portfolio `code`, dated around `today`."""

    projects: int
    seed: int
    code: str
    today: date


def generate(order: Order, *, say: Callable[[str], None] = lambda _message: None) -> Node:
    """Write the portfolio and queue its health. Raises DomainError when its code is taken.

    Health is queued, not computed: `refresh_health`, or a worker, does that.
    """
    if Node.objects.filter(code=order.code).exists():
        raise DomainError(_("The code %(code)s is already used.") % {"code": order.code}, field="portfolio_code")
    with transaction.atomic():
        portfolio = _portfolio(order)
        programmes = _programmes(order, portfolio)
        managers = _managers(order)
        base = _reserve(order.projects)
    for first in range(1, order.projects + 1, BATCH):
        last = min(first + BATCH - 1, order.projects)
        with transaction.atomic():
            _batch(order, base, first, last, programmes, managers)
        say(f"{last} projects")
    with transaction.atomic():
        _past_sums(portfolio)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(TABLES)}")
    return portfolio


def _portfolio(order: Order) -> Node:
    node: Node = Node.objects.create(
        kind=Node.Kind.PORTFOLIO,
        code=order.code,
        name=f"Portefeuille de mesure {order.code}",
        name_en=f"Benchmark portfolio {order.code}",
        origin=Node.Origin.SCENARIO,
        source_note=f"generate_portfolio --projects {order.projects} --seed {order.seed}",
    )
    node.refresh_from_db(fields=["path"])  # a trigger wrote it
    return node


def _programmes(order: Order, portfolio: Node) -> list[int]:
    count = -(-order.projects // PER_PROGRAMME)
    rows = Node.objects.bulk_create(
        [
            Node(
                kind=Node.Kind.PROGRAMME,
                code=f"{order.code}-P{number:04d}",
                name=f"Programme {number}",
                name_en=f"Programme {number}",
                parent=portfolio,
                origin=Node.Origin.SCENARIO,
            )
            for number in range(1, count + 1)
        ],
        batch_size=1000,
    )
    return [row.pk for row in rows]


def _managers(order: Order) -> list[int]:
    names = [
        f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {LAST_NAMES[number % len(LAST_NAMES)]} {number + 1}"
        for number in range(-(-order.projects // PER_MANAGER))
    ]
    people = Person.objects.bulk_create([Person(name=name, organisation=order.code) for name in names], batch_size=1000)
    return [person.pk for person in people]


def _reserve(count: int) -> int:
    """Keep `count` consecutive project ids for us; returns the id before the first."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE projects_project IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            "SELECT setval(sequence, nextval(sequence) + %s) - %s - 1"
            " FROM (SELECT pg_get_serial_sequence('projects_project', 'id')::regclass AS sequence) AS of_projects",
            [count, count],
        )
        return int(cursor.fetchone()[0])


def _batch(order: Order, base: int, first: int, last: int, programmes: list[int], managers: list[int]) -> None:
    """Projects number `first` to `last` with everything that hangs off them."""
    values: dict[str, Any] = {
        "seed": order.seed,
        "today": order.today,
        "code": order.code,
        "base": base,
        "first": first,
        "last": last,
        "programmes": programmes,
        "managers": managers,
        "per_programme": PER_PROGRAMME,
        "per_manager": PER_MANAGER,
    }
    with connection.cursor() as cursor, unrecorded(cursor):
        for statement in sql.STATEMENTS:
            cursor.execute(statement, values)
    work.want(refresh.KIND, range(base + first, base + last + 1))


@contextmanager
def unrecorded(cursor: Any) -> Iterator[None]:
    """Rows that nobody entered have no history: a hundred of them a project would be most of what is measured.

    Only the owner of the tables can do this, and only for the length of this transaction; nothing else ever does.
    """
    for table in RECORDED:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER core_history")
    yield
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to be made cannot be altered
    for table in RECORDED:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER core_history")


def _past_sums(portfolio: Node) -> None:
    """The sums of every past day, as they were written then: what trends and comparisons read."""
    whole = Q(path__startswith=portfolio.path)
    days = HealthPast.objects.filter(whole).order_by("valid_from").values_list("valid_from", flat=True).distinct()
    for moment in list(days):
        for audience, seen in ((Audience.FULL, whole), (Audience.OPEN, whole & Q(confidential=False))):
            rows = HealthPast.objects.filter(seen, valid_from=moment)
            sums = {**sums_by(rows, "node_id", portfolio.currency), portfolio.pk: sums_of(rows, portfolio.currency)}
            RollupHistory.objects.bulk_create(
                RollupHistory(
                    node_id=node, audience=audience, day=timezone.localdate(moment),
                    **{name: getattr(one, name) for name in FIELDS},
                )
                for node, one in sums.items()
            )  # fmt: skip


def compute(portfolio: Node) -> int:
    """Compute the queued health now, in this process; returns how many projects wait no longer."""
    refresh.set_timeouts()
    refresh.drain(batch=1000, seconds=24 * 3600)
    return int(Project.objects.below(portfolio).count())
