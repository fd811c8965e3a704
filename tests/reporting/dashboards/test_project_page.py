"""The overview of a project: rights, why, what moved, the past."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from projects.hierarchy.models import Project
from tests import make
from tests.reporting.dashboards.pages import client_of, compute, text

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.mark.parametrize(("who", "project", "status"), [
    ("ada", "tram", 200), ("ada", "secret", 200), ("eve", "tram", 200), ("eve", "secret", 404), ("cleo", "tram", 200),
    ("cleo", "harbour", 404), ("ben", "tram", 200), ("omar", "tram", 404),
])  # fmt: skip
def test_who_sees_a_project(who, project, status, world, request):
    compute()
    client = client_of(request.getfixturevalue(who))
    assert client.get(f"/projects/{getattr(world, project).pk}/").status_code == status


def test_it_says_why(world, ada):
    Project.objects.filter(pk=world.tram.pk).update(
        forecast_end=date(2028, 6, 30), declared="green", key_message="Tunnel flooded"
    )
    make.risk(world.tram, title="Sol instable", title_en="Unstable ground", probability=5, impact=5)
    make.milestone(world.tram, name="Percement", name_en="Breakthrough", is_key=True, forecast_date=date(2027, 5, 1))
    make.budget_line(world.tram, amount=Decimal(1000))
    make.budget_line(world.tram, kind="forecast", amount=Decimal(2000))
    compute()
    page = text(client_of(ada).get(f"/projects/{world.tram.pk}/"))
    for words in (
        "Ends 366 days after the baseline",
        "Unstable ground",
        "Breakthrough",
        "Forecast over budget",
        "Very optimistic",
        "Tunnel flooded",
    ):
        assert words in page, words


def test_a_project_not_computed_yet_has_a_page(world, ada):
    page = text(client_of(ada).get(f"/projects/{world.tram.pk}/"))
    assert "computed in a moment" in page


def test_what_moved_in_a_month_is_listed(world, ada):
    then = timezone.now() - timedelta(days=45)
    compute(on=then.date(), at=then)
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=date(2028, 6, 30))
    compute()
    page = text(client_of(ada).get(f"/projects/{world.tram.pk}/"))
    assert "End moved from 30 Jun 2027 to 30 Jun 2028" in page
    assert "Computed: Not rated → Off track" in page or "Computed: On track → Off track" in page


def test_as_of(world, ada):
    then = timezone.now() - timedelta(days=45)
    compute(on=then.date(), at=then)
    milestone = make.milestone(world.tram, name="Percement", baseline_date=date(2027, 2, 1), forecast_date=date(2027, 9, 1),
                               forecasts={then.date(): date(2027, 2, 1), make.TODAY: date(2027, 9, 1)})  # fmt: skip
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=date(2028, 6, 30), declared="red")
    compute()
    client, day = client_of(ada), (then + timedelta(days=3)).date().isoformat()
    past = text(client.get(f"/projects/{world.tram.pk}/?as_of={day}"))
    assert "30 Jun 2027" in past
    assert "30 Jun 2028" not in past
    assert "1 Sep 27" not in past
    assert "1 Sep 27" in text(client.get(f"/projects/{world.tram.pk}/"))
    assert client.get(f"/projects/{world.tram.pk}/?as_of=2001-01-01").status_code == 404
    assert Project.objects.get(pk=world.tram.pk).declared == "red"  # the past is shown, never written
    assert milestone.pk


def test_the_open_page_learns_of_a_change(world, ada):
    compute()
    client = client_of(ada)
    path = f"/projects/{world.tram.pk}/"
    etag = client.get(path, **HTMX).headers["ETag"]
    assert client.get(path, HTTP_IF_NONE_MATCH=etag, **HTMX).status_code == 304
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=date(2028, 6, 30))
    compute()
    assert client.get(path, HTTP_IF_NONE_MATCH=etag, **HTMX).status_code == 200


def test_sub_projects_are_listed_within_rights(world, ada, ben):
    make.project("PART", parent=world.tram, name="Lot 1")
    compute()
    assert "Lot 1" in text(client_of(ada).get(f"/projects/{world.tram.pk}/"))
    assert "Lot 1" not in text(client_of(ben).get(f"/projects/{world.tram.pk}/"))


def test_queries_do_not_grow(world, ada, django_assert_max_num_queries):
    """Session, user, memberships, project with its photograph, past photographs, milestones, parts, journal, risks; and the
    names of the projects and containers that the journal's events point at, one query for each kind; whether the reader
    follows it; the independent review beside it.
    """
    client = client_of(ada)
    for number in range(30):
        make.risk(world.tram)
        make.milestone(world.tram)
        make.project(f"PART{number}", parent=world.tram)
        if number in (0, 29):
            compute()
            with django_assert_max_num_queries(14):
                client.get(f"/projects/{world.tram.pk}/")


def test_titles_are_escaped(world, ada):
    make.risk(world.tram, title="<img src=x onerror=alert(1)>", probability=5, impact=5)
    compute()
    assert "<img src=x" not in text(client_of(ada).get(f"/projects/{world.tram.pk}/"))


def test_the_first_baseline_is_still_measured_after_a_new_one(world, ada):
    """BR-14: slippage exists against the baseline in force and against the first one."""
    Project.objects.filter(pk=world.tram.pk).update(baseline_end=date(2028, 1, 1), forecast_end=date(2028, 1, 11))
    compute()
    page = text(client_of(ada).get(f"/projects/{world.tram.pk}/"))
    assert "Against the first baseline (30 Jun 2027): +195\u202fd." in page.replace("\xa0", "\u202f")
    Project.objects.filter(pk=world.tram.pk).update(baseline_end=date(2027, 6, 30))
    compute()
    assert "first baseline" not in text(client_of(ada).get(f"/projects/{world.tram.pk}/"))
