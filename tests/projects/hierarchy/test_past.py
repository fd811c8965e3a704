"""The past of a project as its tabs show it: rebuilt from the audit trail, equal to what really stood there each day."""

import contextlib
import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmo_portal.core import trace, undo
from pmo_portal.core.as_of import end_of
from pmo_portal.core.models import AuditEvent, User
from projects.hierarchy.models import Node, Project
from projects.hierarchy.past import Trail
from projects.hierarchy.services import create_project, update_project
from projects.models import BudgetLine, Decision, DecisionOption, Milestone, Risk
from projects.money.services import Cell, create_budget_line, delete_budget_line, set_budget_cells, update_budget_line
from projects.planning.services import create_milestone, delete_milestone, update_milestone
from projects.raid.services import (
    Choice,
    create_action,
    create_decision,
    create_issue,
    create_risk,
    delete_decision,
    delete_risk,
    take_decision,
    update_action,
    update_decision,
    update_issue,
    update_risk,
)
from reporting.health.services import refresh
from tests import make
from tests.cast import World
from tests.projects.exchange.files import csv_bytes, load
from tests.projects.test_pages import client_of

EDITED = (Milestone, BudgetLine, Risk)
KINDS = (*EDITED, Decision, DecisionOption)
FIRST = dt.date(2026, 1, 5)
NOT_FACTS = {"created_at", "updated_at", "version"}


def state(rows: list[Any]) -> dict[int, dict[str, Any]]:
    """{id: {column: value}} of rows, without what the database keeps for itself."""
    return {
        row.pk: {
            one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields if one.name not in NOT_FACTS
        }
        for row in rows
    }


def stored(project: Project) -> dict[str, dict[int, dict[str, Any]]]:
    return {kind.__name__: state(list(kind.objects.filter(project=project))) for kind in KINDS}


def rebuilt(project: Project, day: dt.date) -> dict[str, dict[int, dict[str, Any]]]:
    trail = Trail.of(Project.objects.get(pk=project.pk), day, *KINDS)
    return {kind.__name__: state(trail.rows(kind)) for kind in KINDS}


def on_day(day: dt.date, act: Callable[[], Any]) -> Any:
    """Do it, and date what it leaves in the audit trail on that day."""
    with trace.tracing(source="command", at=end_of(day) - dt.timedelta(hours=5)):
        return act()


