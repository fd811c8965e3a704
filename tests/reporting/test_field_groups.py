"""Money and who may see it: no page, answer, chart, order or filter tells an amount to a role without it (security.md, exam 8).

The amounts of the cast are recognisable however they are written; the same addresses read by the PMO do show them, so that a
page which stopped showing money to anybody would be noticed.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client

from pmo_portal.core.errors import NotAllowed
from pmo_portal.core.models import User
from projects.access.models import Membership
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import FIELD_GROUPS, MONEY_GROUPS, Access
from projects.resources.services import update_person
from reporting.health.models import HealthPast
from reporting.health.services import refresh
from tests import make
from tests.cast import World
from tests.core.api_client import Api

COMPUTED = datetime(2026, 11, 20, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db
BUDGET, SPENT, LEFT = Decimal("7654321.00"), Decimal("1357911.00"), Decimal("8518632.00")  # EAC 9,876,543: 29.03 % over
GAP = r"[\s\u00a0\u202f.,]?"
# Tram's amounts, then the sums with the other project, which costs three times as much; rounded in every way a page may.
TOLD = re.compile(
    rf"(?<![0-9A-Za-z])(?:7{GAP}654|7[.,]65|7[.,]7\b|9{GAP}876|9[.,]88|9[.,]9\b|2{GAP}222|2[.,]22|29[.,]0|1{GAP}357|1[.,]36|8{GAP}518|8[.,]52"
    rf"|30{GAP}61|30[.,]6|39{GAP}50|39[.,]5|8{GAP}888|8[.,]89|22{GAP}96|23[.,]0|29{GAP}62|29[.,]6)"
)
WITHOUT = ("viewer", "contributor", "resource_manager")
EVERY = sorted(set(Membership.Role.values) - {"administrator"})

PAGES: dict[str, Callable[[World], str]] = {
    "portfolios": lambda w: "/portfolios/",
    "portfolio": lambda w: "/portfolios/NORTH/",
    "programme": lambda w: "/programmes/RAIL/",
    "figures": lambda w: "/portfolios/NORTH/figures/",
    "list": lambda w: "/projects/?columns=health,budget,variance",
    "list by health": lambda w: "/portfolios/NORTH/?group=health&columns=budget,variance",
    "executive": lambda w: "/executive/?portfolio=NORTH",
    "project": lambda w: f"/projects/{w.tram.pk}/",
    "history": lambda w: f"/projects/{w.tram.pk}/history/",
    "api projects": lambda w: "/api/v1/projects/",
    "api project": lambda w: f"/api/v1/projects/{w.tram.pk}/",
    "api health": lambda w: "/api/v1/health/",
    "api health history": lambda w: f"/api/v1/health/{w.tram.pk}/history/",
    "api rollups": lambda w: "/api/v1/rollups/",
}
# Where only amounts are shown: refused, or empty.
CLOSED: dict[str, tuple[Callable[[World], str], int]] = {
    "budget": (lambda w: f"/projects/{w.tram.pk}/budget/", 403),
    "budget figures": (lambda w: f"/projects/{w.tram.pk}/budget/figures/", 403),
    "cost curve": (lambda w: "/charts/cost-curve/?node=NORTH", 403),
    "cost curve as a table": (lambda w: "/charts/cost-curve/data/?node=NORTH", 403),
    "overruns": (lambda w: "/charts/overruns/?node=NORTH", 403),
    "overruns as a table": (lambda w: "/charts/overruns/data/?node=NORTH", 403),
    "api budget lines": (lambda w: "/api/v1/budget-lines/", 200),
    "api order by budget": (lambda w: "/api/v1/projects/?ordering=budget", 403),
    "api order by eac": (lambda w: "/api/v1/projects/?ordering=-eac", 403),
}


@pytest.fixture
def money(world: World) -> World:
    """Tram over its budget by 29 %, on a past day too; a second project so that charts have something to draw."""
    other = make.project("BUS", node=world.rail, forecast_end=date(2027, 9, 1))
    for project, factor in ((world.tram, 1), (other, 3)):
        for month, kind, amount in (
            (1, "revised", BUDGET / 2), (2, "revised", BUDGET / 2), (1, "actual", SPENT), (2, "forecast", LEFT),
        ):  # fmt: skip
            make.budget_line(project, month=date(2026, month, 1), kind=kind, amount=amount * factor)
    Project.objects.filter(pk=world.tram.pk).update(declared="green", must_win=True)
    refresh.refresh([world.tram.pk, other.pk, world.harbour.pk, world.secret.pk], on=make.TODAY, at=COMPUTED)
    return world


def read(user: User, address: str) -> str:
    if address.startswith("/api/"):
        return Api(user).client.get(address, headers=Api(user).headers).content.decode()
    client = Client()
    client.force_login(user)
    return client.get(address).content.decode()


def status(user: User, address: str) -> int:
    client = Client()
    client.force_login(user)
    return client.get(address).status_code


def amounts(text: str) -> list[str]:
    """What looks like one of the amounts, outside of addresses, of time stamps and of what is numbered or made by chance."""
    text = re.sub(r"<code>[^<]*</code>|csrfmiddlewaretoken[^>]*>", "", text)
    text = re.sub(r'"(?:id|node|project|parent|portfolio_id|node_id)": ?\d+|https?://[^"\s]+', "", text)
    plain = re.sub(
        r'(src|href|d|points|transform)="[^"]*"|\d{4}-\d\d-\d\dT[\d:.]+Z?|<path[^>]*>|data-etag=\'[^\']*\'', "", text
    )
    return TOLD.findall(plain)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_tells_amounts_to_roles_without_them(money: World, ada: User, name: str) -> None:
    address = PAGES[name](money)
    assert amounts(read(ada, address)), "the PMO does see money here, else this test proves nothing"
    for role in EVERY:
        user = make.user(role=role)
        told = amounts(read(user, address))
        assert bool(told) is (role not in WITHOUT), (role, told)
        if role in WITHOUT:
            User.objects.filter(pk=user.pk).update(language="fr")
            assert not amounts(read(User.objects.get(pk=user.pk), address)), role


@pytest.mark.parametrize("name", CLOSED)
def test_what_is_only_money_is_closed(money: World, ada: User, name: str) -> None:
    make_address, refused = CLOSED[name]
    address = make_address(money)
    assert amounts(read(ada, address)) or "order" in name
    for role in WITHOUT:
        user = make.user(role=role)
        text = read(user, address)
        assert not amounts(text), role
        assert status(user, address) == refused, role


def order_of(user: User, address: str) -> list[str]:
    """The codes of the projects in the order of the page's list."""
    return list(dict.fromkeys(re.findall(r"<i>(TRAM|BUS|LESS|MUCH)</i>", read(user, address))))


