"""What stood in the tables at any moment, rebuilt from the events alone (security.md §11, exam 84)."""

import datetime as dt
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from pmo_portal.core import audit, ledger
from pmo_portal.core.models import AuditEvent, User
from projects.hierarchy.models import Project
from projects.models import BudgetLine, Membership, Milestone, Node, Person, Risk
from tests import make
from tests.cast import World

State = dict[str, dict[int, dict[str, Any]]]


def told(model: type[models.Model]) -> list[str]:
    secret = ledger.record_of(model).masked
    return [field.name for field in ledger.told_fields(model) if field.name not in secret]


def stored() -> State:
    """{model: {id: {field: value as the history tells it}}} of every recorded table; what is empty is left out."""
    state: State = {}
    for model in ledger.recorded():
        columns = {name: model._meta.get_field(name).attname for name in told(model)}
        rows = model._default_manager.values("pk", *columns.values())
        state[model._meta.label] = {
            row["pk"]: filled({name: audit.plain(row[column]) for name, column in columns.items()}) for row in rows
        }
    return state


def rebuilt(events: list[AuditEvent]) -> State:
    """The same, from events in the order of time, beginning with nothing."""
    state: State = {model._meta.label: {} for model in ledger.recorded()}
    for event in events:
        rows = state[event.target_type]
        if event.action == "delete":
            del rows[event.target_id]
            continue
        known = told(apps.get_model(event.target_type))
        held = {} if event.action == "create" else rows[event.target_id]
        for name, (before, _after) in event.changes.items():
            assert name not in known or held.get(name) == (before or None), "the event follows on what was there"
        after = {name: pair[1] for name, pair in event.changes.items() if name in known}
        rows[event.target_id] = filled({**held, **after})
    return state


def filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [], {}) and value is not False}


class Writer:
    """Writes whatever the database allows, in every way there is."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.rng = world, Random(seed)

    def act(self) -> None:
        self.rng.choice([self.add, self.add, self.save, self.many, self.bulk, self.sql, self.remove, self.move])()

    def some(self, model: Any) -> Any:
        return self.rng.choice(list(model.objects.order_by("pk")) or [None])

    def add(self) -> None:
        project = self.some(Project)
        made: Any = self.rng.choice(["milestone", "risk", "line", "person", "project", "member"])
        if made == "milestone":
            make.milestone(project, forecasts={dt.date(2026, 1, 1): dt.date(2027, 1, 1)})
        elif made == "risk":
            make.risk(project, owner=self.some(Person))
        elif made == "line":
            month = dt.date(self.rng.randrange(2000, 2900), 1, 1)
            BudgetLine.objects.bulk_create(
                BudgetLine(project=project, kind=kind, month=month, amount=Decimal(self.rng.randrange(99999)) / 100)
                for kind in ("actual", "revised")
            )
        elif made == "person":
            make.person()
        elif made == "project":
            make.project(node=self.some(Node), parent=self.rng.choice([None, project]))
        else:
            make.user(role="viewer", on=project)

    def save(self) -> None:
        row = self.some(self.rng.choice([Project, Milestone, Risk, Person, Node]))
        if row is not None:
            name = "title" if isinstance(row, Risk) else "name"
            setattr(row, name, f"{self.rng.random()}")
            row.refresh_from_db(fields=["version"])
            row.save()

    def many(self) -> None:
        Milestone.objects.update(weight=Decimal(self.rng.randrange(1000)) / 100, is_key=self.rng.random() < 0.5)
        Membership.objects.filter(role="viewer").update(reason=self.rng.choice(["", "Because"]))

    def bulk(self) -> None:
        rows = list(Risk.objects.all())
        for row in rows:
            row.impact, row.due_date = self.rng.randrange(1, 6), self.rng.choice([None, dt.date(2026, 5, 5)])
        Risk.objects.bulk_update(rows, ["impact", "due_date"])

    def sql(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE projects_budgetline SET amount = amount * 1.1, source = 'import' WHERE id % 3 = 0")
            cursor.execute("DELETE FROM projects_budgetline WHERE id % 7 = 0")

    def remove(self) -> None:
        model = self.rng.choice([Milestone, Risk, Project])
        row = self.some(model)
        if row is not None and not (model is Project and (Project.objects.count() < 4 or row.parts.exists())):
            row.delete()

    def move(self) -> None:
        project, node = self.some(Project), self.some(Node)
        if project.parent_id is None:
            Project.objects.filter(pk=project.pk).update(node=node)  # its parts follow


@pytest.mark.parametrize("seed", range(3))
def test_at_three_moments_the_events_tell_what_stood_there(seed: int, world: World, ada: User) -> None:
    writer, steps = Writer(world, seed), 60
    rng = Random(seed)
    moments = {*rng.sample(range(10, steps - 1), 2), steps - 1}
    seen: dict[int, State] = {}
    for step in range(steps):
        writer.act()
        if step in moments:
            seen[AuditEvent.objects.latest("pk").pk] = stored()
    first = AuditEvent.objects.filter(target_type="projects.Node", target_id=world.north.pk).earliest("pk")
    for last, expected in seen.items():
        events = list(AuditEvent.objects.filter(pk__gte=first.pk, pk__lte=last).order_by("pk"))
        assert len(events) > 10
        for label, rows in rebuilt(events).items():
            older = {pk: row for pk, row in expected[label].items() if pk not in rows and not created(label, pk)}
            assert {**rows, **older} == expected[label], label


def created(label: str, pk: int) -> bool:
    """Whether the history knows where a row comes from; what a migration wrote before the triggers is older than it."""
    return AuditEvent.objects.filter(target_type=label, target_id=pk, action="create").exists()
