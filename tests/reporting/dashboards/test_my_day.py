"""My day: what I owe and am told, and nothing of what I may not see."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from projects.hierarchy.models import Project
from reporting.alerts.models import Follow, Mailing, Mute, Notification
from reporting.status.models import StatusReport
from reporting.status.services import clock
from tests import make
from tests.cast import World
from tests.projects.test_pages import client_of
from tests.reporting.dashboards.pages import compute

pytestmark = pytest.mark.django_db


@pytest.fixture
def period(world: World) -> None:
    """The month is open in NORTH."""
    make.calendar(world.north, since=timezone.localdate().replace(day=1), opens_before=31)
    today = timezone.localdate()
    clock.move_on(on=today, at=timezone.make_aware(datetime.combine(today, datetime.min.time())))


def day_of(user: Any) -> str:
    return client_of(user).get("/my-day/").content.decode()


def test_the_manager_owes_a_report_and_the_pmo_a_review(world: World, period: None, ada: Any, ben: Any) -> None:
    report = StatusReport.objects.get(project=world.tram)
    Project.objects.filter(pk=world.tram.pk).update(project_manager=make.person("Ben", user=ben))
    assert f"/reports/{report.pk}/" in day_of(ben)
    assert f"/reports/{report.pk}/" not in day_of(ada)
    StatusReport.objects.filter(pk=report.pk).update(state="submitted", submitted_at=timezone.now())
    assert f"/reports/{report.pk}/" not in day_of(ben)
    assert f"/collection/?period={report.period_id}" in day_of(ada)


def test_decisions_wait_for_who_takes_them_and_actions_for_who_does_them(
    world: World, ada: Any, ben: Any, cleo: Any, eve: Any
) -> None:
    """The PMO writes down what others decide; nobody is told of a confidential project they do not see."""
    today = timezone.localdate()
    asked = make.decision(world.tram, question="Which supplier?", needed_by=today - timedelta(days=1))
    make.decision(world.secret, question="Which buyer?")
    make.decision(world.tram, question="Which colour?", status="lapsed")
    person = make.person("Ben", user=ben)
    action = make.action(world.tram, title="Call the supplier", owner=person, due_date=today)
    make.action(world.tram, title="Write the letter", owner=person, status="done", done_on=today)
    page = day_of(eve)
    assert f"/decisions/{asked.pk}/take/" in page
    assert f"/projects/{world.tram.pk}/decisions/#decision-{asked.pk}" in page
    assert "late" in page
    assert "Which buyer?" not in page
    assert "Which colour?" not in page
    assert all("Which supplier?" not in day_of(user) for user in (ada, ben, cleo))
    assert f"/projects/{world.tram.pk}/actions/#action-{action.pk}" in day_of(ben)
    assert "Write the letter" not in day_of(ben)
    assert "Call the supplier" not in day_of(eve)


def test_who_owes_nothing_is_told_so(world: World, cleo: Any) -> None:
    assert "You owe nothing today" in day_of(cleo)


def test_news_are_read_put_away_and_muted(world: World, ben: Any) -> None:
    row = Notification.objects.create(user=ben, rule="A10", key="k", project=world.tram, at=timezone.now())
    client = client_of(ben)
    assert "much better" in day_of(ben)
    client.post("/my-day/mute/", {"rule": "A10", "project": world.tram.pk})
    row.refresh_from_db()
    assert row.seen_at is not None
    assert Mute.objects.filter(user=ben, rule="A10", project=world.tram).exists()
    assert "much better" not in day_of(ben)
    assert "Tell me again" in client.get("/my-day/letters/").content.decode()


def test_nobody_puts_away_what_others_are_told(world: World, ada: Any, ben: Any) -> None:
    row = Notification.objects.create(user=ada, rule="A10", key="k", project=world.tram, at=timezone.now())
    client_of(ben).post("/my-day/seen/", {"pk": row.pk})
    row.refresh_from_db()
    assert row.seen_at is None


def test_letters_are_chosen(cleo: Any, world: World) -> None:
    client_of(cleo).post(
        "/my-day/letters/",
        {"how": "none", "rules": ["A01", "A08", "A14", "B26", "R01", "R02", "R03", "R04", "R05", "R06"]},
    )
    assert Mailing.objects.get(user=cleo).how == "none"
    assert set(Mute.objects.filter(user=cleo).values_list("rule", flat=True)) == {"A10"}


def test_following_shows_what_moved_and_only_what_one_sees(world: World, cleo: Any) -> None:
    compute(at=timezone.now() - timedelta(days=10))
    Project.objects.filter(pk__in=[world.tram.pk, world.secret.pk]).update(forecast_end=date(2031, 1, 1))
    compute()
    client = client_of(cleo)
    assert client.post(f"/projects/{world.secret.pk}/follow/").status_code == 404
    client.post(f"/projects/{world.tram.pk}/follow/")
    assert f'href="/projects/{world.tram.pk}/"' in day_of(cleo)
    Follow.objects.create(user=cleo, project=world.secret)
    assert f'href="/projects/{world.secret.pk}/"' not in day_of(cleo)
    client.post(f"/projects/{world.tram.pk}/follow/", {"stop": "1"})
    assert f'href="/projects/{world.tram.pk}/"' not in day_of(cleo)


def test_the_statements_do_not_grow(world: World, period: None, ada: Any, django_assert_max_num_queries: Any) -> None:
    client = client_of(ada)
    compute()
    client.get("/my-day/")
    with django_assert_max_num_queries(30) as few:
        client.get("/my-day/")
    for _number in range(20):
        project = make.project(node=world.rail, state="executing")
        Notification.objects.create(user=ada, rule="A10", key=str(project.pk), project=project, at=timezone.now())
        Follow.objects.create(user=ada, project=project)
    with django_assert_max_num_queries(30) as many:
        client.get("/my-day/")
    assert len(many) <= len(few) + 1  # the news are looked up with their projects