def test_no_filter_and_no_order_tells_which_project_costs_more(money: World, ada: User) -> None:
    """Sorted or filtered by money, a viewer's list is the list as it was: an order is an answer too."""
    viewer = make.user(role="viewer")
    plain = order_of(viewer, "/portfolios/NORTH/?group=none")
    assert set(plain) == {"TRAM", "BUS"}
    for query in ("sort=budget", "sort=-budget", "sort=variance", "sort=-variance", "money=over", "money=missing"):
        assert order_of(viewer, f"/portfolios/NORTH/?group=none&{query}") == plain, query
    assert order_of(ada, "/portfolios/NORTH/?group=none&sort=budget") != order_of(
        ada, "/portfolios/NORTH/?group=none&sort=-budget"
    )
    assert order_of(ada, "/portfolios/NORTH/?group=none&money=missing") == []


def test_a_project_manager_sees_their_own_amounts_among_others(money: World) -> None:
    """Viewer of the portfolio, manager of tram: the amounts of tram and no other, no sum, no order."""
    mixed = make.user(role="viewer", on=money.north)
    make.member(mixed, "project_manager", on=money.tram)
    assert Access.of(mixed).sees_money(money.tram)
    page = read(mixed, "/portfolios/NORTH/?columns=budget,variance&group=programme")
    assert re.search(r"7,654", page)
    assert not re.search(r"22,96[23]|30,61[67]", page), "neither the other project's budget nor a sum"
    assert order_of(mixed, "/portfolios/NORTH/?group=none&sort=budget") == order_of(
        mixed, "/portfolios/NORTH/?group=none&sort=-budget"
    )
    assert amounts(read(mixed, f"/projects/{money.tram.pk}/budget/"))
    rows = {row["code"]: row for row in Api(mixed).rows("projects/")}
    assert rows["TRAM"]["budget"] == "7654321.00"
    assert (rows["BUS"]["budget"], rows["BUS"]["eac"], rows["BUS"]["cost_variance_percent"]) == (None, None, None)
    assert {row["project_code"] for row in Api(mixed).rows("budget-lines/")} == {"TRAM"}
    sums = {row["code"]: row for row in Api(mixed).rows("rollups/")}
    assert (sums["NORTH"]["budget"], sums["NORTH"]["actual"], sums["NORTH"]["budget_known"]) == (None, None, 0)


