"""Every model says whose its rows are (exam A 3); what belongs to a project cannot be without one, and is found by it."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from projects.hierarchy.models import NodeQuerySet
from projects.hierarchy.visibility import ScopedQuerySet

APPS = ("core", "projects", "portfolio", "reporting")
# Models whose rows have no project of their own: who reads them is decided by the page or by the policy.
SCOPES = {
    "User": "accounts, for the policy",
    "AuditEvent": "those of a record, with the record; all, for the policy",
    "ApiToken": "own",
    "SetupLink": "nobody: it is shown once on the console",
    "SeenAssertion": "nobody: kept against replays",
    "Work": "system",
    "PeriodicRun": "system",
    "KeptAnswer": "own",
    "Quota": "system",
    "Person": "a directory, for whoever names people",
    **dict.fromkeys(
        (
            "Unit",
            "Role",
            "Skill",
            "WorkingCalendar",
            "CalendarException",
            "PersonSkill",
            "UnitShare",
            "WorkPattern",
            "Absence",
            "PooledCapacity",
        ),
        "with the directory of people",
    ),
    "Rate": "for who sees rates everywhere",
    "Membership": "managed pages ask the policy",
    "Delegation": "own, or managed pages ask the policy",
    "Notice": "own",
    "ImportBatch": "own, or by policy",
    "ExternalKey": "those of visible projects",
    "ImportProfile": "own or shared",
    "SavedView": "own or shared",
    "Notification": "own, of what one sees",
    "Mute": "own",
    "Mailing": "own",
    "Follow": "own, of what one sees",
    "Threshold": "limits, for the policy",
    "ReportingCalendar": "with its container",
    "ReportingPeriod": "with its container",
    **dict.fromkeys(
        ("PersonLoad", "GroupLoad", "Picture"), "sums, for who sees capacity; a person's own for themselves"
    ),
    "Stale": "never shown",
    "Leveling": "own",
    "Proposal": "with its project; more capacity: own, or for who keeps resources",
    "Rollup": "read through Access.audience_of",
    "RollupHistory": "read through Access.audience_of",
}
# Rows of a project that may also speak of something else.
MAY_HAVE_NONE = {"Membership": "a role over a container or over everything", "AuditEvent": "a change of something else",
                 "Notification": "of a period, for the PMO", "Mute": "of a rule everywhere",
                 "Proposal": "more capacity is of no project"}  # fmt: skip


def ours() -> list[type[models.Model]]:
    labels = [label for label in APPS if label in apps.app_configs]
    return [model for label in labels for model in apps.get_app_config(label).get_models()]


def test_every_model_declares_its_scope() -> None:
    silent = []
    for model in ours():
        scoped = isinstance(model._default_manager.all(), ScopedQuerySet | NodeQuerySet)
        if not scoped and model.__name__ not in SCOPES and not model._meta.proxy:
            silent.append(model.__name__)
    assert silent == [], "Give the model `visible_to` (projects.hierarchy.visibility), or say here who reads it."
    assert SCOPES.keys() - {model.__name__ for model in ours()} == set()


def owned() -> list[tuple[type[models.Model], Any]]:
    """The models with a project of their own, and the column that holds it."""
    found = []
    for model in ours():
        names = {column.name: column for column in model._meta.concrete_fields}
        column = names.get("project") or names.get("project_id")
        if column is not None and model._meta.managed and model.__name__ not in MAY_HAVE_NONE:
            found.append((model, column))
    return found


@pytest.mark.django_db
def test_what_belongs_to_a_project_has_one_and_is_found_by_it() -> None:
    assert {"Milestone", "BudgetLine", "Risk", "ProjectHealth", "HealthPast"} <= {m.__name__ for m, _c in owned()}
    for model, column in owned():
        assert not column.null, model
        assert column.column in first_columns(model._meta.db_table), f"{model.__name__} has no index on its project"


def test_what_hangs_lower_leads_to_a_project_that_must_be_there() -> None:
    for model in ours():
        steps = getattr(model._default_manager.all(), "project_path", "")
        owner: Any = model
        for step in steps.split("__") if steps else ():
            column = owner._meta.get_field(step)
            assert not column.null, (model, step)
            owner = column.related_model


def first_columns(table: str) -> set[str]:
    """The columns that lead an index of the table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
            " WHERE i.indrelid = %s::regclass",
            [table],
        )
        return {name for (name,) in cursor.fetchall()}
