"""Rows for tests, with sensible defaults: `make.project(forecast_end=…)`. Real rows; no service, no signal."""

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection
from django.utils import timezone

from pmo_portal.core.models import AuditEvent, User
from portfolio.relief.models import Leveling, Proposal
from projects.access.models import Membership
from projects.hierarchy.models import Node, Project
from projects.money.models import BudgetLine
from projects.planning.models import Milestone, MilestoneForecast
from projects.raid.models import Action, Assessment, Decision, DecisionOption, InterProjectDependency, Issue, Risk
from projects.resources.models import (
    Absence,
    Allocation,
    AllocationMonth,
    CalendarException,
    Person,
    PersonSkill,
    PooledCapacity,
    Rate,
    Role,
    Skill,
    Unit,
    UnitShare,
    WorkingCalendar,
    WorkPattern,
)
from reporting.status.models import ReportingCalendar, StatusReport
from reporting.status.services import freezing, periods

PASSWORD = "a long enough secret"
TODAY = date(2026, 11, 24)
_numbers = count(1)


def user(username: str = "", *, role: str = "", on: Node | Project | None = None, **fields: Any) -> User:
    """A user who can sign in with `PASSWORD`; with `role`, a member over `on` (None: the whole organisation)."""
    username = username or f"user{next(_numbers)}"
    made = User(**{"username": username, "email": f"{username}@example.org", "language": "en", **fields})
    made.set_password(PASSWORD)
    made.save()
    if role:
        member(made, role, on=on)
    return made


def member(user: User, role: str, *, on: Node | Project | None = None) -> Membership:
    """A membership; forgets what the user object remembered of its rights."""
    scope = {"project": on} if isinstance(on, Project) else {"node": on}
    made = Membership.objects.create(user=user, role=role, **scope)
    user.__dict__.pop("_access", None)
    return made


def calendar(node: Node, **fields: Any) -> ReportingCalendar:
    return ReportingCalendar.objects.create(node=node, **{"since": TODAY.replace(day=1), **fields})


def draft(project: Project, **fields: Any) -> StatusReport:
    """A report that was begun, in an open period of a calendar of the project's portfolio."""
    return _report(project, TODAY, **{"state": "draft", **fields})


def past_report(project: Project, **fields: Any) -> StatusReport:
    """One of the month before, whose period can be frozen."""
    return _report(project, TODAY.replace(day=1) - timedelta(days=1), **fields)


def _report(project: Project, day: date, **fields: Any) -> StatusReport:
    node = Node.objects.get(pk=project.portfolio_id)
    days = ReportingCalendar.objects.get_or_create(node=node, defaults={"since": TODAY.replace(day=1)})[0]
    span = days.span(day)
    dates = {name: getattr(span, name) for name in ("ends_on", "opens_on", "due_on", "review_until")}
    made = {"cadence": days.cadence, "state": "open", **dates}
    period, _made = days.periods.get_or_create(starts_on=span.starts_on, defaults=made)
    return StatusReport.objects.create(project=project, period=period, **fields)


def frozen(project: Project) -> StatusReport:
    """The submitted report of a project for a period of a calendar of its container, frozen."""
    day = date(2026, 11, 30)
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    period = periods.plan(calendar(project.node), on=day)[0]
    periods.open_period(period, by=None, on=day, at=noon)
    StatusReport.objects.filter(project=project).update(state="submitted", submitted_at=noon, declared="green")
    freezing.freeze(period, by=None, on=day, at=noon)
    return StatusReport.objects.get(project=project)


def person(name: str = "", **fields: Any) -> Person:
    return Person.objects.create(name=name or f"Person {next(_numbers)}", **fields)


def role(code: str = "", **fields: Any) -> Role:
    code = code or f"R{next(_numbers)}"
    return Role.objects.create(code=code, name=fields.pop("name", f"Role {code}"), **fields)


def skill(code: str = "", **fields: Any) -> Skill:
    code = code or f"S{next(_numbers)}"
    return Skill.objects.create(code=code, name=fields.pop("name", f"Skill {code}"), **fields)


def unit(code: str = "", **fields: Any) -> Unit:
    code = code or f"U{next(_numbers)}"
    return Unit.objects.create(code=code, name=fields.pop("name", f"Unit {code}"), **fields)


def working_calendar(name: str = "", **fields: Any) -> WorkingCalendar:
    return WorkingCalendar.objects.create(name=name or f"Calendar {next(_numbers)}", **fields)


