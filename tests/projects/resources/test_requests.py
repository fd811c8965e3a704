"""What projects ask of people, and what is answered: states, figures, who came first, what is never quietly too much."""

import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from pmo_portal.core import trace, undo
from pmo_portal.core.errors import DomainError, StaleVersion
from pmo_portal.core.models import AuditEvent, User
from projects.models import Allocation, AllocationMonth, Unit
from projects.resources import services
from projects.resources.selectors.time import hard, tentative
from projects.resources.services import Answer, Cell, Crowded, Whom
from projects.resources.services.crowding import mark_of
from projects.resources.worktime import Horizon
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english")

ON = date(2026, 11, 24)
JAN, FEB, MARCH, APRIL = (date(2027, month, 1) for month in (1, 2, 3, 4))


@pytest.fixture
def rita(world: World) -> User:
    return make.user("rita", role="resource_manager", first_name="Rita", last_name="Roy")


def days(**months: Any) -> dict[date, Decimal]:
    names = {"jan": JAN, "feb": FEB, "march": MARCH, "april": APRIL}
    return {names[name]: Decimal(str(amount)) for name, amount in months.items()}


@pytest.fixture
def asked(world: World, ben: User) -> Allocation:
    return services.request_allocation(
        project=world.tram, by=ben, on=ON, role=make.role("DEV"), months=days(jan=10, feb=12), note="Reprise"
    )


def months(row: Allocation) -> dict[date, tuple[Any, Any]]:
    return {one.month: (one.asked, one.granted) for one in AllocationMonth.objects.filter(allocation=row)}


def answer(verb: str, row: Allocation, by: User, **given: Any) -> Allocation:
    row.refresh_from_db()
    return getattr(services, f"{verb}_allocation")(  # type: ignore[no-any-return]
        allocation=row, by=by, on=given.pop("on", ON), version=given.pop("version", row.version), **given
    )


