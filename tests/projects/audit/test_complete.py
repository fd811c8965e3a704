"""Every change of a row is told once, whoever writes it and however (security.md §11, exams 81 and 82)."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models, transaction
from django.utils import timezone

from pmo_portal.core import ledger, trace
from pmo_portal.core.models import ApiToken, AuditEvent, User
from portfolio.relief.models import Proposal
from projects.access.models import Delegation
from projects.models import (
    Absence,
    Action,
    Allocation,
    AllocationMonth,
    Assessment,
    BudgetLine,
    CalendarException,
    Decision,
    DecisionOption,
    ImportBatch,
    ImportProfile,
    InterProjectDependency,
    Issue,
    Membership,
    Milestone,
    MilestoneForecast,
    Node,
    Person,
    PersonSkill,
    PooledCapacity,
    Project,
    Rate,
    Risk,
    Role,
    Skill,
    Unit,
    UnitShare,
    WorkingCalendar,
    WorkPattern,
)
from reporting.dashboards.models import SavedView
from reporting.health.models import Threshold
from reporting.status.models import ReportingCalendar, ReportingPeriod, StatusReport
from tests import make
from tests.cast import World
from tests.projects.exchange.files import csv_bytes
from tests.projects.test_pages import client_of

_number = count(1)
REQUEST = "exam-81-request"


def number() -> int:
    return next(_number)


def a_month(world: World) -> date:
    months = number() + 12 * 2000
    return date(months // 12, months % 12 + 1, 1)


def a_period(calendar: ReportingCalendar) -> ReportingPeriod:
    span = calendar.span(date(2026, 11, 2))
    days = {name: getattr(span, name) for name in ("starts_on", "ends_on", "opens_on", "due_on", "review_until")}
    return ReportingPeriod(calendar=calendar, cadence=calendar.cadence, **days)


def saved(period: Callable[[ReportingCalendar], ReportingPeriod]) -> ReportingPeriod:
    made = period(make.calendar(make.portfolio()))
    made.save()
    return made


# An unsaved row of each model, never the same twice.
FRESH: dict[str, Callable[[World], models.Model]] = {
    "core.ApiToken": lambda world: ApiToken(
        user=make.user(),
        name="Nightly",
        key_id=f"{number():08}",
        digest="secret",
        scopes=["projects:read"],
        secret_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=9),
    ),
    "core.User": lambda world: User(username=f"exam{number()}", password="!"),
    "core.User_groups": lambda world: apps.get_model("core.User_groups")(
        user=make.user(), group=apps.get_model("auth.Group").objects.create(name=f"g{number()}")
    ),
    "core.User_user_permissions": lambda world: apps.get_model("core.User_user_permissions")(
        user=make.user(), permission=apps.get_model("auth.Permission").objects.first()
    ),
    "projects.BudgetLine": lambda world: BudgetLine(
        project=world.tram, kind="revised", month=a_month(world), amount="10.50"
    ),
    "projects.Delegation": lambda world: Delegation(
        membership=make.member(make.user(), "viewer"),
        delegate=make.user(),
        valid_from=timezone.now(),
        valid_until=timezone.now() + timedelta(days=3),
    ),
    "projects.ImportBatch": lambda world: ImportBatch(profile="generic", file_name=f"{number()}.csv", size=1),
    "projects.ImportProfile": lambda world: ImportProfile(owner=make.user(), name="Mine", settings={"decimal": ","}),
    "projects.Membership": lambda world: Membership(user=make.user(), role="viewer", project=world.tram),
    "projects.Milestone": lambda world: Milestone(project=world.tram, name=f"M{number()}", weight="1.50"),
    "projects.MilestoneForecast": lambda world: MilestoneForecast(
        milestone=make.milestone(world.tram), recorded_on=a_month(world), forecast_date=date(2027, 5, 5)
    ),
    "projects.Node": lambda world: Node(kind="portfolio", code=f"X{number()}", name="Container"),
    "projects.Person": lambda world: Person(name=f"Person {number()}"),
    "projects.Unit": lambda world: Unit(code=f"U{number()}", name="Unit"),
    "projects.Role": lambda world: Role(code=f"R{number()}", name="Role"),
    "projects.Skill": lambda world: Skill(code=f"S{number()}", name="Skill"),
    "projects.WorkingCalendar": lambda world: WorkingCalendar(name=f"Calendar {number()}", hours_per_day="7.50"),
    "projects.CalendarException": lambda world: CalendarException(
        calendar=make.working_calendar(), first_day=make.TODAY, last_day=make.TODAY
    ),
    "projects.PersonSkill": lambda world: PersonSkill(person=make.person(), skill=make.skill(), level=2),
    "projects.UnitShare": lambda world: UnitShare(person=make.person(), unit=make.unit(), percent=60),
    "projects.WorkPattern": lambda world: WorkPattern(person=make.person(), starts_on=make.TODAY, friday=0),
    "projects.Absence": lambda world: Absence(person=make.person(), first_day=make.TODAY, last_day=make.TODAY),
    "projects.PooledCapacity": lambda world: PooledCapacity(
        role=make.role(), first_month=date(2026, 11, 1), last_month=date(2026, 12, 1), fte="1.50"
    ),
    "projects.Allocation": lambda world: Allocation(project=world.tram, role=make.role(), asked_on=make.TODAY),
    "projects.AllocationMonth": lambda world: AllocationMonth(
        allocation=make.allocation(world.tram, months={}), project=world.tram, month=date(2026, 12, 1), asked="1.50"
    ),
    "portfolio.Proposal": lambda world: Proposal(
        kind="stop",
        project=world.tram,
        rows="role",
        ref=0,
        subject="No role",
        first_day=make.TODAY,
        last_day=make.TODAY,
        days="5.0",
        proposed_by=make.user(),
        proposed_at=timezone.now(),
    ),
    "projects.Rate": lambda world: Rate(role=make.role(), starts_on=make.TODAY, daily_rate="650.50"),
    "projects.Project": lambda world: Project(
        code=f"X{number()}", name="Work", node=world.rail, portfolio=world.north, percent_complete="12.50"
    ),
    "projects.Assessment": lambda world: Assessment(
        project=world.tram, rating="amber", assessed_on=make.TODAY, reviewer_name=f"R{number()}", summary="Late."
    ),
    "projects.InterProjectDependency": lambda world: InterProjectDependency(
        receiver=world.tram, supplier=world.harbour, title=f"L{number()}", needed_by=date(2027, 1, 31)
    ),
    "projects.Issue": lambda world: Issue(project=world.tram, title=f"I{number()}"),
    "projects.Action": lambda world: Action(project=world.tram, title=f"A{number()}"),
    "projects.Decision": lambda world: Decision(project=world.tram, question=f"D{number()}", asked_on=make.TODAY),
    "projects.DecisionOption": lambda world: DecisionOption(
        decision=make.decision(world.tram), project=world.tram, position=1, label=f"O{number()}"
    ),
    "projects.Risk": lambda world: Risk(project=world.tram, title=f"R{number()}", probability=2, impact=3),
    "reporting.ReportingCalendar": lambda world: ReportingCalendar(node=make.portfolio(), since=date(2026, 1, 1)),
    "reporting.ReportingPeriod": lambda world: a_period(make.calendar(make.portfolio())),
    "reporting.StatusReport": lambda world: StatusReport(project=world.tram, period=saved(a_period)),
    "reporting.SavedView": lambda world: SavedView(owner=make.user(), page="projects", name="Late"),
    "reporting.Threshold": lambda world: Threshold(node=make.portfolio(), key="slip_percent", amber="1.50", red="2.50"),
}
# A field to change and its new value, as Python has it and as the history tells it.
CHANGE: dict[str, tuple[str, Any, Any]] = {
    "core.ApiToken": ("scopes", ["risks:write"], ["risks:write"]),
    "core.User": ("last_name", "Curie", "Curie"),
    "core.User_groups": ("user_id", None, None),
    "core.User_user_permissions": ("user_id", None, None),
    "projects.BudgetLine": ("amount", "20.10", "20.1"),
    "projects.Delegation": ("reason", "Holidays", "Holidays"),
    "projects.ImportBatch": ("on_date", date(2026, 1, 2), "2026-01-02"),
    "projects.ImportProfile": ("settings", {"decimal": "."}, {"decimal": "."}),
    "projects.Membership": ("reason", "Stand-in", "Stand-in"),
    "projects.Milestone": ("is_key", True, True),
    "projects.MilestoneForecast": ("forecast_date", date(2027, 6, 6), "2027-06-06"),
    "projects.Node": ("description", "100 % 'quoted' \\ text", "100 % 'quoted' \\ text"),
    "projects.Person": ("organisation", "Étoile", "Étoile"),
    "projects.Unit": ("kind", "supplier", "supplier"),
    "projects.Role": ("name_en", "Architect", "Architect"),
    "projects.Skill": ("is_critical", True, True),
    "projects.WorkingCalendar": ("hours_per_day", "7.80", "7.8"),
    "projects.CalendarException": ("share", 50, 50),
    "projects.PersonSkill": ("level", 5, 5),
    "projects.UnitShare": ("percent", 40, 40),
    "projects.WorkPattern": ("percent_run", 20, 20),
    "projects.Absence": ("share", 50, 50),
    "projects.PooledCapacity": ("fte", "2.50", "2.5"),
    "projects.Allocation": ("note", "Recette", "Recette"),
    "projects.AllocationMonth": ("granted", "2.50", "2.5"),
    "portfolio.Proposal": ("note", "Port first.", "Port first."),
    "projects.Rate": ("daily_rate", "700.25", "700.25"),
    "projects.Project": ("key_message", "Fine.", "Fine."),
    "projects.Risk": ("impact", 5, 5),
    "projects.Assessment": ("rating", "red", "red"),
    "projects.InterProjectDependency": ("promised_on", date(2027, 2, 1), "2027-02-01"),
    "projects.Issue": ("urgency", 5, 5),
    "projects.Action": ("priority", 5, 5),
    "projects.Decision": ("committee", "COMEX", "COMEX"),
    "projects.DecisionOption": ("delay_days", 12, 12),
    "reporting.ReportingCalendar": ("cadence", "weekly", "weekly"),
    "reporting.ReportingPeriod": ("due_on", date(2026, 12, 3), "2026-12-03"),
    "reporting.StatusReport": ("risks", {"7": "kept"}, {"7": "kept"}),
    "reporting.SavedView": ("shared", True, True),
    "reporting.Threshold": ("red", "3.00", "3"),
}
LINKS = ("core.User_groups", "core.User_user_permissions")


@pytest.fixture
def acting(ada: User) -> Iterator[User]:
    """Ada writes, with a token, in a request that can be told from all others; what fixtures write comes before."""
    with trace.tracing(source="api", request_id=REQUEST):
        trace.acts(ada.pk, token="Nightly", note="Because 'it' is 100 % right")
        yield ada


def events(label: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(request_id=REQUEST, target_type=label).order_by("pk"))


def changed(row: models.Model, label: str) -> tuple[str, Any, Any]:
    name, value, told = CHANGE[label]
    if label in LINKS:
        value = make.user().pk
        return name, value, value
    return name, value, told


def raw(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [json.dumps(value) if isinstance(value, dict) else value for value in values])


def create(model: Any, fresh: Any, label: str) -> list[Any]:
    row = fresh()
    before = len(events(label))
    row.save()
    return ["create", [row], before]


def bulk_create(model: Any, fresh: Any, label: str) -> list[Any]:
    rows = [fresh(), fresh(), fresh()]
    before = len(events(label))
    return ["create", model._default_manager.bulk_create(rows), before]


def made(model: Any, fresh: Any, label: str) -> tuple[list[Any], int]:
    rows = [fresh(), fresh()]
    for row in rows:
        row.save()
    for row in rows:
        changed(row, label)  # what it makes for itself comes before the counting
    return rows, len(events(label))


def save(model: Any, fresh: Any, label: str) -> list[Any]:
    (row, _other), _count = made(model, fresh, label)
    name, value, _told = changed(row, label)
    setattr(row, name, value)
    before = len(events(label))
    row.save()
    return ["update", [row], before]


def update(model: Any, fresh: Any, label: str) -> list[Any]:
    rows, _count = made(model, fresh, label)
    name, value, _told = changed(rows[0], label)
    rows = rows[:1] if label in LINKS else rows
    before = len(events(label))
    model._default_manager.filter(pk__in=[row.pk for row in rows]).update(**{name: value})
    return ["update", rows, before]


def bulk_update(model: Any, fresh: Any, label: str) -> list[Any]:
    rows, _count = made(model, fresh, label)
    name = CHANGE[label][0]
    for row in rows:
        setattr(row, name, changed(row, label)[1])
    before = len(events(label))
    model._default_manager.bulk_update(rows, [name.removesuffix("_id")])
    return ["update", rows, before]


def raw_update(model: Any, fresh: Any, label: str) -> list[Any]:
    (row, _other), _count = made(model, fresh, label)
    name, value, _told = changed(row, label)
    before = len(events(label))
    raw(f"UPDATE {model._meta.db_table} SET {name} = %s WHERE id = %s", value, row.pk)
    return ["update", [row], before]


def raw_delete(model: Any, fresh: Any, label: str) -> list[Any]:
    rows, before = made(model, fresh, label)
    raw(f"DELETE FROM {model._meta.db_table} WHERE id = ANY (%s)", [row.pk for row in rows])
    return ["delete", rows, before]


def cascade(model: Any, fresh: Any, label: str) -> list[Any]:
    """Delete what the row hangs off; a row that hangs off nothing is deleted itself."""
    (row, other), before = made(model, fresh, label)
    other.delete()
    before += 1
    pk = row.pk
    parents = [one for one in model._meta.fields if one.is_relation and one.remote_field.on_delete is models.CASCADE]
    parent = next((one.name for one in parents if getattr(row, one.attname)), "")
    above = getattr(row, parent) if parent else row
    if above is not row and isinstance(above, Project):  # of the cast: others hang off it, and they go as well
        model._default_manager.filter(**{parent: above}).exclude(pk=row.pk).delete()
        before = len(events(label))
    above.delete()
    row.pk = pk
    return ["delete", [row], before]


WAYS = [create, bulk_create, save, update, bulk_update, raw_update, raw_delete, cascade]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("label", FRESH)
def test_one_event_for_each_row_with_who_whence_and_why(
    label: str, way: Callable[..., list[Any]], world: World, acting: User
) -> None:
    model, tram = apps.get_model(label), world.tram.pk
    action, rows, before = way(model, lambda: FRESH[label](world), label)
    told = events(label)[before:]
    assert Counter(event.target_id for event in told) == Counter(row.pk for row in rows)
    assert {(event.action, event.actor_id, event.source, event.token, event.note) for event in told} == {
        (action, acting.pk, "api", "Nightly", "Because 'it' is 100 % right")
    }
    if action == "update" and label not in LINKS:
        name, _value, written = CHANGE[label]
        assert all(list(event.changes) == [name] and event.changes[name][1] == written for event in told)
    if label in ("projects.Milestone", "projects.MilestoneForecast", "projects.BudgetLine", "projects.Risk"):
        assert {event.project_id for event in told} == {tram}


def test_every_recorded_model_is_tried_here() -> None:
    assert {model._meta.label for model in ledger.recorded()} == set(FRESH) == set(CHANGE)


def test_every_model_is_recorded_or_says_why_not() -> None:
    recorded = set(ledger.recorded())
    silent = [
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if model not in recorded and not model._meta.proxy and len(ledger.reason_against(model)) < 15
    ]
    assert silent == []


def test_what_changes_nothing_leaves_nothing(world: World, acting: User) -> None:
    Project.objects.filter(pk=world.tram.pk).update(name=world.tram.name, version=7, data_date=date(2026, 1, 1))
    world.tram.save()
    assert events("projects.Project") == []


def test_a_project_deleted_tells_of_each_row_that_went_with_it(world: World, acting: User) -> None:
    for _number in range(3):
        make.milestone(world.tram, forecasts={date(2026, 1, 1): date(2027, 1, 1)})
        make.risk(world.tram)
    make.budget_line(world.tram)
    Project.objects.filter(pk=world.tram.pk).delete()
    gone = AuditEvent.objects.filter(request_id=REQUEST, action="delete", project_id=world.tram.pk)
    assert Counter(gone.values_list("target_type", flat=True)) == {
        "projects.Milestone": 3,
        "projects.MilestoneForecast": 3,
        "projects.Risk": 3,
        "projects.BudgetLine": 1,
        "projects.Project": 1,
    }


def test_an_import_and_a_command_say_so(world: World, ada: User, tmp_path: Path) -> None:
    """One event a row, under the number of the import; of who ordered it on the command line, the person named there."""
    path = tmp_path / "plan.csv"
    header = ["Référence", "Nom du projet", "Chef de projet", "Fin estimée", "Budget", "Consommé"]
    path.write_bytes(csv_bytes([header, *[[f"R{n}", f"P{n}", "Ada M", "2027-03-31", "10", "1"] for n in range(5)]]))
    before = {model: model._default_manager.count() for model in (Project, BudgetLine, Person)}
    call_command("import_portfolio", str(path), portfolio="NORTH", by="ada", verbosity=0)
    batch = ImportBatch.objects.get()
    told = AuditEvent.objects.filter(request_id=batch.request_id)
    assert set(told.values_list("source", "actor", "action")) == {("import", ada.pk, "create")}
    counted = Counter(told.values_list("target_type", flat=True))
    assert counted == {
        model._meta.label: model._default_manager.count() - known for model, known in before.items()
    }  # fmt: skip
    of_the_batch = AuditEvent.objects.filter(target_type="projects.ImportBatch")
    assert set(of_the_batch.values_list("source", flat=True)) == {"command"}


def test_sql_by_hand_is_told_with_the_name_of_the_session(world: World, ben: User) -> None:
    """What psql sends has no trace: the role, the program and the transaction are told instead."""
    with connection.cursor() as cursor:
        cursor.cursor.execute("SELECT set_config('pmo.trace', '', true)")  # psycopg2's own cursor: past our wrappers
        cursor.cursor.execute("SET LOCAL application_name = 'psql'")
        cursor.cursor.execute("UPDATE projects_project SET name = 'Renamed' WHERE id = %s", [world.tram.pk])
        cursor.cursor.execute("SELECT session_user")
        role = cursor.cursor.fetchone()[0]
    event = AuditEvent.objects.latest("pk")
    assert (event.actor, event.source, event.note) == (None, "sql", f"{role} psql")
    assert event.request_id.startswith("transaction:")
    assert event.changes == {"name": ["Ligne de tram", "Renamed"]}
    page = client_of(ben).get(f"/projects/{world.tram.pk}/history/").content.decode()
    assert f"by {role} psql" in page
    assert "straight in the database" in page


def test_a_savepoint_rolled_back_takes_its_events_along_and_loses_no_trace(world: World, acting: User) -> None:
    with transaction.atomic():
        Project.objects.filter(pk=world.tram.pk).update(name="Never")
        transaction.set_rollback(True)
    Project.objects.filter(pk=world.tram.pk).update(name="Really")
    [event] = events("projects.Project")
    assert (event.changes["name"][1], event.actor) == ("Really", acting)


def test_passwords_are_never_told(ada: User) -> None:
    user = make.user("secretive")
    user.set_password("another long enough secret")
    user.save()
    told = AuditEvent.objects.filter(target_type="core.User", target_id=user.pk).order_by("pk")
    assert [event.changes["password"] for event in told] == [[None, "•••"], ["•••", "•••"]]
