"""Saved mappings through the API: made, used for a file, changed by their owner alone."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pmo_portal.core.models import User
from projects.exchange.models import ImportProfile
from projects.models import Project
from tests import make
from tests.cast import World
from tests.core.api_client import ROOT, Api


def test_kept_used_shared_and_deleted(world: World, ada: User) -> None:
    caller = Api(ada)
    sent = {"name": "Monthly", "settings": {"columns": {"Das Ding": "project.name", "Nr.": "project.code"}}}
    made = caller.post("import-profiles/", sent)
    assert made.status_code == 201, made.content
    key, item = f"saved-{made.json()['id']}", f"import-profiles/{made.json()['id']}/"
    file = SimpleUploadedFile("a.csv", b"Nr.,Das Ding\nT-9,Nachtbus\n")
    answer = caller.client.post(
        f"{ROOT}imports/", {"portfolio": "NORTH", "profile": key, "file": file}, headers=caller.headers
    )
    assert answer.status_code == 201, answer.content
    assert Project.objects.get(code="T-9").name == "Nachtbus"

    again = caller.post("import-profiles/", sent)
    assert (again.status_code, again.json()["errors"][0]["path"]) == (422, "name")
    other = Api(make.user("pia", role="pmo"))
    assert other.get(item).status_code == 404
    shared = caller.patch(item, {"shared": True}, version=1)
    assert (shared.status_code, shared["ETag"]) == (200, '"v2"')
    assert shared.json()["settings"] == made.json()["settings"]
    assert other.get(item).status_code == 200
    assert other.patch(item, {"name": "Mine"}, version=2).status_code == 403
    assert other.delete(item, version=2).status_code == 403
    assert caller.delete(item, version=2).status_code == 204
    assert not ImportProfile.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"base": "nothing"}, "base"),
        ({"settings": {"columns": {"a": "project.nothing"}}}, "settings.columns"),
        ({"settings": {"columns": {"a": "amount.revised@soon"}}}, "settings.columns"),
        ({"settings": {"decimal": ";"}}, "settings.decimal"),
        ({"settings": {"prose": "x"}}, "settings.prose"),
    ],
)
def test_what_no_import_understands_is_refused(world: World, ada: User, wrong: dict[str, Any], path: str) -> None:
    answer = Api(ada).post("import-profiles/", {"name": "x", **wrong})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["path"].startswith(path)


def test_whoever_imports_nothing_keeps_none(world: World, ben: User) -> None:
    assert Api(ben).post("import-profiles/", {"name": "x"}).status_code == 403
    assert Api(ben).get("import-profiles/").status_code == 403
