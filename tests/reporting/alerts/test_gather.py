"""Each event reaches each person once, and only who may know (domain.md §3.5 A01, A10, A14)."""

from datetime import date, datetime, time
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone, translation

from projects.access.models import Membership
from projects.hierarchy.models import Node, Project
from reporting.alerts.models import Mailing, Notification
from reporting.alerts.selectors import told_to
from reporting.alerts.services import gather, letters, own
from reporting.alerts.words import lines
from reporting.dashboards.selectors.my_day import astray
from reporting.health.services import refresh
from reporting.status.models import StatusReport
from reporting.status.services import clock
from tests import make

pytestmark = pytest.mark.django_db


def noon(day: date, hour: int = 12) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def tell(day: date) -> int:
    clock.move_on(on=day, at=noon(day))
    return gather.gather(on=day, at=noon(day))


def told(user: Any) -> list[str]:
    """What the user was told, in words, oldest first."""
    with translation.override("en"):
        return [one.words.replace("\xa0", " ") for one in lines(told_to(user).order_by("at", "pk"))]


@pytest.fixture
def portfolio() -> Node:
    node = make.portfolio("PTF")
    make.calendar(node, since=date(2026, 11, 1))
    return node


@pytest.fixture
def ben() -> Any:
    return make.user("ben")


@pytest.fixture
def project(portfolio: Node, ben: Any) -> Project:
    made = make.project("TRAM", node=portfolio, state="executing")
    make.member(ben, "project_manager", on=made)
    return made


def test_who_owes_a_report_is_told_three_days_before_the_day_before_and_on_the_day(project: Project, ben: Any) -> None:
    pmo = make.user("ada", role="pmo")
    for day in range(24, 31):
        tell(date(2026, 11, day))
    assert told(ben) == ["The report of Nov 2026 is due on 2 December 2026."]  # three working days before
    tell(date(2026, 12, 1))
    assert told(ben) == ["The report of Nov 2026 is due on 2 December 2026."] * 2
    assert told(pmo) == []
    tell(date(2026, 12, 2))
    assert told(ben)[-1] == "The report of Nov 2026 is due today."
    assert told(pmo) == ["1 report of Nov 2026 is missing."]
    tell(date(2026, 12, 3))
    assert told(ben)[-1] == "The report of Nov 2026 is late."


def test_after_the_freeze_the_pmo_and_the_sponsor_are_told(project: Project) -> None:
    pmo, boss = make.user("ada", role="pmo"), make.user("boss", role="sponsor")
    Project.objects.update(sponsor=make.person("Boss", user=boss))
    for day in (date(2026, 11, 24), date(2026, 12, 3), date(2026, 12, 8)):
        tell(day)
    assert told(pmo)[-1] == "Nov 2026 was frozen without 1 report."
    assert told(boss) == ["Nothing was reported for Nov 2026."]


def test_the_job_may_run_as_often_as_it_likes(project: Project, ben: Any) -> None:
    assert tell(date(2026, 12, 2)) == 1
    assert [tell(date(2026, 12, 2)) for _time in range(3)] == [0, 0, 0]
    assert len(told(ben)) == 1


def test_who_submitted_is_left_in_peace(project: Project, ben: Any) -> None:
    tell(date(2026, 11, 24))
    StatusReport.objects.update(state="submitted", submitted_at=noon(date(2026, 11, 25)))
    assert tell(date(2026, 12, 2)) == 0
    assert told(ben) == []


def test_what_is_muted_is_not_told(project: Project, ben: Any) -> None:
    own.mute(by=ben, rule="A01", project=project)
    assert tell(date(2026, 12, 2)) == 0
    own.mute(by=ben, rule="A01", project=project, on=False)
    assert tell(date(2026, 12, 2)) == 1


