"""What must never be stored is refused by the database, whoever writes: raw SQL tries each rule of the floor and of reporting.

The tables of projects: tests/projects/hierarchy/test_tree_moves.py (exam 76 of security.md §11); columns that hold a word of a
list, everywhere: test_vocabulary.py.
"""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from pmo_portal.core import tokens, vocabulary
from pmo_portal.core.models import Stamped, User
from projects.models import ExternalKey, ImportProfile, Project
from reporting.models import Follow, Mailing, Mute, Notification, SavedView
from tests import make
from tests.cast import World
from tests.reporting.dashboards.pages import compute

TWICE = "INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} LIMIT 1"
COPIES = {  # a second row with the same key
    "core_apitoken_key_id_key": "core_apitoken",
    "core_user_username_key": "core_user",
    "kept_answer_once_per_key": "core_keptanswer",
    "periodic_run_once_per_slot": "core_periodicrun",
    "quota_once_per_kind": "core_quota",
    "seen_assertion_once": "core_seenassertion",
    "work_one_row_per_subject": "core_work",
    "rollup_one_per_audience": "reporting_rollup",
    "rollup_history_one_a_day": "reporting_rolluphistory",
    "saved_view_name_once": "reporting_savedview",
    "threshold_one_per_scope": "reporting_threshold",
    "notification_once": "reporting_notification",
    "mute_once": "reporting_mute",
    "follow_once": "reporting_follow",
    "period_one_per_calendar_and_day": "reporting_reportingperiod",
    "reporting_reportingcalendar_node_id_key": "reporting_reportingcalendar",
    "report_one_per_revision": "reporting_statusreport",
    "reporting_snapshot_report_id_key": "reporting_snapshot",
    "external_key_names_one_project": "projects_externalkey",
    "import_profile_name_unique_for_owner": "projects_importprofile",
}
# Of two rules that the same row breaks the first one speaks.
LATER_RULES = {"snapshot_one_per_revision"}
BREAKERS = {
    "api_token_lives_a_year_at_most": "UPDATE core_apitoken SET expires_at = secret_at + interval '366 days'",
    "api_token_former_secret_a_day_at_most": "UPDATE core_apitoken SET former_until = secret_at + interval '2 days'",
    "user_service_account_cannot_sign_in": "UPDATE core_user SET is_service = true",
    "user_email_in_small_letters": "UPDATE core_user SET email = 'Ada@example.org'",
    "history_ends_after_it_starts": "UPDATE reporting_healthpast SET valid_to = valid_from",
    "period_days_in_order": "UPDATE reporting_reportingperiod SET due_on = opens_on - 1",
    "period_frozen_at_when_frozen": "UPDATE reporting_reportingperiod SET frozen_at = NULL",
    "report_revision_has_a_reason": "UPDATE reporting_statusreport SET revision = 2",
    "report_percent_between_0_and_100": "UPDATE reporting_statusreport SET percent_complete = 101",
    "report_etc_not_negative": "UPDATE reporting_statusreport SET etc = -1",
    "threshold_red_after_amber": "UPDATE reporting_threshold SET red = amber - 1",
}
ROWS = """
    INSERT INTO core_periodicrun (name, slot, claimed_at) VALUES ('x', now(), now());
    INSERT INTO core_seenassertion (issuer, assertion_id, not_on_or_after) VALUES ('x', 'y', now());
    INSERT INTO core_keptanswer (user_id, key, asked, status, headers, body, created_at)
        SELECT id, 'k', 'a', 200, '{}', '', now() FROM core_user LIMIT 1;
    INSERT INTO core_quota (actor, kind, taken) VALUES ('x', 'y', '{}');
    INSERT INTO core_work (kind, subject_id, wanted, done, attempts) VALUES ('x', 1, 1, 0, 0);
"""


def tell_everything(user: User, project: Project) -> None:
    """A row in each table of what one person is told and wants."""
    Notification.objects.create(user=user, rule="A10", key="k", project=project, at=timezone.now())
    Mute.objects.create(user=user, rule="A10")
    Mailing.objects.create(user=user)
    Follow.objects.create(user=user, project=project)


def columns_of(table: str) -> str:
    """Every column but the number the database gives."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " AND attname <> 'id' AND attgenerated = ''",
            [table],
        )
        return ", ".join(f'"{name}"' for (name,) in cursor.fetchall())


@pytest.mark.django_db
@pytest.mark.parametrize("name", [*COPIES, *BREAKERS])
def test_the_database_refuses(name: str, world: World, ada: User) -> None:
    compute(at=timezone.now() - timedelta(days=1))
    world.tram.__class__.objects.update(forecast_end="2028-12-31")
    compute()  # now there is a past
    tokens.issue(user=ada, name="t")
    SavedView.objects.create(owner=ada, page="projects", name="v")
    ExternalKey.objects.create(portfolio=world.north, key="k", project=world.tram)
    ImportProfile.objects.create(owner=ada, name="p", base="generic", settings={})
    make.frozen(world.tram)
    tell_everything(ada, world.tram)
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
    table = COPIES.get(name, "")
    statement = TWICE.format(table=table, columns=columns_of(table)) if table else BREAKERS[name]
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert caught.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


@pytest.mark.django_db
def test_every_record_that_is_edited_gets_a_new_version_from_the_database() -> None:
    tables = {model._meta.db_table for model in apps.get_models() if issubclass(model, Stamped)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'core_bump_version'::regproc")
        assert tables - {table for (table,) in cursor.fetchall()} == set()


@pytest.mark.django_db
def test_every_named_rule_of_these_tables_is_tried() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype IN ('c', 'u', 'x')"
            " AND conrelid::regclass::text ~ '^(core|reporting)_' AND conname !~ '(_check|_uniq)$'"
        )
        found = {name for (name,) in cursor.fetchall()}
    assert found - {*COPIES, *BREAKERS, *vocabulary.fields, *LATER_RULES} == set()
