"""Somebody leaves in the middle of their work: what remains is asked for anew or proposed, all of it or nothing, and told."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmo_portal.core import trace, undo
from pmo_portal.core.errors import DomainError, StaleVersion
from pmo_portal.core.models import AuditEvent, User
from projects.resources import services
from projects.resources.models import Allocation, Person
from projects.resources.selectors.remaining import remaining
from projects.resources.services import Handed
from reporting.alerts.models import Notification, Rule
from reporting.alerts.services import gather
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.projects.test_pages import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
ON, LAST = date(2026, 11, 24), date(2027, 1, 15)
JAN, FEB, MAR = (date(2027, month, 1) for month in (1, 2, 3))


@pytest.fixture
def rita(world: World) -> User:
    return make.user("rita", role="resource_manager")


@pytest.fixture
def zoe(world: World) -> Person:
    make.working_calendar(is_default=True, country="")
    return make.person("Zoé", role=make.role("DEV"), leaves_on=LAST)


def given(world: World, zoe: Person, months: Any, **fields: Any) -> Allocation:
    held = {"status": "confirmed", "answered_on": date(2026, 9, 1), "person": zoe, "role": zoe.role, **fields}
    return make.allocation(held.pop("project", world.tram), months=months, **held)


def amounts(row: Allocation) -> dict[date, tuple[Decimal, Decimal | None]]:
    return {month: (asked, granted) for month, asked, granted in row.months.values_list("month", "asked", "granted")}


def handed(zoe: Person, by: User, *parts: Handed, **more: Any) -> list[Allocation]:
    return services.hand_over(
        person=zoe, by=by, on=ON, after=more.get("after", LAST), parts=parts, answer=more.get("answer", "Zoé leaves.")
    )


def test_what_remains_is_by_month_and_what_finds_no_room_in_the_month_of_leaving(world: World, zoe: Person) -> None:
    """January 2027 has 21 working days without holidays, 11 of them until the 15th; half of each is a per cent of theirs."""
    days, few = given(world, zoe, {JAN: (21, 21), FEB: (10, 6)}), given(world, zoe, {JAN: (1, 1)})
    given(world, zoe, {JAN: (50, 50)}, measure="percent")
    given(world, zoe, {date(2026, 12, 1): (10, 10), FEB: (4, 0)}), given(world, zoe, {FEB: 9}, status="requested")
    later = given(world, zoe, {FEB: (5, 5), MAR: (5, 5)}, status="proposed")
    over = make.project("OVER", node=world.north, state="closed")
    given(world, zoe, {FEB: (5, 5)}, project=over)
    with CaptureQueriesContext(connection) as few_statements:
        found = remaining(zoe, Allocation.objects.filter(person=zoe), after=LAST)
    assert len(few_statements) == 9  # requests, months; time: six; all of the month
    assert {one.allocation.pk: (one.months, one.whole) for one in found} == {
        days.pk: ({JAN: Decimal("15.5"), FEB: Decimal(6)}, False), few.pk: ({JAN: Decimal("0.5")}, False),
        later.pk: ({FEB: Decimal(5), MAR: Decimal(5)}, True),
    }  # fmt: skip


def test_the_rest_goes_back_by_role_or_to_somebody_and_no_day_is_lost(
    world: World, zoe: Person, rita: User, ben: User
) -> None:
    max_ = make.person("Max", role=zoe.role)
    begun, whole = given(world, zoe, {JAN: (21, 21), FEB: (10, 6)}), given(world, zoe, {FEB: (8, 8)})
    first, second = handed(zoe, rita, Handed(begun.pk, begun.version), Handed(whole.pk, whole.version, max_))
    begun.refresh_from_db()
    assert (begun.status, begun.person, amounts(begun)) == (
        "confirmed", zoe, {JAN: (Decimal(11), Decimal(11)), FEB: (Decimal(4), Decimal(0))}
    )  # fmt: skip
    assert (first.status, first.person, first.origin_id, amounts(first)) == (
        "requested", None, begun.pk, {JAN: (Decimal(10), None), FEB: (Decimal(6), None)}
    )  # fmt: skip
    assert (second.pk, second.status, second.person) == (whole.pk, "proposed", max_)
    assert amounts(whole) == {FEB: (Decimal(8), Decimal(8))}
    told = AuditEvent.objects.filter(target_type="projects.Allocation", target_id=whole.pk, action="answer").get()
    assert told.actor == rita
    gather.gather(on=ON, at=timezone.now())
    notes = Notification.objects.filter(user=ben, rule=Rule.ANSWERED)
    assert sorted(one.told["status"] for one in notes) == ["proposed", "requested"]
    page = client_of(ben).get("/my-day/").content.decode()
    assert "what remains of their work is asked for anew" in page


def test_all_or_nothing_and_who_came_first_is_told(world: World, zoe: Person, rita: User) -> None:
    one, two = given(world, zoe, {FEB: (8, 8)}), given(world, zoe, {MAR: (8, 8)})
    with pytest.raises(StaleVersion):
        handed(zoe, rita, Handed(one.pk, one.version), Handed(two.pk, two.version + 1))
    for parts, words in (
        ((Handed(one.pk, one.version, zoe),), "somebody else"),
        ((), "Choose what"),
        ((Handed(10**8, 1),), "no longer there"),
    ):
        with pytest.raises(DomainError, match=words):
            handed(zoe, rita, *parts)
    with pytest.raises(DomainError, match="Nothing of"):
        handed(zoe, rita, Handed(one.pk, one.version), after=date(2027, 6, 1))
    with pytest.raises(DomainError, match="Say why"):
        handed(zoe, rita, Handed(one.pk, one.version), answer=" ")
    one.refresh_from_db()
    assert (one.status, one.person) == ("confirmed", zoe)
    handed(zoe, rita, Handed(one.pk, one.version))
    one.refresh_from_db()
    with pytest.raises(DomainError, match="no longer given to Zoé"):
        handed(zoe, rita, Handed(one.pk, one.version))


def test_is_taken_back_whole_by_who_answers(world: World, zoe: Person, rita: User, ben: User) -> None:
    """As long as they have the room for it; who has left by then has none, and is confirmed again on purpose instead."""
    Person.objects.filter(pk=zoe.pk).update(leaves_on=None)
    zoe.refresh_from_db()
    max_, begun = make.person("Max"), given(world, zoe, {JAN: (21, 21), FEB: (10, 6)})
    whole = given(world, zoe, {FEB: (8, 8)})
    with trace.tracing(source="page", request_id="handed"):
        trace.acts(rita.pk)
        handed(zoe, rita, Handed(begun.pk, begun.version), Handed(whole.pk, whole.version, max_))
    events = undo.events_of(rita, "handed")
    with pytest.raises(DomainError):
        undo.take_back(events, by=ben, on=ON)
    undo.take_back(events, by=rita, on=ON)
    assert Allocation.objects.count() == 2
    assert set(Allocation.objects.values_list("status", "person")) == {("confirmed", zoe.pk)}
    assert amounts(begun) == {JAN: (Decimal(21), Decimal(21)), FEB: (Decimal(10), Decimal(6))}


def test_through_the_api(world: World, zoe: Person, rita: User, ben: User) -> None:
    max_, row = make.person("Max"), given(world, zoe, {JAN: (21, 21), FEB: (10, 6)})
    body = {"person": zoe.pk, "after": LAST.isoformat(), "answer": "Zoé leaves.",
            "parts": [{"allocation": row.pk, "version": row.version, "to": max_.pk}]}  # fmt: skip
    assert Api(ben).post("allocations/hand-over/", body).status_code == 403
    stale = {**body, "parts": [{**body["parts"][0], "version": row.version + 1}]}
    assert Api(rita).post("allocations/hand-over/", stale).status_code in (409, 412)
    answer = Api(rita).post("allocations/hand-over/", body)
    assert answer.status_code == 200, answer.content
    [told] = answer.json()["results"]
    assert (told["origin"], told["status"], told["person"]) == (row.pk, "proposed", max_.pk)
    assert told["version"] == Allocation.objects.get(pk=told["allocation"]).version


def test_what_is_past_stays_theirs(world: World, zoe: Person, rita: User) -> None:
    row = given(world, zoe, {date(2026, 10, 1): (10, 10), JAN: (5, 5)})
    with pytest.raises(DomainError, match="choose 31 October 2026 or a later day"):
        handed(zoe, rita, Handed(row.pk, row.version), after=date(2026, 9, 30))
    page = client_of(rita).get(f"/people/{zoe.pk}/hand-over/", {"after": "2020-01-01"}).content.decode()
    assert f'value="{timezone.localdate().replace(day=1) - timedelta(days=1)}"' in page
    Person.objects.filter(pk=zoe.pk).update(leaves_on=date(2026, 9, 30))  # who had left by then
    zoe.refresh_from_db()
    [done] = handed(zoe, rita, Handed(row.pk, row.version), after=date(2026, 9, 30))
    assert done.person is None


def test_on_the_page(world: World, zoe: Person, rita: User, ben: User) -> None:
    max_, row = make.person("Max", role=zoe.role), given(world, zoe, {JAN: (21, 21), FEB: (8, 8)})
    client, address = client_of(rita), f"/people/{zoe.pk}/hand-over/"
    detail = client.get(f"/people/{zoe.pk}/").content.decode()
    assert "1 request is granted to this person beyond" in detail
    assert address in detail
    page = client.get(address).content.decode()
    assert "Zoé leaves on" in page
    assert f'value="{max_.pk}"' in page
    assert f'value="{zoe.pk}"' not in page
    assert client_of(ben).get(address).status_code == 403
    sent = {
        "row": [row.pk],
        f"version-{row.pk}": row.version,
        f"do-{row.pk}": max_.pk,
        "after": LAST.isoformat(),
        "answer": "Bye",
    }
    stale = client.post(address, {**sent, f"version-{row.pk}": row.version + 1})
    assert stale.status_code == 412 or stale.status_code == 409
    assert client.post(address, {**sent, f"do-{row.pk}": "keep"}).status_code == 422
    assert client.post(address, sent).status_code == 302
    part = Allocation.objects.get(origin=row)
    assert (part.person, part.status, part.answer) == (max_, "proposed", "Bye")
    assert "Nothing remains after that day" in client.get(address).content.decode()


def test_nobody_is_given_to_a_project_that_is_over(world: World, zoe: Person, rita: User) -> None:
    """On the page, in bulk, in the grid: refused with what to do; a refusal itself passes."""
    over = make.project("OVER", node=world.north, state="stopped", name="Old", name_en="Old")
    row = given(world, zoe, {FEB: (8, 4)}, project=over, status="proposed")
    client = client_of(rita)
    sent = {"version": row.version, "verb": "confirm", "who": "", "m-2027-02": "8"}
    page = client.post(f"/allocations/{row.pk}/", sent)
    assert page.status_code == 422
    assert "nobody is given to it any more. Refuse the request instead." in page.content.decode()
    bulk = client.post(
        "/allocations/answers/?verb=confirm", {"sel": [row.pk], f"version-{row.pk}": row.version, "apply": "1"}
    )
    assert (bulk.status_code, "nobody is given to it any more" in bulk.content.decode()) == (409, True)
    cell = services.Cell(row.pk, FEB, Decimal(8), compare=False)
    [wrong] = services.set_cells(by=rita, on=ON, cells=[cell], what="granted").wrong
    assert "nobody is given to it any more" in wrong.message
    asked = {"project": over, "months": {FEB: Decimal(8)}}
    with pytest.raises(DomainError, match="asks for nobody any more"):
        services.request_allocation(by=rita, on=ON, role=row.role, **asked)
    with pytest.raises(DomainError, match="asks for nobody any more"):
        services.request_many(by=rita, on=ON, wanted=[services.Wanted(**asked, fields={"role": row.role})])
    gone = make.project("GONE", node=world.north, name_en="Gone")
    type(gone).objects.filter(pk=gone.pk).update(left_on=ON)
    left = given(world, zoe, {FEB: (8, 4)}, project=gone, status="requested")
    with pytest.raises(DomainError, match="has left its portfolio"):
        services.confirm_allocation(allocation=left, by=rita, version=left.version, on=ON)
    services.refuse_allocation(allocation=row, by=rita, version=row.version, on=ON, answer="Over")
    row.refresh_from_db()
    assert row.status == "refused"
