"""An import is no way around rights, nor an undo of one (security.md §11, exam 50; T10)."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.exchange.services import batches
from projects.exchange.services.undo import undo
from projects.models import ImportBatch, Membership, Node, Project
from tests import make
from tests.cast import World
from tests.projects.exchange.files import csv_bytes, load_as

pytestmark = pytest.mark.django_db

ROWS = [["Code", "Nom du projet", "Budget révisé"], ["HARBOUR", "Taken over", "9"], ["NEW", "Nouveau", "1"]]
ROLES = ("executive", "project_manager", "contributor", "viewer")


def written() -> tuple[int, int, list[str]]:
    return Project.objects.count(), ImportBatch.objects.count(), sorted(Project.objects.values_list("name", flat=True))


def ways(user: User, code: str, folder: Any) -> list[int | str]:
    """What the page, the service and the command answer to this person."""
    client = Client()
    client.force_login(user)
    file = SimpleUploadedFile("suivi.csv", csv_bytes(ROWS))
    page = client.post(
        reverse("projects:import-create"), {"file": file, "profile": "generic", "portfolio": code, "new_code": ""}
    )
    found: list[int | str] = [page.status_code]
    asked = {"profile": "generic", "portfolio": code, "on": None, "settings": {}}
    try:
        batches.stage_file(by=user, content=csv_bytes(ROWS), file_name="suivi.csv", **asked)
        found.append("staged")
    except DomainError as error:
        found.append(error.status)
    path = folder / "suivi.csv"
    path.write_bytes(csv_bytes(ROWS))
    try:
        call_command("import_portfolio", str(path), portfolio=code, by=user.username)
        found.append("imported")
    except CommandError:
        found.append("refused")
    return found


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("where", ["everywhere", "portfolio", "project"])
def test_only_a_pmo_imports(world: World, role: str, where: str, tmp_path: Any) -> None:
    on: Any = {"everywhere": None, "portfolio": world.south, "project": world.harbour}[where]
    user, before = make.user(role=role, on=on), written()
    assert ways(user, "SOUTH", tmp_path) == [403, 403, "refused"]
    assert ways(user, "BRAND-NEW", tmp_path)[1:] == [403, "refused"]
    assert written() == before


def test_a_pmo_imports_where_they_are_one_and_nowhere_else(world: World, tmp_path: Any) -> None:
    neighbour, part = make.user(role="pmo", on=world.north), make.user(role="pmo", on=world.rail)
    before = written()
    for user, code in ((neighbour, "SOUTH"), (part, "NORTH"), (part, "SOUTH"), (neighbour, "BRAND-NEW")):
        assert set(ways(user, code, tmp_path)) <= {403, 422, "refused"}, (user.username, code)
    assert written() == before


def test_rows_reach_nothing_outside_their_portfolio(world: World) -> None:
    """The codes and references of another portfolio name nothing here; nobody gets a role by a file."""
    neighbour = make.user(role="pmo", on=world.north)
    Project.objects.filter(pk=world.harbour.pk).update(external_ref="X-9")
    south = list(Project.objects.filter(portfolio=world.south).order_by("pk").values("name", "version", "node_id"))
    members = Membership.objects.count()
    rows = [
        ["Référence externe", "Code", "Nom du projet", "Programme", "Projet parent", "Chef de projet", "Rôle"],
        ["X-9", "HARBOUR", "Mine now", "SOUTH", "", neighbour.username, "pmo"],
        ["X-10", "SUB", "Partie", "", "SECRET", "", "pmo"],
    ]
    staged, _batch = load_as(neighbour, csv_bytes(rows), portfolio="NORTH", skip_bad_rows=True)
    assert [problem.row for problem in staged.rejected] == [3]  # its parent is nobody they may know
    mine = Project.objects.get(name="Mine now")
    assert mine.portfolio == world.north
    assert mine.node.path.startswith(world.north.path)
    assert (
        list(Project.objects.filter(portfolio=world.south).order_by("pk").values("name", "version", "node_id")) == south
    )
    assert Node.objects.get(code="SOUTH").parent is None
    assert Membership.objects.count() == members


def test_an_import_is_taken_back_by_those_who_may_make_it(world: World, ada: User) -> None:
    content = csv_bytes([["Code", "Nom du projet", "Budget révisé"], ["HARBOUR", "Renamed", "9"]])
    _staged, batch = load_as(ada, content, portfolio="SOUTH")
    for user in (make.user(role="pmo", on=world.north), *(make.user(role=role, on=world.south) for role in ROLES)):
        with pytest.raises(NotAllowed):
            undo(batch.pk, by=user)
        client = Client()
        client.force_login(user)
        assert client.post(reverse("projects:import-undo", args=[batch.pk])).status_code in (403, 404)
    assert Project.objects.get(pk=world.harbour.pk).name == "Renamed"
    undo(batch.pk, by=make.user(role="pmo", on=world.south))
    project = Project.objects.get(pk=world.harbour.pk)
    assert (project.name, project.budget_lines.count()) == ("Port", 0)
    assert AuditEvent.objects.filter(request_id=f"undo:{batch.pk}").exists()


def test_the_right_is_asked_again_when_the_file_is_applied(world: World) -> None:
    user = make.user(role="pmo", on=world.south)
    client = Client()
    client.force_login(user)
    file = SimpleUploadedFile("suivi.csv", csv_bytes(ROWS))
    client.post(reverse("projects:import-create"), {"file": file, "profile": "generic", "portfolio": "SOUTH"})
    batch = ImportBatch.objects.get()
    Membership.objects.filter(user=user).delete()
    assert client.post(reverse("projects:import-apply", args=[batch.pk])).status_code in (403, 404)
    assert not Project.objects.filter(code="NEW").exists()


def test_the_file_that_is_applied_is_the_file_that_was_seen(world: World, ada: User) -> None:
    """What is kept between the two steps carries its checksum."""
    asked = {"profile": "generic", "portfolio": "SOUTH", "on": None, "settings": {}}
    batch = batches.stage_file(by=ada, content=csv_bytes(ROWS), file_name="suivi.csv", **asked)
    ImportBatch.objects.filter(pk=batch.pk).update(content=csv_bytes([*ROWS, ["EVIL", "x", "1"]]))
    batch.refresh_from_db()
    with pytest.raises(DomainError, match=r"no longer|n’est plus"):
        batches.apply_batch(batch=batch, by=ada, skip_bad_rows=False)
    assert not Project.objects.filter(code__in=["NEW", "EVIL"]).exists()


def test_an_import_is_read_by_those_who_may_make_it(world: World, ada: User) -> None:
    """It shows every cell of every project of its portfolio, confidential ones too: to know that the portfolio is there is not
    enough, nor to be a PMO of a part of it or of somewhere else.
    """
    rows = [["Code", "Nom du projet", "Budget révisé"], ["SECRET", "Projet rebaptisé", "987654"]]
    _staged, batch = load_as(ada, csv_bytes(rows), portfolio="SOUTH")
    elsewhere = make.user(role="pmo", on=world.north)
    make.member(elsewhere, "viewer", on=world.south)
    for user, status in ((make.user(role="pmo", on=world.harbour), 404), (elsewhere, 404), (ada, 200)):
        client, told = Client(), False
        client.force_login(user)
        for address in (reverse("projects:import-review", args=[batch.pk]), f"/api/v1/imports/{batch.pk}/"):
            answer = client.get(address)
            assert answer.status_code == status, (user.username, address)
            told |= "rebaptisé" in answer.content.decode()
        assert told is (status == 200)
        shown = client.get("/api/v1/imports/").json()["results"]
        assert [one["id"] for one in shown] == ([batch.pk] if status == 200 else [])


def test_who_may_no_longer_import_there_no_longer_reads_what_they_imported(world: World) -> None:
    user = make.user(role="pmo", on=world.south)
    _staged, applied = load_as(user, csv_bytes([["Code", "Nom du projet"], ["SECRET", "Autre nom"]]), portfolio="SOUTH")
    asked = {"profile": "generic", "portfolio": "SOUTH", "on": None, "settings": {}}
    staged = batches.stage_file(by=user, content=csv_bytes(ROWS), file_name="suivi.csv", **asked)
    Membership.objects.filter(user=user).update(node=world.north)
    client = Client()
    client.force_login(user)
    for batch in (applied, staged):
        assert client.get(reverse("projects:import-review", args=[batch.pk])).status_code == 404
    with pytest.raises(NotAllowed):
        batches.remap(batch=staged, by=User.objects.get(pk=user.pk), settings={"decimal": ","})