class TestAsking:
    def test_is_written_by_month(self, asked: Allocation, ben: User) -> None:
        assert (asked.status, asked.asked_by, asked.asked_on, asked.version) == ("requested", ben, ON, 1)
        assert months(asked) == {JAN: (10, None), FEB: (12, None)}
        told = AuditEvent.objects.filter(project_id=asked.project_id, target_type__contains="Allocation")
        assert sorted(told.values_list("action", "actor")) == [("create", ben.pk)] * 3

    @pytest.mark.parametrize(
        ("fields", "amounts", "words"),
        [
            ({}, days(jan=-1), "negative"),
            ({}, days(jan=0), "at least one month"),
            ({}, days(jan="0.001"), "Two decimals"),
            ({}, days(jan="123456"), "too large"),
            ({}, {date(2027, 1, 2): Decimal(1)}, "first day"),
            ({"measure": "percent"}, days(jan="10001"), "a hundred people"),
            ({"level": 3}, days(jan=1), "skill"),
            ({"named": True}, days(jan=22), "21 working days"),
            ({"named": True, "measure": "percent"}, days(jan=101), "more than one person"),
        ],
    )
    def test_refuses_what_cannot_be(
        self, world: World, ben: User, fields: dict[str, Any], amounts: dict[date, Decimal], words: str
    ) -> None:
        if fields.pop("named", False):
            fields["person"] = make.person("Léa")
        with pytest.raises(DomainError, match=words):
            services.request_allocation(project=world.tram, by=ben, on=ON, role=make.role(), months=amounts, **fields)
        assert not Allocation.objects.exists()

    def test_a_role_without_a_name_may_be_several_people_over_years(self, world: World, ben: User) -> None:
        five_years = {date(2027 + n // 12, n % 12 + 1, 1): Decimal(300) for n in range(60)}
        row = services.request_allocation(
            project=world.tram, by=ben, on=ON, role=make.role(), measure="percent", months=five_years
        )
        assert len(months(row)) == 60

    def test_a_change_is_asked_anew_and_what_was_granted_stays(self, asked: Allocation, ben: User, rita: User) -> None:
        lea = make.person("Léa")
        answer("propose", asked, rita, whom=Whom(lea))
        row = answer("change", asked, ben, changes={}, months=days(jan=8, feb=12))
        assert (row.status, row.person, months(row)) == ("requested", lea, {JAN: (8, None), FEB: (12, None)})
        row = answer("confirm", asked, rita)
        assert (row.status, row.answered_by, months(row)) == ("confirmed", rita, {JAN: (8, 8), FEB: (12, 12)})
        row = answer("change", asked, ben, changes={"note": "Même chose"})
        assert row.status == "confirmed", "a note asks for nothing"
        row = answer("change", asked, ben, changes={}, months=days(feb=14, march=5))
        assert (row.status, months(row)) == ("changed", {JAN: (0, 8), FEB: (14, 12), MARCH: (5, None)})
        for changes, words in (({"person": make.person("Max")}, "answered"), ({"measure": "percent"}, "Withdraw")):
            with pytest.raises(DomainError, match=words):
                answer("change", asked, ben, changes=changes)
        row = answer("refuse", asked, rita, answer="Nobody left")
        assert (row.status, months(row)) == ("refused", {JAN: (0, 0), FEB: (14, 0), MARCH: (5, 0)})
        row = answer("change", asked, ben, changes={"firmness": "tentative"})
        assert (row.status, row.answer, row.answered_by, months(row)[FEB]) == ("requested", "", None, (14, None))

    def test_what_was_granted_as_tentative_is_firm_after_an_answer_alone(
        self, world: World, ben: User, rita: User
    ) -> None:
        lea = make.person("Léa")
        answer("confirm", make.allocation(world.harbour, months={JAN: 15}), rita, whom=Whom(lea))
        soft = make.allocation(world.tram, firmness="tentative", months={JAN: 10})
        answer("confirm", soft, rita, whom=Whom(lea), granted=days(jan=9))
        horizon = Horizon.of(JAN, JAN)
        row = answer("change", soft, ben, changes={"firmness": "hard"})
        assert (row.status, row.person, row.answered_on, months(row)) == ("proposed", lea, None, {JAN: (10, 9)})
        assert hard([lea.pk], horizon) == [(lea.pk, JAN, 15.0, False)]
        assert tentative([lea.pk], horizon) == [(lea.pk, JAN, 10.0, False)]
        with pytest.raises(Crowded, match="Léa would have 24 days"):
            answer("confirm", soft, rita)
        row = answer("confirm", soft, rita, granted=days(jan=5))
        row = answer("change", soft, ben, changes={"firmness": "tentative"})
        assert (row.status, hard([lea.pk], horizon)) == ("changed", [(lea.pk, JAN, 15.0, False)])

    def test_taken_back_and_brought_back(self, asked: Allocation, ben: User) -> None:
        with trace.tracing(source="page", request_id="withdrawn"):
            trace.acts(ben.pk)
            services.withdraw_allocation(allocation=asked, by=ben, version=1, on=ON)
        assert not AllocationMonth.objects.exists()
        undo.take_back(undo.events_of(ben, "withdrawn"), by=ben, on=ON)
        assert months(asked) == {JAN: (10, None), FEB: (12, None)}


class TestAnswering:
    def test_names_somebody_and_a_part_of_it(self, asked: Allocation, rita: User) -> None:
        lea, west = make.person("Léa"), make.unit("WEST", kind="supplier")
        with pytest.raises(DomainError, match="Say who"):
            answer("confirm", asked, rita)
        row = answer("propose", asked, rita, whom=Whom(lea), granted=days(jan=5))
        assert (row.status, months(row)) == ("proposed", {JAN: (10, 5), FEB: (12, 0)})
        row = answer("confirm", asked, rita, answer="From February on she is elsewhere")
        assert (row.status, row.answered_on, months(row)) == ("confirmed", ON, {JAN: (10, 5), FEB: (12, 0)})
        row = answer("confirm", asked, rita, whom=Whom(unit=west), granted=days(jan=60, feb=60), anyway=True)
        assert (row.person, row.unit, months(row)[JAN]) == (None, west, (10, 60)), "a supplier's team may be three"
        with pytest.raises(DomainError, match="Refuse the request"):
            answer("confirm", asked, rita, granted=days(jan=0))
        with pytest.raises(DomainError, match="Say why"):
            answer("refuse", asked, rita, answer=" ")

    def test_is_shared_among_several_without_counting_twice(self, asked: Allocation, rita: User) -> None:
        lea = make.person("Léa")
        for part, words in (
            (days(jan=11), "only 10 is asked"),
            (days(march=1), "only 0 is asked"),
            (days(jan=10, feb=12), "all of it"),
            ({}, "how much"),
        ):
            with pytest.raises(DomainError, match=words):
                answer("split", asked, rita, part=part, whom=Whom(lea))
        part = answer("split", asked, rita, part=days(jan=4, feb=12), whom=Whom(lea), confirm=True)
        asked.refresh_from_db()
        assert (part.status, part.origin, months(part)) == ("confirmed", asked, {JAN: (4, 4), FEB: (12, 12)})
        assert (asked.status, asked.version, months(asked)) == ("requested", 2, {JAN: (6, None)})
        again = answer("split", part, rita, part=days(feb=12))
        assert (again.status, again.person, again.origin, months(again)) == (
            "requested",
            None,
            asked,
            {FEB: (12, None)},
        )
        assert months(part) == {JAN: (4, 4), FEB: (0, 0)}, "who leaves gives the rest back"

    def test_says_who_answered_first(self, asked: Allocation, rita: User, ada: User) -> None:
        lea, max_ = make.person("Léa"), make.person("Max")
        answer("confirm", asked, rita, whom=Whom(lea))
        with pytest.raises(StaleVersion, match=r"Rita Roy answered this on .*: confirmed, Léa"):
            answer("confirm", asked, ada, whom=Whom(max_), version=1)
        assert Allocation.objects.get().person == lea

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("en", r"at \d\d:\d\d: refused\. Nothing was saved\."),
            ("fr", r"à \d\d:\d\d\s: refusée\. Rien n’a été enregistré\."),
        ],
    )
    def test_of_a_refusal_nobody_is_named(
        self, asked: Allocation, rita: User, ada: User, language: str, words: str
    ) -> None:
        answer("refuse", asked, rita, answer="Nobody is free.")
        with translation.override(language), pytest.raises(StaleVersion, match=words):
            answer("refuse", asked, ada, answer="Nobody.", version=1)

    def test_is_taken_back_by_who_may_answer(self, asked: Allocation, rita: User, ben: User) -> None:
        lea = make.person("Léa")
        with trace.tracing(source="page", request_id="confirmed"):
            trace.acts(rita.pk)
            answer("confirm", asked, rita, whom=Whom(lea))
        events = undo.events_of(rita, "confirmed")
        with pytest.raises(DomainError):
            undo.take_back(events, by=ben, on=ON)
        undo.take_back(events, by=rita, on=ON)
        asked.refresh_from_db()
        assert (asked.status, asked.person, months(asked)) == ("requested", None, {JAN: (10, None), FEB: (12, None)})


