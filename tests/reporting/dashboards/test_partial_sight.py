"""Who sees some of a container's projects is told of how many, and never learns of the confidential ones."""

import re
from datetime import UTC, date, datetime, time

import pytest
from django.test import Client
from django.utils import timezone

from pmo_portal.core.models import User
from projects.hierarchy.models import Node, Project
from projects.hierarchy.services import update_project
from projects.hierarchy.visibility import Access
from reporting.charts.selectors.trend import trend
from reporting.dashboards.selectors.digest import digest
from reporting.dashboards.selectors.executive import briefing
from reporting.health.models import ProjectHealth, Rollup
from reporting.health.scope import Scope, everywhere, find_scope
from reporting.health.services import refresh
from tests import make

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PAGES = ("/portfolios/", "/portfolios/HARBOURS/", "/executive/?portfolio=HARBOURS")


@pytest.fixture
def harbours(db: None) -> Node:
    """Three public projects; the reader manages the first."""
    node = make.portfolio("HARBOURS")
    for code in ("QUAY", "CRANE", "LOCK"):
        make.project(code, node=node)
    computed()
    return node


def computed() -> None:
    refresh.refresh(list(Project.objects.values_list("pk", flat=True)), on=make.TODAY, at=NOW)


def texts(user: User, language: str) -> dict[str, str]:
    User.objects.filter(pk=user.pk).update(language=language)
    client = Client()
    client.force_login(user)
    return {page: client.get(page).content.decode() for page in PAGES}


def test_some_of_many(harbours: Node) -> None:
    user = make.user(role="project_manager", on=Project.objects.get(code="QUAY"))
    for page, text in texts(user, "en").items():
        assert "1 of 3 projects visible to you" in text, page
    for page, text in texts(user, "fr").items():
        assert "1 projet sur 3 visible pour vous" in text, page
    make.member(user, "viewer", on=Project.objects.get(code="LOCK"))
    for page, text in texts(user, "fr").items():
        assert "2 projets sur 3 visibles pour vous" in text, page


def test_a_confidential_project_changes_no_word(harbours: Node) -> None:
    user = make.user(role="project_manager", on=Project.objects.get(code="QUAY"))
    before = texts(user, "en")
    make.project("SECRET", node=harbours, confidentiality="confidential")
    computed()
    for page, text in texts(user, "en").items():
        assert "1 of 3 projects visible to you" in text, page
        assert "1 of 3 projects visible to you" in before[page]


def test_a_confidential_project_counts_for_who_is_named_on_it(harbours: Node) -> None:
    secret = make.project("SECRET", node=harbours, confidentiality="confidential")
    make.project("OTHER", node=harbours, confidentiality="confidential")
    computed()
    user = make.user(role="project_manager", on=secret)
    for page, text in texts(user, "en").items():
        assert "1 of 4 projects visible to you" in text, page


def test_who_sees_all_that_is_public_is_told_nothing(harbours: Node) -> None:
    make.project("SECRET", node=harbours, confidentiality="confidential")
    elsewhere = make.project("FARM")
    computed()
    user = make.user(role="viewer", on=harbours)
    assert all("projects visible to you" not in text for text in texts(user, "en").values())
    make.member(user, "viewer", on=elsewhere)
    assert all("projects visible to you" not in text for text in texts(user, "en").values())


def test_rights_named_on_a_public_project_below_cost_no_count(harbours: Node) -> None:
    """The stored sums still say what such a reader sees: a manager's portfolio page is as fast as anybody's."""
    user = make.user(role="executive", on=harbours)
    make.member(user, "project_manager", on=Project.objects.get(code="QUAY"))
    assert Access.of(User.objects.get(pk=user.pk)).audience_of(harbours) == "open"
    secret = make.project("SECRET", node=harbours, confidentiality="confidential")
    make.member(user, "project_manager", on=secret)
    assert Access.of(User.objects.get(pk=user.pk)).audience_of(harbours) is None


def made_confidential(code: str) -> None:
    """By a PMO on the page's own service; no worker runs here."""
    project = Project.objects.get(code=code)
    changes = {"confidentiality": "confidential"}
    by = make.user(role="pmo")
    update_project(project=project, by=by, version=project.version, changes=changes, on=timezone.localdate())


