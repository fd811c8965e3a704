"""The reporting cycle through the API: from the calendar to the snapshot, who may do what, and what is refused in which words."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from pmo_portal.core.models import ApiToken, User
from projects.hierarchy.models import Project
from projects.hierarchy.services import update_project
from projects.hierarchy.visibility import HISTORY_OF_WORK
from projects.raid.models import Risk
from reporting.status import snapshots
from reporting.status.models import ReportingCalendar, ReportingPeriod, Snapshot, StatusReport
from reporting.status.selectors import WRITERS_AND_REVIEWERS
from reporting.status.services import clock, freezing
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.reporting.dashboards.pages import client_of, compute
from tests.reporting.status.reports import healthy, noon, opened, report_of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
FRENCH = {"Accept-Language": "fr"}


@pytest.fixture
def project(world: World, ben: User) -> Project:
    """Ben's, with a report to be written."""
    made = healthy(world.rail, code="LOOP")
    make.member(ben, "project_manager", on=made)
    opened(world.north)
    compute()
    return made


def at(project: Project) -> str:
    return f"status-reports/{report_of(project).pk}/"


def test_the_life_of_a_report(world: World, ada: User, ben: User) -> None:
    """Calendar, period, draft, submitted, sent back, submitted again, validated, frozen, read as a snapshot."""
    made, pmo, manager = healthy(world.rail, code="LOOP"), Api(ada), Api(ben)
    make.member(ben, "project_manager", on=made)
    body = {"node": world.north.pk, "since": str(TODAY.replace(day=1)), "opens_before": 31}
    calendar = pmo.post("reporting-calendars/", body)
    assert (calendar.status_code, calendar.json()["cadence"]) == (201, "monthly")
    [period] = pmo.rows("reporting-periods/", calendar=calendar.json()["id"], on=str(TODAY))
    assert (period["state"], period["node_code"]) == ("upcoming", "NORTH")
    steps = f"reporting-periods/{period['id']}/"
    assert manager.post("status-reports/", {"project": made.pk}).status_code == 422
    opened_one = pmo.post(f"{steps}open/", {}, version=1)
    assert (opened_one.json()["state"], opened_one.json()["coverage"]["not_started"]) == ("open", 2)

    begun = manager.post("status-reports/", {"project": made.pk})
    assert (begun.status_code, begun.json()["state"], begun.json()["declared"]) == (201, "draft", "green")
    again = manager.post("status-reports/", {"project": made.pk})
    assert (again.status_code, again.json()["id"]) == (200, begun.json()["id"])
    item = begun["Location"].partition("/api/v1/")[2]
    said = {
        "declared": "amber",
        "key_message": "Help needed",
        "schedule": "amber",
        "schedule_comment": "Late",
        "ask": "none",
    }
    written = manager.patch(item, said, version=begun["ETag"])
    assert (written.status_code, written.json()["schedule_comment"]) == (200, "Late")
    sent = manager.post(f"{item}submit/", {}, version=written["ETag"])
    assert (sent.status_code, sent.json()["state"], sent.json()["way"]) == (200, "submitted", "express"), sent.content
    made.refresh_from_db()
    assert (made.declared, made.key_message) == ("amber", "Help needed")

    back = pmo.post(f"{item}correct/", {"comment": "Until when?"}, version=sent["ETag"])
    assert (back.json()["state"], back.json()["review_comment"]) == ("to_correct", "Until when?")
    better = manager.patch(item, {"schedule_comment": "Until March"}, version=back["ETag"])
    sent = manager.post(f"{item}submit/", {}, version=better["ETag"])
    stands = pmo.post(f"{item}validate/", {}, version=sent["ETag"])
    assert stands.json()["state"] == "validated"
    freezing = pmo.post(f"{steps}freeze/", {}, version=opened_one["ETag"])
    told = freezing.json()["coverage"]
    assert (freezing.json()["state"], told["asked"], told["frozen"], told["not_reported"]) == ("frozen", 2, 1, 1)
    [kept] = manager.rows("snapshots/", project=made.pk, period=period["id"])
    whole = manager.get(f"snapshots/{kept['id']}/").json()
    assert (kept["declared"], whole["content"]["report"]["schedule_comment"]) == ("amber", "Until March")
    assert whole["content"] == Snapshot.objects.get(pk=kept["id"]).content
    frozen = manager.get(item).json()
    assert (frozen["state"], frozen["computed"], frozen["findings"]) == ("frozen", kept["computed"], [])


