"""Exams 73, 76 and 77 in the size of a commit: moves in parallel, edits in parallel, and raw SQL against each constraint."""

import random
import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from pmo_portal.core import vocabulary
from pmo_portal.core.editing import Busy, refusals
from pmo_portal.core.errors import DomainError, StaleVersion
from pmo_portal.core.models import User
from projects.access.models import Delegation
from projects.hierarchy import services
from projects.hierarchy.models import Node, Project
from tests import make
from tests.cast import World

ON = date(2026, 11, 24)
THREADS = 8


def in_parallel(job: Callable[[int], Any]) -> None:
    """Run `job(0…7)` in threads with connections of their own; what a thread raises, the test raises."""
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            job(number)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def wrong_paths() -> list[str]:
    """Paths that differ from what parents say, recomputed here; a loop would never reach the top and be named too."""
    nodes = {node.pk: node for node in Node.objects.all()}
    expected: dict[int, str] = {}

    def path_of(pk: int, depth: int = 0) -> str:
        if depth > len(nodes):
            return "loop"
        parent = nodes[pk].parent_id
        expected.setdefault(pk, (path_of(parent, depth + 1) if parent else "") + f"{pk}/")
        return expected[pk]

    wrong = [f"node {pk}" for pk, node in nodes.items() if node.path != path_of(pk)]
    projects = {project.pk: project for project in Project.objects.all()}
    for project in projects.values():
        whole = projects[project.parent_id] if project.parent_id else None
        above = whole.path if whole else nodes[project.node_id].path
        home = [nodes[int(pk)] for pk in nodes[project.node_id].path.split("/") if pk]
        portfolio = [node.pk for node in home if node.kind == "portfolio"][-1]
        if project.path != f"{above}p{project.pk}/" or project.portfolio_id != portfolio:
            wrong.append(f"project {project.pk}")
    return wrong


@pytest.mark.django_db(transaction=True)
def test_moves_in_parallel_leave_a_tree() -> None:
    """8 clients move containers and projects at random: no loop, every path as recomputed, every refusal in words."""
    by = make.user(role="pmo")
    nodes = [make.node(kind="portfolio") for _ in range(10)]
    projects = [make.project(node=random.choice(nodes)) for _ in range(16)]
    parts = [make.project(parent=whole) for whole in projects[:4]]
    done: list[str] = []

    def client(number: int) -> None:
        dice = random.Random(number)
        for _step in range(12):
            try:
                if dice.random() < 0.6:
                    node = Node.objects.get(pk=dice.choice(nodes).pk)
                    parent = dice.choice([None, *Node.objects.exclude(pk=node.pk)])
                    services.move_node(node=node, by=by, version=node.version, parent=parent)
                elif dice.random() < 0.5:
                    project = Project.objects.get(pk=dice.choice(projects).pk)
                    home = Node.objects.get(pk=dice.choice(nodes).pk)
                    services.move_project(project=project, by=by, version=project.version, node=home, on=ON)
                else:
                    home = Node.objects.get(pk=dice.choice(nodes).pk)
                    services.create_project(by=by, on=ON, node=home, code=f"X{number}-{_step}", name="X")
                done.append("saved")
            except StaleVersion:
                done.append("stale")
            except Busy:
                done.append("busy")
            except DomainError as error:
                done.append(f"refused {error.field}")

    in_parallel(client)
    assert len(done) == THREADS * 12
    assert set(done) <= {"saved", "stale", "busy", "refused parent", "refused code"}
    assert done.count("saved") > THREADS
    assert wrong_paths() == []
    assert len(parts) == 4


@pytest.mark.django_db(transaction=True)
def test_no_acknowledged_edit_is_lost() -> None:
    """8 clients add 1 to a figure until each succeeded 6 times: the sum is exact, whoever was late was told."""
    by, project = make.user(role="pmo"), make.project(percent_complete=0)
    told: set[str] = set()

    def client(number: int) -> None:
        saved = 0
        while saved < 6:
            seen = Project.objects.get(pk=project.pk)
            changes = {"percent_complete": seen.percent_complete + 1}
            try:
                services.update_project(project=seen, by=by, version=seen.version, changes=changes, on=ON)
                saved += 1
            except StaleVersion as stale:
                told.update(stale.theirs)

    in_parallel(client)
    assert told <= {"percent_complete"}
    stored = Project.objects.get(pk=project.pk)
    assert (stored.percent_complete, stored.version) == (THREADS * 6, 1 + THREADS * 6)