class TestTooMuch:
    @pytest.fixture
    def busy(self, world: World, rita: User, asked: Allocation) -> Allocation:
        """Léa has 15 days of January 2027, which has 20, on another project."""
        other = make.allocation(world.harbour, months={JAN: 15}, role=asked.role)
        return answer("confirm", other, rita, whom=Whom(make.person("Léa")))

    def test_is_told_and_confirmed_only_on_purpose(self, asked: Allocation, busy: Allocation, ada: User) -> None:
        with pytest.raises(Crowded) as told:
            answer("confirm", asked, ada, whom=Whom(busy.person))
        assert "Rita Roy confirmed Léa for “Harbour”" in told.value.message
        assert "Jan\xa02027, Léa would have 25 days of work for 20" in told.value.message
        assert [one["path"] for one in told.value.errors] == ["months[2027-01]"]
        asked.refresh_from_db()
        assert (asked.status, asked.version) == ("requested", 1)
        assert answer("confirm", asked, ada, whom=Whom(busy.person), granted=days(jan=5, feb=12)).status == "confirmed"
        assert answer("confirm", asked, ada, granted=days(jan=6, feb=12), anyway=True).status == "confirmed"

    def test_names_no_project_that_is_hidden(self, world: World, asked: Allocation, rita: User, ada: User) -> None:
        hidden = make.allocation(world.secret, months={JAN: 15}, role=asked.role)
        lea = make.person("Léa")
        answer("confirm", hidden, ada, whom=Whom(lea))
        with pytest.raises(Crowded) as told:
            answer("confirm", asked, rita, whom=Whom(lea))
        assert "Ada Martin gave Léa other work" in told.value.message
        assert "ecret" not in told.value.message

    def test_what_came_since_one_looked_is_told_even_if_it_fits(
        self, asked: Allocation, world: World, rita: User, ada: User
    ) -> None:
        lea = make.person("Léa")
        seen = mark_of(lea.pk)
        answer("confirm", make.allocation(world.harbour, months={JAN: 2}), rita, whom=Whom(lea))
        with pytest.raises(Crowded, match="Rita Roy confirmed Léa"):
            answer("confirm", asked, ada, whom=Whom(lea), seen=seen)
        assert answer("confirm", asked, ada, whom=Whom(lea), seen=mark_of(lea.pk)).status == "confirmed"

    def test_what_came_in_other_months_is_told_too(
        self, asked: Allocation, world: World, rita: User, ada: User
    ) -> None:
        lea = make.person("Léa")
        seen = mark_of(lea.pk)
        answer("confirm", make.allocation(world.harbour, months={date(2027, 6, 1): 2}), rita, whom=Whom(lea))
        with pytest.raises(Crowded, match=r"Léa is given has changed since you looked\. Rita Roy confirmed Léa"):
            answer("confirm", asked, ada, whom=Whom(lea), seen=seen)

    def test_counts_days_not_months(self, world: World, rita: User) -> None:
        """Somebody of two days a week is not two fifths of every day; who leaves is not there; tentative work is no load."""
        max_ = make.person("Max", leaves_on=date(2027, 1, 15))
        row = make.allocation(world.tram, measure="percent", months={JAN: 50, FEB: 50})
        with pytest.raises(Crowded, match="Max leaves on 15 Jan 2027"):
            answer("confirm", row, rita, whom=Whom(max_))
        soft = make.allocation(world.tram, measure="percent", months={FEB: 50}, firmness="tentative")
        assert answer("confirm", soft, rita, whom=Whom(max_)).status == "confirmed"
        half = make.allocation(world.tram, measure="percent", months={JAN: 60})
        lea = make.person("Léa")
        answer("confirm", half, rita, whom=Whom(lea))
        with pytest.raises(Crowded):
            answer("confirm", make.allocation(world.harbour, months={JAN: 10}), rita, whom=Whom(lea))
        assert answer("confirm", make.allocation(world.harbour, months={JAN: 8}), rita, whom=Whom(lea))

    def test_many_answers_at_once_each_for_itself(self, world: World, busy: Allocation, rita: User) -> None:
        rows = [make.allocation(world.tram, months={JAN: 10}, person=busy.person) for _ in range(2)]
        free = make.allocation(world.tram, months={FEB: 10}, person=busy.person)
        hidden = make.allocation(world.secret)
        answers = [Answer(row.pk, 1, "confirm") for row in (rows[0], free, hidden)]
        answers += [Answer(rows[1].pk, 1, "refuse", {"answer": "No"}), Answer(busy.pk, 99, "refuse", {"answer": "No"})]
        told = services.answer_many(by=rita, on=ON, answers=answers)
        assert [one.done for one in told] == [False, True, False, True, False]
        assert [type(one.error).__name__ for one in told if one.error] == ["Crowded", "DomainError", "StaleVersion"]