def test_after_the_freeze_everything_is_refused_in_plain_words(project: Project, ada: User, ben: User) -> None:
    period, item, manager = ReportingPeriod.objects.get(state="open"), at(project), Api(ben)
    steps, seen = f"reporting-periods/{period.pk}/", manager.get(item)["ETag"]
    closed = Api(ada).post(f"{steps}close/", {}, version=period.version)
    assert closed.json()["state"] == "review"
    assert manager.patch(item, {"summary": "Late, but here"}, version=seen).status_code == 200  # until the freeze
    Api(ada).post(f"{steps}freeze/", {}, version=closed["ETag"])
    now = manager.get(item)
    assert now.json()["state"] == "not_reported"
    asked = [manager.patch(item, {"summary": "x"}, version=version, **FRENCH) for version in (seen, now["ETag"])] + [
        manager.post(f"{item}{verb}/", {}, version=now["ETag"], **FRENCH) for verb in ("submit", "withdraw")
    ]
    for answer in asked:
        assert (answer.status_code, "gel" in answer.json()["detail"].lower()) == (422, True), answer.content
    assert manager.post("status-reports/", {"project": project.pk}).json()["errors"][0]["path"] == "project"


def test_what_keeps_a_report_back_is_told_by_rule_in_the_readers_language(project: Project, ben: User) -> None:
    item, manager = at(project), Api(ben)
    risk = make.risk(project, title="Crue", probability=5, impact=5, last_reviewed_on=TODAY - timedelta(days=60))
    draft = manager.patch(item, {"declared": "red", "key_message": "It is bad"}, version=1)
    found = {one["rule"]: one for one in draft.json()["findings"]}
    assert found["VR-17"]["kind"] == "error"
    assert found["VR-14"]["path"] == f"risks.{risk.pk}"
    refused = manager.post(f"{item}submit/", {}, version=draft["ETag"], **FRENCH)
    errors = {one["rule"]: one for one in refused.json()["errors"]}
    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert (errors["VR-16"]["path"], errors["VR-16"]["kind"]) == ("ask", "error")
    assert errors["VR-14"]["message"] == "«\u00a0Crue\u00a0»\u00a0: ce risque est-il toujours vrai\u202f?"
    project.refresh_from_db()
    assert (project.declared, report_of(project).state) == ("green", "draft")
    fixed = {
        "ask": "none", "risks": {str(risk.pk): "closed"}, "confirmed": {found["VR-17"]["key"]: "Not known yet"},
        "risk_comment": "Flood", "highlights": ["Dug"],
    }  # fmt: skip
    draft = manager.patch(item, fixed, version=draft["ETag"])
    left = [one["key"] for one in draft.json()["findings"] if one["kind"] == "warning"]
    sent = manager.post(f"{item}submit/", {"confirmed": left}, version=draft["ETag"])
    assert sent.status_code == 200, sent.content
    risk.refresh_from_db()
    assert risk.status == Risk.Status.CLOSED


