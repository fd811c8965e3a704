"""The page of roles says what the tables say; the list of roles says until when and from whom."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pmo_portal.core.models import User
from projects.access import services
from projects.access.models import Membership
from projects.access.policy import GIVES, POLICY
from projects.access.services.delegations import lend
from projects.access.views.roles import ACTIONS, CONFIDENTIAL, GROUPS, lines, matrix
from projects.hierarchy.visibility import FIELD_GROUPS, SEES_CONFIDENTIAL
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english", "db")


def test_every_action_and_group_has_words_and_every_cell_is_said() -> None:
    """A right that is added without words fails here; a cell that is changed changes the page."""
    assert set(ACTIONS) == set(POLICY)
    assert set(GROUPS) == set(FIELD_GROUPS)
    told = {line.name: line for line in lines(frozenset({"pmo"}))}
    assert len(told) == len(Membership.Role.values)
    for role, name in Membership.Role.choices:
        line = told[str(name)]
        assert {action for action, words in ACTIONS.items() if words in line.may} == {
            action for action, roles in POLICY.items() if role in roles
        }
        assert {group for group, words in GROUPS.items() if words in line.sees} == {
            group for group, roles in FIELD_GROUPS.items() if role in roles
        }
        assert (CONFIDENTIAL in line.sees) is (role in SEES_CONFIDENTIAL)
        assert len(line.gives) == len(GIVES.get(role, ()))
        assert line.mine is (role == "pmo")


def test_the_table_of_rights_says_what_the_lines_say() -> None:
    told, (may, sees, gives) = lines(frozenset()), [rows for _heading, rows in matrix()]
    for place, line in enumerate(told):
        assert [row.words for row in may if row.held[place]] == line.may
        assert [row.words for row in sees if row.held[place]] == line.sees
        assert [row.words for row in gives if row.held[place]] == line.gives


def test_everybody_reads_it_and_finds_their_own(client: Client, cleo: User, omar: User) -> None:
    for user, own in ((cleo, 1), (omar, 0)):
        client.force_login(user)
        page = client.get("/help/roles/").content.decode()
        assert page.count(">yours<") == own
        assert "open an emergency access" in page


def test_the_list_of_roles_says_until_when_and_from_whom(client: Client, world: World, ada: User, omar: User) -> None:
    now = timezone.now()
    services.grant_membership(by=ada, user=omar, role="viewer", node=world.north, reason="Audit")
    over = Membership.objects.create(
        user=omar, role="viewer", node=world.south, valid_from=now - timedelta(9), valid_until=now - timedelta(1)
    )
    Membership.objects.create(user=omar, role="finance", node=world.south, valid_from=now + timedelta(2), source="sso")
    today = timezone.localdate()
    lend(by=ada, memberships=list(ada.memberships.all()), to=omar, first=today, last=today, now=now)
    client.force_login(ada)
    every = client.get("/members/").content.decode()
    assert "Ada Martin" in every
    for query, count in (("now", 2), ("over", 1), ("coming", 1), ("lent", 1), ("now,over", 3)):
        table = client.get(f"/members/?state={query}").context["table"]
        assert table.count == count, query
    assert client.get("/members/?from=sso").context["table"].count == 1
    assert list(client.get("/members/?state=over").context["table"].rows) == [over]


def test_who_only_runs_the_portal_begins_with_its_accounts(client: Client, world: World) -> None:
    client.force_login(make.user(role="administrator"))
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/users/"
    for address in ("/users/", "/members/", "/portfolios/", "/projects/", "/help/roles/", "/preferences/delegations/"):
        page = client.get(address)
        assert page.status_code == 200, address
        assert "Tram line" not in page.content.decode()
