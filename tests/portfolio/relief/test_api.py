"""What gives way in the API: options, proposals and answers, as the pages have them."""

import pytest
from django.utils import timezone

from pmo_portal.core import work
from pmo_portal.core.models import User, Work
from pmo_portal.core.periods import add_months
from portfolio.capacity.services import refresh
from portfolio.relief.models import Leveling, Proposal
from portfolio.relief.services import solving
from projects.hierarchy.models import Project
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.portfolio.relief.conflicts import Short, short_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def short(world: World) -> Short:
    return short_role(world)


def cell(short: Short) -> dict[str, str]:
    return {"by": "role", "grain": "month", "row": str(short.role.pk), "at": short.month.isoformat()}


def test_options_are_proposed_and_answered(ada: User, ben: User, world: World, short: Short) -> None:
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=None, baseline_end=None)
    found = Api(ada).get("capacity/options/", **cell(short)).json()
    assert found["short"] > 0
    shift = next(one for one in found["results"] if one["kind"] == "shift" and one["project"] == world.tram.pk)
    body = {**cell(short), "row": short.role.pk, "option": shift["key"], "note": "Le port"}
    assert Api(ben).post("proposals/", body).status_code == 403
    made = Api(ada).post("proposals/", body)
    assert made.status_code == 201, made.content
    row = made.json()
    assert (row["state"], row["by"], row["row"], row["note"]) == ("proposed", "role", short.role.pk, "Le port")
    refused = Api(ada).post("proposals/", body)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:pmo-portal:problem:conflict")
    assert "Retry-After" not in refused
    again = Api(ada).get("capacity/options/", **cell(short)).json()["results"]
    assert {one["proposal"] for one in again if one["key"] == shift["key"]} == {row["id"]}

    assert [one["id"] for one in Api(ben).rows("proposals/", for_me="true")] == [row["id"]]
    assert Api(ben).post(f"proposals/{row['id']}/accept/", {}).status_code == 428
    assert Api(ben).post(f"proposals/{row['id']}/refuse/", {}, version=row["version"]).status_code == 422
    done = Api(ben).post(f"proposals/{row['id']}/accept/", {"answer": "Oui"}, version=row["version"])
    assert (done.status_code, done.json()["state"]) == (200, "accepted")
    assert Api(ada).post(f"proposals/{row['id']}/withdraw/", {}, version=row["version"]).status_code == 412


def test_an_outdated_proposal_is_refused_with_why_and_its_new_version(ben: User, world: World) -> None:
    asked = make.allocation(world.tram, months={add_months(timezone.localdate().replace(day=1), 3): 5})
    moved = {"id": asked.pk, "version": asked.version + 1, "before": {}, "after": {}}
    row: Proposal = make.proposal(world.tram, kind="shift", steps={"allocations": [moved]})
    api, address = Api(ben), f"proposals/{row.pk}/"
    seen = api.get(address)
    told = api.send("POST", f"{address}accept/", {}, version=seen["ETag"], **{"Idempotency-Key": "k"})
    assert (told.status_code, told.json()["type"]) == (409, "urn:pmo-portal:problem:conflict"), told.content
    assert "Une demande" in told.json()["detail"]
    now = api.get(address)
    assert (now.json()["state"], told.json()["current"], told["ETag"]) == ("outdated", now.json(), now["ETag"])
    assert now["ETag"] != seen["ETag"]
    assert api.post(f"{address}accept/", {}, version=now["ETag"]).status_code == 412


def test_what_is_no_cell_and_what_is_no_option(ada: User, cleo: User, short: Short) -> None:
    assert Api(cleo).get("capacity/options/", **cell(short)).status_code == 403
    assert Api(ada).get("capacity/options/").status_code == 400
    assert Api(ada).get("capacity/options/", **{**cell(short), "row": "999999"}).status_code == 404
    body = {**cell(short), "row": short.role.pk, "option": "shift-0"}
    assert Api(ada).post("proposals/", body).status_code == 422
    assert Api(ada).post("proposals/", {**body, "row": 999999}).status_code == 422


def test_a_hidden_proposal_is_not_there(ben: User, world: World) -> None:
    row: Proposal = make.proposal(world.secret)
    assert Api(ben).get(f"proposals/{row.pk}/").status_code == 404
    assert Api(ben).rows("proposals/") == []


def test_a_levelling_is_asked_computed_and_proposed(ada: User, ben: User, world: World) -> None:
    role = make.role()
    make.person(role=role)
    month = add_months(timezone.localdate().replace(day=1), 2)
    Project.objects.update(forecast_end=None, baseline_end=None)
    for project in (world.tram, world.harbour):
        make.allocation(project, role=role, months={month: 15})
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    assert Api(ben).post("levelings/", {}).status_code == 403
    made = Api(ada).post("levelings/", {"moves": 50, "hold_must_wins": False})
    run = made.json()
    assert (made.status_code, run["state"], run["result"]) == (201, "waiting", None)
    assert Api(make.user("pia", role="pmo")).get(f"levelings/{run['id']}/").status_code == 404
    Work.objects.update(attempts=1)
    solving.solve(work.Lease(run["id"], 1, 1))
    answer = Api(ada).get(f"levelings/{run['id']}/")
    assert answer.json()["result"]["projects"]
    assert [one["result"] for one in Api(ada).rows("levelings/")] == [None]  # a plan is read one at a time
    done, tag = answer.json(), answer["ETag"]
    assert done["state"] == "done"
    assert done["lower"] <= done["cost"] <= done["rule_cost"]
    [moving] = done["result"]["projects"]
    still = ({world.tram.pk, world.harbour.pk} - {moving["id"]}).pop()
    address = f"levelings/{run['id']}/propose/"
    told = Api(ada).post(address, {"projects": [moving["id"], still]}, version=tag)
    assert (told.status_code, told.json()["errors"][0]["path"]) == (422, "projects[1]")
    assert Api(ada).post(address, {"projects": [moving["id"]]}, version=tag).status_code == 200
    assert Proposal.objects.get().project_id == moving["id"]
    told = Api(ada).post(address, {"projects": [moving["id"]]}, version=tag)
    assert (told.status_code, told.json()["errors"][0]["path"]) == (409, "projects[0]")
    assert Project.objects.get(pk=moving["id"]).name in told.json()["detail"]


def test_a_levelling_is_cancelled_while_it_goes_on(ada: User, world: World) -> None:
    answer = Api(ada).post("levelings/", {})
    pk, tag = answer.json()["id"], answer["ETag"]
    Leveling.objects.update(state="running", share=0.4)  # progress is no other version
    assert Api(ada).post(f"levelings/{pk}/cancel/", {}, version=tag).json()["state"] == "cancelled"
    assert Api(ada).post(f"levelings/{pk}/cancel/", {}, version=tag).status_code == 412