def test_two_programs_merge_by_field(project: Project, ben: User) -> None:
    """Both read the same version. What nobody else changed is written; what somebody did is refused with both values at hand."""
    item, manager = at(project), Api(ben)
    begun = manager.post("status-reports/", {"project": project.pk})
    mark, other = make.milestone(project), make.milestone(project)
    seen, day = begun["ETag"], str(TODAY + timedelta(days=40))
    first = {"summary": "First", "percent_complete": "10", "milestones": {str(mark.pk): {"forecast": day}}}
    assert manager.patch(item, first, version=seen).status_code == 200
    second = {"key_message": "Second", "milestones": {str(other.pk): {"forecast": day}}, "percent_complete": "10.00"}
    merged = manager.patch(item, second, version=seen)
    assert (merged.status_code, merged.json()["summary"], merged.json()["key_message"]) == (200, "First", "Second")
    assert merged.json()["milestones"].keys() == {str(mark.pk), str(other.pk)}
    late = {"summary": "Third", "trend": "up", "milestones": {str(mark.pk): {"forecast": str(TODAY)}}}
    refused = manager.patch(item, late, version=seen)
    assert (refused.status_code, refused["ETag"]) == (412, merged["ETag"])
    assert {one["path"] for one in refused.json()["errors"]} == {"summary", f"milestones.{mark.pk}.forecast"}
    assert (refused.json()["current"]["summary"], refused.json()["current"]["trend"]) == ("First", "flat")
    assert report_of(project).trend == "flat"  # nothing of a refused change is kept
    assert manager.patch(item, late, version='"v99"').status_code == 412
    assert manager.patch(item, late).status_code == 428
    assert manager.patch(item, late, version=merged["ETag"]).status_code == 200


def test_what_is_no_value_is_refused_with_its_path(project: Project, ben: User) -> None:
    item, manager, foreign = at(project), Api(ben), make.milestone(make.project("OTHER"))
    for body, path in (
        ({"state": "frozen"}, "state"),
        ({"declared": "purple"}, "declared"),
        ({"key_message": "x" * 141}, "key_message"),
        ({"highlights": ["x"] * 6}, "highlights"),
        ({"milestones": {str(foreign.pk): {"forecast": "2027-01-01"}}}, f"milestones.{foreign.pk}.forecast"),
        ({"milestones": {"1": {"colour": "red"}}}, "milestones.1.colour"),
        ({"back_to_green": "soon"}, "back_to_green"),
    ):
        answer = manager.patch(item, body, version=1)
        assert (answer.status_code, [one["path"] for one in answer.json()["errors"]]) == (400, [path]), answer.content
    assert report_of(project).state == "not_started"


def test_who_may_do_what(
    world: World, project: Project, ada: User, ben: User, cleo: User, eve: User, omar: User
) -> None:
    """Each asked with the version they saw: the first number for who writes, the second for who reviews, the third runs it."""
    report, period = report_of(project), ReportingPeriod.objects.get(state="open")
    item, steps = f"status-reports/{report.pk}/", f"reporting-periods/{period.pk}/"
    calendar = f"reporting-calendars/{period.calendar_id}/"
    abroad = make.user("abroad", role="pmo", on=world.south)
    for user, writes, reviews, runs in (
        (cleo, 403, 403, 403), (eve, 403, 403, 403), (omar, 404, 404, 404), (abroad, 404, 404, 404), (ben, 200, 403, 403),
        (ada, 200, 422, 200),
    ):  # fmt: skip
        api = Api(user)
        for ask, status in (
            (lambda api=api: api.patch(item, {"summary": "x"}, version=StatusReport.objects.get(pk=report.pk).version), writes),
            (lambda api=api: api.post(f"{item}validate/", {}, version=StatusReport.objects.get(pk=report.pk).version), reviews),
            (lambda api=api: api.post(f"{steps}close/", {}, version=ReportingPeriod.objects.get(pk=period.pk).version), runs),
            (lambda api=api: api.patch(calendar, {"due_after": 3}, version=1), runs),
        ):  # fmt: skip
            assert ask().status_code == status, (user, status)
    assert Api(cleo).post("status-reports/", {"project": project.pk}).status_code == 403
    assert Api(omar).post("status-reports/", {"project": project.pk}).status_code == 400  # as if it did not exist
    assert Api(abroad).post("reporting-calendars/", {"node": world.rail.pk}).status_code == 400


