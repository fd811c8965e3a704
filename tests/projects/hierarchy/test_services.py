"""Writing the tree and the projects: rights at the destination, lifecycle, locks, history, announcements."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pmo_portal.core import undo
from pmo_portal.core.editing import Gone, InvalidFields
from pmo_portal.core.errors import DomainError, NotAllowed, StaleVersion
from pmo_portal.core.events import projects_changed
from pmo_portal.core.models import AuditEvent, User
from projects.hierarchy import services
from projects.hierarchy.lifecycle import NEXT, may_follow
from projects.hierarchy.models import Node, Project
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english")

ON = date(2026, 11, 24)


@pytest.fixture
def announced() -> Iterator[list[int]]:
    ids: list[int] = []

    def listen(ids: list[int], heard: list[int] = ids, **_kwargs: Any) -> None:
        heard.extend(ids)

    projects_changed.connect(listen)
    yield ids
    projects_changed.disconnect(listen)


def last_event() -> AuditEvent:
    return AuditEvent.objects.latest("pk")


class TestNodes:
    def test_a_programme_takes_the_habits_of_its_portfolio(self, ada: User) -> None:
        top = services.create_node(by=ada, kind="portfolio", code="uk ", name="UK", currency="GBP", scale="dca5")
        below = services.create_node(by=ada, kind="programme", code="UK-1", name="Rail", parent=top)
        assert (top.code, below.currency, below.scale, below.path) == ("UK", "GBP", "dca5", f"{top.pk}/{below.pk}/")
        assert last_event().action == "create"
        assert last_event().changes["parent"] == [None, top.pk]

    def test_plain_words_for_what_the_database_refuses(self, ada: User, world: World) -> None:
        with pytest.raises(DomainError, match="already has this code") as caught:
            services.create_node(by=ada, kind="portfolio", code="north", name="Again")
        assert caught.value.field == "code"
        with pytest.raises(DomainError, match="belongs to a portfolio"):
            services.create_node(by=ada, kind="programme", code="ALONE", name="Alone")
        with pytest.raises(DomainError, match="below itself") as caught:
            services.move_node(node=world.north, by=ada, version=world.north.version, parent=world.rail)
        assert caught.value.field == "parent"

    def test_a_move_takes_everything_below_along(self, ada: User, world: World, announced: list[int]) -> None:
        part = make.project("TRAM-1", parent=world.tram)
        moved = services.move_node(node=world.rail, by=ada, version=world.rail.version, parent=world.south)
        tram, part = Project.objects.get(pk=world.tram.pk), Project.objects.get(pk=part.pk)
        assert moved.path == f"{world.south.pk}/{world.rail.pk}/"
        assert (tram.path, tram.portfolio_id) == (f"{moved.path}p{tram.pk}/", world.south.pk)
        assert (part.path, part.portfolio_id) == (f"{tram.path}p{part.pk}/", world.south.pk)
        assert sorted(announced) == sorted([tram.pk, part.pk])
        moved.refresh_from_db()
        assert moved.version == world.rail.version + 1

    def test_a_regional_pmo_cannot_move_things_out_of_reach(self, world: World) -> None:
        regional = make.user(role="pmo", on=world.north)
        with pytest.raises(DomainError, match="does not exist"):
            services.move_node(node=world.rail, by=regional, version=1, parent=world.south)
        with pytest.raises(NotAllowed):
            services.move_node(node=world.rail, by=regional, version=1, parent=None)
        make.member(regional, "viewer", on=world.south)
        with pytest.raises(NotAllowed):
            services.move_node(node=world.rail, by=regional, version=1, parent=world.south)
        assert Node.objects.get(pk=world.rail.pk).parent_id == world.north.pk

    def test_only_an_empty_container_is_deleted(self, ada: User, world: World) -> None:
        with pytest.raises(DomainError, match="still used by: project"):
            services.delete_node(node=world.rail, by=ada, version=world.rail.version)
        empty = make.programme("EMPTY", parent=world.north)
        services.delete_node(node=empty, by=ada, version=empty.version)
        assert last_event().changes["code"] == ["EMPTY", None]

    def test_the_data_date_of_a_portfolio_concerns_every_project_below(
        self, ada: User, world: World, announced: list[int]
    ) -> None:
        services.update_node(node=world.north, by=ada, version=1, changes={"name": "Nord-Ouest"})
        assert announced == []
        services.update_node(node=world.north, by=ada, version=2, changes={"status_date": ON})
        assert announced == [world.tram.pk]


class TestProjects:
    def test_creation(self, ada: User, world: World, announced: list[int]) -> None:
        made = services.create_project(
            by=ada, on=ON, node=world.rail, code="BUS", name="Bus", baseline_end=date(2027, 1, 1)
        )
        assert (made.portfolio, made.path) == (world.north, f"{world.rail.path}p{made.pk}/")
        assert (made.data_date, made.baseline_end_first, made.currency) == (ON, date(2027, 1, 1), "EUR")
        assert announced == [made.pk]
        assert (last_event().project_id, last_event().actor) == (made.pk, ada)

    def test_a_part_lives_where_the_whole_lives(self, ada: User, world: World) -> None:
        part = services.create_project(by=ada, on=ON, node=world.south, parent=world.tram, code="T1", name="Lot 1")
        assert (part.node, part.portfolio) == (world.rail, world.north)

    @pytest.mark.parametrize("role", ["project_manager", "contributor", "viewer", "executive"])
    def test_only_the_pmo_creates(self, world: World, role: str) -> None:
        someone = make.user(role=role)
        with pytest.raises(NotAllowed):
            services.create_project(by=someone, on=ON, node=world.rail, code="X", name="X")

    def test_a_stranger_hears_of_no_container(self, omar: User, world: World) -> None:
        with pytest.raises(DomainError, match="does not exist") as caught:
            services.create_project(by=omar, on=ON, node=world.rail, code="X", name="X")
        assert not isinstance(caught.value, NotAllowed)

    def test_an_update_moves_version_history_and_data_date(self, ben: User, world: World, announced: list[int]) -> None:
        later = date(2026, 12, 1)
        done = services.update_project(
            project=world.tram,
            by=ben,
            version=1,
            changes={"forecast_end": date(2027, 9, 1), "name": world.tram.name},
            on=later,
        )
        stored = Project.objects.get(pk=world.tram.pk)
        assert (stored.version, done.version, stored.data_date) == (2, 2, later)
        assert last_event().changes == {"forecast_end": ["2027-06-30", "2027-09-01"]}
        assert announced == [world.tram.pk]

    def test_the_data_date_never_goes_back(self, ben: User, world: World) -> None:
        services.update_project(project=world.tram, by=ben, version=1, changes={"phase": "Build"}, on=date(2026, 1, 1))
        assert Project.objects.get(pk=world.tram.pk).data_date == ON

    def test_a_change_that_changes_nothing_leaves_no_trace(self, ben: User, world: World, announced: list[int]) -> None:
        before = AuditEvent.objects.count()
        done = services.update_project(project=world.tram, by=ben, version=1, changes={"phase": ""}, on=ON)
        assert (done.version, announced, AuditEvent.objects.count()) == (1, [], before)

    def test_a_stale_editor_sees_both_versions(self, ben: User, ada: User, world: World) -> None:
        services.update_project(project=world.tram, by=ada, version=1, changes={"phase": "Design", "size": "L"}, on=ON)
        with pytest.raises(StaleVersion) as caught:
            services.update_project(
                project=world.tram, by=ben, version=1, changes={"phase": "Build", "size": "L"}, on=ON
            )
        assert (caught.value.mine, caught.value.theirs, caught.value.version) == (
            {"phase": "Build"},
            {"phase": "Design"},
            2,
        )
        assert Project.objects.get(pk=world.tram.pk).phase == "Design"

    def test_a_deleted_project_is_gone(self, ada: User, world: World) -> None:
        services.delete_project(project=world.harbour, by=ada, version=1)
        with pytest.raises(Gone):
            services.update_project(project=world.harbour, by=ada, version=1, changes={"phase": "x"}, on=ON)
        assert last_event().changes["code"] == ["HARBOUR", None]

    def test_a_project_with_parts_stays(self, ada: User, world: World) -> None:
        make.project(parent=world.tram)
        with pytest.raises(DomainError, match="has parts"):
            services.delete_project(project=world.tram, by=ada, version=1)

    @pytest.mark.parametrize(
        "field", ["declared", "portfolio", "path", "version", "data_date", "id", "baseline_end_first"]
    )
    def test_undeclared_fields_are_refused(self, ada: User, world: World, field: str) -> None:
        with pytest.raises(InvalidFields) as caught:
            services.update_project(project=world.tram, by=ada, version=1, changes={field: 1}, on=ON)
        assert caught.value.field == field

    def test_values_are_validated_field_by_field(self, ben: User, world: World) -> None:
        with pytest.raises(InvalidFields) as caught:
            services.update_project(
                project=world.tram, by=ben, version=1, changes={"name": "", "percent_complete": 101}, on=ON
            )
        assert set(caught.value.errors) == {"name", "percent_complete"}

    def test_the_first_baseline_is_kept(self, ada: User, world: World) -> None:
        done = services.update_project(
            project=world.tram, by=ada, version=1, changes={"baseline_end": date(2028, 1, 1)}, on=ON
        )
        assert (done.baseline_end, done.baseline_end_first) == (date(2028, 1, 1), date(2027, 6, 30))

    @pytest.mark.parametrize(
        ("field", "value"),
        [("baseline_end", date(2028, 1, 1)), ("baseline_start", None), ("tolerance_time", Decimal(200))],
    )
    def test_who_is_measured_moves_no_baseline(
        self, ben: User, ada: User, world: World, field: str, value: Any
    ) -> None:
        """BR-14: the project manager sets the first one; then it is the PMO's, its undo too."""
        with pytest.raises(NotAllowed, match="agreed with the PMO") as caught:
            services.update_project(project=world.tram, by=ben, version=1, changes={field: value}, on=ON)
        assert caught.value.field == field
        row = services.update_project(project=world.tram, by=ada, version=1, changes={field: value}, on=ON)
        assert getattr(row, field) == value
        event = last_event()
        if value is not None:  # nothing is agreed any more where the PMO emptied it
            with pytest.raises(NotAllowed, match="agreed with the PMO"):
                undo.take_back([event], by=ben, on=ON)
        undo.take_back([event], by=ada, on=ON)
        assert getattr(Project.objects.get(pk=row.pk), field) == getattr(world.tram, field)

    def test_the_first_baseline_may_be_set_by_whoever_edits(self, ben: User, world: World) -> None:
        Project.objects.filter(pk=world.tram.pk).update(baseline_start=None, baseline_end=None)
        plan = {"baseline_start": date(2026, 2, 1), "baseline_end": date(2027, 2, 1), "forecast_end": date(2027, 5, 1)}
        row = services.update_project(project=world.tram, by=ben, version=2, changes=plan, on=ON)
        # The same values sent back with a new forecast are no change of the baseline.
        again = {**plan, "forecast_end": date(2027, 6, 1)}
        row = services.update_project(project=row, by=ben, version=3, changes=again, on=ON)
        assert (row.baseline_end, row.forecast_end) == (date(2027, 2, 1), date(2027, 6, 1))

    def test_dates_that_contradict_each_other(self, ada: User, ben: User, world: World) -> None:
        with pytest.raises(DomainError, match="ends before it starts"):
            services.update_project(
                project=world.tram, by=ada, version=1, changes={"baseline_end": date(2020, 1, 1)}, on=ON
            )
        with pytest.raises(DomainError, match="cannot be after"):
            services.update_project(
                project=world.tram, by=ben, version=1, changes={"actual_end": date(2027, 1, 1)}, on=ON
            )

    def test_a_move_checks_the_destination(self, ada: User, world: World) -> None:
        regional = make.user(role="pmo", on=world.north)
        with pytest.raises(DomainError, match="does not exist"):
            services.move_project(project=world.tram, by=regional, version=1, node=world.south, on=ON)
        with pytest.raises(DomainError, match="does not exist"):
            services.update_project(project=world.tram, by=regional, version=1, changes={"parent": world.secret}, on=ON)
        moved = services.move_project(project=world.tram, by=ada, version=1, node=world.south, on=ON)
        assert (moved.portfolio, moved.path, moved.version) == (world.south, f"{world.south.path}p{moved.pk}/", 2)

    def test_a_project_is_no_part_of_itself(self, ada: User, world: World) -> None:
        part = make.project(parent=world.tram)
        with pytest.raises(DomainError, match="part of itself"):
            services.update_project(project=world.tram, by=ada, version=1, changes={"parent": part}, on=ON)

    def test_nobody_hides_a_project_from_themselves(self, ada: User, world: World) -> None:
        over_north = make.user(role="project_manager", on=world.north)
        with pytest.raises(DomainError, match="no longer see") as caught:
            services.update_project(
                project=world.tram, by=over_north, version=1, changes={"confidentiality": "confidential"}, on=ON
            )
        assert caught.value.field == "confidentiality"
        services.update_project(
            project=world.tram, by=ada, version=1, changes={"confidentiality": "confidential"}, on=ON
        )

    def test_only_the_pmo_makes_a_confidential_project_public(self, ada: User, world: World) -> None:
        named, change = make.user(role="project_manager", on=world.secret), {"confidentiality": "public"}
        with pytest.raises(NotAllowed, match="Only the PMO") as caught:
            services.update_project(project=world.secret, by=named, version=1, changes=change, on=ON)
        assert caught.value.field == "confidentiality"
        same = {"confidentiality": "confidential", "name": "Still secret"}
        row = services.update_project(project=world.secret, by=named, version=1, changes=same, on=ON)
        assert (
            services.update_project(project=row, by=ada, version=2, changes=change, on=ON).confidentiality == "public"
        )