def calendar_exception(calendar: WorkingCalendar | None = None, **fields: Any) -> CalendarException:
    days = {"first_day": TODAY, "last_day": TODAY, **fields}
    return CalendarException.objects.create(calendar=calendar or working_calendar(), **days)


def person_skill(person: Person | None = None, skill: Skill | None = None, **fields: Any) -> PersonSkill:
    held = {"person": person or globals()["person"](), "skill": skill or globals()["skill"]()}
    return PersonSkill.objects.create(**held, **fields)


def unit_share(person: Person | None = None, unit: Unit | None = None, **fields: Any) -> UnitShare:
    held = {"person": person or globals()["person"](), "unit": unit or globals()["unit"]()}
    return UnitShare.objects.create(**held, **fields)


def pattern(person: Person | None = None, **fields: Any) -> WorkPattern:
    """Whole days from 2026 on, unless told otherwise."""
    return WorkPattern.objects.create(
        person=person or globals()["person"](), **{"starts_on": date(2026, 1, 1), **fields}
    )


def absence(person: Person | None = None, **fields: Any) -> Absence:
    days = {"first_day": TODAY, "last_day": TODAY, **fields}
    return Absence.objects.create(person=person or globals()["person"](), **days)


def pool(role: Role | None = None, **fields: Any) -> PooledCapacity:
    """One full-time equivalent from November 2026 to January 2027 unless told otherwise."""
    months = {"first_month": date(2026, 11, 1), "last_month": date(2027, 1, 1), "fte": 1, **fields}
    return PooledCapacity.objects.create(role=role or globals()["role"](), **months)


def rate(person: Person | None = None, role: Role | None = None, **fields: Any) -> Rate:
    """Of a role of its own unless told otherwise."""
    of = {"person": person, "role": role or (None if person else globals()["role"]())}
    return Rate.objects.create(**of, **{"starts_on": date(2026, 1, 1), "daily_rate": Decimal(500), **fields})


def allocation(project: Project | None = None, *, months: Any = None, **fields: Any) -> Allocation:
    """A request of ten days in January 2027 unless told otherwise; `months` are {month: asked} or {month: (asked, granted)}."""
    home = project or globals()["project"]()
    wanted = fields.pop("role", None) or role()
    row = Allocation.objects.create(project=home, role=wanted, **{"asked_on": TODAY, **fields})
    for month, amounts in ({date(2027, 1, 1): 10} if months is None else months).items():
        asked, granted = amounts if isinstance(amounts, tuple) else (amounts, None)
        held = {"asked": Decimal(asked), "granted": None if granted is None else Decimal(granted)}
        AllocationMonth.objects.create(allocation=row, project=home, month=month, **held)
    return row


def proposal(project: Project | None = None, **fields: Any) -> Proposal:
    """To stop a project, because its role is short in January 2027, unless told otherwise."""
    defaults = {
        "kind": "stop", "rows": "role", "ref": 0, "subject": "No role", "first_day": date(2027, 1, 1),
        "last_day": date(2027, 1, 31), "days": 5, "proposed_at": timezone.now(), "steps": {},
    }  # fmt: skip
    return Proposal.objects.create(
        project=project, **{**defaults, "proposed_by": fields.pop("by", None) or user(), **fields}
    )


def leveling(by: User | None = None, **fields: Any) -> Leveling:
    """One that waits, of everything."""
    return Leveling.objects.create(asked_by=by or user(), **{"asked_at": timezone.now(), **fields})


def node(code: str = "", *, kind: str = "", parent: Node | None = None, **fields: Any) -> Node:
    """A portfolio; a programme when it has a parent, unless `kind` says otherwise."""
    code = code or f"N{next(_numbers)}"
    kind = kind or ("programme" if parent else "portfolio")
    made = Node.objects.create(**{"code": code, "name": f"Name of {code}", "kind": kind, "parent": parent, **fields})
    made.refresh_from_db()
    return made


def portfolio(code: str = "", **fields: Any) -> Node:
    return node(code, kind="portfolio", **fields)


def programme(code: str = "", *, parent: Node | None = None, **fields: Any) -> Node:
    return node(code, kind="programme", parent=parent or portfolio(), **fields)


def project(code: str = "", *, node: Node | None = None, **fields: Any) -> Project:
    """A project under way, with dates, in a portfolio of its own unless `node` is given."""
    code = code or f"P{next(_numbers)}"
    home = node or (fields["parent"].node if fields.get("parent") else portfolio())
    defaults = {
        "code": code,
        "name": f"Project {code}",
        "node": home,
        "state": "executing",
        "start_date": date(2026, 1, 5),
        "baseline_start": date(2026, 1, 5),
        "baseline_end": date(2027, 6, 30),
        "forecast_end": date(2027, 6, 30),
        "data_date": TODAY,
        "currency": home.currency,
    }
    made = Project.objects.create(**{**defaults, **fields})
    made.refresh_from_db()
    return made


