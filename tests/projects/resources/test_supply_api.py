"""Units, people and their time in the API: who reads, who writes, how another system names what it brings."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmo_portal.core import tokens
from pmo_portal.core.models import User
from projects.resources.models import Absence, Person, PersonSkill, Rate, UnitShare, WorkPattern
from tests import make
from tests.cast import World
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db
COLLECTIONS = (
    "units", "roles", "skills", "person-skills", "unit-shares", "working-calendars", "calendar-exceptions",
    "work-patterns", "absences", "pooled-capacities",
)  # fmt: skip


@pytest.fixture
def rita(world: World) -> User:
    return make.user("rita", role="resource_manager")


def outcomes(answer):
    assert answer.status_code == 200, answer.content
    return [row["outcome"] for row in answer.json()["results"]]


def test_who_reads_and_who_writes(rita, ben, eve, omar, cleo):
    for reader, code in ((rita, 200), (ben, 200), (eve, 403), (omar, 403), (cleo, 403)):
        api = Api(reader)
        assert {api.get(f"{one}/").status_code for one in COLLECTIONS} == {code}
    assert Api(rita).post("roles/", {"code": "DEV", "name": "Développeur"}).status_code == 201
    assert Api(ben).post("roles/", {"code": "OPS", "name": "Exploitant"}).status_code == 403
    assert Api(ben).post("absences/bulk/", {"rows": [{"external_ref": "1"}]}).status_code == 403


def test_rates_are_for_who_sees_them(rita, ben, ada, world):
    rate, finance = make.rate(), make.user(role="finance")
    local = make.user(role="resource_manager", on=world.north)
    for reader, code in ((rita, 200), (ada, 200), (finance, 200), (ben, 403), (local, 403)):
        assert Api(reader).get("rates/").status_code == code
        assert Api(reader).get(f"rates/{rate.pk}/").status_code == code
    for user, lacks in ((rita, "money:read"), (ben, None)):
        _row, token = tokens.issue(user=user, name="no money", scopes=["people:write"])
        bare = Api(None)
        bare.headers = {"Authorization": f"Token {token}"}
        told = bare.get("rates/")
        assert (told.status_code, told.json().get("missing_scope")) == (403, lacks)
        told = bare.post("people/", {"name": "X", "daily_rate": "1"})
        assert (told.status_code, told.json().get("missing_scope")) == (403, lacks)
    row = {"role": rate.role_id, "starts_on": "2027-01-01", "daily_rate": "700.00"}
    for writer, code in ((finance, 403), (local, 403), (rita, 201)):
        assert Api(writer).post("rates/", row).status_code == code
    person = make.person()
    rows = [{**row, "daily_rate": "710.00"}, {"person": person.pk, "starts_on": "2027-01-01", "daily_rate": "800"}]
    assert outcomes(Api(rita).post("rates/bulk/", {"rows": rows})) == ["updated", "created"]
    assert outcomes(Api(rita).post("rates/bulk/", {"rows": rows})) == ["unchanged", "unchanged"]
    assert Rate.objects.count() == 3


def test_rates_are_not_guessed_row_by_row(rita, ben):
    """The right guess of who sees no rates is answered as the wrong one."""
    make.person("Léa", external_ref="HR:1", daily_rate=650)

    def told(reader, **given):
        rows = [{"external_ref": "HR:1", **given}]
        one = Api(reader).post("people/bulk/?dry_run=true&partial=true", {"rows": rows}).json()["results"][0]
        return one["outcome"], one["errors"]

    for right, wrong in (
        ({"daily_rate": "650.00"}, {"daily_rate": "651.00"}),
        ({"rate_currency": "EUR"}, {"rate_currency": "CHF"}),
    ):
        assert told(ben, **right) == told(ben, **wrong)
        assert told(ben, **right)[0] == "refused"
        assert (told(rita, **right)[0], told(rita, **wrong)[0]) == ("unchanged", "updated")
    assert told(ben, name="Léa")[0] == "unchanged"


def test_a_project_manager_names_people_and_no_more(rita, ben):
    api, role = Api(ben), make.role()
    made = api.post("people/", {"name": "Léa", "email": "lea@example.org"})
    assert made.status_code == 201
    pk = made.json()["id"]
    assert api.patch(f"people/{pk}/", {"role": role.pk}, version=1).status_code == 403
    assert api.patch(f"people/{pk}/", {"organisation": "DSI"}, version=1).status_code == 200
    done = Api(rita).patch(f"people/{pk}/", {"role": role.pk, "leaves_on": "2027-06-30"}, version=2)
    assert (done.json()["role_name"], done.json()["leaves_on"]) == (role.name, "2027-06-30")
    make.unit_share(Person.objects.get(pk=pk), unit := make.unit()), make.person("Gone", leaves_on="2026-01-31")
    for query in ({"role": role.pk}, {"unit": unit.pk}, {"present_on": "2027-01-01"}, {"present_on": "2027-06-30"}):
        assert [one["id"] for one in api.rows("people/", **query)] == [pk], query
    [row] = api.rows("people/", role=role.pk, expand="role", fields="name")
    assert row["expanded"]["role"]["code"] == role.code


def test_another_system_brings_absences_by_its_own_numbers(rita):
    lea, max_ = make.person("Léa", external_ref="HR:1"), make.person("Max", email="max@example.org")
    rows = [
        {"person_ref": "HR:1", "external_ref": "A1", "first_day": "2027-02-15", "last_day": "2027-02-19"},
        {"person_ref": "max@example.org", "external_ref": "A1", "first_day": "2027-02-15", "last_day": "2027-02-19"},
    ]
    api = Api(rita)
    assert outcomes(api.post("absences/bulk/?dry_run=true", {"rows": rows})) == ["created", "created"]
    assert outcomes(api.post("absences/bulk/", {"rows": rows})) == ["created", "created"]
    assert outcomes(api.post("absences/bulk/", {"rows": rows})) == ["unchanged", "unchanged"]
    rows[0]["last_day"] = "2027-02-26"
    assert outcomes(api.post("absences/bulk/", {"rows": rows})) == ["updated", "unchanged"]
    assert set(Absence.objects.values_list("person", flat=True)) == {lea.pk, max_.pk}
    rows.append({"person_ref": "nobody", "external_ref": "A2", "first_day": "2027-02-15", "last_day": "2027-02-15"})
    refused = api.post("absences/bulk/", {"rows": rows})
    assert (refused.status_code, [one["path"] for one in refused.json()["errors"]]) == (422, ["rows[2].person_ref"])


def test_what_has_no_reference_is_known_by_what_it_is(rita):
    lea, sql, unit = make.person("Léa", external_ref="7"), make.skill("SQL"), make.unit()
    api = Api(rita)
    for collection, row, change in (
        ("person-skills", {"person_ref": "7", "skill": sql.pk}, {"level": 5}),
        ("unit-shares", {"person": lea.pk, "unit": unit.pk}, {"percent": 60}),
        ("work-patterns", {"person": lea.pk, "starts_on": "2027-01-04"}, {"friday": 0}),
    ):
        assert outcomes(api.post(f"{collection}/bulk/", {"rows": [row]})) == ["created"], collection
        assert outcomes(api.post(f"{collection}/bulk/", {"rows": [row]})) == ["unchanged"], collection
        assert outcomes(api.post(f"{collection}/bulk/", {"rows": [{**row, **change}]})) == ["updated"], collection
        twice = api.post(f"{collection}/bulk/", {"rows": [row, row]})
        assert (twice.status_code, twice.json()["errors"][0]["path"][:7]) == (422, "rows[1]")
    held = (PersonSkill.objects.get().level, UnitShare.objects.get().percent, WorkPattern.objects.get().friday)
    assert held == (5, 60, 0)
    made = api.rows("person-skills/", person=lea.pk)[0]
    other = api.patch(f"person-skills/{made['id']}/", {"skill": make.skill().pk}, version=made["version"])
    assert other.status_code == 400
    assert api.delete(f"person-skills/{made['id']}/", version=made["version"]).status_code == 204


def test_generic_capacity_ends_in_a_year_somebody_lives_to_see(rita):
    body = {"role": make.role().pk, "first_month": "2027-01-01", "fte": "2.50"}
    for last, code in (("9999-12-01", 422), ("2100-01-01", 422), ("2099-12-01", 201)):
        answer = Api(rita).post("pooled-capacities/", {**body, "last_month": last})
        assert answer.status_code == code, answer.content
    early = Api(rita).post("pooled-capacities/", {**body, "first_month": "1999-12-01", "last_month": "2027-01-01"})
    assert (early.status_code, early.json()["errors"][0]["path"]) == (422, "last_month")


def test_a_thousand_rows_are_read_once(rita):
    """The statements grow with what is written, not with what is looked up: two of each row created (savepoint apart)."""
    people = [make.person(f"P{n}", external_ref=f"R{n}") for n in range(30)]
    rows = [
        {"person_ref": one.external_ref, "external_ref": "x", "first_day": "2027-01-04", "last_day": "2027-01-05"}
        for one in people
    ]
    api = Api(rita)
    assert set(outcomes(api.post("absences/bulk/", {"rows": rows}))) == {"created"}
    with CaptureQueriesContext(connection) as few:
        api.post("absences/bulk/", {"rows": rows[:3]})
    with CaptureQueriesContext(connection) as many:
        api.post("absences/bulk/", {"rows": rows})
    assert len(many) == len(few)


def test_rows_name_people_by_reference_of_their_source_and_never_by_an_address_of_several(rita):
    api, lea = Api(rita), make.person("Léa", external_ref="HR:1", email="Lea@example.org")
    rate = {"starts_on": "2027-01-01", "daily_rate": "500"}
    named: list[dict[str, object]] = [{"person_ref": text} for text in ("1", "HR:1", "lea@EXAMPLE.org")]
    for whom in (*named, {"person": None, "person_ref": "1"}, {"person": lea.pk, "person_ref": ""}):
        made = api.post("rates/bulk/?dry_run=true", {"source": "HR", "rows": [{**rate, **whom}]})
        assert outcomes(made) == ["created"], whom
    assert outcomes(api.post("rates/bulk/", {"source": "HR", "rows": [{**rate, "person_ref": "1"}]})) == ["created"]
    assert Rate.objects.get().person_id == lea.pk
    for resource, row, path in (
        ("rates", {**rate, "person_ref": "2"}, "person_ref"),
        ("roles", {"code": "X", "name": "X", "external_ref": "x", "person_ref": "1"}, "person_ref"),
        ("roles", {"code": "X", "name": "X", "external_ref": "x", "project_ref": "1"}, "project_ref"),
        ("people", {"name": "X", "external_ref": "x", "email": "LEA@example.org"}, "email"),
    ):
        refused = api.post(f"{resource}/bulk/", {"rows": [row]})
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, f"rows[0].{path}"), refused.content
    second = api.post("people/", {"name": "Léa bis", "email": "lea@example.org"})
    assert (second.status_code, second.json()["errors"][0]["path"]) == (422, "email")
    assert "Léa" in second.json()["detail"]

    twin = make.person("Léa bis", email="lea@example.org")  # as it could be written before
    rows = (
        {**rate, "person_ref": "lea@example.org"},
        {"external_ref": "HR:2", "name": "N", "email": "lea@example.org"},
    )
    for resource, row in zip(("rates", "people"), rows, strict=True):
        told = api.post(f"{resource}/bulk/", {"rows": [row]}).json()["errors"][0]["message"]
        assert "Léa (HR:1)" in told, told
        assert f"Léa bis ({twin.pk})" in told, told
    assert (
        api.patch(f"people/{twin.pk}/", {"organisation": "DSI", "email": "Lea@example.org"}, version=1).status_code
        == 200
    )
