"""Independent reviews (BR-26): who writes them, who reads them when, and that nobody changes one that was released."""

from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from pmo_portal.core import editing
from pmo_portal.core.errors import DomainError, NotAllowed, StaleVersion
from pmo_portal.core.models import AuditEvent, User
from projects.access.services import create_service_account
from projects.hierarchy.declared import WORDS, ranks_below
from projects.hierarchy.services.projects import delete_project
from projects.models import Assessment, Project
from projects.raid import services
from projects.raid.selectors import exceptions, in_force
from reporting.health.services import refresh
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.projects.test_pages import client_of

pytestmark = pytest.mark.usefixtures("english")

ON = date(2026, 11, 24)
AT = timezone.make_aware(timezone.datetime(2026, 11, 24, 12))  # type: ignore[attr-defined]
FORM = {"scale": "dca5", "rating": "red", "assessed_on": "2026-11-20", "summary": "The supplier has not signed."}
# What is declared against what a review says, on each of its scales: by how many ranks it is worse.
GOLDEN = {
    ("green", "dca5"): {"green": 0, "amber_green": 1, "amber": 2, "amber_red": 2, "red": 3},
    ("amber_green", "dca5"): {"green": -1, "amber_green": 0, "amber": 1, "amber_red": 1, "red": 2},
    ("amber", "dca5"): {"green": -2, "amber_green": -1, "amber": 0, "amber_red": 0, "red": 1},
    ("amber_red", "dca5"): {"green": -2, "amber_green": -1, "amber": 0, "amber_red": 0, "red": 1},
    ("red", "dca5"): {"green": -3, "amber_green": -2, "amber": -1, "amber_red": -1, "red": 0},
    ("green", "dca3"): {"green": 0, "amber": 2, "red": 3},
    ("amber_green", "dca3"): {"green": -1, "amber": 1, "red": 2},
    ("amber", "dca3"): {"green": -2, "amber": 0, "red": 1},
    ("amber_red", "dca3"): {"green": -2, "amber": 0, "red": 1},
    ("red", "dca3"): {"green": -3, "amber": -1, "red": 0},
    **{(silent, scale): dict.fromkeys(WORDS[scale]) for silent in ("", "reset", "not_rated", "not_applicable")
       for scale in ("dca5", "dca3")},
}  # fmt: skip


@pytest.fixture
def iris(world: World) -> User:
    return make.user("iris", role="assurance", first_name="Iris", last_name="Roy")