def test_history_and_reasons_tell_no_amounts(money: World, ada: User) -> None:
    """A changed amount is in the history of who may know it; the reason of a red cost says that it is hidden."""
    viewer = make.user(role="viewer")
    Client().force_login(ada)
    Api(ada).post(
        "budget-lines/", {"project": money.tram.pk, "kind": "initial", "month": "2026-03-01", "amount": "7654321"}
    )
    address = f"/projects/{money.tram.pk}/history/"
    assert amounts(read(ada, address))
    assert not amounts(read(viewer, address))
    assert "Original budget" not in read(viewer, address)
    reasons = Api(viewer).rows("health/")[0]["reasons"]
    assert {"dimension": "cost", "code": "hidden", "colour": "red", "params": {}} in reasons
    assert "Judged from figures your role does not show" in read(viewer, f"/projects/{money.tram.pk}/")


def test_past_days_tell_no_amounts(money: World, ada: User) -> None:
    """The same photographs and lists as of a past day."""
    viewer = make.user(role="viewer")
    assert not HealthPast.objects.exists()
    day = "2026-11-24"
    for address in (
        "/portfolios/NORTH/",
        f"/projects/{money.tram.pk}/",
        f"/projects/{money.tram.pk}/budget/",
        "/api/v1/projects/",
    ):
        assert not amounts(read(viewer, f"{address}?as_of={day}")), address


def test_a_past_day_is_judged_by_the_role_of_today(money: World) -> None:
    """Executive of NORTH, viewer of SOUTH: what moved from the one to the other shows no amount any more, not even of before."""
    user = make.user(role="executive", on=money.north)
    make.member(user, "viewer", on=money.south)
    addresses = [
        "/portfolios/NORTH/?as_of=2026-11-24&q=tram&columns=budget,variance",
        "/portfolios/NORTH/figures/?as_of=2026-11-24",
        "/executive/?portfolio=NORTH&as_of=2026-11-24",
        "/projects/?as_of=2026-11-24&q=tram&columns=budget,variance",
        f"/projects/{money.tram.pk}/?as_of=2026-11-24",
        "/api/v1/projects/?as_of=2026-11-24&code=TRAM",
    ]
    before = [bool(amounts(read(user, address))) for address in addresses]
    assert sum(before) >= 5
    Project.objects.filter(pk=money.tram.pk).update(node=money.south)
    refresh.refresh([money.tram.pk], on=make.TODAY, at=datetime(2026, 11, 27, 12, tzinfo=UTC))
    for address in addresses:
        assert not amounts(read(user, address)), address