# Each constraint of the schema, and the SQL that tries to break it.
BREAKERS = {
    "projects_node_code_key": "UPDATE projects_node SET code = 'NORTH' WHERE code = 'SOUTH'",
    "node_code_upper_case": "UPDATE projects_node SET code = 'north' WHERE code = 'NORTH'",
    "node_programme_has_a_parent": "UPDATE projects_node SET parent_id = NULL WHERE code = 'RAIL'",
    "node_is_not_its_own_ancestor": (
        "UPDATE projects_node SET parent_id = (SELECT id FROM projects_node WHERE code = 'RAIL') WHERE code = 'NORTH'"
    ),
    "project_is_not_its_own_part": "UPDATE projects_project SET parent_id = id WHERE code = 'TRAM'",
    "project_code_unique_in_portfolio": "UPDATE projects_project SET code = 'SECRET' WHERE code = 'HARBOUR'",
    "project_external_ref_unique_in_portfolio": (
        "UPDATE projects_project SET external_ref = 'A' WHERE code IN ('HARBOUR', 'SECRET')"
    ),
    "project_percent_between_0_and_100": "UPDATE projects_project SET percent_complete = 100.01",
    "project_priority_1_to_5": "UPDATE projects_project SET priority = 6",
    "project_baseline_ends_after_it_starts": "UPDATE projects_project SET baseline_end = '2000-01-01'",
    "project_on_hold_has_a_resume_date": "UPDATE projects_project SET state = 'suspended'",
    "milestone_external_ref_unique_in_project": "UPDATE projects_milestone SET external_ref = 'A'",
    "milestone_weight_not_negative": "UPDATE projects_milestone SET weight = -1",
    "milestone_forecast_one_a_day": "UPDATE projects_milestoneforecast SET recorded_on = '2026-01-01'",
    "budget_line_one_per_cell": "UPDATE projects_budgetline SET month = NULL, kind = 'actual'",
    "budget_line_month_is_a_first_day": "UPDATE projects_budgetline SET month = '2026-11-02'",
    "risk_inherent_1_to_5": "UPDATE projects_risk SET probability = 6",
    "risk_residual_1_to_5_or_absent": "UPDATE projects_risk SET residual_impact = 3, residual_probability = NULL",
    "risk_external_ref_unique_in_project": "UPDATE projects_risk SET external_ref = 'A'",
    "assessment_rating_is_of_its_scale": "UPDATE projects_assessment SET scale = 'dca3' WHERE state = 'draft'",
    "assessment_released_at_with_its_state": "UPDATE projects_assessment SET released_at = now() WHERE state = 'draft'",
    "assessment_says_who_reviewed": "UPDATE projects_assessment SET reviewer_name = '' WHERE state = 'draft'",
    "assessment_released_stays": "UPDATE projects_assessment SET rating = 'green' WHERE state = 'released'",
    "issue_scales_1_to_5": "UPDATE projects_issue SET size = 6",
    "issue_closed_on_once_resolved": "UPDATE projects_issue SET status = 'closed'",
    "issue_external_ref_unique_in_project": "UPDATE projects_issue SET external_ref = 'A'",
    "action_priority_1_to_5": "UPDATE projects_action SET priority = 0",
    "action_percent_between_0_and_100": "UPDATE projects_action SET percent_complete = 101",
    "action_done_on_once_done": "UPDATE projects_action SET done_on = '2026-11-01'",
    "action_has_one_origin_at_most": (
        "UPDATE projects_action SET risk_id = (SELECT min(id) FROM projects_risk), "
        "issue_id = (SELECT min(id) FROM projects_issue)"
    ),
    "action_external_ref_unique_in_project": "UPDATE projects_action SET external_ref = 'A'",
    "decision_verdict_fits_its_status": "UPDATE projects_decision SET status = 'taken'",
    "decision_says_who_decided_when": "UPDATE projects_decision SET outcome = 'postponed', taken_on = '2026-11-01'",
    "decision_on_an_agenda_has_its_day": "UPDATE projects_decision SET status = 'scheduled'",
    "decision_external_ref_unique_in_project": "UPDATE projects_decision SET external_ref = 'A'",
    "decision_option_one_per_place": "UPDATE projects_decisionoption SET position = 3",
    "decision_option_one_recommended": "UPDATE projects_decisionoption SET recommended = true",
    "decision_option_place_1_to_6": "UPDATE projects_decisionoption SET position = position + 5",
    "membership_has_one_scope": (
        "UPDATE projects_membership SET node_id = (SELECT min(id) FROM projects_node), "
        "project_id = (SELECT min(id) FROM projects_project)"
    ),
    "membership_given_once": "UPDATE projects_membership SET role = 'viewer', node_id = NULL, project_id = NULL",
    "membership_unit_of_resource_managers": (
        "UPDATE projects_membership SET role = 'viewer', unit_id = (SELECT min(id) FROM projects_unit)"
    ),
    "membership_ends_after_it_starts": "UPDATE projects_membership SET valid_from = now(), valid_until = now() - interval '1 d'",
    "membership_administrator_everywhere": (
        "UPDATE projects_membership SET role = 'administrator', node_id = (SELECT min(id) FROM projects_node)"
    ),
    "membership_emergency_ends_and_says_why": "UPDATE projects_membership SET source = 'emergency', reason = 'Fire'",
    "membership_emergency_looks_for_an_hour": (
        "UPDATE projects_membership SET source = 'emergency', reason = 'Fire', valid_from = now(), "
        "valid_until = now() + interval '61 minutes'"
    ),
    "delegation_ends_after_it_starts": "UPDATE projects_delegation SET valid_until = valid_from",
    "core_user_username_key": "UPDATE core_user SET username = 'same'",
    "budget_line_external_ref_unique_in_project": "UPDATE projects_budgetline SET external_ref = 'A'",
    "person_external_ref_unique": "UPDATE projects_person SET external_ref = 'A'",
    "person_rate_not_negative": "UPDATE projects_person SET daily_rate = -1",
    "person_leaves_after_arriving": "UPDATE projects_person SET arrives_on = '2026-05-02', leaves_on = '2026-05-01'",
    "person_skill_once": "UPDATE projects_personskill SET skill_id = (SELECT min(id) FROM projects_skill)",
    "person_skill_level_1_to_5": "UPDATE projects_personskill SET level = 6",
    "unit_share_once": "UPDATE projects_unitshare SET unit_id = (SELECT min(id) FROM projects_unit)",
    "unit_share_1_to_100": "UPDATE projects_unitshare SET percent = 101",
    "unit_code_unique": "UPDATE projects_unit SET code = CASE WHEN id % 2 = 0 THEN 'a' ELSE 'A' END",
    "role_code_unique": "UPDATE projects_role SET code = CASE WHEN id % 2 = 0 THEN 'a' ELSE 'A' END",
    "skill_code_unique": "UPDATE projects_skill SET code = CASE WHEN id % 2 = 0 THEN 'a' ELSE 'A' END",
    "unit_external_ref_unique": "UPDATE projects_unit SET external_ref = 'A'",
    "role_external_ref_unique": "UPDATE projects_role SET external_ref = 'A'",
    "skill_external_ref_unique": "UPDATE projects_skill SET external_ref = 'A'",
    "unit_is_not_part_of_itself": "UPDATE projects_unit SET parent_id = id",
    "working_calendar_name_unique": "UPDATE projects_workingcalendar SET name = 'A'",
    "working_calendar_one_default": "UPDATE projects_workingcalendar SET is_default = true",
    "working_calendar_external_ref_unique": "UPDATE projects_workingcalendar SET external_ref = 'A'",
    "working_calendar_hours_1_to_24": "UPDATE projects_workingcalendar SET hours_per_day = 25",
    "working_calendar_shares_0_to_100": "UPDATE projects_workingcalendar SET sunday = 101",
    "work_pattern_shares_0_to_100": "UPDATE projects_workpattern SET monday = 101",
    "work_pattern_run_0_to_100": "UPDATE projects_workpattern SET percent_run = 101",
    "work_pattern_one_per_day": "UPDATE projects_workpattern SET starts_on = '2026-01-01'",
    "calendar_exception_one_per_first_day": "UPDATE projects_calendarexception SET first_day = '2026-01-01'",
    "calendar_exception_ends_after_it_began": "UPDATE projects_calendarexception SET last_day = '2000-01-01'",
    "calendar_exception_share_0_to_100": "UPDATE projects_calendarexception SET share = 101",
    "absence_external_ref_unique": "UPDATE projects_absence SET external_ref = 'A'",
    "absence_ends_after_it_began": "UPDATE projects_absence SET last_day = '2000-01-01'",
    "absence_share_1_to_100": "UPDATE projects_absence SET share = 0",
    "pooled_capacity_external_ref_unique": "UPDATE projects_pooledcapacity SET external_ref = 'A'",
    "pooled_capacity_months_in_order": "UPDATE projects_pooledcapacity SET last_month = '2026-01-01'",
    "pooled_capacity_years_2000_to_2099": "UPDATE projects_pooledcapacity SET last_month = '9999-12-01'",
    "pooled_capacity_not_negative": "UPDATE projects_pooledcapacity SET fte = -1",
    "rate_of_a_person_or_of_a_role": "UPDATE projects_rate SET person_id = (SELECT min(id) FROM projects_person)",
    "rate_one_per_day": "UPDATE projects_rate SET starts_on = '2026-01-01'",
    "rate_not_negative": "UPDATE projects_rate SET daily_rate = -1",
    "allocation_level_is_of_a_skill": "UPDATE projects_allocation SET level = 3",
    "allocation_answer_has_a_name": "UPDATE projects_allocation SET status = 'proposed'",
    "allocation_answer_has_its_day": "UPDATE projects_allocation SET status = 'refused'",
    "allocation_external_ref_unique_in_project": "UPDATE projects_allocation SET external_ref = 'A'",
    "allocation_month_once": "UPDATE projects_allocationmonth SET month = '2027-01-01'",
    "allocation_month_is_a_first": "UPDATE projects_allocationmonth SET month = '2027-01-02'",
    "allocation_month_not_negative": "UPDATE projects_allocationmonth SET granted = -1",
    "dependency_has_two_projects": "UPDATE projects_interprojectdependency SET supplier_id = receiver_id",
    "dependency_delivered_on_once_delivered": "UPDATE projects_interprojectdependency SET delivered_on = '2027-01-01'",
    "dependency_external_ref_unique_in_receiver": "UPDATE projects_interprojectdependency SET external_ref = 'A'",
    "projects_person_user_id_key": "UPDATE projects_person SET user_id = (SELECT min(id) FROM core_user)",
}


