"""What Ctrl-K finds: people in any role and any order of words, pages by the words of both languages; nothing hidden."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from pmo_portal.core.models import User
from pmo_portal.core.search import Found, find
from projects.hierarchy.models import Node, Project
from projects.resources.models import Person
from tests import make
from tests.cast import World
from tests.reporting.dashboards.pages import client_of, compute, shown, text


def lines(user: User, query: str) -> list[Found]:
    return [line for _group, found in find(user, query) for line in found]


def labels(user: User, query: str) -> list[str]:
    return [line.label for line in lines(user, query)]


def sponsor(person: Person, project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(sponsor=person)


ROLES: dict[str, Callable[[Person, Project], Any]] = {
    "sponsor": sponsor,
    "business manager": lambda who, where: Project.objects.filter(pk=where.pk).update(business_manager=who),
    "delivery head": lambda who, where: Project.objects.filter(pk=where.pk).update(delivery_head=who),
    "project manager": lambda who, where: Project.objects.filter(pk=where.pk).update(project_manager=who),
    "PMO contact": lambda who, where: Project.objects.filter(pk=where.pk).update(pmo_referent=who),
    "owner of a milestone": lambda who, where: make.milestone(where, owner=who),
    "owner of a risk": lambda who, where: make.risk(where, owner=who),
    "manager": lambda who, where: Node.objects.filter(pk=where.node_id).update(manager=who),
}


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize("role", ROLES)
def test_people_are_found_in_every_role_where_the_reader_sees_them(
    role: str, world: World, ada: User, cleo: User, eve: User, omar: User
) -> None:
    known, hidden, secret = make.person("Hélène Marchand"), make.person("Helene Ailleurs"), make.person("Héléna Cachée")
    ROLES[role](known, world.tram)
    ROLES[role](hidden, world.harbour)
    if role != "manager":  # a container is no secret of the project in it
        ROLES[role](secret, world.secret)
    make.person("Hélène Nulle-Part")
    compute()
    assert labels(cleo, "helene") == ["Hélène Marchand"]
    assert set(labels(eve, "HELENE")) == {"Hélène Marchand", "Helene Ailleurs"}
    assert "Héléna Cachée" not in labels(eve, "helen")
    assert ("Héléna Cachée" in labels(ada, "cachee")) == (role != "manager")
    assert labels(omar, "helene") == []
    (line,) = lines(cleo, "helene")
    assert line.sub.lower() == {"owner of a milestone": "owner", "owner of a risk": "owner"}.get(role, role.lower())
    assert shown(text(client_of(cleo).get(line.url))) == [world.tram.pk]  # the line leads to what concerns them
    assert hidden.name not in text(client_of(cleo).get(f"/projects/?person={hidden.pk}"))


@pytest.mark.parametrize("query", ["sophie lambert", "lambert sophie", "LAMBERT Sophie", "lamb soph", "jean-lambert"])
def test_the_order_of_words_does_not_matter(query: str, world: World, cleo: User) -> None:
    sponsor(make.person("Sophie Jean Lambert"), world.tram)
    assert labels(cleo, query) == ["Sophie Jean Lambert"]


def test_projects_too_are_found_by_words_in_any_order(world: World, cleo: User) -> None:
    compute()
    assert labels(cleo, "tram ligne") == [Project.objects.get(pk=world.tram.pk).label]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("query", "url"),
    [
        ("préférences", "/preferences/"), ("preferences", "/preferences/"), ("langue", "/preferences/"),
        ("theme", "/preferences/"), ("aide", "/help/"), ("help", "/help/"), ("raccourcis", "/help/"), ("glossaire", "/help/"),
        ("jetons", "/preferences/tokens/"), ("api token", "/preferences/tokens/"), ("token", "/preferences/tokens/"),
        ("seuils", "/settings/thresholds/"), ("thresholds", "/settings/thresholds/"), ("import", "/imports/"),
        ("importer", "/imports/new/"), ("excel", "/imports/new/"), ("utilisateurs", "/users/"), ("users", "/users/"),
        ("comptes", "/users/"), ("personnes", "/people/"), ("nouveau projet", "/projects/new/"),
    ],
)  # fmt: skip
def test_pages_are_found_in_the_words_of_both_languages(
    query: str, url: str, language: str, world: World, ada: User
) -> None:
    with translation.override(language):
        assert url in [line.url for line in lines(ada, query)], lines(ada, query)


def test_pages_the_reader_may_not_open_are_not_offered(world: World, cleo: User, ben: User) -> None:
    regional = make.user(role="pmo", on=world.north)
    for query, url in {
        "seuils": "/settings/thresholds/",
        "excel": "/imports/new/",
        "nouveau projet": "/projects/new/",
    }.items():
        assert url not in [line.url for line in lines(cleo, query)]
        assert url in [line.url for line in lines(regional, query)]
    assert "/users/" not in [
        line.url for line in lines(regional, "utilisateurs")
    ]  # accounts are the whole organisation's
    assert "/people/" in [line.url for line in lines(ben, "personnes")]
    for user in (cleo, ben, regional):
        for query in ("seuils", "import", "utilisateurs", "personnes", "aide", "jetons", "projet"):
            for line in lines(user, query):
                assert client_of(user).get(line.url).status_code == 200, (user, line)


def test_queries_do_not_grow(world: World, ada: User) -> None:
    """Projects, containers, people, their roles."""
    counts = []
    for number in (1, 30):
        for index in range(number):
            person = make.person(f"Hélène {number} {index}")
            sponsor(person, world.tram)
            make.risk(world.harbour, owner=person)
        compute()
        find(ada, "memberships are read once")
        with CaptureQueriesContext(connection) as caught:
            find(ada, "helene")
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 5, [query["sql"][:90] for query in caught.captured_queries]


def test_odd_queries(world: World, ada: User) -> None:
    for query in ("%%", "__", "-- -", "\\\\", "a'b", "(", "x" * 100):
        assert client_of(ada).get("/search/", {"q": query}).status_code == 200
    assert client_of(ada).get("/projects/?person=abc,99999999999999,-1").status_code == 200


def test_accounts_are_for_those_who_give_rights(world: World, ada: User, ben: User, cleo: User) -> None:
    regional = make.user(role="pmo", on=world.south, first_name="Rita", last_name="Régionale")
    make.user("justine", role="viewer", on=world.south, first_name="Justine", last_name="Çelik")
    assert labels(ada, "celik justine") == labels(regional, "justine") == ["Justine Çelik"]
    assert labels(regional, "moreau") == []  # cleo's rights are in the north
    assert labels(cleo, "justine") == labels(ben, "justine") == []
    for user in (ada, regional):
        (line,) = lines(user, "justine")
        assert "Çelik" in text(client_of(user).get(line.url))