class TestOfATeam:
    """What a unit takes without a name: generic capacity and its people, without what it has given already."""

    @pytest.fixture
    def west(self) -> Unit:
        return make.unit("WEST", name="Ouest", kind="supplier")

    def test_takes_no_more_than_it_has(self, world: World, west: Unit, rita: User, ada: User) -> None:
        role, team = make.role("DEV", name="Developer"), make.unit("TEAM", parent=west)
        make.pool(role, unit=west, first_month=JAN, last_month=FEB, fte=2)
        staffed = make.unit("STAFFED", parent=west)
        make.unit_share(make.person(role=role), staffed, percent=50)
        first = make.allocation(world.secret, role=role, months={JAN: 45, FEB: 30})
        answer("confirm", first, ada, whom=Whom(unit=west))
        second = make.allocation(world.tram, role=role, months={JAN: 6, FEB: 15})
        with pytest.raises(Crowded) as told:
            answer("confirm", second, rita, whom=Whom(unit=team))
        assert told.value.status == 409
        assert [one["path"] for one in told.value.errors] == ["months[2027-01]"]
        assert (
            "“Ouest” has 5 of its 50 days as Developer left, and this takes 6. Nothing was saved" in told.value.message
        )
        assert "Secret" not in told.value.message
        with pytest.raises(Crowded, match="“Ouest” has 5 of its 50 days"):  # who is there themselves has half a person
            answer("confirm", second, rita, whom=Whom(unit=staffed), granted=days(jan=6))
        with pytest.raises(Crowded, match="this takes 6"):
            answer("split", second, rita, part=days(jan=6), whom=Whom(unit=west), confirm=True)
        assert answer("confirm", second, rita, whom=Whom(unit=west), granted=days(jan=5, feb=15)).status == "confirmed"
        assert answer("confirm", second, rita, granted=days(jan=6, feb=14), anyway=True).status == "confirmed"
        assert answer("confirm", second, rita, granted=days(jan=6, feb=13)).status == "confirmed", (
            "it has these already"
        )
        with pytest.raises(Crowded, match=r"Apr.2027, “Ouest” has 11 of its 11 days"):
            answer("confirm", make.allocation(role=role, months={APRIL: 30}), ada, whom=Whom(unit=west))
        soft = make.allocation(world.tram, role=role, measure="percent", firmness="tentative", months={JAN: 300})
        assert answer("confirm", soft, rita, whom=Whom(unit=west)).status == "confirmed", "nobody counts on it"

    def test_of_which_nobody_knows_what_it_can_do_says_so_once(self, asked: Allocation, west: Unit, rita: User) -> None:
        make.pool(make.role(), unit=west)
        with pytest.raises(Crowded, match=r"Nothing says what “Ouest” can do as .* confirm anyway on purpose"):
            answer("confirm", asked, rita, whom=Whom(unit=west))
        assert answer("confirm", asked, rita, whom=Whom(unit=west), anyway=True).status == "confirmed"