class Editor:
    """Somebody who edits a project at random, through the services."""

    def __init__(self, project: Project, by: User, seed: int) -> None:
        self.project, self.by, self.rng = project, by, Random(seed)
        self.people = [make.person(), make.person(), None]

    def act(self, day: dt.date) -> None:
        verbs = [
            self.milestone,
            self.cells,
            self.risk,
            self.decision,
            self.line,
            self.change,
            self.change,
            self.change,
            self.delete,
            self.back,
        ]
        self.rng.choice(verbs)(day)

    def milestone(self, day: dt.date) -> None:
        create_milestone(project=self.project, by=self.by, on=day, name=f"M{self.rng.random()}", baseline_date=day,
                         forecast_date=day + dt.timedelta(days=30), owner=self.rng.choice(self.people))  # fmt: skip

    def risk(self, day: dt.date) -> None:
        create_risk(project=self.project, by=self.by, on=day, title=f"R{self.rng.random()}", probability=2, impact=4)

    def decision(self, day: dt.date) -> None:
        """Ask, or reword and renumber the options of what was asked."""
        options = [Choice(f"O{number}", Decimal(number)) for number in range(self.rng.randrange(4))]
        row = Decision.objects.filter(project=self.project).order_by("?").first()
        told = {"by": self.by, "on": day, "options": options}
        if row is None or self.rng.random() < 0.4:
            create_decision(project=self.project, question=f"Q{self.rng.random()}", **told)
        else:
            update_decision(
                decision=row, version=row.version, changes={"committee": self.rng.choice(["A", "B"])}, **told
            )

    def line(self, day: dt.date) -> None:
        create_budget_line(project=self.project, by=self.by, on=day, month=None, kind="revised", amount=Decimal("10.50"),
                           category=f"c{self.rng.random()}"[:20])  # fmt: skip

    def cells(self, day: dt.date) -> None:
        amounts = [None, Decimal(100), Decimal("250.25"), Decimal(0)]
        cells = [
            Cell(dt.date(2026, self.rng.randrange(1, 4), 1), kind, self.rng.choice(amounts))
            for kind in ("actual", "revised")
        ]
        set_budget_cells(project=self.project, by=self.by, on=day, cells=cells)

    def change(self, day: dt.date) -> None:
        kind = self.rng.choice(EDITED)
        row: Any = kind.objects.filter(project=self.project).order_by("?").first()
        if row is None:
            return
        told = {"by": self.by, "version": row.version, "on": day}
        if kind is Milestone:
            reached = self.rng.choice([None, day])
            update_milestone(
                milestone=row, changes={"actual_date": reached, "owner": self.rng.choice(self.people)}, **told
            )
        elif kind is Risk:
            note = self.rng.choice(["", "Watch it."])
            update_risk(risk=row, changes={"impact": self.rng.randrange(1, 6), "response_note": note}, **told)
        else:
            update_budget_line(line=row, changes={"amount": Decimal(self.rng.randrange(1, 999))}, **told)

    def delete(self, day: dt.date) -> None:
        kind = self.rng.choice((*EDITED, Decision))
        row: Any = kind.objects.filter(project=self.project).order_by("?").first()
        if row is None:
            return
        name = {Milestone: "milestone", Risk: "risk", BudgetLine: "line", Decision: "decision"}[kind]
        verb: Any = {
            Milestone: delete_milestone, Risk: delete_risk, BudgetLine: delete_budget_line, Decision: delete_decision,
        }[kind]  # fmt: skip
        verb(by=self.by, version=row.version, on=day, **{name: row})

    def back(self, day: dt.date) -> None:
        """Take the last deletion or change back."""
        events = AuditEvent.objects.filter(
            project_id=self.project.pk, target_type__in=[kind._meta.label for kind in KINDS]
        )
        event = events.exclude(action="create").order_by("-pk").first()
        if event is not None and undo.possible([event]):
            with contextlib.suppress(undo.CannotUndo):  # it was taken back before
                undo.take_back([event], by=self.by, on=day)


@pytest.mark.parametrize("seed", range(6))
def test_every_day_of_a_project_that_is_really_edited(seed: int, world: World, ada: User) -> None:
    project = on_day(FIRST, lambda: create_project(by=ada, on=FIRST, node=world.rail, code=f"E{seed}", name="Edited"))
    editor, seen = Editor(project, ada, seed), {}
    for number in range(70):
        day = FIRST + dt.timedelta(days=number + 1)
        on_day(day, lambda day=day: editor.act(day))  # type: ignore[misc]
        seen[day] = stored(project)
    assert sum(map(len, seen[day].values())) > 8
    for day, expected in seen.items():
        assert rebuilt(project, day) == expected, day
    assert not Trail.of(project, FIRST - dt.timedelta(days=1), *KINDS).known


