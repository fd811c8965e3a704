"""From one month to the next: the differences between two states of a project, written through the services."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from pmo_portal.core import trace
from pmo_portal.core.models import User
from pmo_portal.demo.scenario import registers
from pmo_portal.demo.scenario.declared import Declaration
from pmo_portal.demo.scenario.timeline import Snapshot, StepState, ThreatState
from projects.hierarchy.models import Node, Project
from projects.hierarchy.services import create_project, declare_status, update_project
from projects.money.models import BudgetLine
from projects.money.services import Cell, set_budget_cells
from projects.planning.services import create_milestone, update_milestone
from projects.raid.models import Risk
from projects.raid.services import create_risk, update_risk
from projects.resources.models import Person

if TYPE_CHECKING:
    from pmo_portal.demo.scenario.stage import Played

LIFE = ("initiating", "planning", "executing", "closing", "closed")
PHASES = {
    "initiating": "Cadrage",
    "planning": "Conception",
    "executing": "Réalisation",
    "closing": "Stabilisation",
    "closed": "Bilan",
    "suspended": "Suspendu",
    "stopped": "Arrêté",
}


def move(
    one: "Played", snapshot: Snapshot, *, by: User, persons: Mapping[str, Person], nodes: Mapping[str, Node]
) -> None:
    """Bring the project to the state of this month: the PMO creates it and keeps its money, its manager does the rest."""
    if one.project is None:
        one.project = _create(one, snapshot, by=by, persons=persons, node=nodes[one.spec.programme])
    else:
        _update(one, snapshot)
    _milestones(one, snapshot, persons)
    _money(one, snapshot, by=by)
    _risks(one, snapshot, persons)
    registers.play(one, snapshot, by=by, persons=persons)


def declare(one: "Played", snapshot: Snapshot, declaration: Declaration) -> None:
    """The status of a project that no report is asked of."""
    project = Project.objects.get(pk=one.project.pk)  # type: ignore[union-attr]  # who declares has a project
    one.project = declare_status(
        project=project, by=one.manager, version=project.version, level=declaration.level, trend=declaration.trend,
        key_message=declaration.message, on=snapshot.day, back_to_green=declaration.back_to_green,
    )  # fmt: skip


def reach(one: "Played", month: int, *, on: date) -> bool:
    """Milestones reached after the end of a month are marked on their day, not at the end of the next; whether there were any."""
    following = one.months.get(month + 1)
    moved = False
    for place, state in enumerate(following.snapshot.steps if following and one.milestones else ()):
        row = one.milestones[place]
        if state.actual and state.actual <= on and row.actual_date is None:
            changes = {"actual_date": state.actual}
            one.milestones[place] = update_milestone(
                milestone=row, by=one.manager, version=row.version, changes=changes, on=on
            )
            moved = True
    return moved


def _create(one: "Played", snapshot: Snapshot, *, by: User, persons: Mapping[str, Person], node: Node) -> Project:
    spec = one.spec
    return create_project(
        by=by,
        on=snapshot.day,
        node=node,
        code=spec.code,
        name=spec.name,
        name_en=spec.name_en,
        size=spec.size,
        delivery_mode=spec.mode,
        investment_class=spec.investment_class,
        category=spec.category,
        must_win=spec.must_win,
        priority=spec.priority,
        confidentiality="confidential" if spec.confidential else "public",
        project_manager=persons[spec.manager],
        sponsor=persons[spec.sponsor],
        pmo_referent=persons["Romain Lefèvre"],
        start_date=snapshot.start,
        baseline_start=None if spec.unplanned else snapshot.start,
        baseline_end=snapshot.baseline_end,
        **_facts(snapshot),
    )


def _facts(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "state": snapshot.state,
        "phase": PHASES[snapshot.state],
        "resume_date": snapshot.resume_date,
        "forecast_end": snapshot.forecast_end,
        "actual_end": snapshot.actual_end,
        "percent_complete": snapshot.percent_complete,
    }


def _update(one: "Played", snapshot: Snapshot) -> None:
    """The project's own facts; a state is reached through those before it, as the life of a project wants it."""
    assert one.project is not None
    project = Project.objects.get(pk=one.project.pk)  # its report, and what happened since, moved its version
    if project.state in LIFE and snapshot.state in LIFE:
        passed = LIFE[LIFE.index(project.state) + 1 : LIFE.index(snapshot.state)]
        for state in passed:
            project = _change(project, {"state": state, "phase": PHASES[state]}, by=one.manager, on=snapshot.day)
    one.project = _change(project, _facts(snapshot), by=one.manager, on=snapshot.day)


