"""Who sees some of a container's projects is told of how many, and never learns of the confidential ones."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from pmo_portal.core.models import User
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import Access
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
