"""`load_demo`: idempotent, quick when everything is there, and `demo.json` always opens the door."""

import json
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmo_portal.core import tokens
from pmo_portal.core.models import ApiToken, AuditEvent, User
from pmo_portal.demo import supply
from pmo_portal.demo.scenario import stage
from projects.access.models import Membership
from projects.hierarchy.models import Node, Project
from projects.resources.models import Person, Role, Unit, UnitShare
from reporting.health.services import refresh
from reporting.status.models import ReportingPeriod
from reporting.status.services import freezing
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def quick_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    """One project instead of 47: what is tested here is the command."""
    whole = stage.portfolios()
    short = tuple(
        type(portfolio)(
            **{name: getattr(portfolio, name) for name in portfolio.__slots__ if name != "projects"},
            projects=tuple(p for p in portfolio.projects if p.code == "TRF-14"),
        )
        for portfolio in whole
    )
    monkeypatch.setattr(stage, "portfolios", lambda: short)


@pytest.fixture
def load(settings: Any, tmp_path: Path, quick_scenario: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command. Work is drained outside of transactions only, and a test is one: the drain has tests of its own."""
    monkeypatch.setattr(refresh, "drain", lambda: 0)
    settings.DATA_DIR = tmp_path
    settings.DEMO_DATA = tmp_path / "nowhere"

    def run(*arguments: str) -> str:
        out = StringIO()
        call_command("load_demo", *arguments, stdout=out)
        return out.getvalue()

    return run


def read(directory: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((directory / "demo.json").read_text(encoding="utf-8"))
    return answer


def test_each_role_gets_a_login_and_a_token_that_work(
    load: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "8010")
    said = load()
    demo = read(tmp_path)
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600
    assert demo["url"] == "http://127.0.0.1:8010"
    everyone = {"admin", *Membership.Role.values} - {"administrator", "service_account"}
    assert demo["users"].keys() == everyone  # an integration has a token and no login
    for login in demo["users"].values():
        user = User.objects.get(username=login["username"])
        assert user.check_password(login["password"])
        assert tokens.find_token(login["token"]).user == user  # type: ignore[union-attr]
    assert User.objects.get(username="admin").is_superuser
    for code in ("GMPP", "DINUM", "MW", "NYCSCA", "USHIT"):
        assert f"{code}: no file" in said
        assert "DEMO_DATA" in said


def test_a_second_load_changes_nothing(load: Any, tmp_path: Path) -> None:
    load()
    before = (Project.objects.count(), AuditEvent.objects.count(), Membership.objects.count(), read(tmp_path))
    with CaptureQueriesContext(connection) as queries:
        load()
    assert (Project.objects.count(), AuditEvent.objects.count(), Membership.objects.count(), read(tmp_path)) == before
    # Accounts, roles, one look at each portfolio, people and requests, dependencies, six tokens, what is told and proposed, and
    # what still waits of it.
    assert len(queries) < 90


def test_a_lost_file_gets_new_tokens_and_the_old_ones_stop(load: Any, tmp_path: Path) -> None:
    load()
    old = read(tmp_path)["users"]["pmo"]["token"]
    (tmp_path / "demo.json").unlink()
    load()
    new = read(tmp_path)["users"]["pmo"]["token"]
    assert tokens.find_token(old) is None
    assert tokens.find_token(new) is not None
    assert ApiToken.objects.count() == len(read(tmp_path)["users"])


def test_a_damaged_file_is_replaced(load: Any, tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{", encoding="utf-8")
    load()
    assert read(tmp_path)["users"]["pmo"]["token"].startswith("pmo_")


def test_what_a_person_of_the_scenario_reviewed_elsewhere_does_not_stop_a_reset(load: Any) -> None:
    load()
    reviewer = Person.objects.filter(organisation__startswith=stage.ORGANISATION).first()
    elsewhere = make.project("ELSEWHERE", node=make.portfolio("OURS"))
    make.assessment(elsewhere, reviewer=reviewer, reviewer_name="", released_at=timezone.now())
    ours = make.assessment(elsewhere, released_at=timezone.now())
    load("--reset-scenario")
    assert list(elsewhere.assessments.all()) == [ours]


def test_a_scenario_cut_short_is_played_again(load: Any) -> None:
    load()
    root = Node.objects.get(code="DEMO")
    Node.objects.filter(pk=root.pk).update(source_note=stage.UNFINISHED)
    load()
    assert Node.objects.get(code="DEMO").pk != root.pk
    assert Node.objects.get(code="DEMO").source_note == stage.SOURCE


def test_reset_plays_the_scenario_again_around_the_day(load: Any) -> None:
    load("--today", "2026-03-10")
    assert "--reset-scenario" in load("--today", "2026-06-10")
    load("--today", "2026-06-10", "--reset-scenario")
    assert Project.objects.get(code="TRF-14").data_date.isoformat() == "2026-06-10"


@pytest.mark.django_db(transaction=True)
def test_a_reset_takes_what_others_asked_of_the_demo_and_leaves_them(load: Any) -> None:
    """Somebody tried the demo's roles on a project, a person and a unit of their own: these stay. Nothing around it is a
    transaction, as at a command line: what was frozen goes only inside one."""
    load("--scenario-only", "--today", "2026-11-10")
    assert ReportingPeriod.objects.filter(state="frozen").exists()
    demo = Role.objects.filter(external_ref__startswith=supply.MARK).first()
    unit = Unit.objects.filter(external_ref__startswith=supply.MARK).first()
    mine, own = make.project(), make.unit(parent=unit)
    me = make.person("Moi", role=demo)
    make.unit_share(me, unit, percent=60)
    make.allocation(mine, role=demo)
    load("--scenario-only", "--today", "2026-11-10", "--reset-scenario")
    me.refresh_from_db(), own.refresh_from_db()
    assert (me.role, own.parent, mine.allocations.count()) == (None, None, 0)


def test_only_people_of_the_demo_are_shared_between_its_units(load: Any) -> None:
    me, own = make.person("Moi"), make.unit()
    make.unit_share(me, own, percent=60)
    load("--scenario-only", "--today", "2026-11-10")
    assert [one.unit for one in UnitShare.objects.filter(person=me)] == [own]
    shared = UnitShare.objects.filter(percent=40, unit__code="DSI-ARC")
    assert shared.exists()


def test_never_in_production(load: Any, settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        load()


@pytest.mark.parametrize("username", ["admin", "viewer"])
def test_a_login_that_is_somebody_elses_is_never_taken_over(load: Any, tmp_path: Path, username: str) -> None:
    User.objects.create_user(username, "someone@example.org", "their-own-password")
    with pytest.raises(CommandError, match="refused"):
        load()
    assert User.objects.get(username=username).check_password("their-own-password")
    assert not ApiToken.objects.exists()
    assert not (tmp_path / "demo.json").exists()


def test_the_scenario_reports_and_can_be_played_again(load: Any) -> None:
    """A period is open whatever the day, with a report for each active project; what it froze goes with the scenario."""
    load("--scenario-only", "--today", "2026-11-10")
    root = Node.objects.get(code=stage.CODE)
    assert ReportingPeriod.objects.filter(calendar__node=root, state="frozen").count() == 24
    (period,) = ReportingPeriod.objects.filter(calendar__node=root, state="open")
    asked = Project.objects.below(root).counted().filter(state__in=Project.ACTIVE)
    assert set(period.reports.values_list("project", flat=True)) == set(asked.values_list("pk", flat=True))
    freezing.freeze(period, by=None, on=period.review_until, at=timezone.now())
    load("--scenario-only", "--today", "2026-11-10", "--reset-scenario")
    assert ReportingPeriod.objects.filter(state="open").count() == 1
    assert not ReportingPeriod.objects.filter(pk=period.pk).exists()