@pytest.mark.parametrize("seed", [7, 8])
def test_what_the_retention_rule_removed_is_not_told_wrongly(seed: int, world: World, ada: User) -> None:
    """Each day since the removal is as it was, although the events that made the rows are gone; no day before is told."""
    first = timezone.localdate() - dt.timedelta(days=800)
    project = on_day(
        first, lambda: create_project(by=ada, on=first, node=world.rail, code=f"F{seed}", name="Forgotten")
    )
    editor, seen, began = Editor(project, ada, seed), {}, timezone.now() - dt.timedelta(minutes=1)
    for number in range(60):
        day = first + dt.timedelta(days=number + 1)
        on_day(day, lambda day=day: editor.act(day))  # type: ignore[misc]
        for kind in KINDS:
            kind.objects.filter(project=project, created_at__gt=began).update(created_at=end_of(day))
        seen[day] = stored(project)
    Project.objects.filter(pk=project.pk).update(created_at=end_of(first))
    bound = end_of(first + dt.timedelta(days=30))
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_audit_purge(%s, 1000, 'retention')", [bound])
        assert cursor.fetchone()[0] > 10
    for day, expected in seen.items():
        trail = Trail.of(Project.objects.get(pk=project.pk), day, *KINDS)
        assert trail.known == (end_of(day) >= bound), day
        if trail.known:
            assert {kind.__name__: state(trail.rows(kind)) for kind in KINDS} == expected, day
        else:
            assert trail.forgotten
            assert [trail.rows(kind) for kind in KINDS] == [[] for _kind in KINDS]
    assert trail.first_day == first + dt.timedelta(days=30)


def test_dated_files_count_from_their_own_day(db: None) -> None:
    """Two yearly files loaded today: each year shows its own, also what a new project came with."""
    for day, budget in ((dt.date(2024, 6, 30), "100"), (dt.date(2025, 6, 30), "150")):
        load(csv_bytes([["Code", "Nom", "Budget"], ["A", "Un", budget]]), portfolio="OWN", on=day)
    project = Project.objects.get(code="A")
    held = {
        day.year: [row.amount for row in Trail.of(project, day, *KINDS).rows(BudgetLine)]
        for day in (dt.date(2024, 12, 31), dt.date(2025, 12, 31))
    }
    assert held == {2024: [100], 2025: [150]}
    assert not Trail.of(project, dt.date(2024, 6, 29), *KINDS).known


@pytest.fixture
def edited(world: World, ada: User) -> Project:
    """A project of 40 days, whose milestone, budget and risk were changed yesterday, with its photographs."""
    today = timezone.localdate()
    start, yesterday = today - dt.timedelta(days=40), today - dt.timedelta(days=1)
    project = on_day(
        start,
        lambda: create_project(by=ada, on=start, node=world.rail, code="OLD", name="Vieux nom", name_en="Old name"),
    )

    def first() -> None:
        create_milestone(project=project, by=ada, on=start, name="Livraison", forecast_date=dt.date(2031, 3, 4))
        create_risk(project=project, by=ada, on=start, title="Inondation", probability=2, impact=2)
        issue = create_issue(project=project, by=ada, on=start, title="Recette bloquée")
        create_action(project=project, by=ada, on=start, title="Relancer", issue=issue)
        create_decision(
            project=project, by=ada, on=start, question="Quelle reprise ?", options=[Choice("Tout", Decimal(222))]
        )
        set_budget_cells(project=project, by=ada, on=start, cells=[Cell(today.replace(day=1), "revised", Decimal(111))])

    on_day(start, first)
    refresh.refresh([project.pk], on=start, at=end_of(start))

    def then() -> None:
        milestone, risk = project.milestones.get(), project.risks.get()
        update_milestone(
            milestone=milestone,
            by=ada,
            version=milestone.version,
            on=today,
            changes={"forecast_date": dt.date(2032, 5, 6)},
        )
        update_risk(risk=risk, by=ada, version=risk.version, on=today, changes={"title": "Incendie", "impact": 5})
        issue, action, decision = project.issues.get(), project.actions.get(), project.decisions.get()
        update_issue(issue=issue, by=ada, version=1, on=today, changes={"title": "Recette faite", "status": "resolved"})
        update_action(action=action, by=ada, version=1, on=today, changes={"title": "Payer", "status": "done"})
        update_decision(
            decision=decision, by=ada, version=1, on=today, changes={"question": "Autre ?"},
            options=[Choice("Rien", Decimal(888))],
        )  # fmt: skip
        take_decision(decision=decision, by=ada, version=2, on=today, outcome="go", decided_by_name="COMEX")
        set_budget_cells(project=project, by=ada, on=today, cells=[Cell(today.replace(day=1), "revised", Decimal(777))])
        update_project(
            project=project,
            by=ada,
            version=Project.objects.get(pk=project.pk).version,
            on=today,
            changes={"name_en": "New name"},
        )

    on_day(yesterday, then)
    refresh.refresh([project.pk], on=yesterday, at=end_of(yesterday))
    return project