class TestLifecycle:
    def test_on_hold_needs_a_resume_date_and_resuming_clears_it(self, ben: User, world: World) -> None:
        with pytest.raises(DomainError, match="date it resumes") as caught:
            services.update_project(project=world.tram, by=ben, version=1, changes={"state": "suspended"}, on=ON)
        assert caught.value.field == "resume_date"
        held = services.update_project(
            project=world.tram,
            by=ben,
            version=1,
            changes={"state": "suspended", "resume_date": date(2027, 1, 4)},
            on=ON,
        )
        back = services.update_project(
            project=held, by=ben, version=held.version, changes={"state": "executing"}, on=ON
        )
        assert back.resume_date is None

    def test_closing_dates_the_end(self, ben: User, world: World) -> None:
        closing = services.update_project(project=world.tram, by=ben, version=1, changes={"state": "closing"}, on=ON)
        closed = services.update_project(project=closing, by=ben, version=2, changes={"state": "closed"}, on=ON)
        assert closed.actual_end == ON
        with pytest.raises(DomainError, match="cannot go from"):
            services.update_project(project=closed, by=ben, version=3, changes={"state": "executing"}, on=ON)

    def test_the_table_is_complete_and_final_states_are_final(self) -> None:
        assert set(NEXT) == set(Project.State.values)
        assert all(after in NEXT for follow in NEXT.values() for after in follow)
        assert [state for state in NEXT if not NEXT[state]] == ["closed", "stopped"]
        assert all(may_follow(state, state) for state in NEXT)
        assert all("stopped" in NEXT[state] and "suspended" in NEXT[state] for state in Project.ACTIVE)