def supply() -> None:
    """Two rows of each table about people, of the same person where they can be."""
    person, calendar, role = make.person(), make.working_calendar(), make.role()
    make.role(), make.working_calendar()
    for day in (1, 2):
        make.person_skill(person), make.unit_share(person, percent=50), make.pool(role)
        make.pattern(person, starts_on=date(2026, 1, day)), make.absence(person)
        make.calendar_exception(calendar, first_day=date(2026, 1, day), last_day=date(2026, 1, day))
        make.rate(role=role, starts_on=date(2026, 1, day))


@pytest.mark.parametrize("name", BREAKERS)
def test_the_database_refuses(name: str, world: World, ada: User) -> None:
    lent = make.member(ada, "viewer")
    Delegation.objects.create(
        membership=lent, delegate=make.user(), valid_from=timezone.now(), valid_until=timezone.now() + timedelta(days=1)
    )
    for _twice in range(2):
        make.person()
        make.risk(world.tram), make.issue(world.tram), make.action(world.tram)
        make.decision(world.tram, options=[{"label": "A"}, {"label": "B"}])
        make.dependency(world.tram, world.harbour)
        make.assessment(world.tram), make.assessment(world.tram, released_at=timezone.now())
        make.budget_line(world.tram, category=f"c{_twice}")
        make.allocation(world.tram, months={date(2027, 1, 1): 1, date(2027, 2, 1): 2})
    supply()
    make.budget_line(world.tram, category="c0", month=date(2026, 1, 1))
    milestone = make.milestone(world.tram, forecasts={date(2026, 1, 1): ON, date(2026, 2, 1): ON})
    make.milestone(milestone.project)
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BREAKERS[name])
    assert caught.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]
    assert name in refusals