def test_a_draft_tells_nobody_and_figures_only_those_who_may(
    world: World, project: Project, ada: User, cleo: User
) -> None:
    report = report_of(project)
    secret = {"summary": "Between us", "etc": 7654321, "confidential_note": "The minister", "declared": "red"}
    StatusReport.objects.filter(pk=report.pk).update(state="draft", entry_seconds=90, **secret)
    item, hidden = f"status-reports/{report.pk}/", ("Between us", "7654321", "The minister")
    drawn = Api(cleo).get(item).json()
    assert (drawn["told"], drawn["summary"], drawn["declared"], drawn["gap"]) == (False, "", "", None)
    assert (drawn["entry_seconds"], drawn["findings"], drawn["state"]) == (None, None, "draft")
    assert (
        Api(ada).get(item).json() | {"told": True, "entry_seconds": 90, "etc": "7654321.00"}
        == Api(ada).get(item).json()
    )
    StatusReport.objects.filter(pk=report.pk).update(state="submitted", submitted_at=timezone.now())
    told = Api(cleo).get(item)
    assert (told.json()["told"], told.json()["summary"], told.json()["gap"]) == (True, "Between us", -2)
    assert not any(one in told.content.decode() for one in hidden[1:])
    api = Api(ada)
    api.post(f"reporting-periods/{report.period_id}/freeze/", {}, version=report.period.version)
    [row] = Api(cleo).rows("snapshots/", project=project.pk)
    whole = Api(cleo).get(f"snapshots/{row['id']}/")
    kept = Snapshot.objects.get(pk=row["id"])
    assert (row["budget"], whole.json()["digest"]) == (None, None)
    assert whole.json()["content"] == snapshots.shown_to(kept, cleo)
    assert not any(one in whole.content.decode() for one in hidden[1:])
    assert api.get(f"snapshots/{row['id']}/").json()["digest"] == kept.digest
    assert Api(cleo).get("snapshots/", ordering="budget").status_code == 403


def test_the_history_of_a_draft_is_for_who_writes_and_reviews_it(
    project: Project, ada: User, ben: User, cleo: User, eve: User
) -> None:
    item, page = at(project), f"/projects/{project.pk}/history/"
    Api(ben).patch(item, {"summary": "Between us"}, version=1)
    for user, told in ((ben, True), (ada, True), (cleo, False), (eve, False)):
        events = Api(user).get("audit-events/", target_type="reporting.StatusReport", project=project.pk)
        assert (events.status_code, "Between us" in events.content.decode()) == (200, told), user
        assert ("Between us" in client_of(user).get(page).content.decode()) is told, user
    assert HISTORY_OF_WORK["reporting.StatusReport"] == WRITERS_AND_REVIEWERS


def test_a_token_submits_where_it_may_write_the_facts(project: Project, ben: User) -> None:
    api, item = Api(ben), at(project)
    ApiToken.objects.filter(user=ben).update(scopes=["reports:write"])
    draft = api.patch(item, {"summary": "x"}, version=1)
    assert draft.status_code == 200
    refused = api.post(f"{item}submit/", {"renew": True}, version=draft["ETag"])
    assert (refused.status_code, refused.json()["missing_scope"]) == (403, "projects:write")
    everything = [f"{area}:write" for area in ("reports", "projects", "planning", "money", "risks")]
    ApiToken.objects.filter(user=ben).update(scopes=everything)
    renewed = api.post(f"{item}submit/", {"renew": True}, version=draft["ETag"])
    assert (renewed.status_code, renewed.json()["way"]) == (200, "renew")


def test_a_lost_answer_is_given_again(project: Project, ada: User, ben: User) -> None:
    """Also for the freeze, whose transaction is its own."""
    period, item, api = ReportingPeriod.objects.get(state="open"), at(project), Api(ben)
    one, two = [
        api.post(f"{item}submit/", {"renew": True}, version=1, **{"Idempotency-Key": "a"}) for _time in range(2)
    ]
    assert (one.status_code, two.status_code, two["Idempotency-Replayed"]) == (200, 200, "true")
    assert one.content == two.content
    steps, boss = f"reporting-periods/{period.pk}/", Api(ada)
    one, two = [
        boss.post(f"{steps}freeze/", {}, version=period.version, **{"Idempotency-Key": "b"}) for _time in range(2)
    ]
    assert (one.json()["state"], two.content, two["Idempotency-Replayed"]) == ("frozen", one.content, "true")
    assert boss.post(f"{steps}close/", {}, version=period.version, **{"Idempotency-Key": "b"}).status_code == 422
    assert boss.post(f"{steps}freeze/", {}, version=period.version).status_code == 412


