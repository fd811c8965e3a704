"""Dependencies between projects: each side keeps its own, one rule of what is seen, and the database holds what must be so."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from pmo_portal.core.errors import NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.hierarchy.models import Project
from projects.raid.models import InterProjectDependency
from projects.raid.selectors.dependencies import counted, dependencies, late_promises
from projects.raid.services import create_dependency, update_dependency
from tests import make
from tests.cast import World
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
SOON = TODAY + timedelta(days=60)
SECRET = "Interface of Phoenix"


@pytest.fixture
def given(world: World) -> InterProjectDependency:
    """The tram needs something of the confidential project."""
    return make.dependency(
        world.tram, world.secret, title=SECRET, needed_by=SOON, promised_on=SOON + timedelta(days=9), code="L1",
        supplier_owner=make.person("Zelda Hidden"),
    )  # fmt: skip


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sola(world: World) -> User:
    return make.user("sola", role="project_manager", on=world.secret)


class TestEachSideKeepsItsOwn:
    def test_who_needs_it_adds_it_and_nobody_promises_for_another(self, ben: User, ada: User, world: World) -> None:
        goal = make.milestone(world.harbour, forecast_date=SOON, baseline_date=SOON)
        told: dict[str, Any] = {"receiver": world.tram, "supplier": world.harbour, "title": "Quay", "needed_by": SOON}
        with pytest.raises(NotAllowed) as refused:
            create_dependency(by=ben, on=TODAY, promised_on=SOON, **told)
        assert refused.value.field == "promised_on"
        row = create_dependency(by=ben, on=TODAY, supplier_milestone=goal, **told)
        assert (row.code, row.status) == ("L1", "on_track")
        assert create_dependency(by=ada, on=TODAY, promised_on=SOON, **told).code == "L2"

    def test_a_side_changes_what_is_its(self, ben: User, world: World, given: InterProjectDependency) -> None:
        """Ben edits the tram, which needs it; he sees nothing of the other side, so not what is given either."""
        for name, value in (("promised_on", SOON), ("title", "Other")):
            with pytest.raises(NotAllowed):
                update_dependency(dependency=given, by=ben, version=1, changes={name: value}, on=TODAY)
        later = SOON + timedelta(days=5)
        row = update_dependency(
            dependency=given, by=ben, version=1, changes={"needed_by": later, "title": SECRET}, on=TODAY
        )
        assert (row.needed_by, row.title) == (later, SECRET)
        other = sola(world)
        row = update_dependency(dependency=row, by=other, version=2, changes={"promised_on": SOON}, on=TODAY)
        with pytest.raises(NotAllowed):
            update_dependency(dependency=row, by=other, version=3, changes={"needed_by": SOON}, on=TODAY)
        row = update_dependency(dependency=row, by=other, version=3, changes={"status": "delivered"}, on=TODAY)
        assert row.delivered_on == TODAY
        row = update_dependency(dependency=row, by=ben, version=4, changes={"status": "on_track"}, on=TODAY)
        assert row.delivered_on is None

    def test_the_database_holds_it(self, world: World, given: InterProjectDependency) -> None:
        foreign = make.milestone(world.harbour)
        for broken in (
            {"supplier": world.tram}, {"supplier_milestone": foreign}, {"receiver_milestone": foreign},
            {"delivered_on": TODAY}, {"status": "delivered"},
        ):  # fmt: skip
            with pytest.raises(IntegrityError), transaction.atomic():
                InterProjectDependency.objects.filter(pk=given.pk).update(**broken)
        own = make.milestone(world.secret)
        InterProjectDependency.objects.filter(pk=given.pk).update(supplier_milestone=own)
        own.delete()  # the dependency stays
        given.refresh_from_db()
        assert given.supplier_milestone is None
        world.secret.delete()
        assert not InterProjectDependency.objects.exists()


class TestWhatCounts:
    def test_the_worse_of_what_is_declared_and_of_the_dates(self, world: World, ada: User) -> None:
        def standing(**fields: Any) -> tuple[str, date | None]:
            row = make.dependency(world.tram, world.harbour, **{"needed_by": SOON, "promised_on": None, **fields})
            found = InterProjectDependency.objects.with_standing(TODAY).get(pk=row.pk)
            return found.standing, found.promise

        early, later = SOON - timedelta(days=1), SOON + timedelta(days=1)
        moved = make.milestone(world.harbour, baseline_date=early, forecast_date=later)
        reached = make.milestone(world.harbour, forecast_date=later, actual_date=early)
        assert standing() == ("on_track", None)
        assert standing(promised_on=early) == ("on_track", early)
        assert standing(promised_on=later) == ("late", later)
        assert standing(supplier_milestone=moved) == ("late", later)  # nothing promised: its day counts
        assert standing(supplier_milestone=moved, promised_on=early) == ("at_risk", early)  # the promise counts
        assert standing(supplier_milestone=reached) == ("on_track", early)
        assert standing(status="at_risk")[0] == "at_risk"
        passed = TODAY - timedelta(days=1)
        assert standing(promised_on=passed) == ("at_risk", passed)
        assert InterProjectDependency.objects.with_standing(TODAY).latest("pk").comes == TODAY  # at the earliest
        assert standing(needed_by=TODAY - timedelta(days=1))[0] == "late"
        assert standing(promised_on=later, status="delivered", delivered_on=TODAY)[0] == "delivered"
        counts = counted(dependencies(ada, on=TODAY))
        assert (counts.open, counts.late, counts.at_risk, counts.endangered) == (9, 3, 3, 6)
        assert (round(counts.share or 0, 1), counts.state) == (66.7, "red")

    def test_both_managers_hear_of_it(self, ben: User, world: World, given: InterProjectDependency) -> None:
        Project.objects.filter(pk=world.tram.pk).update(project_manager=make.person("Ben", user=ben))
        for user, project in ((ben, world.tram), (sola(world), world.secret)):
            page = client_of(user).get("/my-day/").content.decode()
            assert f"/projects/{project.pk}/dependencies/#dependency-{given.pk}" in page
            assert SECRET not in page
        mine = Project.objects.filter(pk=world.tram.pk)
        InterProjectDependency.objects.update(promised_on=SOON)
        assert late_promises(ben, mine, on=TODAY) == []


class TestOneSideIsNotTheOther:
    def test_pages_and_files_name_nobody(
        self, ben: User, ada: User, cleo: User, omar: User, world: World, given: InterProjectDependency
    ) -> None:
        mine, theirs = f"/projects/{world.tram.pk}/dependencies/", f"/projects/{world.secret.pk}/dependencies/"
        for user, page, unseen in ((ben, mine, world.secret), (sola(world), theirs, world.tram)):
            client = client_of(user)
            answers = [client.get(one) for one in (page, "/dependencies/", f"/dependencies/{given.pk}/edit/")]
            answers.append(client.post("/dependencies/export/", {"format": "csv"}))
            answers.append(client.get(f"/dependencies/{given.pk}/close/"))
            for answer in answers:
                text = answer.content.decode()
                assert answer.status_code == 200
                assert not [word for word in (SECRET, unseen.name, unseen.code) if word in text]
            assert ("L1" in answers[0].content.decode()) is (user is ben)
            assert client.get(f"/history/dependency/{given.pk}/").status_code == 404
            assert client.get("/dependencies/?q=Phoenix").context["table"].count == 0
        assert "Zelda Hidden" not in client_of(ben).get(mine).content.decode()
        whole = client_of(ada)
        assert SECRET in whole.get(mine).content.decode()
        assert SECRET in whole.get("/dependencies/?q=phoenix").content.decode()
        assert SECRET in whole.get(f"/history/dependency/{given.pk}/").content.decode()
        update_dependency(dependency=given, by=ada, version=1, changes={"title": SECRET + "!"}, on=TODAY)
        assert SECRET not in client_of(ben).get(f"/projects/{world.tram.pk}/history/").content.decode()
        assert client_of(cleo).get(f"/dependencies/{given.pk}/edit/").status_code == 403
        assert client_of(omar).get(f"/dependencies/{given.pk}/edit/").status_code == 404

    def test_deleting_is_of_the_receiver_and_comes_back(
        self, ben: User, ada: User, world: World, given: InterProjectDependency
    ) -> None:
        assert client_of(sola(world)).get(f"/dependencies/{given.pk}/delete/").status_code == 403
        client = client_of(ada)
        answer = client.post(f"/dependencies/{given.pk}/delete/", follow=True)
        assert answer.status_code == 200
        assert not InterProjectDependency.objects.exists()
        change = AuditEvent.objects.get(target_type="projects.InterProjectDependency", action="delete")
        assert change.project_id is None
        client.post("/undo/", {"change": change.request_id})
        assert InterProjectDependency.objects.get().title == SECRET


class TestPages:
    def test_the_form_asks_each_side_its_own(self, ben: User, ada: User, world: World, given: Any) -> None:
        client = client_of(ben)
        page = client.get(f"/projects/{world.tram.pk}/dependencies/new/")
        offered = [project.pk for project in page.context["form"].fields["supplier"].queryset]
        assert world.secret.pk not in offered
        assert world.tram.pk not in offered
        own, _foreign = make.milestone(world.tram), make.milestone(world.harbour)
        waits = client.get(f"/projects/{world.tram.pk}/dependencies/new/").context["form"].fields["receiver_milestone"]
        assert list(waits.queryset) == [own]
        fields = set(client.get(f"/dependencies/{given.pk}/edit/").context["form"].fields)
        assert fields == {"status", "delivered_on", "code", "needed_by", "receiver_milestone", "receiver_owner"}
        body = {"version": 1, "status": "late", "code": "L1", "needed_by": SOON.isoformat()}
        assert client.post(f"/dependencies/{given.pk}/edit/", body).status_code == 302
        assert client.post(f"/dependencies/{given.pk}/edit/", body | {"status": "on_track"}).status_code == 409
        assert "promised_on" in client_of(ada).get(f"/dependencies/{given.pk}/edit/").context["form"].fields
        new = {"supplier": world.tram.pk, "title": "Rails", "needed_by": SOON.isoformat()}
        assert client_of(ada).post(f"/projects/{world.harbour.pk}/dependencies/new/", new).status_code == 302
        assert client.post(f"/projects/{world.tram.pk}/dependencies/new/", new).status_code == 422

    @pytest.mark.usefixtures("english")
    def test_what_a_moved_milestone_does_to_who_waits(self, ada: User, world: World) -> None:
        comes = make.milestone(world.harbour, forecast_date=SOON + timedelta(days=20), name="Quay ready")
        waits = make.milestone(
            world.tram, forecast_date=SOON + timedelta(days=8), baseline_date=SOON, name="First ride"
        )
        make.dependency(
            world.tram, world.harbour, needed_by=SOON, promised_on=SOON - timedelta(days=2), supplier_milestone=comes,
            receiver_milestone=waits,
        )  # fmt: skip
        client = client_of(ada)
        client.cookies["django_language"] = "en"
        page = client.get(
            f"/projects/{world.tram.pk}/dependencies/", headers={"accept-language": "en"}
        ).content.decode()
        assert "20" in page
        assert "dep-at_risk" in page
        assert "First ride" in page

    def test_the_list_takes_as_many_statements_for_many(
        self, ada: User, world: World, django_assert_max_num_queries: Any
    ) -> None:
        """Session and user, roles, rows with both projects, milestones and owners at once, count, nodes, figures, navigation."""
        for _n in range(3):
            make.dependency(world.tram, world.harbour)
        client = client_of(ada)
        client.get("/dependencies/")
        with django_assert_max_num_queries(12) as few:
            client.get("/dependencies/")
        for _n in range(30):
            make.dependency(make.project(node=world.rail), world.harbour, supplier_owner=make.person())
        with django_assert_max_num_queries(len(few)):
            page = client.get("/dependencies/")
            assert page.context["table"].count == 33
        narrowed = client.get("/dependencies/?portfolio=SOUTH&standing=on_track,late")
        assert narrowed.context["table"].count == 33
        assert client.get("/dependencies/?portfolio=RAIL&standing=delivered").context["table"].count == 0


class TestApi:
    def test_one_side_is_told_without_the_other(self, ben: User, ada: User, world: World, given: Any) -> None:
        api, whole = Api(ben), Api(ada)
        row = api.get(f"dependencies/{given.pk}/").json()
        assert (row["receiver"], row["supplier"], row["supplier_code"], row["supplier_owner"]) == (
            world.tram.pk,
            None,
            None,
            None,
        )
        assert (row["title"], row["slip_days"], row["standing"]) == ("", 9, "late")
        for query in ({"supplier": world.secret.pk}, {"q": "phoenix"}, {"project": world.secret.pk}):
            assert api.rows("dependencies/", **query) == []
            assert len(whole.rows("dependencies/", **query)) == 1
        expanded = api.get(f"dependencies/{given.pk}/", expand="supplier", fields="id").json()
        assert expanded["expanded"] == {"supplier": None}
        assert whole.rows("dependencies/", portfolio="SOUTH", standing="late")[0]["title"] == SECRET

    def test_written_by_its_sides(self, ben: User, ada: User, world: World, given: Any) -> None:
        api, url = Api(ben), f"dependencies/{given.pk}/"
        assert api.patch(url, {"status": "at_risk"}).status_code == 428
        assert api.patch(url, {"promised_on": "2027-01-01"}, version=1).status_code == 403
        changed = api.patch(url, {"status": "at_risk"}, version=1)
        assert (changed.status_code, changed.json()["status"]) == (200, "at_risk")
        assert api.patch(url, {"status": "late"}, version=1).status_code == 412
        new = {"receiver": world.tram.pk, "supplier": world.harbour.pk, "title": "Quay", "needed_by": "2027-03-31"}
        assert api.post("dependencies/", new).status_code == 400  # he does not see the harbour
        assert Api(ada).post("dependencies/", new | {"supplier": world.tram.pk}).status_code == 422
        assert Api(ada).post("dependencies/", new).status_code == 201
        rows = [new | {"external_ref": "JIRA-1"}, new | {"external_ref": "JIRA-2", "supplier": None}]
        told = Api(ada).post("dependencies/bulk/?partial=true", {"rows": rows}).json()
        assert [one["outcome"] for one in told["results"]] == ["created", "refused"]
        again = Api(ada).post("dependencies/bulk/", {"rows": [rows[0] | {"title": "Quay 2"}]}).json()
        assert (again["updated"], again["created"]) == (1, 0)
