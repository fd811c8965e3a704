"""A column that holds one word of a list takes no other, whoever writes (exam 76 of security.md §11)."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from pmo_portal.core import editing, ledger, trace, vocabulary
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from portfolio.models import GroupLoad
from projects.access.models import Notice
from projects.models import ImportBatch, Project, Risk
from tests import make
from tests.cast import World
from tests.core.test_constraints import tell_everything
from tests.reporting.dashboards.pages import compute


def columns() -> list[tuple[type[models.Model], "models.Field", str]]:
    """Every column of ours with `choices` that the database keeps, with the name its rule must have."""
    known = {
        (model, rule.condition.children[0][0].removesuffix("__in")): rule.name
        for model in apps.get_models()
        for rule in model._meta.constraints
        if isinstance(rule, vocabulary.OneOf)
    }
    return [
        (model, field, known.get((model, field.name), ""))
        for model in apps.get_models()
        if model._meta.app_label in ledger.OURS and model._meta.managed and not model._meta.proxy
        for field in model._meta.concrete_fields
        if field.choices
    ]


def test_every_list_of_words_has_its_rule() -> None:
    assert [f"{model.__name__}.{field.name}" for model, field, rule in columns() if not rule] == []
    assert len({rule for _model, _field, rule in columns()}) == len(columns()) >= 40
    assert {rule for _model, _field, rule in columns()} == set(vocabulary.fields)


@pytest.fixture
def rows(world: World, ada: User) -> None:
    """A row in each of these tables."""
    compute(at=timezone.now() - timedelta(days=1))
    Project.objects.update(forecast_end="2028-12-31")
    compute()  # now there is a past
    make.risk(world.tram)
    make.issue(world.tram), make.action(world.tram), make.decision(world.tram), make.assessment(world.tram)
    make.dependency(world.tram, world.harbour)
    make.budget_line(world.tram)
    (
        make.absence(),
        make.unit(),
        make.allocation(world.tram),
        make.leveling(ada),
        make.proposal(world.tram, answered_by=ada, answered_at=timezone.now()),
    )
    make.frozen(world.tram)
    GroupLoad.objects.create(kind="role", ref=0, starts_on=make.TODAY)
    tell_everything(ada, world.tram)
    Notice.objects.create(user=ada, kind=Notice.Kind.VIEWED_AS)
    ImportBatch.objects.create(profile="generic", file_name="x.csv", sha256="", size=1, by=ada)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO core_work (kind, subject_id, wanted, done, attempts) VALUES ('x', 1, 1, 0, 0)")


def test_the_database_refuses_every_other_word(rows: None) -> None:
    for model, field, rule in columns():
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            write_a_word(model._meta.db_table, field.column)
        assert caught.value.__cause__.diag.constraint_name == rule  # type: ignore[union-attr]


def write_a_word(table: str, column: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pmo.rewriting_history', 'on', true)")  # of the events too
        cursor.execute(f"UPDATE {table} SET {column} = '?'")
        assert cursor.rowcount, f"no row of {table} to try"


@pytest.mark.django_db
def test_every_rule_holds_for_the_rows_there_were() -> None:
    """None was left unread when it was added to a large table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE NOT convalidated")
        assert cursor.fetchall() == []


def test_nothing_is_a_word_only_where_the_field_may_be_empty(world: World) -> None:
    project = Project.objects.get(pk=world.tram.pk)
    assert (project.size, project.declared) == ("", "")
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=project.pk).update(state="")


@pytest.mark.usefixtures("english")
def test_a_person_is_told_which_field_it_was(world: World, ada: User) -> None:
    risk = make.risk(world.tram)
    with pytest.raises(DomainError, match="not in the list") as caught, editing.writing(), trace.acting(ada):
        Risk.objects.filter(pk=risk.pk).update(status="lost")
    assert caught.value.field == "status"
