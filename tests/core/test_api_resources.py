"""The resources around the facts: accounts, roles, limits, views, imports, history; each through the services of its page."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pmo_portal.core.models import AuditEvent, User, Work
from projects.access.policy import POLICY
from projects.exchange.models import ExternalKey, ImportBatch
from projects.models import Membership, Project
from reporting.dashboards.services import save_view
from reporting.health.models import Threshold
from tests import make
from tests.core.api_client import ROOT, Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(ada):
    return Api(ada)


@pytest.fixture
def pia(world):
    """PMO of NORTH only."""
    return make.user("pia", role="pmo", on=world.north)


class TestMe:
    def test_says_who_and_what(self, ben, world):
        told = Api(ben).get("me/").json()
        assert (told["username"], told["name"]) == ("ben", "Ben Durand")
        [held] = told["memberships"]
        assert (held["role"], held["project"], held["project_code"], held["node"]) == (
            "project_manager", world.tram.pk, "TRAM", None,
        )  # fmt: skip
        assert "projects.edit_project" in told["may"]
        assert "projects.edit_tree" not in told["may"]
        assert told["may_everywhere"] == []

    def test_is_what_the_policy_says(self, ada, omar):
        everything = Api(ada).get("me/").json()
        assert everything["may_everywhere"] == sorted(name for name, roles in POLICY.items() if "pmo" in roles)
        assert Api(omar).get("me/").json()["may"] == []
        assert Api(None).get("me/").status_code == 401

    def test_a_right_over_the_people_of_a_unit_is_not_one_over_everybody(self, world):
        unit, other = make.unit("INFRA"), make.unit("WEB")
        rita = make.user("rita")
        Membership.objects.create(user=rita, role="resource_manager", unit=unit)
        limited = ["projects.answer_allocation", "projects.edit_resources"]
        told = Api(rita).get("me/").json()
        assert told["may_of_units"] == [{"right": right, "units": [unit.pk]} for right in limited]
        assert set(limited) <= set(told["may"])
        assert not set(limited) & set(told["may_everywhere"])
        assert "projects.view_people" in told["may_everywhere"], "whom one may look up is not limited"
        Membership.objects.create(user=rita, role="resource_manager", unit=other)
        assert Api(rita).get("me/").json()["may_of_units"][0]["units"] == [unit.pk, other.pk]
        make.member(rita, "pmo", on=world.north)
        assert [one["right"] for one in Api(rita).get("me/").json()["may_of_units"]] == limited[:1]
        make.member(rita, "resource_manager")
        told = Api(rita).get("me/").json()
        assert (told["may_of_units"], set(limited) <= set(told["may_everywhere"])) == ([], True)


class TestAccounts:
    def test_whoever_manages_accounts_makes_and_changes_them(self, api, ada):
        created = api.post("users/", {"username": "lea", "email": "lea@example.org", "language": "en"})
        assert created.status_code == 201
        lea = User.objects.get(username="lea")
        assert not lea.has_usable_password()
        changed = api.patch(f"users/{lea.pk}/", {"is_active": False}, version=created["ETag"])
        assert (changed.status_code, changed.json()["is_active"]) == (200, False)
        assert AuditEvent.objects.filter(target_type="core.User", target_id=lea.pk, source="api").count() == 2
        stale = api.patch(f"users/{lea.pk}/", {"last_name": "X"}, version=created["ETag"])
        assert (stale.status_code, stale.json()["current"]["is_active"]) == (412, False)

    def test_signing_in_is_no_edit(self, api, eve):
        before = api.get(f"users/{eve.pk}/")["ETag"]
        User.objects.filter(pk=eve.pk).update(last_login=timezone.now(), password="x")
        assert api.get(f"users/{eve.pk}/")["ETag"] == before == api.get(f"users/{eve.pk}/", fields="id")["ETag"]

    @pytest.mark.parametrize(
        "name", ["password", "is_superuser", "is_staff", "groups", "user_permissions", "last_login"]
    )
    def test_nobody_becomes_more_by_it(self, api, eve, name):
        tag = api.get(f"users/{eve.pk}/")["ETag"]
        answer = api.patch(f"users/{eve.pk}/", {name: True}, version=tag)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, name)

    def test_who_gives_roles_somewhere_finds_those_who_have_one_there(self, pia, cleo, eve, ben):
        names = {row["username"] for row in Api(pia).rows("users/")}
        assert {"pia", "cleo", "ben"} <= names
        assert "eve" not in names
        assert Api(pia).get(f"users/{eve.pk}/").status_code == 404
        assert Api(pia).post("users/", {"username": "x"}).status_code == 403
        assert Api(pia).patch(f"users/{cleo.pk}/", {"last_name": "x"}, version='"h0"').status_code == 403
        for stranger in (ben, cleo, eve):
            assert Api(stranger).get("users/").status_code == 403
        assert api_delete(pia, f"users/{cleo.pk}/").status_code == 405


def api_delete(user, path):
    return Api(user).delete(path, version='"v1"')


class TestMemberships:
    def test_given_and_taken_away_within_reach(self, pia, world, omar):
        caller = Api(pia)
        until = (timezone.now() + timedelta(days=9)).isoformat()
        created = caller.post(
            "memberships/",
            {"user": omar.pk, "role": "viewer", "node": world.rail.pk, "valid_until": until, "reason": "Audit"},
        )
        assert created.status_code == 201, created.content
        row = created.json()
        assert (row["username"], row["node_code"], row["granted_by"], row["reason"]) == (
            "omar",
            "RAIL",
            pia.pk,
            "Audit",
        )
        assert [one["code"] for one in Api(omar).rows("projects/")] == ["TRAM"]
        item = f"memberships/{row['id']}/"
        assert caller.delete(item).status_code == 428
        assert caller.delete(item, version='"h0"').status_code == 412
        assert caller.delete(item, version=created["ETag"]).status_code == 204
        assert Api(omar).rows("projects/") == []

    def test_not_beyond_it(self, pia, world, omar, eve):
        caller, before = Api(pia), Membership.objects.count()
        for place, expected in (({"node": world.south.pk}, 400), ({"project": world.secret.pk}, 400), ({}, 403)):
            answer = caller.post("memberships/", {"user": omar.pk, "role": "viewer", **place})
            assert answer.status_code == expected, (place, answer.content)
        assert caller.post("memberships/", {"user": omar.pk, "role": "administrator"}).status_code == 403
        assert Membership.objects.count() == before
        theirs = Membership.objects.get(user=eve)
        assert caller.get(f"memberships/{theirs.pk}/").status_code == 404
        assert caller.delete(f"memberships/{theirs.pk}/", version='"h0"').status_code == 404

    def test_who_gives_none_reads_none(self, ben, eve, omar):
        for user in (ben, eve, omar):
            assert Api(user).get("memberships/").status_code == 403
            assert Api(user).post("memberships/", {"user": user.pk, "role": "pmo"}).status_code == 403


class TestThresholds:
    def test_a_subtree_overrides_and_inherits_again(self, api, world):
        made = api.post("thresholds/", {"node": world.north.pk, "key": "risk_level", "amber": "4", "red": "9"})
        assert made.status_code == 201
        again = api.post("thresholds/", {"node": world.north.pk, "key": "risk_level", "amber": "4", "red": "9"})
        assert (again.status_code, again.json()["errors"][0]["path"]) == (422, "key")
        item = f"thresholds/{made.json()['id']}/"
        Work.objects.all().delete()
        changed = api.patch(item, {"red": "12"}, version=1)
        assert (changed.status_code, changed.json()["red"], changed["ETag"]) == (200, "12.00", '"v2"')
        assert Work.objects.filter(kind="health", subject_id=world.tram.pk).exists(), "what lies below is judged again"
        assert not Work.objects.filter(kind="health", subject_id=world.harbour.pk).exists()
        assert api.patch(item, {"red": "1"}, version=2).status_code == 422
        assert api.patch(item, {"key": "age_days"}, version=2).json()["errors"][0]["path"] == "key"
        assert api.delete(item, version=2).status_code == 204

    def test_the_organisation_keeps_its_own(self, api):
        one = api.rows("thresholds/", organisation="true")[0]
        assert api.delete(f"thresholds/{one['id']}/", version=one["version"]).status_code == 422
        assert Threshold.objects.filter(node=None).count() == len(Threshold.Key)

    def test_each_within_their_reach(self, pia, ben, world):
        caller = Api(pia)
        assert (
            caller.post("thresholds/", {"node": world.rail.pk, "key": "age_days", "amber": 5, "red": 9}).status_code
            == 201
        )
        assert (
            caller.post("thresholds/", {"node": world.south.pk, "key": "age_days", "amber": 5, "red": 9}).status_code
            == 400
        )
        assert caller.post("thresholds/", {"key": "age_days", "amber": 5, "red": 9}).status_code == 403
        own = caller.rows("thresholds/", organisation="true")[0]
        assert caller.patch(f"thresholds/{own['id']}/", {"red": "999"}, version=own["version"]).status_code == 403
        assert Api(ben).get("thresholds/").status_code == 403


class TestSavedViews:
    def test_own_and_those_shared_of_pages_one_may_open(self, ada, cleo, world):
        kept = {"query": "slip=late", "by": ada}
        save_view(page="portfolio:NORTH", name="nord", shared=True, **kept)
        save_view(page="portfolio:SOUTH", name="sud", shared=True, **kept)
        save_view(page="projects", name="mienne", shared=False, **kept)
        assert {row["name"] for row in Api(cleo).rows("saved-views/")} == {"nord"}
        assert {row["name"] for row in Api(ada).rows("saved-views/")} == {"nord", "sud", "mienne"}
        shared = Api(cleo).rows("saved-views/")[0]
        tag = Api(cleo).get(f"saved-views/{shared['id']}/")["ETag"]
        assert Api(cleo).delete(f"saved-views/{shared['id']}/", version=tag).status_code == 403

    def test_made_where_one_may_look(self, cleo, world):
        caller, body = Api(cleo), {"name": "x", "query": "state=closed,executing&after=zzz&slip=late", "shared": True}
        assert caller.post("saved-views/", {**body, "page": "portfolio:NORTH"}).json()["query"] == (
            "slip=late&state=closed,executing"
        )
        for page in ("portfolio:SOUTH", "portfolio:NOPE", "elsewhere"):
            answer = caller.post("saved-views/", {**body, "page": page})
            assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "page")


class TestHistory:
    def test_readers_read_what_concerns_what_they_see(self, ada, cleo, world):
        api = Api(ada)
        for project in (world.tram, world.harbour, world.secret):
            api.patch(f"projects/{project.pk}/", {"phase": "Études"}, version=1)
        api.patch(f"portfolios/{world.south.pk}/", {"name": "Sud !"}, version=1)
        api.patch(f"portfolios/{world.north.pk}/", {"name": "Nord !"}, version=1)
        seen = Api(cleo).rows("audit-events/", source="api")
        assert {(row["target_type"], row["target_id"]) for row in seen} == {
            ("projects.Project", world.tram.pk), ("projects.Node", world.north.pk),
        }  # fmt: skip
        assert len(api.rows("audit-events/", source="api", expand="actor")) == 5
        hidden = AuditEvent.objects.get(source="api", target_type="projects.Project", target_id=world.secret.pk)
        assert Api(cleo).get(f"audit-events/{hidden.pk}/").status_code == 404

    def test_money_is_not_told_by_it(self, ada, cleo, world):
        Api(ada).post("budget-lines/", {"project": world.tram.pk, "kind": "actual", "amount": "1234567.00"})
        assert AuditEvent.objects.filter(target_type="projects.BudgetLine").exists()
        assert Api(cleo).rows("audit-events/", source="api") == []

    def test_nor_a_confidential_note(self, ada, cleo, world):
        api = Api(ada)
        body = {"declared": "green", "trend": "up", "key_message": "Tout va bien."}
        for version, note in enumerate(("ours", "others"), 1):
            answer = api.post(f"projects/{world.tram.pk}/status/", {**body, "confidential_note": note}, version=version)
            assert answer.status_code == 200
        assert len(api.rows("audit-events/", source="api")) == 2
        [seen] = Api(cleo).rows("audit-events/", source="api")
        assert "key_message" in seen["changes"], (
            "the second changed nothing but the note: that it happened is hidden too"
        )
        assert "confidential_note" not in seen["changes"]
        assert all(
            "confidential_note" in row["changes"] for row in api.rows("audit-events/", source="api", fields="changes")
        )

    def test_an_integrator_learns_of_deleted_rows(self, ada, ben, world):
        risk = make.risk(world.tram)
        since = timezone.now().isoformat()
        Api(ada).delete(f"risks/{risk.pk}/", version=1)
        [gone] = Api(ben).rows("audit-events/", action="delete", since=since, target_type="projects.Risk")
        assert (gone["target_id"], gone["project"]) == (risk.pk, world.tram.pk)

    def test_nobody_writes_it(self, api, world):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert api.send(method, "audit-events/", {}).status_code == 405


class TestImports:
    CSV = "code,name,forecast end\nT1,Tram 1,2027-03-01\nT2,Tram 2,2027-04-01\n"

    def send(self, user, content=CSV, **fields):
        file = SimpleUploadedFile("file.csv", content.encode(), "text/csv")
        caller = Api(user)
        return caller.client.post(
            f"{ROOT}imports/", {"file": file, "portfolio": "NORTH", **fields}, headers=caller.headers
        )

    def test_a_dry_run_writes_nothing_until_applied(self, ada, world):
        before = Project.objects.count()
        staged = self.send(ada, dry_run="true")
        assert staged.status_code == 201, staged.content
        row = staged.json()
        assert (row["state"], row["report"]["created"], Project.objects.count()) == ("staged", 2, before)
        item = f"imports/{row['id']}/"
        assert Api(ada).post(f"{item}apply/", {}).status_code == 428
        done = Api(ada).post(f"{item}apply/", {}, version=staged["ETag"])
        assert (done.status_code, done.json()["state"], Project.objects.count()) == (200, "applied", before + 2)
        back = Api(ada).post(f"{item}undo/", None, version=done["ETag"])
        assert (back.status_code, back.json()["state"], Project.objects.count()) == (200, "undone", before)

    def test_written_at_once(self, ada, world):
        assert self.send(ada).json()["state"] == "applied"
        assert Project.objects.filter(portfolio=world.north, code__in=("T1", "T2")).count() == 2
        assert AuditEvent.objects.filter(source="import").exists()

    def test_a_bad_row_keeps_it_out_and_is_named(self, ada, world):
        before = Project.objects.count()
        answer = self.send(ada, self.CSV + "T3,Tram 3,not a day\n")
        assert answer.status_code == 422
        assert [one["path"] for one in answer.json()["errors"]] == ["rows[4].forecast end"]
        assert (Project.objects.count(), ImportBatch.objects.count()) == (before, 0)
        assert self.send(ada, self.CSV + "T3,Tram 3,not a day\n", skip_bad_rows="true").json()["report"]["created"] == 2

    def test_sent_twice_under_a_key(self, ada, world):
        caller = Api(ada)
        answers = [
            caller.client.post(
                f"{ROOT}imports/",
                {"file": SimpleUploadedFile("file.csv", text.encode(), "text/csv"), "portfolio": "NORTH"},
                headers={**caller.headers, "Idempotency-Key": "k"},
            )
            for text in (self.CSV, self.CSV, self.CSV + "T9,Tram 9,2027-01-01\n")
        ]
        assert [one.status_code for one in answers] == [201, 201, 422], "another content is another request"
        assert ImportBatch.objects.count() == 1

    def test_only_where_one_may(self, pia, ben, world):
        assert self.send(pia, portfolio="SOUTH").status_code == 400
        assert self.send(pia).status_code == 201
        assert self.send(ben).status_code == 403
        assert Api(ben).get("imports/").status_code == 403
        assert Api(ben).get("import-profiles/").status_code == 403

    def test_what_is_no_file(self, ada, world):
        caller = Api(ada)
        assert caller.client.post(f"{ROOT}imports/", {}, headers=caller.headers).json()["errors"][0]["path"] == "file"
        assert self.send(ada, "PK\x03\x04 no workbook").status_code == 422
        assert self.send(ada, nonsense="1").json()["errors"][0]["path"] == "nonsense"
        assert self.send(ada, profile="nonsense").json()["errors"][0]["path"] == "profile"

    def test_keys_of_visible_projects(self, ada, cleo, world):
        for project in (world.tram, world.secret):
            ExternalKey.objects.create(portfolio=project.portfolio, project=project, key=f"K-{project.code}")
        assert [row["key"] for row in Api(cleo).rows("external-keys/")] == ["K-TRAM"]
        assert {row["key"] for row in Api(ada).rows("external-keys/")} == {"K-TRAM", "K-SECRET"}


def test_rates_are_for_who_sees_them(ada, ben, world):
    person = make.person("Zoé", daily_rate=850)
    assert Api(ada).get(f"people/{person.pk}/").json()["daily_rate"] == "850.00"
    milestone = make.milestone(world.tram, owner=person)
    for row in (
        Api(ben).get(f"people/{person.pk}/").json(),
        Api(ben).get(f"milestones/{milestone.pk}/", expand="owner").json()["expanded"]["owner"],
    ):
        assert (row["name"], row["daily_rate"], row["rate_currency"]) == ("Zoé", None, None)
    assert Api(ben).patch(f"people/{person.pk}/", {"daily_rate": 1}, version=1).status_code == 403
    assert Api(ben).patch(f"people/{person.pk}/", {"organisation": "DSI"}, version=1).status_code == 200


def test_former_forecasts(ben, cleo, omar, world):
    milestone = make.milestone(world.tram, forecasts={make.TODAY: make.TODAY, make.TODAY - timedelta(days=9): None})
    make.milestone(world.harbour, forecasts={make.TODAY: None})
    assert [row["forecast_date"] for row in Api(ben).rows("milestone-forecasts/", ordering="recorded_on")] == [
        None, "2026-11-24",
    ]  # fmt: skip
    assert len(Api(cleo).rows("milestone-forecasts/", milestone=milestone.pk, portfolio="NORTH")) == 2
    assert Api(omar).rows("milestone-forecasts/") == []