TABS = {
    "": "", "milestones/": "", "budget/": "", "risks/": "", "issues/": "", "actions/": "", "decisions/": "", "history/": "",
}  # fmt: skip
PAST = {
    "": (["Old name", "4 Mar 31", "Inondation"], ["New name", "6 May 32", "Incendie"]),
    "milestones/": (["Old name", "4 Mar 2031"], ["New name", "6 May 2032", 'name="forecast_date"', "Add a milestone"]),
    "budget/": (["Old name", ">111<"], ["777", "Add a line", "Save the month"]),
    "risks/": (["Old name", "Inondation"], ["Incendie", "Add a risk", "/close/"]),
    "issues/": (["Old name", "Recette bloquée", "Open"], ["Recette faite", "Resolved", "Add an issue", "/close/"]),
    "actions/": (["Old name", "Relancer", "I1"], ["Payer", "Add an action", "/close/"]),
    "decisions/": (["Old name", "Quelle reprise ?", "Tout"], ["Autre ?", "Rien", "COMEX", "Ask for a decision", "/take/"]),
    "history/": (["Old name", "Milestone: created"], ["Incendie", "Milestone: changed", "Restore"]),
}  # fmt: skip


@pytest.mark.parametrize("tab", PAST)
def test_tabs_show_the_day_asked_for_and_write_nothing(tab: str, edited: Project, ada: User) -> None:
    """Queries: session, user, memberships, project, photograph, then events, rows, owners (history: events, names, filters)."""
    day = (timezone.localdate() - dt.timedelta(days=10)).isoformat()
    client, address = client_of(ada), f"/projects/{edited.pk}/{tab}"
    with CaptureQueriesContext(connection) as caught:
        past = client.get(f"{address}?as_of={day}")
    assert past.status_code == 200
    then, now = past.content.decode(), client.get(address).content.decode()
    told, untold = PAST[tab]
    for words in told:
        assert words in then, words
    for words in untold:
        assert words not in then, words
    assert "You are looking at the situation on" in then
    assert "You are looking at the situation on" not in now
    assert "New name" in now
    assert len(caught) <= 12, [query["sql"][:100] for query in caught.captured_queries]


@pytest.mark.parametrize("tab", PAST)
def test_links_within_the_past_stay_in_the_past(tab: str, edited: Project, ada: User) -> None:
    day = (timezone.localdate() - dt.timedelta(days=10)).isoformat()
    page = client_of(ada).get(f"/projects/{edited.pk}/{tab}?as_of={day}").content.decode()
    crumbs, main = (
        page.partition(start)[2].partition(end)[0] for start, end in (("crumbs", "</nav>"), ("<main", "</main>"))
    )
    links = [
        link
        for link in re.findall(r'href="([^"#]+)"', crumbs + main.replace("Back to today", ""))
        if "static" not in link
    ]
    # A comparison ends on the day instead of being shown as of it.
    kept = [link for link in links if f"as_of={day}" in link or f"to={day}" in link]
    assert len(kept) >= 7
    assert [link for link in links if link not in kept] in (
        [],
        ["?"],
        [f"/projects/{edited.pk}/{tab}"],
    )  # back to today


