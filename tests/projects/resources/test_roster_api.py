"""Files of people and absences, and many answers at once, through the API."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pmo_portal.core.models import User
from projects.exchange.models import ImportBatch
from projects.resources.models import Absence, Allocation, Person, Rate
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.projects.exchange.files import csv_bytes
from tests.projects.resources.test_roster_parts import HEAD, ZOE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def rita(world: World) -> User:
    for code in ("Java", "Recette", "SQL"):
        make.skill(code, name=code)
    make.unit("DSI", name="DSI"), make.unit("RH", name="RH")
    return make.user("rita", role="resource_manager")


def sent(api: Api, rows: list[Any], **fields: Any) -> Any:
    file = SimpleUploadedFile(fields.pop("name", "people.csv"), csv_bytes(rows))
    return api.client.post("/api/v1/people-imports/", {"holds": "people", **fields, "file": file}, headers=api.headers)


def test_a_file_is_compared_then_written_then_taken_back(rita: User, ben: User) -> None:
    api = Api(rita)
    answer = sent(api, [HEAD, ZOE], dry_run="true")
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["state"], told["holds"], told["report"]["counts"]["created"]) == ("staged", "people", 1)
    assert not Person.objects.exists()
    item = f"people-imports/{told['id']}/"
    assert api.post(f"{item}apply/", {}, version=answer.headers["ETag"]).json()["state"] == "applied"
    assert Person.objects.get().skills.count() == 3
    assert api.get(item).json()["report"]["counts"]["created"] == 1
    tag = api.get(item).headers["ETag"]
    assert api.post(f"{item}undo/", None, version=tag).json()["state"] == "undone"
    assert not Person.objects.exists()
    assert Api(ben).get("people-imports/").status_code == 403
    assert sent(Api(ben), [HEAD, ZOE]).status_code == 403


def test_refused_lines_are_told_one_by_one_and_nothing_is_kept(rita: User) -> None:
    rows = [["Nom", "Profil"], ["Zoé", ""], ["Max", "Pilote"]]
    answer = sent(Api(rita), rows)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["path"], "pas connu ici" in error["message"]) == ("rows[3].role", True)
    assert not ImportBatch.objects.exists()
    assert sent(Api(rita), rows, skip_bad_rows="true").json()["report"]["counts"] == {
        "created": 1, "updated": 0, "unchanged": 0, "refused": 1, "left_out": 0
    }  # fmt: skip
    assert sent(Api(rita), rows, holds="money").status_code == 400


def test_a_program_without_rates_writes_and_reads_none(rita: User) -> None:
    robot = Api(make.user("robot", role="service_account"))
    told = sent(robot, [HEAD, ZOE]).json()
    assert told["report"]["guarded"] == ["TJM", "Devise", "Tarif depuis"]
    assert not Rate.objects.exists()
    mine = sent(Api(rita), [HEAD, ZOE]).json()
    assert "1250.50" in str(mine)
    assert "1250.50" not in str(robot.get(f"people-imports/{mine['id']}/").json())
    assert "1250.50" not in str(robot.rows("people-imports/"))


def test_absences_that_are_gone_go_only_where_it_is_said(rita: User) -> None:
    make.person("Zoé", external_ref="17")
    day = (timezone.localdate() + timedelta(days=9)).isoformat()
    head, api = ["Matricule", "Réf", "Du"], Api(rita)
    options = {"holds": "absences", "source": "SIRH"}
    sent(api, [head, ["17", "A", day], ["17", "B", day]], **options)
    sent(api, [head, ["17", "A", day]], **options)
    assert Absence.objects.count() == 2
    staged = sent(api, [head, ["17", "A", day]], dry_run="true", **options)
    [gone] = staged.json()["report"]["gone"]["rows"]
    item = f"people-imports/{staged.json()['id']}/apply/"
    assert api.post(item, {"gone": [gone[0]]}, version=staged.headers["ETag"]).status_code == 200
    assert Absence.objects.get().external_ref == "A"


def test_many_answers_each_for_itself(world: World, ben: User) -> None:
    rita, zoe = make.user("rita", role="resource_manager"), make.person("Zoé")
    first, second, third, fourth = (make.allocation(world.tram, months={date(2027, n, 1): 10}) for n in (1, 2, 3, 4))
    wanted = [
        {"allocation": first.pk, "version": first.version, "verb": "confirm", "person": zoe.pk},
        {"allocation": second.pk, "version": second.version, "verb": "propose", "person": zoe.pk,
         "months": [{"month": "2027-02-01", "granted": "4.00"}]},
        {"allocation": third.pk, "version": third.version + 7, "verb": "refuse", "answer": "No"},
        {"allocation": fourth.pk, "version": fourth.version, "verb": "refuse", "answer": "Nobody before May"},
        {"allocation": 10**9, "version": 1, "verb": "refuse", "answer": "No"},
    ]  # fmt: skip
    told = Api(rita).post("allocations/answers/", {"answers": wanted}).json()
    assert (told["done"], told["refused"]) == (3, 2)
    assert [one["status"] for one in told["results"]] == ["confirmed", "proposed", None, "refused", None]
    assert "a changé depuis" in told["results"][2]["error"]
    assert told["results"][0]["version"] == Allocation.objects.get(pk=first.pk).version
    assert Api(ben).post("allocations/answers/", {"answers": wanted[:1]}).status_code == 403
    assert Api(rita).post("allocations/answers/", {"answers": []}).status_code == 400
    assert Api(rita).post("allocations/answers/", {"answers": [{**wanted[0], "verb": "split"}]}).status_code == 400
