"""Decisions: asked with their options, decided by who may, and never quietly changed afterwards."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pmo_portal.core import trace, undo
from pmo_portal.core.errors import DomainError, NotAllowed, StaleVersion
from pmo_portal.core.models import AuditEvent, User
from projects.models import Decision, DecisionOption
from projects.raid import deciding, services
from projects.raid.selectors import decisions
from projects.raid.services import Choice
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english")

ON, MEETING = date(2026, 11, 24), date(2026, 12, 4)
TWO = [Choice("Tout reprendre", Decimal(45000), 20, recommended=True), Choice("Rien", Decimal(0), 0)]


@pytest.fixture
def asked(world: World, ben: User) -> Decision:
    return services.create_decision(
        project=world.tram, by=ben, on=ON, question="Quelle reprise ?", amount_asked=Decimal(45000), options=TWO
    )


def options(decision: Decision) -> list[tuple[Any, ...]]:
    rows = DecisionOption.objects.filter(decision=decision).order_by("position")
    return [(row.position, row.label, row.cost, row.delay_days, row.recommended) for row in rows]


class TestOptions:
    def test_come_with_the_question(self, asked: Decision) -> None:
        assert (asked.code, asked.status, asked.asked_on) == ("D1", "asked", ON)
        assert options(asked) == [(1, "Tout reprendre", 45000, 20, True), (2, "Rien", 0, 0, False)]

    def test_are_one_list_and_a_change_of_them_is_one_of_the_decision(self, asked: Decision, ben: User) -> None:
        def to(choices: list[Choice], version: int) -> Decision:
            return services.update_decision(decision=asked, by=ben, version=version, changes={}, options=choices, on=ON)

        assert to(TWO, 1).version == 1, "nothing changed"
        before = asked.updated_at
        changed = to([Choice("Tout"), Choice("Rien", recommended=True), Choice("La moitié")], 1)
        asked.refresh_from_db()
        assert (changed.version, asked.version, asked.updated_at > before) == (2, 2, True)
        assert [row[1] for row in options(asked)] == ["Tout", "Rien", "La moitié"]
        assert [row[4] for row in options(asked)] == [False, True, False]
        assert [row[1] for row in (options(to([Choice("Rien")], 2)))] == ["Rien"]
        with pytest.raises(StaleVersion):
            to([], 2)
        for wrong, words in (([Choice("A", recommended=True)] * 2, "one option"), ([Choice("A")] * 7, "six options")):
            with pytest.raises(DomainError, match=words):
                to(wrong, 3)
        assert [row[1] for row in options(asked)] == ["Rien"], "all or nothing"

    def test_who_does_not_see_the_costs_keeps_them(self, asked: Decision, dan: User) -> None:
        """A contributor rewords and moves options without knowing what they cost."""
        told = {"decision": asked, "by": dan, "on": ON}
        services.update_decision(
            version=1, changes={"question": "Que reprendre ?", "amount_asked": None},
            options=[Choice("Rien"), Choice("Moitié")], **told,
        )  # fmt: skip
        assert options(asked) == [(1, "Rien", 0, None, False), (2, "Moitié", None, None, False)]
        asked.refresh_from_db()
        assert (asked.question, asked.amount_asked) == ("Que reprendre ?", 45000)
        for change in (
            {"changes": {"amount_asked": Decimal(1)}},
            {"changes": {}, "options": [Choice("A", Decimal(1))]},
        ):
            with pytest.raises(NotAllowed):
                services.update_decision(version=asked.version, **change, **told)


class TestLife:
    def test_on_an_agenda_then_decided(self, asked: Decision, ben: User, eve: User) -> None:
        row = services.schedule_decision(
            decision=asked, by=ben, version=1, on=ON, scheduled_for=MEETING, committee="COPIL"
        )
        assert (row.status, row.scheduled_for, row.committee) == ("scheduled", MEETING, "COPIL")
        person = make.person("Ève Roy", user=eve)
        row = services.take_decision(decision=row, by=eve, version=2, on=MEETING, outcome="go")
        assert (row.status, row.outcome, row.taken_on, row.decided_by, row.decider) == (
            "taken", "go", MEETING, person, "Ève Roy",
        )  # fmt: skip

    def test_the_pmo_writes_down_what_a_body_decided(self, asked: Decision, ada: User) -> None:
        told = {"decision": asked, "by": ada, "on": MEETING, "version": 1}
        for wrong, field in (
            ({"outcome": "go_conditional"}, "reason"),
            ({"outcome": "go", "taken_on": date(2026, 12, 5)}, "taken_on"),
            ({"outcome": "perhaps"}, "outcome"),
        ):
            with pytest.raises(DomainError) as refused:
                services.take_decision(**told, **wrong)
            assert refused.value.field == field
        row = services.take_decision(
            **told, outcome="go_conditional", reason=" Sans surcoût. ", taken_on=ON, decided_by_name="COMEX"
        )
        assert (row.reason, row.taken_on, row.decided_by, row.decider) == ("Sans surcoût.", ON, None, "COMEX")

    def test_who_has_no_person_decides_under_their_name(self, asked: Decision, eve: User) -> None:
        row = services.refuse_decision(decision=asked, by=eve, version=1, on=ON, reason="Trop cher.")
        assert (row.status, row.outcome, row.decider) == ("refused", "refused", eve.label)

    def test_postponed_leaves_the_question_open(self, asked: Decision, ben: User, eve: User) -> None:
        row = services.schedule_decision(decision=asked, by=ben, version=1, on=ON, scheduled_for=MEETING)
        row = services.take_decision(decision=row, by=eve, version=2, on=MEETING, outcome="postponed")
        assert (row.status, row.is_open, row.outcome, row.scheduled_for) == ("asked", True, "postponed", None)
        row = services.take_decision(decision=row, by=eve, version=3, on=MEETING, outcome="go")
        assert row.status == "taken"

    def test_given_up_and_asked_again(self, asked: Decision, ben: User) -> None:
        row = services.lapse_decision(decision=asked, by=ben, version=1, on=ON, reason="Sans objet")
        assert (row.status, row.is_open) == ("lapsed", False)
        with pytest.raises(DomainError, match="no longer needed: this step is not possible"):
            services.schedule_decision(decision=row, by=ben, version=2, on=ON, scheduled_for=MEETING)
        assert services.ask_decision_again(decision=row, by=ben, version=2, on=ON).status == "asked"
        with pytest.raises(DomainError, match="This day is past"):
            services.schedule_decision(decision=row, by=ben, version=3, on=MEETING, scheduled_for=ON)

    @pytest.mark.parametrize("verb", ["taken", "refused"])
    def test_what_was_decided_is_final(self, asked: Decision, eve: User, ben: User, verb: str) -> None:
        told: dict[str, Any] = {"decision": asked, "by": eve, "on": ON}
        decide = {"taken": services.take_decision, "refused": services.refuse_decision}[verb]
        decide(version=1, reason="Oui", **told, **({"outcome": "go"} if verb == "taken" else {}))
        for step in (
            lambda: services.take_decision(version=2, outcome="granted", **told),
            lambda: services.refuse_decision(version=2, reason="Non", **told),
            lambda: services.schedule_decision(version=2, scheduled_for=MEETING, **told),
            lambda: services.lapse_decision(version=2, **told),
            lambda: services.ask_decision_again(version=2, **told),
        ):
            with pytest.raises(DomainError, match=f"is {verb}: this step"):
                step()
        mine: dict[str, Any] = {"decision": asked, "by": ben, "version": 2, "on": ON}
        for change in (
            lambda: services.update_decision(changes={"question": "Autre ?"}, **mine),
            lambda: services.update_decision(changes={}, options=[], **mine),
            lambda: services.delete_decision(**mine),
        ):
            with pytest.raises(NotAllowed, match="This was decided"):
                change()
        services.update_decision(changes={"question": "Quelle reprise ?!"}, **{**mine, "by": eve})

    def test_every_way_the_table_knows(self) -> None:
        """From each status, exactly these: the table is read by nobody else than the services."""
        ways = {(one, other) for one in deciding.NEXT for other in deciding.NEXT if deciding.may_follow(one, other)}
        open_ways = {(one, other) for one in ("asked", "scheduled") for other in deciding.NEXT}
        assert ways == open_ways | {("lapsed", "asked")}
        assert set(deciding.NEXT) == set(Decision.Status.values)
        assert set(deciding.BECOMES) == set(Decision.Outcome.values)


class TestUndo:
    def events(self, request: str) -> list[AuditEvent]:
        return list(AuditEvent.objects.filter(request_id=request).order_by("-pk"))

    def test_a_question_comes_back_with_its_options(self, asked: Decision, ada: User) -> None:
        before = options(asked)
        with trace.tracing(source="page", request_id="gone"):
            services.delete_decision(decision=asked, by=ada, version=1, on=ON)
        assert not DecisionOption.objects.exists()
        [option] = [one for one in self.events("gone") if one.target_label == "Rien"]
        with pytest.raises(undo.CannotUndo, match="is gone"):
            undo.take_back([option], by=ada, on=ON)
        undo.take_back(self.events("gone"), by=ada, on=ON)
        assert options(Decision.objects.get()) == before

    def test_options_go_back_with_what_changed(self, asked: Decision, ben: User) -> None:
        before = options(asked)
        with trace.tracing(source="page", request_id="change"):
            services.update_decision(
                decision=asked, by=ben, version=1, changes={"question": "Autre ?"}, on=ON,
                options=[Choice("A"), Choice("Rien", recommended=True), Choice("C")],
            )  # fmt: skip
        undo.take_back(self.events("change"), by=ben, on=ON)
        asked.refresh_from_db()
        assert (asked.question, options(asked)) == ("Quelle reprise ?", before)

    def test_a_verdict_is_taken_back_by_who_may_decide(self, asked: Decision, ben: User, eve: User) -> None:
        with trace.tracing(source="page", request_id="verdict"):
            services.take_decision(decision=asked, by=eve, version=1, on=ON, outcome="go")
        [event] = self.events("verdict")
        assert (undo.may_restore(ben, event), undo.may_restore(eve, event)) == (False, True)
        with pytest.raises(NotAllowed):
            undo.take_back([event], by=ben, on=ON)
        undo.take_back([event], by=eve, on=ON)
        asked.refresh_from_db()
        assert (asked.status, asked.outcome, asked.taken_on, asked.decided_by_name) == ("asked", "", None, "")


def test_what_is_needed_first_stands_first_and_what_was_decided_last(world: World) -> None:
    taken = {"status": "taken", "outcome": "go", "decided_by_name": "COMEX"}
    make.decision(world.tram, question="old", taken_on=date(2026, 1, 1), **taken)
    make.decision(world.tram, question="new", taken_on=ON, **taken)
    make.decision(world.tram, question="whenever")
    make.decision(world.tram, question="soon", needed_by=MEETING, options=[{"label": "b"}, {"label": "a"}])
    found = decisions(world.tram)
    assert [row.question for row in found] == ["soon", "whenever", "new", "old"]
    assert [one.label for one in found[0].choices] == ["b", "a"]  # type: ignore[attr-defined]