class TestDeclaring:
    def declare(self, world: World, by: User, **changes: Any) -> Project:
        given = {"level": "amber", "trend": "down", "key_message": "Delivery of the rails slips by a month.", "on": ON}
        return services.declare_status(project=world.tram, by=by, version=1, **{**given, **changes})

    def test_level_trend_and_message(self, ben: User, world: World) -> None:
        done = self.declare(world, ben)
        assert (done.declared, done.declared_trend, done.declared_on, done.version) == ("amber", "down", ON, 2)
        assert last_event().action == "declare"

    def test_only_levels_of_the_scale(self, ben: User, world: World) -> None:
        with pytest.raises(DomainError, match="levels of this portfolio") as caught:
            self.declare(world, ben, level="amber_red")
        assert caught.value.field == "declared"

    def test_a_message_says_something(self, ben: User, world: World) -> None:
        with pytest.raises(DomainError) as caught:
            self.declare(world, ben, key_message="  ")
        assert caught.value.field == "key_message"
        with pytest.raises(InvalidFields):
            self.declare(world, ben, key_message="x" * 141)

    def test_back_to_green_lies_before_the_end(self, ben: User, world: World) -> None:
        with pytest.raises(DomainError, match=r"30 (June|Jun|juin) 2027"):
            self.declare(world, ben, level="red", back_to_green=date(2028, 1, 1))