def test_every_constraint_of_the_schema_has_words_and_a_breaker(db: None) -> None:
    """The ones Django and the triggers wrote, read from the catalogue; keys and references mean nothing to a person."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conname FROM pg_constraint WHERE conrelid::regclass::text ~ '^projects_' AND contype IN ('c', 'u')
            UNION SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
            WHERE indisunique AND NOT indisprimary AND indrelid::regclass::text ~ '^projects_'
            """
        )
        found = {name for (name,) in cursor.fetchall()}
    ours = {
        name
        for name in found
        if not name.startswith(("import_", "external_key", "projects_import", "projects_external"))
    } - {"milestone_with_its_project"}  # what a key of two columns refers to: no row can break it
    generated = {
        name for name in ours if name.endswith(("_check", "_uniq"))
    }  # positive integers: the forms say it first
    assert ours - generated - set(vocabulary.fields) <= set(BREAKERS)  # tests/core/test_vocabulary.py tries the others
    assert set(BREAKERS) <= set(refusals.keys())


def test_paths_are_the_databases_business(world: World) -> None:
    """Whoever writes a path by hand gets the right one, or an error."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE projects_project SET path = 'x', portfolio_id = %s WHERE code = 'TRAM'", [world.south.pk]
        )
    assert wrong_paths() == []
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE projects_project SET node_id = NULL WHERE code = 'TRAM'")