def test_the_ranks_of_both_scales(world: World) -> None:
    """In Python and in the statement alike; from two ranks on it is an exception."""
    for (declared, scale), known in GOLDEN.items():
        assert known.keys() == WORDS[scale].keys()
        assert {rating: ranks_below(rating, declared) for rating in known} == known
    row = make.assessment(world.tram, released_at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pmo.rewriting_history = 'on'")
    for (declared, scale), known in GOLDEN.items():
        Project.objects.filter(pk=world.tram.pk).update(declared=declared)
        for rating, ranks in known.items():
            Assessment.objects.filter(pk=row.pk).update(scale=scale, rating=rating)
            assert exceptions().exists() is (ranks is not None and ranks >= 2), (declared, scale, rating)
            assert Assessment.objects.get().far_below(declared) is exceptions().exists()


def test_a_draft_becomes_the_review_in_force_and_the_next_one_takes_over(world: World, iris: User) -> None:
    first = services.create_assessment(project=world.tram, by=iris, on=ON, rating="amber", summary="Late contract.")
    assert (first.state, first.assessed_on, first.judge, first.scale) == ("draft", ON, "Iris Roy", "dca5")
    assert in_force([world.tram.pk], iris) == {}
    services.update_assessment(assessment=first, by=iris, version=1, changes={"rating": "red"}, on=ON)
    released = services.release_assessment(assessment=first, by=iris, version=2, on=ON, at=AT)
    assert (released.rating, released.released_at) == ("red", AT)
    assert in_force([world.tram.pk], iris) == {world.tram.pk: first}
    second = services.create_assessment(project=world.tram, by=iris, on=ON, rating="green", summary="Signed.")
    services.release_assessment(assessment=second, by=iris, version=1, on=ON, at=AT + timedelta(days=3))
    assert in_force([world.tram.pk], iris)[world.tram.pk] == second
    assert in_force([world.tram.pk], iris, at=AT)[world.tram.pk] == first
    assert in_force([world.tram.pk], iris, at=AT - timedelta(days=1)) == {}
    told = AuditEvent.objects.filter(target_type="projects.Assessment", target_id=first.pk).order_by("pk")
    assert [(event.action, event.actor) for event in told] == [(verb, iris) for verb in ("create", "update", "release")]
    world.tram.refresh_from_db()
    assert world.tram.data_date == make.TODAY, "somebody looked at it: its own facts are no fresher"


def test_what_was_released_is_never_changed(world: World, iris: User, ada: User) -> None:
    row = make.assessment(world.tram, released_at=AT)
    for attempt in (
        lambda: services.update_assessment(assessment=row, by=iris, version=1, changes={"rating": "green"}, on=ON),
        lambda: services.release_assessment(assessment=row, by=iris, version=1, on=ON, at=AT),
        lambda: services.delete_assessment(assessment=row, by=iris, version=1),
    ):
        with pytest.raises(DomainError, match="was released") as refused:
            attempt()
        assert refused.value.status == 409
    for write in (lambda: Assessment.objects.update(rating="green"), lambda: Assessment.objects.all().delete()):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            write()
    with pytest.raises(DomainError, match="Close it instead"):
        delete_project(project=world.tram, by=ada, version=world.tram.version)
    make.assessment(world.harbour)
    delete_project(project=world.harbour, by=ada, version=world.harbour.version)  # a draft goes with its project
    assert Assessment.objects.get().rating == "amber_red"


@pytest.mark.parametrize(
    ("fields", "words", "field"),
    [
        ({"assessed_on": ON + timedelta(days=1)}, "say what has happened", "assessed_on"),
        ({"scale": "dca3", "rating": "amber_red"}, "three levels", "rating"),
        ({"summary": ""}, "blank", "summary"),
        ({"state": "released"}, "cannot be changed here", "state"),
    ],
)
def test_what_is_refused(world: World, iris: User, fields: dict[str, Any], words: str, field: str) -> None:
    given = {"rating": "amber", "summary": "Late.", **fields}
    with pytest.raises(DomainError, match=words) as refused:
        services.create_assessment(project=world.tram, by=iris, on=ON, **given)
    assert refused.value.field == field


def test_an_older_review_does_not_take_over(world: World, iris: User) -> None:
    make.assessment(world.tram, released_at=AT)
    older = make.assessment(world.tram, assessed_on=ON - timedelta(days=30))
    with pytest.raises(DomainError, match="an older one does not take over"):
        services.release_assessment(assessment=older, by=iris, version=1, on=ON, at=AT)


def test_nobody_reviews_what_they_answer_for(world: World, iris: User) -> None:
    mine = make.person("Iris Roy", user=iris)
    draft = make.assessment(world.tram)
    for name in ("project_manager", "sponsor", "business_manager", "delivery_head"):
        Project.objects.filter(pk=world.tram.pk).update(**{name: mine})
        with pytest.raises(NotAllowed, match="somebody else's"):
            services.create_assessment(project=world.tram, by=iris, on=ON, rating="green", summary="All well.")
        with pytest.raises(NotAllowed):
            services.release_assessment(assessment=draft, by=iris, version=1, on=ON, at=AT)
        Project.objects.filter(pk=world.tram.pk).update(**{name: None})
    Project.objects.filter(pk=world.tram.pk).update(project_manager=make.person("Ben"))
    boss = Project.objects.get(pk=world.tram.pk).project_manager
    with pytest.raises(DomainError, match="This person answers for the project"):
        services.create_assessment(project=world.tram, by=iris, on=ON, rating="green", summary="Fine.", reviewer=boss)
    bound = make.person("Noor", user=make.user("noor", role="sponsor", on=world.tram))
    with pytest.raises(DomainError, match="This person answers for the project"):
        services.update_assessment(assessment=draft, by=iris, version=1, on=ON, changes={"reviewer": bound})
    named = make.assessment(world.tram, reviewer=bound, reviewer_name="")
    with pytest.raises(DomainError, match="This person answers for the project"):
        services.release_assessment(assessment=named, by=iris, version=1, on=ON, at=AT)
    make.member(iris, "project_manager", on=world.tram)
    address = f"/projects/{world.tram.pk}/assessments/"
    assert client_of(iris).get(f"{address}new/").status_code == 403
    assert "Write a review" not in client_of(iris).get(address).content.decode()


def test_whoever_reviewed_is_not_deleted_and_nobody_learns_why(world: World, iris: User) -> None:
    """The same sentence for everything that names a person: not all who delete people read reviews."""
    reviewer, manager = make.person("Zoé"), make.person("Max")
    make.assessment(world.tram, reviewer=reviewer, reviewer_name="")
    Project.objects.filter(pk=world.tram.pk).update(project_manager=manager)
    said = set()
    for one in (reviewer, manager):
        with pytest.raises(DomainError, match="cannot be deleted while something still names this person") as refused:
            editing.delete(one, by=iris, version=1, project_id=None)
        said.add(refused.value.message)
    assert len(said) == 1


# role: the status of the register, whether it reads a draft, whether it writes.
READERS = {
    "assurance": (200, True, True), "pmo": (200, True, False), "executive": (200, True, False),
    "committee_member": (200, True, False), "sponsor": (200, True, False), "project_manager": (200, False, False),
    "portfolio_manager": (200, False, False), "resource_manager": (403, False, False), "finance": (403, False, False),
    "contributor": (403, False, False), "viewer": (403, False, False),
}  # fmt: skip


@pytest.mark.parametrize("role", READERS)
def test_who_reads_what_and_who_writes(world: World, role: str) -> None:
    status, reads_drafts, writes = READERS[role]
    user = make.user("somebody", role=role)
    make.assessment(world.tram, released_at=AT, summary="What was released.")
    draft = make.assessment(world.tram, summary="A draft of mine.")
    client, address = client_of(user), f"/projects/{world.tram.pk}/assessments/"
    page = client.get(address)
    assert page.status_code == status
    text = page.content.decode()
    assert ("What was released." in text, "A draft of mine." in text) == (status == 200, reads_drafts)
    assert ("Write a review" in text) is writes
    hidden = 200 if writes else 403 if reads_drafts else 404
    assert client.get(f"/assessments/{draft.pk}/edit/").status_code == hidden
    assert client.get(f"{address}new/").status_code == (200 if writes else 403)
    assert client.get(f"/history/assessment/{draft.pk}/").status_code == (200 if reads_drafts else 404)
    told = client.get(f"/projects/{world.tram.pk}/history/").content.decode()
    assert ("A draft of mine." in told) is reads_drafts, "the history tells no draft either"
    if status == 200:
        leaf = client.get(f"/projects/{world.tram.pk}/risks/").content.decode()
        assert address in leaf
    found = Api(user).get("assessments/", project=world.tram.pk).json()["results"]
    assert [row["state"] for row in found] == ["released"] * (status == 200) + ["draft"] * reads_drafts


def test_the_pages_from_a_draft_to_the_next_review(world: World, iris: User, omar: User, ben: User) -> None:
    client, address = client_of(iris), f"/projects/{world.tram.pk}/assessments/"
    assert client_of(omar).get(address).status_code == 404
    assert "No independent review yet" in client.get(address).content.decode()
    assert client.post(f"{address}new/", {**FORM, "summary": ""}).status_code == 422
    wrong = client.post(f"{address}new/", {**FORM, "scale": "dca3", "rating": "amber_red"})
    assert (wrong.status_code, "three levels knows" in wrong.content.decode()) == (422, True)
    assert client.post(f"{address}new/", FORM).status_code == 302
    row = Assessment.objects.get()
    edit, release = f"/assessments/{row.pk}/edit/", f"/assessments/{row.pk}/release/"
    assert client.post(edit, {**FORM, "rating": "amber", "version": "1"}).status_code == 302
    stale = client.post(edit, {**FORM, "summary": "Mine.", "version": "1"})
    assert stale.status_code == 409
    assert client.post(release, {"version": "1"}).status_code == 409, "it is read again before it is released"
    assert "cannot be changed any more" in client.get(release).content.decode()
    assert client.post(release, {"version": "2"}).status_code == 302
    assert client.get(edit).status_code == 302
    assert client.post(edit, {**FORM, "version": "3"}).status_code == 409
    page = client_of(ben).get(address).content.decode()
    assert "The supplier has not signed." in page
    past = client.get(f"{address}?as_of={timezone.localdate() - timedelta(days=1)}")
    assert past.status_code == 404, "the project was not recorded then"


def test_the_register_of_a_past_day(world: World, iris: User) -> None:
    now = timezone.now()
    make.assessment(world.tram, released_at=now - timedelta(days=20), summary="The first.")
    make.assessment(world.tram, released_at=now - timedelta(days=2), summary="The second.")
    make.assessment(world.tram, summary="To come.")
    Project.objects.filter(pk=world.tram.pk).update(created_at=now - timedelta(days=60))
    refresh.refresh([world.tram.pk], on=(now - timedelta(days=40)).date(), at=now - timedelta(days=40))
    day = (now - timedelta(days=10)).date()
    text = client_of(iris).get(f"/projects/{world.tram.pk}/assessments/?as_of={day}").content.decode()
    assert ("The first." in text, "The second." in text, "To come." in text) == (True, False, False)
    assert "Write a review" not in text
    assert "In force" in text


def test_the_api_from_a_draft_to_the_review_in_force(world: World, iris: User, ada: User, ben: User) -> None:
    api, body = Api(iris), {"project": world.tram.pk, "rating": "amber_red", "summary": "Late contract."}
    assert Api(ada).post("assessments/", body).status_code == 403
    made = api.post("assessments/", body)
    assert made.status_code == 201
    row = made.json()
    assert (row["state"], row["released_at"], row["reviewer_name"]) == ("draft", None, "Iris Roy")
    item = f"assessments/{row['id']}/"
    assert Api(ben).get(item).status_code == 404
    assert api.patch(item, {"rating": "red"}).status_code == 428
    assert api.patch(item, {"rating": "red"}, version=1).json()["rating"] == "red"
    assert api.patch(item, {"rating": "green"}, version=1).status_code == 412
    assert api.patch(item, {"state": "released"}, version=2).status_code == 400
    assert api.post(f"{item}release/", {}, version=1).status_code == 412
    assert Api(ada).post(f"{item}release/", {}, version=2).status_code == 403
    out = api.post(f"{item}release/", {}, version=2)
    assert (out.status_code, out.json()["state"]) == (200, "released")
    for again in (
        api.post(f"{item}release/", {}, version=3),
        api.patch(item, {"rating": "green"}, version=3),
        api.delete(item, version=3),
    ):
        assert again.status_code == 409
    assert Api(ben).get(item).json()["rating"] == "red"
    assert [one["id"] for one in Api(ben).rows("assessments/", in_force="true")] == [row["id"]]
    assert Api(ben).rows("assessments/", in_force="false") == []
    draft = api.post("assessments/", body).json()
    assert api.delete(f"assessments/{draft['id']}/", version=1).status_code == 204


def test_a_program_reads_no_review(world: World, ada: User) -> None:
    make.assessment(world.tram, released_at=AT)
    program = create_service_account(by=ada, username="erp", last_name="ERP")
    make.member(program, "service_account")
    assert Api(program).rows("assessments/") == []


@pytest.mark.django_db(transaction=True)
def test_two_releases_at_once_make_one(world: World, iris: User) -> None:
    draft, gate, seen = make.assessment(world.tram), Barrier(2), []

    def release() -> None:
        gate.wait()
        try:
            services.release_assessment(assessment=draft, by=iris, version=1, on=ON, at=AT)
            seen.append("released")
        except (StaleVersion, DomainError) as refused:
            seen.append(type(refused).__name__)
        finally:
            connection.close()

    threads = [Thread(target=release) for _one in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == ["StaleVersion", "released"]
    told = AuditEvent.objects.filter(target_type="projects.Assessment", action="release")
    assert told.count() == 1