def _change(project: Project, changes: dict[str, Any], *, by: User, on: date) -> Project:
    return update_project(project=project, by=by, version=project.version, changes=changes, on=on)


def _milestones(one: "Played", snapshot: Snapshot, persons: Mapping[str, Person]) -> None:
    assert one.project is not None
    if not one.milestones:
        for number, state in enumerate(snapshot.steps, start=1):
            fields = {
                "name": state.step.name,
                "name_en": state.step.name_en,
                "is_key": state.step.key,
                "is_fixed": state.step.fixed,
                "code": f"J{number}",
            }
            one.milestones.append(
                create_milestone(
                    project=one.project,
                    by=one.manager,
                    on=snapshot.day,
                    position=number,
                    weight=2 if state.step.key else 1,
                    owner=persons[one.spec.manager],
                    **fields,
                    **_dates(state),
                )
            )
        return
    for place, state in enumerate(snapshot.steps):
        row = one.milestones[place]
        changes = {name: value for name, value in _dates(state).items() if getattr(row, name) != value}
        if changes:
            one.milestones[place] = update_milestone(
                milestone=row, by=one.manager, version=row.version, changes=changes, on=snapshot.day
            )


def _dates(state: StepState) -> dict[str, date | None]:
    return {"baseline_date": state.baseline, "forecast_date": state.forecast, "actual_date": state.actual}


def _money(one: "Played", snapshot: Snapshot, *, by: User) -> None:
    """The cells of the monthly grid that differ from last month's. The first ones come at once, as from a finance system."""
    assert one.project is not None
    if not one.cells:
        _opening(one.project, snapshot, by=by)
        one.cells = snapshot.cells
        return
    keys = {**one.cells, **snapshot.cells}
    cells = [
        Cell(month=key[0], kind=key[1], cost_type=key[2], amount=snapshot.cells.get(key))
        for key in sorted(keys)
        if one.cells.get(key) != snapshot.cells.get(key)
    ]
    if cells:
        set_budget_cells(project=one.project, by=by, on=snapshot.day, cells=cells)
    one.cells = snapshot.cells


def _opening(project: Project, snapshot: Snapshot, *, by: User) -> None:
    """A hundred cells per project: written in bulk, with the same trace as one by one."""
    lines = [
        BudgetLine(
            project=project, month=month, kind=kind, cost_type=cost_type, amount=amount, source=BudgetLine.Source.IMPORT
        )
        for (month, kind, cost_type), amount in sorted(snapshot.cells.items())
    ]
    with trace.acting(by):
        BudgetLine.objects.bulk_create(lines)


def _risks(one: "Played", snapshot: Snapshot, persons: Mapping[str, Person]) -> None:
    for state in snapshot.threats:
        row = one.risks.get(state.threat.key)
        one.risks[state.threat.key] = (
            _new_risk(one, state, snapshot, persons) if row is None else _risk(row, state, one, snapshot)
        )


def _new_risk(one: "Played", state: ThreatState, snapshot: Snapshot, persons: Mapping[str, Person]) -> Risk:
    assert one.project is not None
    threat = state.threat
    return create_risk(
        project=one.project,
        by=one.manager,
        on=snapshot.day,
        title=threat.title,
        title_en=threat.title_en,
        description=threat.description,
        probability=threat.inherent[0],
        impact=threat.inherent[1],
        residual_probability=state.residual[0],
        residual_impact=state.residual[1],
        owner=persons[one.spec.manager],
        response=threat.response,
        response_note=threat.note,
        last_reviewed_on=state.reviewed_on,
    )


def _risk(row: Risk, state: ThreatState, one: "Played", snapshot: Snapshot) -> Risk:
    wanted = {
        "residual_probability": state.residual[0],
        "residual_impact": state.residual[1],
        "status": Risk.Status.ACTIVE if state.open else Risk.Status.CLOSED,
        "last_reviewed_on": max(state.reviewed_on, row.last_reviewed_on or state.reviewed_on),
    }
    changes = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changes:
        return row
    return update_risk(risk=row, by=one.manager, version=row.version, changes=changes, on=snapshot.day)
