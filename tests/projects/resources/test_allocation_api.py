"""Requests of people through the API: asked by projects, answered by resource managers, many at once by reference."""

from typing import Any

import pytest

from pmo_portal.core.models import User
from projects.models import Allocation, Project, Role
from tests import make
from tests.cast import World
from tests.core.api_client import Api

MONTHS = [{"month": "2027-01-01", "asked": "10.00"}, {"month": "2027-02-01", "asked": "4.50"}]
pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def rita(world: World) -> User:
    return make.user("rita", role="resource_manager")


@pytest.fixture
def dev(world: World) -> Role:
    return make.role("DEV")


def body(world: World, dev: Role, **more: Any) -> dict[str, Any]:
    return {"project": world.tram.pk, "role": dev.pk, "months": MONTHS, **more}


@pytest.mark.parametrize(
    ("name", "asks", "answers"),
    [
        ("ada", 201, 200),
        ("ben", 201, 403),
        ("rita", 403, 200),
        ("dan", 403, 403),
        ("cleo", 403, 403),
        ("omar", 403, 404),
    ],
)
def test_who_asks_and_who_answers(
    request: pytest.FixtureRequest, world: World, dev: Role, name: str, asks: int, answers: int
) -> None:
    api, lea = Api(request.getfixturevalue(name)), make.person("Léa")
    row = make.allocation(world.tram, role=dev)
    assert api.post("allocations/", body(world, dev)).status_code == asks
    told = api.post(f"allocations/{row.pk}/confirm/", {"person": lea.pk}, version=1)
    assert told.status_code == answers


def test_is_told_with_its_months(world: World, dev: Role, ben: User, rita: User) -> None:
    made = Api(ben).post("allocations/", body(world, dev, note="Reprise"))
    row = made.json()
    assert row["months"] == [{**one, "granted": None} for one in MONTHS]
    assert (row["status"], row["asked_by"], row["role_name"], made.headers["ETag"]) == (
        "requested", ben.pk, dev.name, '"v1"'
    )  # fmt: skip
    pk, lea = row["id"], make.person("Léa")
    proposed = Api(rita).post(
        f"allocations/{pk}/propose/",
        {"person": lea.pk, "months": [{"month": "2027-01-01", "granted": "8.00"}]},
        version=1,
    ).json()  # fmt: skip
    assert [one["granted"] for one in proposed["months"]] == ["8.00", "0.00"]
    stale = Api(rita).post(f"allocations/{pk}/confirm/", {}, version=1)
    assert (stale.status_code, stale.json()["current"]["person_name"]) == (412, "Léa")
    assert "rita" in stale.json()["errors"][0]["message"]
    part = Api(rita).post(
        f"allocations/{pk}/split/",
        {"person": lea.pk, "months": [{"month": "2027-01-01", "granted": "3.00"}], "confirm": True},
        version=proposed["version"],
    )  # fmt: skip
    assert (part.status_code, part.json()["origin"], part.json()["status"]) == (201, pk, "confirmed")
    rest = Api(ben).get(f"allocations/{pk}/", expand="person,role").json()
    assert rest["months"][0] == {"month": "2027-01-01", "asked": "7.00", "granted": "7.00"}
    changed = Api(ben).patch(f"allocations/{pk}/", {"months": MONTHS[:1]}, version=rest["version"]).json()
    assert ([one["asked"] for one in changed["months"]], changed["status"]) == (["10.00"], "requested")
    refused = Api(rita).post(f"allocations/{pk}/refuse/", {"answer": "No"}, version=changed["version"]).json()
    assert (refused["status"], refused["answer"]) == ("refused", "No")
    assert Api(ben).delete(f"allocations/{pk}/", version=refused["version"]).status_code == 204
    assert [row["status"] for row in Api(ben).rows("allocations/", project=world.tram.pk)] == ["confirmed"]


def test_says_who_has_no_room_and_takes_a_purpose(world: World, dev: Role, rita: User) -> None:
    lea = make.person("Léa")
    make.allocation(
        world.harbour,
        person=lea,
        status="confirmed",
        answered_on="2026-11-24",
        months={make.date(2027, 1, 1): (15, 15)},
    )
    row = make.allocation(world.tram, role=dev)
    told = Api(rita).post(f"allocations/{row.pk}/confirm/", {"person": lea.pk}, version=1)
    assert (told.status_code, told.json()["errors"][0]["path"]) == (409, "months[2027-01]")
    assert (told.json()["type"], "Retry-After" in told) == ("urn:pmo-portal:problem:conflict", False)
    assert "25" in told.json()["detail"]
    done = Api(rita).post(f"allocations/{row.pk}/confirm/", {"person": lea.pk, "anyway": True}, version=1)
    assert (done.status_code, done.json()["status"]) == (200, "confirmed")


