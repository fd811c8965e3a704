"""The world of the access tables: one project of each kind, with one row of everything below it.

NORTH > RAIL holds `open` (public) and `hidden` (confidential), SOUTH > QUAY holds `foreign`, EAST > FARM a project nobody asks
for. Every text of what is hidden and of what is foreign carries a mark (`Places.marks`), to be looked for in every answer.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import models
from django.utils import timezone

from pmo_portal.core import tokens, trace
from pmo_portal.core.models import AuditEvent, User
from projects.access.models import Delegation
from projects.exchange.models import ExternalKey, ImportBatch, ImportProfile
from projects.exchange.services import batches
from projects.hierarchy.models import Node, Project
from projects.hierarchy.services.projects import update_project
from projects.planning.models import MilestoneForecast
from projects.raid.models import Decision
from reporting.dashboards.models import SavedView
from reporting.health.models import Threshold
from reporting.health.services import refresh
from reporting.status.services import freezing
from tests import make
from tests.contracts.access.canaries import AMOUNTS
from tests.core.api_rows import workbook_of
from tests.projects.exchange.files import csv_bytes

COMPUTED = datetime(2026, 11, 20, 12, tzinfo=UTC)
MISSING = 987_654_321
NOWHERE = "NOWHERE"
# What no mark may be written into: kept by the database, or read by machines.
KEPT = {"path", "currency", "kind", "confidentiality", "state"}


@dataclass
class Places:
    """`named[noun][class]` is what an address of that noun needs: an id, or a code."""

    north: Node
    south: Node
    east: Node
    open: Project
    hidden: Project
    foreign: Project
    named: dict[str, dict[str, Any]] = field(default_factory=dict)
    mine: dict[str, dict[int, int]] = field(default_factory=dict)

    # The marks, by what carries them; `MARKS[x]` never stands in anything else.
    marks = {"hidden": "qzhid", "foreign": "qzfor", "container": "qzcon"}


def built() -> Places:
    """The world, with health computed and one change in the history of each project."""
    north, south, east = make.portfolio("NORTH"), make.portfolio("SOUTH"), make.portfolio("EAST")
    rail, quay = make.programme("RAIL", parent=north), make.programme("QUAY", parent=south)
    make.project("FARM", node=make.programme("FARMS", parent=east))
    giver = make.project("WELL", node=make.programme("WELLS", parent=make.portfolio("WEST")))
    places = Places(
        north, south, east,
        open=make.project("OPEN", node=rail, description="plain"),
        hidden=make.project("HIDDEN", node=rail, confidentiality="confidential"),
        foreign=make.project("FOREIGN", node=quay),
    )  # fmt: skip
    nodes = {"open": north.pk, "foreign": south.pk, "none": MISSING}
    places.named = {
        "node": nodes,
        "portfolio": nodes,
        "programme": {"open": rail.pk, "foreign": quay.pk, "none": MISSING},
        "container": {"open": north.pk, "lower": rail.pk, "foreign": south.pk, "none": MISSING},
        "code": {"open": "NORTH", "foreign": "SOUTH", "none": NOWHERE},
        "programme-code": {"open": "RAIL", "foreign": "QUAY", "none": NOWHERE},
    }
    for kind in ("open", "hidden", "foreign"):
        furnish(places, kind, giver)
    for kind in ("hidden", "foreign"):  # of one side, whose readers see nothing of the other
        words = dict.fromkeys(("title", "title_en", "description"), places.marks[kind])
        make.dependency(places.open, getattr(places, kind), **words)
    for node in (south, quay):
        mark(node, places.marks["container"])
    accounts(places)
    supply(places)
    imports(places)
    refresh.refresh([one.pk for one in (places.open, places.hidden, places.foreign)], on=make.TODAY, at=COMPUTED)
    history(places)
    frozen(places)
    lesser(places)
    return places


def furnish(places: Places, kind: str, giver: Project) -> None:
    """One row of everything below the project of this kind; `giver` is one that nobody is given a role on."""
    project: Project = getattr(places, kind)
    owner = make.person(f"Owner of {kind}")
    rows: dict[str, models.Model] = {
        "project": project,
        "milestone": make.milestone(project, owner=owner, forecasts={date(2026, 11, 2): date(2027, 2, 1)}),
        "budget-line": make.budget_line(project, amount=AMOUNTS[kind][0]),
        "risk": make.risk(project, owner=owner),
        "issue": make.issue(project, owner=owner),
        "action": make.action(project, owner=owner),
        "assessment": make.assessment(project, recommendations="Sign."),  # a draft
        "decision": decision_of(project, AMOUNTS[kind][0]),
        "dependency": make.dependency(project, giver, receiver_owner=owner, status="at_risk"),
        "allocation": make.allocation(project, person=owner, note="n", answer="a"),
        "proposal": make.proposal(project, note="n", answer="a"),
        "report": make.draft(project, etc=AMOUNTS[kind][1], ask_amount=AMOUNTS[kind][0]),
        "person": owner,
    }
    make.budget_line(project, kind="actual", amount=AMOUNTS[kind][1], month=date(2026, 10, 1))
    Project.objects.filter(pk=project.pk).update(project_manager=owner)
    if kind != "hidden":
        period = rows["report"].period  # type: ignore[attr-defined]
        places.named.setdefault("period", {"none": MISSING})[kind] = period.pk
        places.named.setdefault("calendar", {"none": MISSING})[kind] = period.calendar_id
    rows["option"] = rows["decision"].options.get()  # type: ignore[attr-defined]
    for noun, row in rows.items():
        places.named.setdefault(noun, {"none": MISSING})[kind] = row.pk
        if kind != "open" and noun != "person":  # people are a directory, for whoever names them on projects
            mark(row, places.marks[kind])
    project.refresh_from_db()


def supply(places: Places) -> None:
    """One of each thing that is known of people, for whoever looks them up."""
    person, calendar, role = make.person("Somebody else"), make.working_calendar("Usual"), make.role("HEAD")
    rows: dict[str, models.Model] = {
        "unit": make.unit("HQ"), "role": role, "skill": make.skill("COBOL"), "working-calendar": calendar,
        "calendar-exception": make.calendar_exception(calendar), "person-skill": make.person_skill(person),
        "unit-share": make.unit_share(person, percent=50), "work-pattern": make.pattern(person),
        "absence": make.absence(person), "pooled-capacity": make.pool(role), "rate": make.rate(role=role),
    }  # fmt: skip
    rows |= {"profile": role, "generic-capacity": rows["pooled-capacity"]}
    places.named |= {noun: {"open": row.pk, "none": MISSING} for noun, row in rows.items()}


def decision_of(project: Project, amount: Decimal) -> Decision:
    """A question that was put off, so that everything about it says something."""
    return make.decision(
        project, amount_asked=amount, options=[{"label": "one", "cost": amount}], outcome="postponed",
        taken_on=make.TODAY, decided_by_name="board",
    )  # fmt: skip


def mark(row: models.Model, word: str) -> None:
    """Write the mark into every free text of the row."""
    changed: dict[str, str] = {}
    for column in row._meta.concrete_fields:
        free = isinstance(column, models.CharField | models.TextField) and not column.choices
        if free and column.name not in KEPT and not column.is_relation:
            text = f"{word} {column.name} {row.pk}"
            if isinstance(column, models.EmailField):
                text = f"{word}@example.org"
            elif column.name in {"code", "external_ref", "document_ref"}:
                text = f"{word}-{row.pk}"
            text = text.upper() if isinstance(row, Node) and column.name == "code" else text
            changed[column.name] = text[: column.max_length or 200]
    if isinstance(row, Node):
        changed.pop("code")  # the addresses of the tables name containers by code
    type(row)._default_manager.filter(pk=row.pk).update(**changed)


def accounts(places: Places) -> None:
    """Accounts and memberships to ask about, and one of each thing that belongs to somebody else."""
    ordinary, boss = make.user("ordinary"), make.user("boss", role="administrator")
    for user in (ordinary, boss):
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": ""})
    make.user("keeper", role="pmo")  # so that nobody asked about is the last PMO
    places.named["user"] = {"ordinary": ordinary.pk, "administrator": boss.pk, "none": MISSING}
    given = {"open": places.north, "hidden": places.hidden, "foreign": places.south, "everywhere": None}
    places.named["member"] = {
        kind: make.member(ordinary, "viewer", on=on).pk for kind, on in given.items()
    } | {"none": MISSING}  # fmt: skip
    deputy, now = make.user("deputy"), timezone.now()
    places.named["delegation"] = {"none": MISSING} | {
        kind: Delegation.objects.create(
            membership_id=places.named["member"][kind],
            delegate=deputy,
            valid_from=now,
            valid_until=now + timedelta(days=1),
        ).pk
        for kind in ("open", "hidden", "foreign")
    }
    places.named["delegate"] = {"open": make.user("stand-in").pk}
    token, _secret = tokens.issue(user=ordinary, name="nightly")
    places.named["service-account"] = {"program": program("nightly").pk, "none": MISSING}
    view = SavedView.objects.create(owner=ordinary, page="projects", name="Late ones")
    places.named["token"] = {"other": token.pk, "none": MISSING}
    places.named["view"] = {"other": view.pk, "none": MISSING}
    places.named["leveling"] = {"other": make.leveling(view.owner).pk, "none": MISSING}
    places.named["workbook"] = {"other": workbook_of(view.owner).pk, "none": MISSING}


def program(name: str) -> User:
    """An account without a password, for a token."""
    made = User(username=name, is_service=True)
    made.set_unusable_password()
    made.save()
    return made


def imports(places: Places) -> None:
    """An applied import into each portfolio, by somebody else, with a row that was left out."""
    by = User.objects.get(username="keeper")
    places.named["import"] = {"none": MISSING}
    for kind in ("open", "foreign"):
        word, code = places.marks.get(kind, "plain"), places.named["code"][kind]
        rows = [
            ["Code", "Nom du projet", "Budget révisé"],
            [f"{word}-I", f"{word} imported", "9"],
            [f"{word}-J", "", "?"],
        ]
        batch = batches.stage_file(
            by=by,
            content=csv_bytes(rows),
            file_name=f"{word}.csv",
            profile="generic",
            portfolio=code,
            on=None,
            settings={},
        )
        batches.apply_batch(batch=batch, by=by, skip_bad_rows=True)
        ImportBatch.objects.filter(pk=batch.pk).update(bad_rows=f"{word};1".encode())
        places.named["import"][kind] = batch.pk


def lesser(places: Places) -> None:
    """What hangs off projects and containers without a page of its own."""
    keeper = User.objects.get(username="keeper")
    named = places.named
    for noun in ("milestone-forecast", "external-key", "audit-event", "threshold"):
        named[noun] = {"none": MISSING}
    for kind in ("open", "hidden", "foreign"):
        project = getattr(places, kind)
        named["milestone-forecast"][kind] = MilestoneForecast.objects.filter(milestone__project=project).latest("pk").pk
        key = ExternalKey.objects.create(portfolio_id=project.portfolio_id, project=project, key=f"{kind} key")
        mark(key, places.marks.get(kind, "plain"))
        named["external-key"][kind] = key.pk
        named["audit-event"][kind] = (
            AuditEvent.objects.filter(project_id=project.pk)
            .exclude(target_type="reporting.StatusReport")
            .latest("pk")
            .pk
        )
    for kind, node in (("open", places.north), ("foreign", places.south)):
        named["threshold"][kind] = Threshold.objects.create(node=node, key="cost_percent", amber=4, red=9).pk
    named["import-profile"] = {"other": ImportProfile.objects.create(owner=keeper, name="Monthly").pk, "none": MISSING}


def history(places: Places) -> None:
    """One change of every project and a risk of it, through the services, so that its history says something."""
    boss = User.objects.get(username="keeper")
    for kind in ("open", "hidden", "foreign"):
        project = getattr(places, kind)
        word = places.marks.get(kind, "plain")
        with trace.tracing(source="page"):
            update_project(
                project=project, by=boss, version=project.version, changes={"phase": f"{word} phase"}, on=make.TODAY
            )


def frozen(places: Places) -> None:
    """What a freeze kept of each project, with everything that marks it."""
    reports = {}
    for kind in ("open", "hidden", "foreign"):
        told = {"state": "submitted", "submitted_at": COMPUTED, "etc": AMOUNTS[kind][1]}
        reports[kind] = make.past_report(getattr(places, kind), **told)
        if kind != "open":
            mark(reports[kind], places.marks[kind])
    for kind in ("open", "foreign"):
        freezing.freeze(reports[kind].period, by=None, on=COMPUTED.date(), at=COMPUTED)
    places.named["snapshot"] = {kind: report.snapshot.pk for kind, report in reports.items()} | {"none": MISSING}


def own_rows(places: Places, people: list[Any]) -> None:
    """A token, a saved view and a workbook of reports for each identity: the class "mine" of those nouns."""
    for someone in people:
        if someone.user is not None:
            token, _secret = tokens.issue(user=someone.user, name="mine")
            view = SavedView.objects.create(owner=someone.user, page="projects", name="Mine")
            places.mine.setdefault("token", {})[someone.user.pk] = token.pk
            places.mine.setdefault("view", {})[someone.user.pk] = view.pk
            places.mine.setdefault("leveling", {})[someone.user.pk] = make.leveling(someone.user).pk
            places.mine.setdefault("workbook", {})[someone.user.pk] = workbook_of(someone.user).pk