def test_a_confidential_project_is_told_to_nobody_outside_it(portfolio: Node, ben: Any) -> None:
    secret = make.project("SECRET", node=portfolio, state="executing", confidentiality="confidential")
    Project.objects.filter(pk=secret.pk).update(sponsor=make.person("Out", user=make.user("out", role="sponsor")))
    wide = make.user("wide", role="portfolio_manager")
    make.member(ben, "project_manager", on=secret)
    for day in (date(2026, 11, 24), date(2026, 12, 2), date(2026, 12, 3), date(2026, 12, 8)):
        tell(day)
    assert len(told(ben)) == 2
    assert set(Notification.objects.values_list("user", flat=True)) == {ben.pk}
    assert told(wide) == []
    ben.memberships.all().delete()
    ben.__dict__.pop("_access", None)
    assert told(ben) == []


def test_a_gap_of_two_and_money_spent_above_the_budget(portfolio: Node, ben: Any) -> None:
    project = make.project(
        node=portfolio, state="executing", declared="green", baseline_start=date(2026, 1, 1),
        baseline_end=date(2026, 6, 1), forecast_end=date(2027, 6, 1), data_date=date(2026, 12, 1),
    )  # fmt: skip
    make.member(ben, "project_manager", on=project)
    viewer, finance = make.user("cleo", role="viewer"), make.user("fin", role="finance")
    make.budget_line(project, kind="revised", amount=100)
    make.budget_line(project, kind="actual", amount=101)
    refresh.refresh([project.pk], on=date(2026, 12, 2), at=noon(date(2026, 12, 2)))
    gather.gather(on=date(2026, 12, 2), at=noon(date(2026, 12, 2)))
    assert told(ben) == [
        "What is declared is much better than what is computed.", "More was spent than the approved budget.",
    ]  # fmt: skip
    assert told(finance) == ["More was spent than the approved budget."]
    assert told(viewer) == []


class TestLetters:
    def test_one_a_day_in_the_morning(self, project: Project, ben: Any) -> None:
        tell(date(2026, 12, 1))
        assert letters.send_due(now=noon(date(2026, 12, 1), 7)) == 0
        assert letters.send_due(now=noon(date(2026, 12, 1), 8)) == 1
        tell(date(2026, 12, 1))
        Notification.objects.create(user=ben, rule="A10", key="x", project=project, at=timezone.now())
        assert letters.send_due(now=noon(date(2026, 12, 1), 9)) == 0
        assert letters.send_due(now=noon(date(2026, 12, 2), 8)) == 1
        first, second = mail.outbox
        report = StatusReport.objects.get(project=project)
        assert f"/reports/{report.pk}/" in first.body
        assert first.to == [ben.email]
        assert "much better" in second.body
        assert "due on" not in second.body

    def test_a_mail_server_that_is_away_for_an_hour_gets_them_once(
        self, project: Project, ben: Any, settings: Any
    ) -> None:
        tell(date(2026, 12, 2))
        settings.EMAIL_BACKEND, working = "django.core.mail.backends.smtp.EmailBackend", settings.EMAIL_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 9, False
        for minute in range(6):
            assert letters.send_due(now=noon(date(2026, 12, 2)).replace(minute=10 * minute)) == 0
        settings.EMAIL_BACKEND = working
        assert [letters.send_due(now=noon(date(2026, 12, 2), 13)) for _time in range(3)] == [1, 0, 0]
        assert len(mail.outbox) == 1

    def test_who_has_no_address_is_told_in_the_portal(self, project: Project, ben: Any) -> None:
        ben.email = ""
        ben.save()
        tell(date(2026, 12, 2))
        assert letters.send_due(now=noon(date(2026, 12, 2))) == 0
        assert len(told(ben)) == 1

    def test_who_wants_none_gets_none_and_who_wants_them_at_once_need_not_wait(
        self, project: Project, ben: Any
    ) -> None:
        tell(date(2026, 12, 2))
        own.choose_letters(by=ben, how=Mailing.How.NONE)
        assert letters.send_due(now=noon(date(2026, 12, 2))) == 0
        own.choose_letters(by=ben, how=Mailing.How.AT_ONCE)
        assert letters.send_due(now=noon(date(2026, 12, 2), 6)) == 1

    def test_a_letter_is_in_the_language_of_its_reader(self, project: Project, ben: Any) -> None:
        ben.language = "fr"
        ben.save()
        tell(date(2026, 12, 2))
        letters.send_due(now=noon(date(2026, 12, 2)))
        assert "Le rapport de" in mail.outbox[0].body
        assert mail.outbox[0].subject == "1 point vous attend"