def test_what_becomes_confidential_leaves_the_sums_at_once(harbours: Node) -> None:
    """Stored sums are moved by the writer: a worker that is down must not go on telling."""
    viewer, pmo = make.user(role="viewer", on=harbours), make.user(role="pmo", on=harbours)
    assert [scope_of(user, harbours).sums.projects for user in (viewer, pmo)] == [3, 3]
    made_confidential("CRANE")
    assert [scope_of(user, harbours).sums.projects for user in (viewer, pmo)] == [2, 3]
    project = Project.objects.get(code="CRANE")
    make_public = {"confidentiality": "public"}
    update_project(project=project, by=pmo, version=project.version, changes=make_public, on=timezone.localdate())
    assert [scope_of(user, harbours).sums.projects for user in (viewer, pmo)] == [3, 3]


def test_what_became_confidential_is_in_no_past_sum_of_others(harbours: Node) -> None:
    """The sums of past days were kept while it was public; who may not know of it today no longer gets them."""
    days = [date(2026, 7, 15), date(2026, 9, 15)]
    Rollup.objects.all().delete()
    ProjectHealth.objects.all().delete()
    for day in days:
        at = timezone.make_aware(datetime.combine(day, time(12)))
        Project.objects.update(data_date=day)
        refresh.refresh(list(Project.objects.values_list("pk", flat=True)), on=day, at=at)
    viewer, pmo = make.user(role="viewer", on=harbours), make.user(role="pmo", on=harbours)
    assert counted(viewer, harbours) == counted(pmo, harbours) == {3}
    made_confidential("CRANE")
    assert counted(pmo, harbours) == {3}
    assert counted(viewer, harbours) == {2}
    client = Client()
    client.force_login(viewer)
    table = client.get("/charts/trend/data/", {"node": "HARBOURS"}).content.decode()
    assert "3" not in re.sub(r"<[^>]*>|20\d\d|\d\d?%", " ", table.partition("<tbody>")[2])


def scope_of(user: User, node: Node) -> Scope:
    found = find_scope(user=User.objects.get(pk=user.pk), code=node.code, today=timezone.localdate())
    assert found is not None
    return found


def counted(user: User, node: Node) -> set[int]:
    """How many projects the points of the trend count."""
    return {point.sums.projects for point in trend(scope_of(user, node)).points}


def test_a_pmo_here_who_only_looks_there_keeps_nothing_secret_for_others(harbours: Node) -> None:
    """What a list needs is kept per container: each under the rights its reader has there, not under those of the first one."""
    farms = make.portfolio("FARMS")
    make.project("FIELD", node=farms, phase="Sowing")
    for node in (harbours, farms):
        boss = make.person(f"Boss of {node.code}")
        secret = {"phase": f"Takeover {node.code}", "project_manager": boss, "confidentiality": "confidential"}
        make.project(f"SECRET-{node.code}", node=node, **secret)
    computed()
    for node, other in ((harbours, farms), (farms, harbours)):
        mixed, viewer = make.user(role="pmo", on=node), make.user(role="viewer", on=node)
        make.member(mixed, "viewer", on=other)
        seen = digest(everywhere(user=User.objects.get(pk=mixed.pk), today=timezone.localdate()))
        assert f"Takeover {node.code}" in seen.phases
        assert f"Takeover {other.code}" not in seen.phases
        about = digest(scope_of(viewer, node))
        assert not [one for one in about.phases if "Takeover" in one]
        assert about.managers == []
        pmo = digest(scope_of(make.user(role="pmo", on=other), other))
        assert f"Takeover {other.code}" in pmo.phases


def test_amounts_of_one_reader_are_not_kept_for_another(harbours: Node) -> None:
    """Both see the same projects, so they share what the executive page keeps; one of them manages one of the projects."""
    quay = Project.objects.get(code="QUAY")
    Project.objects.update(must_win=True)
    make.budget_line(quay, amount="4321")
    make.budget_line(quay, kind="forecast", amount="8765")
    computed()
    viewer = make.user(role="viewer", on=harbours)
    manager = make.user(role="viewer", on=harbours)
    make.member(manager, "project_manager", on=quay)
    assert scope_of(manager, harbours).rights == scope_of(viewer, harbours).rights
    for user in (manager, viewer):
        shown = briefing(scope_of(user, harbours)).must_wins
        assert len(shown) == 3
        assert {(row.budget, row.cost_variance) for row in shown} == {(None, None)}
