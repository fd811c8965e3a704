"""What a past day and a frozen period showed, they show for ever: byte by byte, whatever is changed afterwards.

Also the inventory: every page either takes `as_of`, or is named here with the reason why it has no past.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from fnmatch import fnmatch
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from projects.hierarchy.models import Node, Project
from projects.planning.services import delete_milestone, update_milestone
from projects.raid.services import delete_risk
from reporting.health.models import Threshold
from reporting.status.models import StatusReport
from reporting.status.services import freezing, periods
from tests import make
from tests.contracts.access import table
from tests.reporting.dashboards.pages import client_of, compute

TODAY = timezone.localdate()
DAY = TODAY - timedelta(days=7)
BEFORE = TODAY - timedelta(days=9)
# Pages with a past: what is asked, of `{project}`, `{north}`…
PAGES = {
    "reporting:portfolio-list": "/portfolios/",
    "reporting:portfolio": "/portfolios/NORTH/",
    "reporting:portfolio-figures": "/portfolios/NORTH/figures/",
    "reporting:portfolio-chart": "/portfolios/NORTH/chart/",
    "reporting:programme": "/programmes/RAIL/",
    "reporting:project-list": "/projects/",
    "reporting:executive": "/executive/?portfolio=NORTH",
    "reporting:project-detail": "/projects/{tram}/",
    "reporting:project-flash": "/projects/{tram}/flash/",
    "reporting:project-compare": "/projects/{tram}/compare/?from={before}",
    "reporting:compare": "/compare/?portfolio=NORTH&from={before}",
    "reporting:chart": "/charts/trend/?node=NORTH",
    "reporting:chart-data": "/charts/trend/data/?node=NORTH",
    "projects:milestone-list": "/projects/{tram}/milestones/",
    "projects:budget": "/projects/{tram}/budget/",
    "projects:risk-list": "/projects/{tram}/risks/",
    "projects:issue-list": "/projects/{tram}/issues/",
    "projects:action-list": "/projects/{tram}/actions/",
    "projects:decision-list": "/projects/{tram}/decisions/",
    "projects:assessment-list": "/projects/{tram}/assessments/",
    "projects:team": "/projects/{tram}/team/",
    "projects:project-history": "/projects/{tram}/history/",
}
FRAGMENTS = {"reporting:portfolio-figures", "reporting:chart", "reporting:chart-data"}  # without the frame that says it
# Everything else, and why it speaks of today alone.
WITHOUT = {
    "computed from the calendars and answers of today (decision 0221)": (
        "portfolio:capacity", "portfolio:capacity-*", "portfolio:own-load", "portfolio:person-load",
        "reporting:capacity-figures*", "portfolio:relief*", "portfolio:leveling*",
    ),
    "what waits for an answer waits now": ("projects:allocation", "projects:allocation-list", "projects:allocation-export",
                                           "portfolio:proposal*", "portfolio:project-proposals",
                                            "projects:person-hand-over"),
    "a dependency has two projects and is in the history of neither (decision 0223)": (
        "projects:dependencies", "projects:dependency-list", "projects:dependency-export",
    ),
    "it says who comes in, with what, and what they prefer": (
        "account_*", "mfa_*", "socialaccount_*", "openid_*", "saml_*", "usersessions_*", "session*", "set-up", "core:sign-*",
        "core:preferences", "core:appearance", "core:language", "projects:token-*", "projects:delegation-*",
        "projects:view-as-*", "projects:notice-*", "reporting:my-day-*",
    ),
    "the portal itself": ("healthz", "readyz", "security-txt", "csp-report", "core:help", "core:undo"),
    "a way to another page": ("core:home", "core:search", "reporting:my-projects", "reporting:report-current"),
    "a form: on a past day it says that nothing is changed there": (
        "*-create", "*-edit", "*-delete", "*-move", "*-status", "*-close", "*-take", "*-schedule", "*-lapse", "*-reopen",
        "*-end", "*-open", "*-lend", "*-revoke", "*-rotate", "*-token", "*-bulk", "*-follow", "*-save", "*-draft", "*-choices",
        "*-release",
        "*-grid",
    ),
    "who may do what is decided now": (
        "projects:member-*", "projects:user-*", "projects:role-list", "projects:service-account-*", "projects:person-*",
        "projects:emergency-*",
    ),
    "settings: what judges from now on": ("reporting:threshold-*", "reporting:calendar-*"),
    "the days of people: their past is what they are now, day by day": (
        "projects:unit-list", "projects:profile-list", "projects:skill-list", "projects:generic-capacity-list",
        "projects:rate-list", "projects:working-calendar-*",
    ),
    "an exchange, at its moment": ("projects:import-*", "projects:people-import-*", "projects:allocation-import-*"),
    "it tells every moment itself": ("projects:audit-log", "projects:record-history"),
    "what one owes today": ("reporting:my-day",),
    "it has a period of its own": ("reporting:report", "reporting:report-*", "reporting:collection*", "reporting:period-*"),
    "the cells of the year shown, told with their page": ("projects:budget-figures",),
    "the flash report as a file, made of the same as its page": ("reporting:project-flash-*",),
}  # fmt: skip


def test_every_page_has_a_past_or_a_reason() -> None:
    names = {ask.name for ask in table.everything() if not ask.is_api and ask.method == "GET"}
    reasons = [pattern for patterns in WITHOUT.values() for pattern in patterns]
    silent = {name for name in names - PAGES.keys() if not any(fnmatch(name, one) for one in reasons)}
    assert silent == set(), "Let the page take as_of, or say here why it has no past."
    assert PAGES.keys() <= names
    assert [one for one in reasons if not any(fnmatch(name, one) for name in names)] == []


API = (
    "projects/?as_of={day}", "health/?as_of={day}", "rollups/?as_of={day}",
    "comparisons/?portfolio=NORTH&from={before}&to={day}", "comparisons/?portfolio=NORTH&from={before}&to=period-{period}",
    "snapshots/?period={period}", "snapshots/?project={tram}&ordering=-frozen_at", "snapshots/{snapshot}/",
    "reporting-periods/?state=frozen", "reporting-periods/{period}/",
    "status-reports/{report}/?fields=state,declared,computed,reasons",
)  # fmt: skip
FROZEN = (
    "/reports/{report}/",
    "/collection/?period={period}",
    "/projects/{tram}/?as_of={before}",
    "/compare/?portfolio=NORTH&from={before}&to=period-{period}",
    # The day of the freeze: every list and sum.
    "/portfolios/?as_of={before}",
    "/portfolios/NORTH/?as_of={before}",
    "/portfolios/NORTH/?as_of={before}&gap=optimistic,cautious&group=health",
    "/portfolios/NORTH/figures/?as_of={before}",
    "/portfolios/NORTH/chart/?as_of={before}",
    "/programmes/RAIL/?as_of={before}",
    "/projects/?as_of={before}",
    "/executive/?portfolio=NORTH&as_of={before}",
    "/charts/trend/?node=NORTH&as_of={before}",
    "/charts/overruns/data/?node=NORTH&as_of={before}",
    "/api/v1/projects/?as_of={before}",
    "/api/v1/projects/?as_of={before}&declared=none",
    "/api/v1/health/?as_of={before}",
    "/api/v1/rollups/?as_of={before}",
)


@pytest.fixture
def told(world: Any) -> dict[str, Any]:
    """A portfolio with everything below it, photographed and frozen nine days ago."""
    person = make.person("Zoé")
    Project.objects.filter(pk=world.tram.pk).update(declared="amber", phase="Conception", project_manager=person)
    make.project("LOOP", node=world.rail, declared="green")
    make.programme("METRO", parent=world.north)
    make.budget_line(world.tram, amount=1_000_000)
    make.budget_line(world.tram, kind="forecast", amount=1_200_000)
    rows = {
        "milestone": make.milestone(world.tram, name="Go live", is_key=True, owner=person),
        "moved": make.milestone(world.tram, name="Trial run"),
        "risk": make.risk(world.tram, title="Supplier", probability=5, impact=5, owner=person),
    }
    make.issue(world.tram)
    make.action(world.tram)
    make.decision(world.tram)
    make.allocation(world.tram)
    noon = timezone.make_aware(datetime.combine(BEFORE, time(12)))
    make.assessment(world.tram, rating="red", released_at=noon - timedelta(hours=1), summary="Nobody has signed.")
    compute(on=BEFORE, at=noon)
    period = periods.plan(make.calendar(world.north, since=date(2026, 10, 1)), on=BEFORE)[0]
    periods.open_period(period, by=None, on=BEFORE, at=noon)
    StatusReport.objects.filter(project=world.tram).update(state="submitted", submitted_at=noon, declared="green")
    freezing.freeze(period, by=None, on=BEFORE, at=noon)
    Project.objects.filter(pk=world.tram.pk).update(declared="red", name="Of the afternoon")
    compute(on=BEFORE, at=noon + timedelta(hours=6))
    with connection.cursor() as cursor:  # all that was written until here was written ten days ago
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE core_auditevent SET at = at - interval '10 days'")
        for name in (
            "project",
            "milestone",
            "risk",
            "issue",
            "action",
            "decision",
            "budgetline",
            "allocation",
            "allocationmonth",
        ):
            cursor.execute(f"UPDATE projects_{name} SET created_at = created_at - interval '10 days'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    report = StatusReport.objects.get(project=world.tram)
    named = {
        "tram": world.tram.pk,
        "report": report.pk,
        "snapshot": report.snapshot.pk,
        "period": period.pk,
        "before": BEFORE,
        "day": DAY,
    }
    return {"named": named, "rows": rows, "period": period}


def change_everything(world: Any, rows: dict[str, Any], ada: Any) -> None:
    """Names, places, states, dates, money, limits; rows are gone. The tree itself is today's (decision 0185)."""
    delete_milestone(milestone=rows["milestone"], by=ada, version=rows["milestone"].version, on=TODAY)
    changes = {"name": "Another run", "forecast_date": date(2029, 1, 1)}
    update_milestone(milestone=rows["moved"], by=ada, version=rows["moved"].version, changes=changes, on=TODAY)
    delete_risk(risk=rows["risk"], by=ada, version=rows["risk"].version, on=TODAY)
    Project.objects.filter(code="LOOP").update(node=Node.objects.get(code="METRO"), name="Elsewhere")
    Project.objects.filter(pk=world.tram.pk).update(
        name="Renamed", name_en="Renamed", state="closed", declared="red", phase="Bilan", forecast_end=date(2031, 1, 1),
        actual_end=TODAY, percent_complete=100, key_message="Over", project_manager=None,
    )  # fmt: skip
    make.budget_line(world.tram, amount=5_000_000, month=date(2026, 12, 1))
    make.risk(world.tram, title="Too late", probability=5, impact=5)
    make.milestone(world.tram, name="Too late")
    make.assessment(world.tram, rating="green", released_at=timezone.now(), summary="All signed.")
    make.project("LATER", node=world.rail)
    Threshold.objects.update(amber=0, red=0)
    compute()


