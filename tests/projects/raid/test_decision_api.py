"""Decisions through the API: who may take one, and who never reads an amount."""

from typing import Any

import pytest
from django.test import Client

from pmo_portal.core import tokens
from pmo_portal.core.models import User
from projects.models import Decision
from tests import make
from tests.cast import World
from tests.core.api_client import Api

TWO: list[dict[str, Any]] = [
    {"label": "Tout", "cost": "7654321.00", "delay_days": 20, "note": "", "recommended": True},
    {"label": "Rien", "cost": None, "delay_days": None, "note": "", "recommended": False},
]
AMOUNTS = ("7654321", "7,654", "8765432", "8,765")


@pytest.fixture
def asked(world: World) -> Decision:
    return make.decision(world.tram, amount_asked="8765432.00", options=TWO)


def tells(text: str) -> bool:
    return any(amount in text for amount in AMOUNTS)


@pytest.mark.parametrize(
    ("name", "asks", "takes"),
    [
        ("ada", 200, 200),  # the PMO writes down what others decided
        ("ben", 200, 403),
        ("dan", 200, 403),
        ("cleo", 403, 403),
        ("eve", 403, 200),
        ("nils", 403, 200),
        ("iris", 200, 200),
        ("omar", 404, 404),
    ],
)
def test_who_asks_and_who_decides(
    request: pytest.FixtureRequest, world: World, asked: Decision, name: str, asks: int, takes: int
) -> None:
    """nils sits on the committee of NORTH, iris is the sponsor of tram."""
    others = {"nils": ("committee_member", world.north), "iris": ("sponsor", world.tram)}
    user = (
        make.user(name, role=others[name][0], on=others[name][1]) if name in others else request.getfixturevalue(name)
    )
    api, item = Api(user), f"decisions/{asked.pk}/"
    day = "2099-01-15"
    assert api.post(f"{item}schedule/", {"scheduled_for": day}, version=1).status_code == asks
    asked.refresh_from_db()
    body = {"outcome": "go", "decided_by_name": "COMEX"}
    taken = api.post(f"{item}take/", body, version=asked.version)
    assert taken.status_code == takes
    asked.refresh_from_db()
    assert asked.status == ("taken" if takes == 200 else "scheduled" if asks == 200 else "asked")
    elsewhere = make.decision(world.harbour)
    if name in ("nils", "iris"):
        assert api.post(f"decisions/{elsewhere.pk}/take/", body, version=1).status_code == 404


def test_an_amount_is_read_by_who_sees_budgets_and_by_nobody_else(
    world: World, ben: User, cleo: User, dan: User, asked: Decision
) -> None:
    """In items, lists, chosen members, CSV, what an action embeds, the history; and no token without `money` reads it."""
    make.action(world.tram, decision=asked)
    item = f"decisions/{asked.pk}/"
    Api(ben).patch(item, {"options": [*TWO, {"label": "Un peu", "cost": "7654321.50"}]}, version=1)
    Api(ben).patch(item, {"amount_asked": "8765432.50"}, version=2)
    ways = (
        item, "decisions/", "decisions/?fields=amount_asked,options", "actions/?expand=decision", "audit-events/?page_size=50",
    )  # fmt: skip
    for user, may in ((ben, True), (cleo, False), (dan, False)):
        for way in ways:
            assert tells(Api(user).get(way).content.decode()) is may, (user, way)
        api = Api(user)
        table = api.client.get("/api/v1/decisions/", headers={**api.headers, "Accept": "text/csv"})
        assert tells(b"".join(table.streaming_content).decode()) is may
        browser = Client()
        browser.force_login(user)
        for page in (f"/projects/{world.tram.pk}/history/", f"/history/decision/{asked.pk}/"):
            assert tells(browser.get(page).content.decode()) is may, page
    alone = Api(dan).rows("audit-events/", target_type="projects.Decision", action="update")
    assert alone == [], "that an amount changed, and nothing else, is not told either"
    row = Api(cleo).get(item).json()
    assert (row["amount_asked"], [one["cost"] for one in row["options"]]) == (None, [None, None, None])
    _row, secret = tokens.issue(user=ben, name="no money", scopes=["risks:write"])
    poor = Api(None)
    poor.headers = {"Authorization": f"Token {secret}"}
    assert not tells(poor.get(item).content.decode())
    assert poor.patch(item, {"amount_asked": "1.00"}, version=3).status_code == 403
    assert Api(ben).get("decisions/", ordering="amount_asked").status_code == 400