def test_requests_for_people_reach_who_answers_and_answers_who_asked_each_once(project: Project, ben: Any) -> None:
    rita, sam = make.user("rita", role="resource_manager"), make.user("sam", role="resource_manager")
    outsider = make.user("omar")
    day = date(2026, 11, 24)
    unit = make.unit(manager=make.person("Sam", user=sam))
    for _ in range(2):
        row = make.allocation(project, asked_on=day, asked_by=ben)
    make.allocation(project, asked_on=day, unit=unit, person=make.person(), status="proposed")  # to be firm from now on
    make.allocation(project, asked_on=date(2026, 9, 1))
    for _ in range(2):
        tell(day)
    assert told(rita) == ["2 requests for people wait for an answer."]
    assert told(sam) == ["3 requests for people wait for an answer."]
    assert told(outsider) == []
    assert [(one.about, one.url) for one in lines(told_to(rita))] == [("Project TRAM", "/allocations/?q=TRAM")]
    row.status, row.person, row.answered_on, row.answered_by = "confirmed", make.person("Léa"), day, rita
    row.save()
    for _ in range(2):
        tell(day)
    assert told(ben)[-1:] == ["Your request for people is confirmed."]
    assert len(told_to(ben).filter(rule="R02")) == 1
    row.note, row.person = "Of the project itself", row.person
    row.save()
    tell(day)
    assert len(told_to(ben).filter(rule="R02")) == 1, "nothing else is answered"
    row.months.update(granted=4)
    tell(day)
    assert len(told_to(ben).filter(rule="R02")) == 2, "another answer of the same day"
    row.status = "refused"
    row.save()
    tell(day)
    assert told(ben)[-2:] == ["Your request for people is confirmed.", "Your request for people is refused."]


def test_work_of_who_leaves_is_told_once_until_nothing_is_astray(project: Project) -> None:
    rita, day = make.user("rita", role="resource_manager"), date(2026, 11, 24)
    lea = make.person("Léa", leaves_on=date(2026, 12, 15))
    past, left = date(2026, 10, 1), date(2027, 1, 1)
    given = {"person": lea, "status": "confirmed", "answered_on": date(2026, 6, 1), "asked_on": date(2026, 6, 1)}
    rows = [make.allocation(project, months={past: (5, 5), left: (5, 5)}, **given) for _ in range(2)]
    for _ in range(2):
        tell(day)
    [line] = lines(told_to(rita).filter(rule="R06"))
    assert (line.words.split(" ")[0], line.about, line.url) == ("2", "Léa", "/allocations/?view=astray")
    assert astray(rita, on=day).count == 2
    rows[0].months.filter(month=left).delete()
    tell(day)
    assert [one.told["count"] for one in told_to(rita).filter(rule="R06")] == [1]
    rows[1].months.filter(month=left).delete()
    tell(day)
    assert not told_to(rita).filter(rule="R06").exists()
    assert astray(rita, on=day) is None


def test_requests_of_the_day_are_counted_until_their_reader_has_seen_them(project: Project, ben: Any) -> None:
    rita, day = make.user("rita", role="resource_manager"), date(2026, 11, 24)
    make.allocation(project, asked_on=day, asked_by=ben)
    tell(day)
    assert told(rita) == ["1 request for people waits for an answer."]
    make.allocation(project, asked_on=day, asked_by=ben)
    tell(day)
    assert told(rita) == ["2 requests for people wait for an answer."]
    own.put_away(by=rita, at=noon(day))
    make.allocation(project, asked_on=day, asked_by=ben)
    tell(day)
    assert told(rita) == ["2 requests for people wait for an answer."]
    tell(date(2026, 11, 25))
    assert told(rita)[1:] == ["1 request for people waits for an answer."], (
        "what came after it was put away, a day later"
    )
    tell(date(2026, 11, 26))
    assert len(told(rita)) == 2, "each once"