def test_a_refusal_is_not_taken_back_onto_somebody_who_has_other_work_now(
    world: World, asked: Allocation, rita: User, ada: User
) -> None:
    lea = make.person("Léa")
    answer("confirm", asked, rita, whom=Whom(lea))
    with trace.tracing(source="page", request_id="refused"):
        answer("refuse", asked, rita, answer="No")
    other = answer("confirm", make.allocation(world.harbour, months={JAN: 15}), ada, whom=Whom(lea))
    events = undo.events_of(rita, "refused")
    with pytest.raises(undo.CannotUndo, match=r"Ada Martin confirmed Léa for .* 25 days of work for 20"):
        undo.take_back(events, by=rita, on=ON)
    asked.refresh_from_db()
    assert (asked.status, months(asked)[JAN]) == ("refused", (10, 0))
    answer("refuse", other, ada, answer="No")
    undo.take_back(events, by=rita, on=ON)
    asked.refresh_from_db()
    assert (asked.status, months(asked)[JAN]) == ("confirmed", (10, 10))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("named", [True, False])
def test_two_managers_at_once_one_wins_and_the_other_is_told(
    world: World, rita: User, ada: User, *, named: bool
) -> None:
    role, team = make.role(), make.unit("WEST", name="Ouest")
    make.pool(role, unit=team)
    whom = Whom(make.person("Léa")) if named else Whom(unit=team)
    rows = [make.allocation(place, role=role, months={JAN: 15}) for place in (world.tram, world.harbour)]
    ready, told = threading.Barrier(2), dict[str, Any]()

    def confirm(row: Allocation, by: User) -> None:
        try:
            ready.wait(5)
            with translation.override("en"):
                told[by.username] = answer("confirm", row, by, whom=whom).status
        except Crowded as crowded:
            told[by.username] = crowded.message
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=pair) for pair in zip(rows, (rita, ada), strict=True)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(10)
    winner = next(name for name, text in told.items() if text == "confirmed")
    loser = told["ada" if winner == "rita" else "rita"]
    name = {"ada": "Ada Martin", "rita": "Rita Roy"}[winner]
    if named:
        assert f"{name} confirmed Léa for" in loser
        assert "30 days of work for 20" in loser
    else:
        assert "“Ouest” has 5 of its 20 days" in loser
    assert Allocation.objects.filter(status="confirmed").count() == 1