def test_says_who_fits_to_who_answers(
    world: World, dev: Role, rita: User, ada: User, ben: User, dan: User, omar: User, django_assert_max_num_queries: Any
) -> None:
    lea, max_ = make.person("Léa", role=dev, daily_rate=650), make.person("Max", role=dev)
    make.allocation(
        world.secret,
        person=max_,
        status="confirmed",
        answered_on="2026-11-24",
        months={make.date(2027, 1, 1): (15, 15)},
    )
    row = make.allocation(world.tram, role=dev)
    path = f"allocations/{row.pk}/candidates/"
    told = Api(rita).get(path).json()
    assert told["allocation"] == row.pk
    first, second = told["results"]
    assert (first["person"], first["person_name"], first["daily_rate"], first["rate_currency"]) == (
        lea.pk, "Léa", "650.00", "EUR"
    )  # fmt: skip
    assert first["months"] == [{"month": "2027-01-01", "need": 10.0, "free": 10.0}]
    assert [reason["words"].replace("\xa0", " ") for reason in second["reasons"]] == ["Libre 5 jours sur 10"]
    assert (second["free"], second["points"] < first["points"], "ecret" in str(told)) == (5.0, True, False)
    local = make.user("local", role="resource_manager", on=world.north)
    assert [one["daily_rate"] for one in Api(local).get(path).json()["results"]] == [None, None]
    assert [one["person"] for one in Api(rita).get(path, q="max").json()["results"]] == [max_.pk]
    for reader, code in ((ada, 200), (ben, 403), (dan, 403), (omar, 404)):
        assert Api(reader).get(path).status_code == code
    assert Api(rita).get(path, colour="red").status_code == 400
    for _ in range(10):
        make.person(role=dev)
    with django_assert_max_num_queries(24):
        assert len(Api(rita).get(path).json()["results"]) == 12
    given = {"person": lea.pk, "seen": first["mark"]}
    make.allocation(world.harbour, person=lea, status="confirmed", answered_on="2026-11-24", months={})
    assert Api(rita).post(f"allocations/{row.pk}/confirm/", given, version=1).status_code == 409
    given["seen"] = Api(rita).get(path, q="Léa").json()["results"][0]["mark"]
    assert Api(rita).post(f"allocations/{row.pk}/confirm/", given, version=1).status_code == 200


@pytest.mark.parametrize(
    ("months", "status"),
    [
        ([{"month": "2027-01-01", "asked": "-1"}], 400),
        ([{"month": "2027-01-15", "asked": "1"}], 422),
        ([{"month": "2027-01-01"}], 400),
        ([{"month": "2027-01-01", "asked": "1", "granted": "1"}], 400),  # granted by an answer alone
        ([{"month": "9999-12-01", "asked": "1"}], 422),
        ([], 422),
        ([{"month": "2027-01-01", "asked": "1"}, {"month": "2027-01-01", "asked": "2"}], 400),  # which one?
    ],
)
def test_refuses_months_that_are_none(
    world: World, dev: Role, ben: User, months: list[dict[str, str]], status: int
) -> None:
    answer = Api(ben).post("allocations/", {**body(world, dev), "months": months})
    assert (answer.status_code, Allocation.objects.count()) == (status, 0), answer.content


def test_many_at_once_by_reference(world: World, dev: Role, ben: User) -> None:
    rows = [
        {
            "external_ref": f"A{n}",
            "project_ref": "TRAM",
            "role": dev.pk,
            "months": [{"month": "2027-01-01", "asked": n}],
        }
        for n in range(1, 4)
    ]
    sent = {"source": "PLAN", "portfolio": "NORTH", "rows": rows}
    assert Api(ben).post("allocations/bulk/", sent).json()["created"] == 3
    Project.objects.filter(pk=world.tram.pk).update(external_ref="PLAN:PX1")
    lea = make.person("Léa", external_ref="PLAN:1")
    named = {**rows[0], "project_ref": "PX1", "person_ref": "1"}
    assert Api(ben).post("allocations/bulk/", {**sent, "rows": [named]}).json()["updated"] == 1
    assert Allocation.objects.get(external_ref="PLAN:A1").person_id == lea.pk
    unknown = Api(ben).post("allocations/bulk/", {**sent, "rows": [{**named, "person_ref": "2"}]})
    assert (unknown.status_code, unknown.json()["errors"][0]["path"]) == (422, "rows[0].person_ref")
    other = {"project": world.harbour.pk, "person": make.person().pk}
    told = Api(ben).post("allocations/bulk/", {**sent, "rows": [{**named, **other}]}).json()["errors"]
    assert {"rows[0].project_ref", "rows[0].person_ref"} <= {one["path"] for one in told}
    rows[1]["months"] = [{"month": "2027-01-01", "asked": "2.5"}]
    rows[2]["months"] = [{"month": "2027-01-02", "asked": "2.5"}]
    told = Api(ben).send("POST", "allocations/bulk/?partial=true", sent).json()
    assert (told["updated"], told["unchanged"], told["refused"]) == (1, 1, 1)
    assert told["results"][2]["errors"][0]["path"] == "rows[2].months"


def test_is_found_by_what_it_is(world: World, dev: Role, ada: User) -> None:
    first = make.allocation(world.tram, role=dev, note="Données")
    make.allocation(world.tram, months={make.date(2027, 6, 1): 3}, status="refused", answered_on="2026-11-24")

    def found(**query: Any) -> list[int]:
        return [row["id"] for row in Api(ada).rows("allocations/", **query)]

    for query in (
        {"waiting": "true"},
        {"role": dev.pk},
        {"month_to": "2027-03-31"},
        {"q": "donnees"},
        {"status": "requested"},
    ):
        assert found(**query) == [first.pk], query
    assert found(month_from="2027-03-01", status="requested,changed") == []