def test_a_line_counts_the_requests_that_still_wait_and_goes_with_the_last(project: Project, ben: Any) -> None:
    rita, day, next_day = make.user("rita", role="resource_manager"), date(2026, 11, 24), date(2026, 11, 25)
    first, second = (make.allocation(project, asked_on=day, asked_by=ben) for _ in range(2))
    tell(day)
    letters.send_due(now=noon(next_day))
    first.status, first.answered_on = "refused", next_day
    first.save()
    tell(next_day)
    assert told(rita) == ["1 request for people waits for an answer."]
    first.status = "requested"
    first.save()
    tell(next_day)
    assert told(rita) == ["2 requests for people wait for an answer."], "an answer taken back waits again"
    first.asked_on = next_day
    first.save()
    tell(next_day)
    assert told(rita) == ["1 request for people waits for an answer."] * 2, "asked anew: another line, counted once"
    for row in (first, second):
        row.status, row.answered_on = "refused", next_day
        row.save()
    tell(date(2026, 12, 30))
    [row] = Notification.objects.filter(rule="R03")
    assert (row.told["count"], row.seen_at) == (1, noon(date(2026, 12, 30))), (
        "what was mailed is put away, the rest is gone"
    )


def test_who_no_longer_answers_has_no_line_of_what_waits(project: Project, ben: Any) -> None:
    rita, day = make.user("rita", role="resource_manager"), date(2026, 11, 24)
    make.allocation(project, asked_on=day, asked_by=ben)
    tell(day)
    tell(date(2026, 12, 30))
    assert told(rita) == ["1 request for people waits for an answer."], "however long it waits"
    Notification.objects.create(rule="R03", key=f"R03:{project.pk}:{day}", user=rita, told={"count": 2}, at=noon(day))
    tell(date(2026, 12, 30))
    assert told(rita) == ["1 request for people waits for an answer."], "a line of before, that kept no requests, goes"
    Membership.objects.filter(user=rita).delete()
    tell(date(2026, 12, 30))
    assert not Notification.objects.filter(rule="R03").exists()


def test_who_is_given_the_role_is_told_once_of_all_that_waits(portfolio: Node, ben: Any) -> None:
    day, projects = date(2026, 11, 24), [make.project(node=portfolio, state="executing") for _ in range(4)]
    rows = [make.allocation(one, asked_on=date(2026, 11, 12 + n), asked_by=ben) for n in range(4) for one in projects]
    tell(date(2026, 11, 23))
    rita = make.user("rita", role="resource_manager")
    own.mute(by=rita, rule="R03", project=projects[0])
    tell(day)
    with translation.override("en"):
        [line] = lines(told_to(rita))
    assert line.words.startswith("12 ")
    assert (line.about, line.url, line.project_id) == ("Requests for people", "/allocations/", None)
    with translation.override("fr"):
        [line] = lines(told_to(rita))
    assert (line.about, line.words.replace("\xa0", " ")) == (
        "Demandes de personnes",
        "12 demandes de personnes attendent une réponse.",
    )
    rows[-1].asked_on = date(2026, 11, 25)
    rows[-1].save()
    tell(date(2026, 11, 25))
    assert told(rita)[1:] == ["1 request for people waits for an answer."], "asked anew"
    Membership.objects.all().delete()
    assert told(type(rita).objects.get(pk=rita.pk)) == []


def test_where_nobody_manages_resources_the_pmo_is_told_of_requests(project: Project, ben: Any) -> None:
    pmo, day = make.user("pam", role="pmo"), date(2026, 11, 24)
    make.allocation(project, asked_on=day, asked_by=ben)
    tell(day)
    words = "1 request for people waits for an answer."
    assert words in told(pmo)
    Notification.objects.all().delete()
    rita = make.user("rita", role="resource_manager")
    tell(day)
    assert words in told(rita)
    assert words not in told(pmo)