class TestGrid:
    def test_writes_what_is_right_and_names_what_is_wrong(
        self, world: World, asked: Allocation, ben: User, rita: User
    ) -> None:
        lea = make.person("Léa")
        named = services.request_allocation(
            project=world.tram, by=ben, on=ON, role=asked.role, person=lea, months=days(jan=5)
        )
        other = make.allocation(world.harbour)
        cells = [
            Cell(asked.pk, JAN, Decimal(11), seen=Decimal(10)),
            Cell(asked.pk, FEB, None, seen=Decimal(12)),
            Cell(asked.pk, MARCH, Decimal(-1)),
            Cell(asked.pk, APRIL, Decimal(300)),
            Cell(named.pk, JAN, Decimal(25), seen=Decimal(5)),
            Cell(named.pk, FEB, Decimal(9)),
            Cell(other.pk, JAN, Decimal(1)),
        ]
        told = services.set_cells(by=ben, on=ON, cells=cells)
        assert told.changed == 4
        assert months(asked) == {JAN: (11, None), APRIL: (300, None)}
        assert months(named) == {JAN: (5, None), FEB: (9, None)}
        assert [(one.allocation, one.month) for one in told.wrong] == [
            (asked.pk, MARCH), (named.pk, JAN), (other.pk, JAN)
        ]  # fmt: skip
        assert told.rows == {asked.pk: (2, "requested"), named.pk: (2, "requested")}
        asked.refresh_from_db()
        assert asked.version == 2

    def test_shows_both_values_of_a_conflict_and_lets_the_rest_through(self, asked: Allocation, ben: User) -> None:
        services.set_cells(by=ben, on=ON, cells=[Cell(asked.pk, JAN, Decimal(7), seen=Decimal(10))])
        cells = [Cell(asked.pk, JAN, Decimal(8), seen=Decimal(10)), Cell(asked.pk, FEB, Decimal(3), seen=Decimal(12))]
        (wrong,) = services.set_cells(by=ben, on=ON, cells=cells).wrong
        assert (wrong.conflict, wrong.stored, wrong.message) == (
            True, 7, "Somebody wrote 7 here meanwhile, you typed 8."
        )  # fmt: skip
        assert months(asked) == {JAN: (7, None), FEB: (3, None)}
        assert not services.set_cells(by=ben, on=ON, cells=[Cell(asked.pk, JAN, Decimal(7), seen=Decimal(10))]).wrong

    def test_a_confirmed_row_is_changed_a_refused_one_asked_again(
        self, world: World, asked: Allocation, ben: User, rita: User
    ) -> None:
        refused = make.allocation(world.tram)
        answer("confirm", asked, rita, whom=Whom(make.person("Léa")))
        answer("refuse", refused, rita, answer="No")
        told = services.set_cells(
            by=ben, on=ON, cells=[Cell(row.pk, JAN, Decimal(6), compare=False) for row in (asked, refused)]
        )
        assert {pk: status for pk, (_v, status) in told.rows.items()} == {
            asked.pk: "changed", refused.pk: "requested"
        }  # fmt: skip
        assert months(refused) == {JAN: (6, None)}
        assert months(asked)[JAN] == (6, 10)

    def test_grants_by_who_may_answer_and_never_too_much_by_accident(
        self, world: World, asked: Allocation, ben: User, rita: User
    ) -> None:
        lea = make.person("Léa")
        answer("confirm", asked, rita, whom=Whom(lea))
        answer("confirm", make.allocation(world.harbour, months={JAN: 8}), rita, whom=Whom(lea))
        cell = [Cell(asked.pk, JAN, Decimal(14), seen=Decimal(10))]
        assert "Your role" in services.set_cells(by=ben, on=ON, cells=cell, what="granted").wrong[0].message
        (wrong,) = services.set_cells(by=rita, on=ON, cells=cell, what="granted").wrong
        assert "22 days of work for 20" in wrong.message
        assert services.set_cells(by=rita, on=ON, cells=cell, what="granted", anyway=True).changed == 1
        assert months(asked)[JAN] == (10, 14)

    def test_rows_of_one_person_are_judged_together(self, world: World, rita: User) -> None:
        lea = make.person("Léa")
        fields = {"person": lea, "status": "confirmed", "answered_on": ON}
        one, two = (make.allocation(place, months={JAN: 15}, **fields) for place in (world.tram, world.harbour))

        def save(*amounts: int, **more: Any) -> Any:
            cells = [
                Cell(row.pk, JAN, Decimal(amount), compare=False)
                for row, amount in zip((one, two), amounts, strict=True)
            ]
            return services.set_cells(by=rita, on=ON, cells=cells, what="granted", **more)

        told = save(15, 15)
        assert (told.changed, [wrong.allocation for wrong in told.wrong]) == (0, [one.pk, two.pk])
        assert "30 days of work for 20" in told.wrong[0].message
        assert save(15, 5).changed == 2
        told = save(5, 15)  # what one gives up the other takes
        assert (told.changed, told.wrong) == (2, [])
        assert save(15, 16, anyway=True).changed == 2
        told = save(15, 12)  # still too much, and less than it was
        assert (told.changed, told.wrong) == (1, [])

    def test_four_hundred_granted_rows_are_few_statements(
        self, world: World, rita: User, django_assert_max_num_queries: Any
    ) -> None:
        role, people = make.role(), [make.person() for _ in range(100)]
        rows = Allocation.objects.bulk_create(
            Allocation(project=place, role=role, asked_on=ON, person=one, status="confirmed", answered_on=ON)
            for one in people
            for place in (world.tram, world.harbour, world.tram, world.harbour)
        )
        for amount, wrong in ((5, 0), (6, 400)):
            cells = [Cell(row.pk, JAN, Decimal(amount), compare=False) for row in rows]
            with django_assert_max_num_queries(60):
                told = services.set_cells(by=rita, on=ON, cells=cells, what="granted")
            assert (told.changed, len(told.wrong)) == (400 - wrong, wrong)

    def test_ten_thousand_cells_are_few_statements(
        self, world: World, ben: User, django_assert_max_num_queries: Any
    ) -> None:
        role = make.role()
        rows = Allocation.objects.bulk_create(
            Allocation(project=world.tram, role=role, asked_on=ON, person=None) for _ in range(200)
        )
        cells = [
            Cell(row.pk, date(2027 + n // 12, n % 12 + 1, 1), Decimal(n % 20 + 1)) for row in rows for n in range(50)
        ]
        with django_assert_max_num_queries(60):
            assert services.set_cells(by=ben, on=ON, cells=cells).changed == 10_000
        assert AllocationMonth.objects.count() == 10_000