def test_queries_of_the_past_do_not_grow(world: World, ada: User, edited: Project) -> None:
    client, day = client_of(ada), timezone.localdate() - dt.timedelta(days=10)
    counts: dict[str, list[int]] = {tab: [] for tab in TABS}
    for rows in (1, 20):  # one page of the history holds them all, with the birth of the project

        def more(rows: int = rows) -> None:
            for _number in range(rows):
                create_milestone(project=edited, by=ada, on=day, name="M", owner=make.person())
                create_risk(project=edited, by=ada, on=day, title="R", probability=1, impact=1, owner=make.person())
                issue = create_issue(project=edited, by=ada, on=day, title="I", owner=make.person())
                create_action(project=edited, by=ada, on=day, title="A", issue=issue, owner=make.person())
                create_decision(
                    project=edited, by=ada, on=day, question="D", asked_by=make.person(), options=[Choice("O")]
                )

        on_day(day, more)
        for tab, found in counts.items():
            with CaptureQueriesContext(connection) as caught:
                assert client.get(f"/projects/{edited.pk}/{tab}?as_of={day}").status_code == 200
            found.append(len(caught))
    # Names are looked up for each kind of record on the page, so a page that shows fewer kinds asks less.
    assert all(many <= one for one, many in counts.values()), counts


def test_before_the_first_record_the_page_says_so(edited: Project, ada: User, omar: User) -> None:
    day = (timezone.localdate() - dt.timedelta(days=60)).isoformat()
    for tab in TABS:
        answer = client_of(ada).get(f"/projects/{edited.pk}/{tab}?as_of={day}")
        assert answer.status_code == 404
        words = answer.content.decode()
        assert "Its record starts on" in words
        assert "Incendie" not in words
        assert (
            client_of(omar).get(f"/projects/{edited.pk}/{tab}?as_of={day}").content.decode().count("record starts") == 0
        )


def test_rows_older_than_their_record_are_not_replaced_by_those_of_today(world: World, ada: User) -> None:
    """Photographs of the past, as a generator writes them, but rows nobody recorded then."""
    then = timezone.now() - dt.timedelta(days=45)
    make.milestone(world.tram, name="Percement")
    make.risk(world.tram, title="Sol instable")
    refresh.refresh([world.tram.pk], on=then.date(), at=then)
    day = (then + dt.timedelta(days=3)).date().isoformat()
    for tab, name in {"milestones/": "Percement", "risks/": "Sol instable", "budget/": "Amounts"}.items():
        page = client_of(ada).get(f"/projects/{world.tram.pk}/{tab}?as_of={day}").content.decode()
        assert "cannot be told" in page, tab
        assert name not in page


WRITES = {
    "edit": lambda p: f"/projects/{p.pk}/edit/", "status": lambda p: f"/projects/{p.pk}/status/",
    "move": lambda p: f"/projects/{p.pk}/move/", "delete": lambda p: f"/projects/{p.pk}/delete/",
    "milestone": lambda p: f"/milestones/{p.milestones.get().pk}/edit/", "gone": lambda p: f"/risks/{p.risks.get().pk}/delete/",
}  # fmt: skip


@pytest.mark.parametrize("name", WRITES)
def test_pages_that_write_lead_back_to_today(name: str, edited: Project, ada: User, omar: User) -> None:
    day, address = timezone.localdate() - dt.timedelta(days=10), WRITES[name](edited)
    client = client_of(ada)
    page = client.get(f"{address}?as_of={day}")
    assert page.status_code == 200
    assert b"The past cannot be changed" in page.content
    assert b'method="post" class="card"' not in page.content
    before = AuditEvent.objects.count()
    assert client.post(f"{address}?as_of={day}", {"version": "1"}).status_code == 409
    assert AuditEvent.objects.count() == before
    assert client_of(omar).get(f"{address}?as_of={day}").status_code == 404


def test_a_place_of_today_is_no_way_into_a_hidden_one(edited: Project, ada: User, world: World) -> None:
    """Rights are those of today: whoever lost the project does not see its past either."""
    day = (timezone.localdate() - dt.timedelta(days=10)).isoformat()
    viewer = make.user(role="viewer", on=world.north)
    address = f"/projects/{edited.pk}/risks/?as_of={day}"
    assert client_of(viewer).get(address).status_code == 200
    Project.objects.filter(pk=edited.pk).update(confidentiality="confidential")
    assert client_of(viewer).get(address).status_code == 404
    assert Node.objects.filter(pk=world.north.pk).exists()
