"""A plan → rows. Called inside `apply`'s transaction and trace; every write is bulk, and the database records each change."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import models

from projects.exchange import selectors
from projects.exchange.models import ExternalKey
from projects.exchange.plan_parts import PartPlan
from projects.exchange.planned import Plan, ProjectPlan
from projects.exchange.services import bulk
from projects.exchange.targets import PEOPLE
from projects.exchange.words import fold
from projects.hierarchy.models import Node, Project
from projects.money.models import BudgetLine
from projects.planning.models import Milestone, MilestoneForecast
from projects.raid.models import Risk
from projects.resources.models import Person

_MODELS: dict[str, type[models.Model]] = {"milestone": Milestone, "budget": BudgetLine, "risk": Risk}


class Writer:
    """Writes one plan into one portfolio."""

    def __init__(self, plan: Plan, portfolio: Node, *, on: date) -> None:
        self.plan, self.portfolio, self.on = plan, portfolio, on
        self.nodes: dict[str, int] = {}
        self.people: dict[str, int] = {}
        self.ids: dict[str, int] = {}  # reference → project id

    def write(self) -> list[int]:
        """Write everything; returns the ids of the projects whose facts changed."""
        self._containers()
        self._find_people()
        known = Project.objects.filter(portfolio=self.portfolio).exclude(external_ref="")
        self.ids = dict(known.values_list("external_ref", "pk"))
        waiting = [item for item in self.plan.projects if item.action == "create"]
        # Level by level: a part needs the id of what it is a part of (the plan has refused circles).
        while ready := [item for item in waiting if not item.parent_ref or item.parent_ref in self.ids]:
            self._create(ready)
            waiting = [item for item in waiting if item.id is None]
        self._update([item for item in self.plan.projects if item.action != "create"])
        self._parts()
        self._leave()
        self._remember_keys()
        touched = {item.id for item in self.plan.projects if item.id and (item.action != "unchanged" or item.stamp)}
        return sorted(touched | set(self.plan.left))

    def _containers(self) -> None:
        """Programmes the file names for the first time."""
        Node.objects.bulk_create(
            Node(
                kind=Node.Kind.PROGRAMME,
                code=code,
                name=name[:300],
                parent=self.portfolio,
                currency=self.portfolio.currency,
                origin=self.portfolio.origin,
                scale=self.portfolio.scale,
            )
            for code, name in self.plan.containers.items()
        )
        self.nodes = dict(Node.objects.below(self.portfolio).values_list("code", "pk"))

    def _find_people(self) -> None:
        """The people the file names; those nobody knows yet are added."""
        names: dict[str, str] = {}
        before: set[str] = set()
        for item in self.plan.projects:
            cells = [item.changes[role] for role in PEOPLE if role in item.changes]
            cells += [part.changes["owner"] for part in item.parts if "owner" in part.changes]
            told = [new for _old, new in cells] + [part.values.get("owner") for part in item.parts]
            names.update({fold(str(name)): str(name) for name in told if name})
            before.update(str(old) for old, _new in cells if old)
        if not names and not before:
            return
        self.people = selectors.people([*names.values(), *before])
        fresh = [Person(name=name) for key, name in names.items() if key not in self.people]
        for person in Person.objects.bulk_create(fresh, batch_size=bulk.SIZE):
            self.people[fold(person.name)] = person.pk

    def _columns(self, item: ProjectPlan) -> dict[str, Any]:
        """{attribute: value} of a project's changed cells."""
        columns: dict[str, Any] = {}
        for name, (_old, new) in item.changes.items():
            if name in PEOPLE:
                columns[f"{name}_id"] = self.people.get(fold(str(new))) if new else None
            elif name == "parent":
                columns["parent_id"] = self.ids.get(new) if new else None
            elif name == "node":
                columns["node_id"] = self.nodes[new]
            else:
                columns[name] = new
        return {**columns, **item.stamp}

    def _create(self, items: Sequence[ProjectPlan]) -> None:
        rows = []
        for item in items:
            columns = self._columns(item)
            columns.setdefault("currency", self.portfolio.currency)
            node_id = self.nodes[item.container or self.portfolio.code]
            rows.append(Project(code=item.code, node_id=node_id, portfolio=self.portfolio, **columns))
        for item, row in zip(items, Project.objects.bulk_create(rows, batch_size=bulk.SIZE), strict=True):
            item.id = row.pk
            self.ids[item.ref] = row.pk

    def _update(self, items: Iterable[ProjectPlan]) -> None:
        changes: dict[int, dict[str, Any]] = {}
        for item in items:
            if item.id is None:
                continue
            columns = self._columns(item)
            if columns:
                changes[item.id] = columns
        bulk.update(Project, changes)

    def _parts(self) -> None:
        """Milestones, budget lines and risks of every project."""
        for kind, model in _MODELS.items():
            pairs = [
                (item, part) for item in self.plan.projects for part in item.parts if part.kind == kind and item.id
            ]
            self._create_parts(model, [pair for pair in pairs if pair[1].action == "create"])
            self._change_parts(model, [pair for pair in pairs if pair[1].action == "update"])
            self._delete_parts(model, [pair for pair in pairs if pair[1].action == "delete"])
        self._forecasts()

    def _part_columns(self, values: dict[str, Any]) -> dict[str, Any]:
        columns = {name: value for name, value in values.items() if name != "owner"}
        if "owner" in values:
            columns["owner_id"] = self.people.get(fold(str(values["owner"]))) if values["owner"] else None
        return columns

    def _create_parts(self, model: type[models.Model], pairs: list[tuple[ProjectPlan, PartPlan]]) -> None:
        source = {"source": BudgetLine.Source.IMPORT} if model is BudgetLine else {}
        rows = [model(project_id=item.id, **self._part_columns(part.values), **source) for item, part in pairs]
        made = model._default_manager.bulk_create(rows, batch_size=bulk.SIZE)
        for (_item, part), row in zip(pairs, made, strict=True):
            part.id = row.pk

    def _change_parts(self, model: type[models.Model], pairs: list[tuple[ProjectPlan, PartPlan]]) -> None:
        changes = {
            int(part.id or 0): self._part_columns({name: pair[1] for name, pair in part.changes.items()})
            for _item, part in pairs
        }
        bulk.update(model, changes)

    def _delete_parts(self, model: type[models.Model], pairs: list[tuple[ProjectPlan, PartPlan]]) -> None:
        model._default_manager.filter(pk__in=[part.id for _item, part in pairs]).delete()

    def _forecasts(self) -> None:
        """The history of what was forecast: one row per milestone whose forecast is new on this day."""
        rows = []
        for item in self.plan.projects:
            for part in item.parts:
                if part.kind != "milestone" or part.action == "delete":
                    continue
                told = part.changes.get("forecast_date", (None, part.values.get("forecast_date")))
                if told[1] is not None or "forecast_date" in part.changes:
                    rows.append(
                        MilestoneForecast(milestone_id=int(part.id or 0), forecast_date=told[1], recorded_on=self.on)
                    )
        MilestoneForecast.objects.bulk_create(
            rows,
            batch_size=bulk.SIZE,
            update_conflicts=True,
            unique_fields=["milestone", "recorded_on"],
            update_fields=["forecast_date"],
        )

    def _leave(self) -> None:
        """Projects a complete publication no longer names."""
        bulk.update(Project, {pk: {"left_on": self.on} for pk in self.plan.left})

    def _remember_keys(self) -> None:
        """The names by which this edition called its projects; a name that means another project stays with that one."""
        rows = [
            ExternalKey(portfolio=self.portfolio, project_id=item.id, key=key)
            for item in self.plan.projects
            for key in item.record.keys
            if item.id
        ]
        ExternalKey.objects.bulk_create(rows, batch_size=bulk.SIZE, ignore_conflicts=True)
