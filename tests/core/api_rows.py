"""One row of each resource of the API, below the tram line, its health computed."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from pmo_portal.core import trace
from pmo_portal.core.models import AuditEvent, User
from projects.access.models import Delegation
from projects.access.services.delegations import lend
from projects.exchange.models import ExternalKey, ImportBatch, ImportProfile
from projects.exchange.services.batches import stage_file
from reporting.dashboards.services import save_view
from reporting.health.models import Threshold
from reporting.health.services import refresh
from reporting.status.models import Snapshot
from reporting.status.services import freezing
from tests import make

TWO = [{"label": "Oui", "cost": 45000, "delay_days": 20, "recommended": True}, {"label": "Non", "note": "Rien"}]
COMPUTED = datetime(2026, 11, 20, 12, tzinfo=UTC)


def one_of_each(user: User, world: Any) -> dict[str, int]:
    """{collection: id}, of what `user`, a PMO, may do everything with."""
    person = make.person("Zoé")
    milestone = make.milestone(world.tram, owner=person, is_key=True, forecasts={make.TODAY: make.TODAY})
    line = make.budget_line(world.tram)
    risk = make.risk(world.tram, owner=person, residual_probability=1, residual_impact=2)
    issue = make.issue(world.tram, owner=person, status="closed", closed_on=make.TODAY)
    make.budget_line(world.tram, kind="forecast", amount=1200)
    type(world.tram).objects.filter(pk=world.tram.pk).update(
        project_manager=person, declared="green", percent_complete=40
    )
    refresh.refresh([world.tram.pk, world.harbour.pk], on=make.TODAY, at=COMPUTED)
    snapshot = frozen(world.tram)
    report = make.draft(
        world.tram, summary="Vu", highlights=["Fait"], milestones={str(milestone.pk): {"cause": "scope"}}
    )
    return {
        "reporting-calendars": report.period.calendar_id,
        "reporting-periods": report.period_id,
        "status-reports": report.pk,
        "snapshots": snapshot.pk,
        "portfolios": world.north.pk,
        "programmes": world.rail.pk,
        "projects": world.tram.pk,
        "milestones": milestone.pk,
        "budget-lines": line.pk,
        "risks": risk.pk,
        "issues": issue.pk,
        "actions": make.action(world.tram, owner=person, issue=issue).pk,
        "assessments": review_by(user, world.tram).pk,
        "decisions": make.decision(world.tram, amount_asked=45000, options=TWO).pk,
        "dependencies": make.dependency(world.tram, world.harbour, receiver_owner=person).pk,
        "allocations": make.allocation(world.tram, person=person).pk,
        "levelings": make.leveling(user).pk,
        "proposals": make.proposal(world.tram, by=user).pk,
        "health": world.tram.pk,
        "rollups": world.north.pk,
        "people": person.pk,
        **supply(person),
        "milestone-forecasts": milestone.forecasts.get().pk,
        "thresholds": Threshold.objects.filter(node=None).earliest("pk").pk,
        "saved-views": save_view(by=user, page="projects", name="Vue", query="slip=late", shared=False).pk,
        "users": user.pk,
        "memberships": user.memberships.get(role="pmo").pk,
        "delegations": lent(user, world).pk,
        "imports": staged(user).pk,
        "people-imports": staged_people(user).pk,
        "allocation-imports": staged_requests(user).pk,
        "report-workbooks": workbook_of(user).pk,
        "import-profiles": ImportProfile.objects.create(owner=user, name="Moi", settings={"decimal": ","}).pk,
        "external-keys": ExternalKey.objects.create(portfolio=world.north, project=world.tram, key="T-1").pk,
        "audit-events": event(user, milestone).pk,
    }


def supply(person: Any) -> dict[str, int]:
    """What is known of the person, and one of each word for it."""
    role, unit, calendar = make.role(), make.unit(), make.working_calendar()
    skill = make.person_skill(person)
    return {
        "roles": role.pk,
        "units": unit.pk,
        "skills": skill.skill_id,
        "person-skills": skill.pk,
        "unit-shares": make.unit_share(person, unit).pk,
        "working-calendars": calendar.pk,
        "calendar-exceptions": make.calendar_exception(calendar).pk,
        "work-patterns": make.pattern(person).pk,
        "absences": make.absence(person).pk,
        "pooled-capacities": make.pool(role, unit=unit).pk,
        "rates": make.rate(role=role).pk,
    }


def supply_bodies(*, person: int, skill: int, unit: int, role: int, calendar: int) -> dict[str, dict[str, Any]]:
    """{collection: a body that creates one}, of these."""
    today = str(timezone.localdate())
    return {
        "units": {"code": "DSI", "name": "DSI"},
        "roles": {"code": "DEV", "name": "Développeur"},
        "skills": {"code": "SQL", "name": "SQL"},
        "person-skills": {"person": person, "skill": skill},
        "unit-shares": {"person": person, "unit": unit},
        "working-calendars": {"name": "Lyon"},
        "calendar-exceptions": {"calendar": calendar, "first_day": today, "last_day": today},
        "work-patterns": {"person": person, "starts_on": today},
        "absences": {"person": person, "first_day": today, "last_day": today},
        "pooled-capacities": {"role": role, "first_month": "2027-01-01", "last_month": "2027-01-01", "fte": "1.00"},
        "rates": {"role": role, "starts_on": today, "daily_rate": "1.00"},
    }


def review_by(user: User, project: Any) -> Any:
    """A draft of a review of a project that this user, who is given the right, does not answer for."""
    make.member(user, "assurance")
    return make.assessment(project, reviewer=make.person("Iris"), recommendations="Sign.")


def frozen(project: Any) -> Snapshot:
    """What a freeze kept of the project in a period that is over."""
    report = make.past_report(project, state="submitted", submitted_at=COMPUTED, declared="green")
    freezing.freeze(report.period, by=None, on=COMPUTED.date(), at=COMPUTED)
    return Snapshot.objects.get(report=report)


def staged(user: User) -> ImportBatch:
    """An import that waits."""
    content = b"code,name\nT1,Tram"
    return stage_file(
        by=user, content=content, file_name="a.csv", profile="generic", portfolio="NORTH", on=None, settings={}
    )


def staged_people(user: User) -> ImportBatch:
    return ImportBatch.objects.create(
        by=user, profile=ImportBatch.PEOPLE, file_name="p.csv", size=9, content=b"Nom\nZo\xc3\xa9\n",
        report={"counts": {"created": 1}, "lines": {}, "unread": [], "guarded": [], "gone": {"count": 0, "rows": []}},
    )  # fmt: skip


def staged_requests(user: User) -> ImportBatch:
    return ImportBatch.objects.create(
        by=user, profile=ImportBatch.REQUESTS, file_name="r.csv", size=9, content=b"Nom\nZo\xc3\xa9\n",
        report={"counts": {"created": 1}, "lines": {}, "unread": [], "guarded": [], "ignored": []},
    )  # fmt: skip


def workbook_of(user: User) -> ImportBatch:
    """A workbook of reports that waits, in which nothing was edited."""
    read = {"format": 1, "rows": [], "remarks": [], "columns": {}}
    return ImportBatch.objects.create(by=user, profile=ImportBatch.REPORTS, file_name="r.xlsx", size=1, options=read)


def lent(user: User, world: Any) -> Delegation:
    """A role lent from today on."""
    today = timezone.localdate()
    row = make.member(user, "viewer", on=world.south)
    to = make.user("deputy")
    [made] = lend(by=user, memberships=[row], to=to, first=today, last=today, reason="x", now=timezone.now())
    return made


def event(user: User, target: Any) -> AuditEvent:
    """A change that happened."""
    with trace.acting(user):
        type(target).objects.filter(pk=target.pk).update(name="b")
    return AuditEvent.objects.latest("pk")