def test_each_group_is_a_scope_of_its_own() -> None:
    """A group names roles that exist, and both groups of money are asked."""
    known = set(Membership.Role.values)
    assert all(roles <= known for roles in FIELD_GROUPS.values())
    assert set(MONEY_GROUPS) <= set(FIELD_GROUPS)
    assert not any(set(WITHOUT) & FIELD_GROUPS[group] for group in MONEY_GROUPS)


def test_embedded_and_chosen_members_tell_no_amounts(money: World, ada: User) -> None:
    """`expand=`, `fields=` and CSV are the same rows in other clothes."""
    make.risk(money.tram)
    viewer = make.user(role="viewer")
    for address in ("/api/v1/risks/?expand=project", "/api/v1/projects/?fields=budget,eac"):
        assert amounts(read(ada, address)), address
        assert not amounts(read(viewer, address)), address
    for user, known in ((ada, True), (viewer, False)):
        caller = Api(user)
        answer = caller.client.get("/api/v1/projects/", headers={**caller.headers, "Accept": "text/csv"})
        assert bool(amounts(b"".join(answer.streaming_content).decode())) is known


NOTE = "Le fournisseur négocie en secret"


def test_the_confidential_note_is_for_those_who_decide(money: World, ben: User, ada: User) -> None:
    """Written with the status by the project manager; pages, API and history hide it, and that it changed, from the others."""
    item = f"projects/{money.tram.pk}/"
    declared = {"declared": "amber", "trend": "down", "key_message": "Retard.", "confidential_note": NOTE}
    version = Api(ben).get(item).json()["version"]
    assert Api(ben).post(f"{item}status/", declared, version=version).status_code == 200
    author = make.user(role="portfolio_manager", first_name="Nora", last_name="Lenoir")
    note = {**declared, "confidential_note": f"{NOTE} Encore."}  # all that changes: who wrote it is not told either
    assert Api(author).post(f"{item}status/", note, version=version + 1).status_code == 200
    for role in EVERY:
        user = make.user(role=role)
        seen = role in FIELD_GROUPS["confidential_note"]
        for address in (f"/{item}", f"/{item}history/", f"/api/v1/{item}"):
            assert (NOTE in read(user, address)) is seen, (role, address)
        assert (Api(user).get(item).json()["confidential_note"] is not None) is seen
        narrowed = read(user, f"/{item}history/?field=confidential_note")
        assert "Confidential note</option>" not in narrowed
        assert (author.label in read(user, f"/{item}history/")) is seen, role
    integration = make.user(role="service_account")
    version = Api(ada).get(item).json()["version"]
    refused = Api(integration).post(f"{item}status/", declared, version=version)
    assert refused.status_code == 403
    kept = Api(integration).post(
        f"{item}status/", {key: value for key, value in declared.items() if key != "confidential_note"}, version=version
    )
    assert (kept.status_code, Api(ada).get(item).json()["confidential_note"]) == (200, note["confidential_note"])


def test_rates_are_for_roles_over_the_whole_organisation(money: World, ada: User, ben: User) -> None:
    """What a day of somebody costs: on the form, in no answer and no history of others; nobody else can write it."""
    person = make.person("Zoé Rate", daily_rate=Decimal("876.50"))
    address = f"/people/{person.pk}/edit/"
    assert "876" in read(ada, address)
    assert "876" not in read(ben, address)
    client = Client()
    client.force_login(ben)
    client.post(address, {"name": "Zoé Rate", "version": person.version, "daily_rate": "1", "rate_currency": "EUR"})
    person.refresh_from_db()
    assert person.daily_rate == Decimal("876.50")
    with pytest.raises(NotAllowed):
        update_person(person=person, by=ben, version=person.version, changes={"daily_rate": Decimal(1)})
    for role in EVERY:
        everywhere, local = make.user(role=role), make.user(role=role, on=money.north)
        assert Access.of(everywhere).sees_everywhere("rates") is (role in FIELD_GROUPS["rates"])
        assert not Access.of(local).sees_everywhere("rates")
        assert "876" not in read(local, "/api/v1/people/")