def test_lists_are_narrowed_and_never_grow_in_statements(
    world: World, project: Project, ada: User, cleo: User, django_assert_max_num_queries: Any
) -> None:
    """Token with its user, memberships, its last use, the rows; a page of a portfolio one lookup more; of a period its counts."""
    period = ReportingPeriod.objects.get(state="open")
    for number in range(20):
        made = make.project(f"M{number}", node=world.rail, state="executing")
        StatusReport.objects.create(project=made, period=period, state="submitted", submitted_at=timezone.now())
    api, reader = Api(ada), Api(cleo)
    with django_assert_max_num_queries(6):
        assert len(reader.rows("status-reports/", period=period.pk)) == 22
    with django_assert_max_num_queries(7):
        assert len(api.rows("status-reports/", portfolio="NORTH", state="submitted")) == 20
    boss = {
        one["project_code"] for one in Api(User.objects.get(username="ben")).rows("status-reports/", writable="true")
    }
    assert (boss, reader.rows("status-reports/", writable="true")) == ({"LOOP", "TRAM"}, [])
    assert api.rows("status-reports/", late="true") == api.rows("status-reports/", updated_since="2100-01-01") == []
    with django_assert_max_num_queries(7):
        told = api.get(f"reporting-periods/{period.pk}/").json()["coverage"]
    assert (told["asked"], told["received"], told["timely"], told["not_started"]) == (22, 20, 20, 2)
    clock.move_on(on=period.review_until + timedelta(days=40), at=noon(period.review_until + timedelta(days=40)))
    with django_assert_max_num_queries(6):
        assert len(reader.rows("snapshots/", period=period.pk)) == 22
    assert {row["code"] for row in api.rows("snapshots/", reported="false", period=period.pk)} == {"LOOP", "TRAM"}
    assert api.rows("reporting-periods/", state="upcoming", on=str(period.starts_on)) == []


def test_a_calendar_is_kept_once_it_collected(world: World, project: Project, ada: User) -> None:
    api, row = Api(ada), ReportingCalendar.objects.get(node=world.north)
    item = f"reporting-calendars/{row.pk}/"
    assert api.delete(item, version=row.version).status_code == 422
    twice = api.post("reporting-calendars/", {"node": world.north.pk})
    assert (twice.status_code, twice.json()["errors"][0]["path"]) == (400, "node")
    assert api.patch(item, {"region": "XX"}, version=row.version).json()["errors"][0]["path"] == "region"
    assert api.patch(item, {"node": world.south.pk}, version=row.version).status_code == 400
    late = api.post("reporting-calendars/", {"node": world.south.pk, "since": str(TODAY - timedelta(days=400))})
    assert (late.status_code, late.json()["errors"][0]["path"]) == (422, "since")
    other = api.post("reporting-calendars/", {"node": world.south.pk, "cadence": "weekly"})
    assert api.delete(f"reporting-calendars/{other.json()['id']}/", version=1).status_code == 204


def test_a_frozen_report_names_its_project_portfolio_and_author_as_then(
    world: World, ada: User, ben: User, project: Project
) -> None:
    report = report_of(project)
    told = {"state": "submitted", "submitted_at": timezone.now(), "declared": "green", "author": ben}
    StatusReport.objects.filter(pk=report.pk).update(**told)
    freezing.freeze(report.period, by=None, on=TODAY, at=timezone.now())
    pmo, names = Api(ada), ("project_code", "portfolio", "author_name")
    path = f"status-reports/{report.pk}/"
    before = pmo.get(path).json()
    assert [before[name] for name in names] == ["LOOP", "NORTH", ben.label]
    changes = {"node": world.south, "code": "ELSE"}
    project.refresh_from_db()
    update_project(project=project, by=ada, version=project.version, changes=changes, on=TODAY)
    User.objects.filter(pk=ben.pk).update(last_name="Married")
    assert pmo.get(path).json() == before
    [listed] = pmo.rows("status-reports/", project=project.pk)
    assert [listed[name] for name in names] == ["LOOP", "NORTH", ben.label]