def test_what_is_echoed_without_amounts_leaves_them(world: World, dan: User, ben: User, asked: Decision) -> None:
    """A contributor puts back what they read, reworded: the amounts they never saw are still there."""
    item = f"decisions/{asked.pk}/"
    seen = Api(dan).get(item).json()
    names = ("question", "amount_asked", "options", "committee", "background", "recommendation", "needed_by")
    body = {name: seen[name] for name in names} | {"question": "Que garder ?"}
    assert Api(dan).put(item, {**body, "project": world.tram.pk}, version=1).status_code == 200
    kept = Api(ben).get(item).json()
    assert (kept["question"], kept["amount_asked"], kept["options"]) == ("Que garder ?", "8765432.00", TWO)


def test_options_are_written_whole_and_in_bulk_only_where_they_differ(world: World, ben: User, asked: Decision) -> None:
    api, item = Api(ben), f"decisions/{asked.pk}/"
    partial = api.patch(item, {"options": [{"cost": "1.00"}]}, version=1)
    assert (partial.status_code, partial.json()["errors"][0]["path"]) == (400, "options.0.label")
    for options, code in (([{"label": "A"}] * 7, 400), ([{"label": "A", "recommended": True}] * 2, 422), ([], 200)):
        assert api.patch(item, {"options": options}, version=1).status_code == code, options
    row = {"project": world.tram.pk, "external_ref": "D", "question": "Qui ?", "options": TWO}
    sent = lambda: api.post("decisions/bulk/", {"rows": [row]}).json()["results"][0]  # noqa: E731
    assert [sent()["outcome"], sent()["outcome"]] == ["created", "unchanged"]
    row["options"] = [{"label": "Rien"}]
    told = sent()
    assert (told["outcome"], told["version"]) == ("updated", 2)
    assert [one["label"] for one in api.get(f"decisions/{told['id']}/").json()["options"]] == ["Rien"]


def test_amounts_are_not_guessed_row_by_row(world: World, ben: User, dan: User, asked: Decision) -> None:
    """The right guess of who sees no budgets is answered as the wrong one; what they put back unseen changes nothing."""
    Decision.objects.filter(pk=asked.pk).update(external_ref="D")

    def told(user: User, **given: Any) -> list[Any]:
        row = {"project": world.tram.pk, "external_ref": "D", **given}
        one = Api(user).post("decisions/bulk/?dry_run=true&partial=true", {"rows": [row]}).json()["results"][0]
        return [one["outcome"], one["errors"]]

    for right, wrong in (
        ({"amount_asked": "8765432.00"}, {"amount_asked": "1.00"}),
        ({"options": TWO}, {"options": [{**TWO[0], "cost": "1.00"}, TWO[1]]}),
    ):
        assert told(dan, **right) == told(dan, **wrong)
        assert told(dan, **right)[0] == "refused"
        assert (told(ben, **right)[0], told(ben, **wrong)[0]) == ("unchanged", "updated")
    blind = [{**one, "cost": None} for one in TWO]
    assert told(dan, amount_asked=None, options=blind) == ["unchanged", []]


def test_lists_are_narrowed_to_what_is_late_and_whose_it_is(world: World, ben: User) -> None:
    zoe = make.person("Zoé")
    past = "2026-01-01"
    late = make.issue(world.tram, due_date=past, owner=zoe), make.action(world.tram, due_date=past, owner=zoe)
    (
        make.issue(world.tram, due_date=past, status="closed", closed_on=past),
        make.action(world.tram, due_date="2099-01-01"),
    )
    asked = make.decision(world.tram, needed_by=past)
    make.decision(world.tram, needed_by=past, status="lapsed")
    api = Api(ben)
    for path, row in (("issues/", late[0]), ("actions/", late[1]), ("decisions/", asked)):
        assert [one["id"] for one in api.rows(path, overdue="true")] == [row.pk], path
        assert row.pk not in [one["id"] for one in api.rows(path, overdue="false")], path
        assert row.pk in [one["id"] for one in api.rows(path, open="true")], path
    for path, row in (("issues/", late[0]), ("actions/", late[1])):
        assert [one["id"] for one in api.rows(path, owner=zoe.pk)] == [row.pk]
    assert api.rows("decisions/", updated_since="2099-01-01") == []