def milestone(project: Project | None = None, **fields: Any) -> Milestone:
    """A milestone on its baseline; `forecasts={day recorded: date forecast}` writes its history."""
    forecasts = fields.pop("forecasts", {})
    defaults = {
        "name": f"Milestone {next(_numbers)}",
        "baseline_date": date(2027, 1, 15),
        "forecast_date": date(2027, 1, 15),
    }
    made = Milestone.objects.create(project=project or globals()["project"](), **{**defaults, **fields})
    for recorded, forecast in forecasts.items():
        MilestoneForecast.objects.create(milestone=made, recorded_on=recorded, forecast_date=forecast)
    return made


def budget_line(project: Project | None = None, **fields: Any) -> BudgetLine:
    """1,000 revised for November 2026 unless told otherwise."""
    defaults = {"month": date(2026, 11, 1), "kind": "revised", "amount": Decimal(1000)}
    return BudgetLine.objects.create(project=project or globals()["project"](), **{**defaults, **fields})


def risk(project: Project | None = None, **fields: Any) -> Risk:
    """An active threat of level 12 unless told otherwise."""
    defaults = {"title": f"Risk {next(_numbers)}", "probability": 3, "impact": 4, "status": "active"}
    return Risk.objects.create(project=project or globals()["project"](), **{**defaults, **fields})


def issue(project: Project | None = None, **fields: Any) -> Issue:
    """An open issue of level 12 unless told otherwise."""
    defaults = {"title": f"Issue {next(_numbers)}", "urgency": 3, "impact": 4}
    return Issue.objects.create(project=project or globals()["project"](), **{**defaults, **fields})


def action(project: Project | None = None, **fields: Any) -> Action:
    """An action to do unless told otherwise."""
    defaults = {"title": f"Action {next(_numbers)}"}
    return Action.objects.create(project=project or globals()["project"](), **{**defaults, **fields})


def decision(project: Project | None = None, **fields: Any) -> Decision:
    """A question asked on `TODAY`; `options=[{"label": …}…]` are its options in their order."""
    options = fields.pop("options", ())
    defaults = {"question": f"Question {next(_numbers)}", "asked_on": TODAY}
    made = Decision.objects.create(project=project or globals()["project"](), **{**defaults, **fields})
    for position, option in enumerate(options, start=1):
        DecisionOption.objects.create(decision=made, project=made.project, position=position, **option)
    return made


def dependency(
    receiver: Project | None = None, supplier: Project | None = None, **fields: Any
) -> InterProjectDependency:
    """Something needed at the end of January 2027 and promised for two weeks before."""
    project = globals()["project"]
    defaults = {
        "title": f"Dependency {next(_numbers)}",
        "needed_by": date(2027, 1, 31),
        "promised_on": date(2027, 1, 15),
    }
    sides = {"receiver": receiver or project(), "supplier": supplier or project()}
    return InterProjectDependency.objects.create(**{**defaults, **sides, **fields})


def assessment(project: Project | None = None, **fields: Any) -> Assessment:
    """A draft of an independent review, amber/red on five levels; `released_at` makes it a released one."""
    state = "released" if fields.get("released_at") else "draft"
    defaults = {"rating": "amber_red", "assessed_on": TODAY, "reviewer_name": "Iris Roy", "summary": "Nobody signed."}
    made = {**defaults, "state": state, **fields}
    return Assessment.objects.create(project=project or globals()["project"](), **made)


def event(at: datetime, **fields: Any) -> AuditEvent:
    """An event of the history of a past moment, which only the owner of the database can write."""
    given: dict[str, Any] = {
        "action": "update", "target_type": "projects.Project", "target_id": 1, "target_label": "", "changes": {},
        "source": "page", "request_id": "made-for-a-test", **fields, "at": at,
    }  # fmt: skip
    given["changes"] = json.dumps(given["changes"], ensure_ascii=False)
    columns = {str(field.column): field.attname for field in AuditEvent._meta.concrete_fields}
    names = [name for name, attribute in columns.items() if attribute in given]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO core_auditevent ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))}) RETURNING id",
            [given[columns[name]] for name in names],
        )
        return AuditEvent.objects.get(pk=cursor.fetchone()[0])