def read(clients: dict[str, Client], named: dict[str, Any]) -> Iterator[tuple[tuple[str, str], bytes]]:
    past = [f"{path}{'&' if '?' in path else '?'}as_of={{day}}" for path in PAGES.values()]
    for path in (*past, *FROZEN, *(f"/api/v1/{one}" for one in API)):
        for name, client in clients.items():
            answer = client.get(path.format(**named))
            yield (name, path), masked(answer.content) + str(answer.status_code).encode()


TOKENS = re.compile(rb'(csrfmiddlewaretoken"? value="|"X-CSRFToken": ?"|csrf-token" content="|data-csrf=")[^"]+')

REFERENCE = re.compile(rb"<code>[0-9a-f]{16}</code>")


def masked(content: bytes) -> bytes:
    """Without what differs from one request to the next: the token of the forms, the reference of a refusal."""
    return REFERENCE.sub(b"", re.sub(rb"[A-Za-z0-9]{64}", b"", TOKENS.sub(rb"\1", content)))


def test_the_past_stays_as_it_was(world: Any, ada: Any, eve: Any, cleo: Any, ben: Any, told: dict[str, Any]) -> None:
    clients = {user.username: client_of(user) for user in (ada, eve, cleo, ben)}
    before = dict(read(clients, told["named"]))
    for name in PAGES.keys() - FRAGMENTS:
        path = f"{PAGES[name]}{'&' if '?' in PAGES[name] else '?'}as_of={{day}}"
        assert b"You are looking at the situation" in before["ada", path], (name, before["ada", path][-300:])
    page = before["ada", FROZEN[2]].decode()  # the project said amber, its frozen report green
    assert "Frozen: Oct" in page or "Frozen: Nov" in page
    assert "Objectives secured" in page
    lists = [path for path in FROZEN if "as_of" in path and path != FROZEN[2]]
    assert not [path for path in lists if b"Of the afternoon" in before["ada", path]]
    assert b"Frozen on this day" in before["ada", "/executive/?portfolio=NORTH&as_of={before}"]
    change_everything(world, told["rows"], ada)
    after = dict(read(clients, told["named"]))
    different = [key for key in before if before[key] != after[key]]
    for key in different:
        print(key, excerpt(before[key], after[key]))  # noqa: T201  (what moved, where it fails)
    assert different == []


def excerpt(before: bytes, after: bytes) -> tuple[bytes, bytes]:
    """Around the first byte that differs."""
    at = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    return before[max(at - 60, 0) : at + 60], after[max(at - 60, 0) : at + 60]
