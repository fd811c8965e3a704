"""Milestones: the history of forecasts, and dates that make sense."""

from datetime import date

import pytest

from pmo_portal.core.editing import InvalidFields
from pmo_portal.core.errors import DomainError, StaleVersion
from pmo_portal.core.models import AuditEvent, User
from projects.hierarchy.models import Project
from projects.planning import services
from projects.planning.models import MilestoneForecast
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english")

ON = date(2026, 11, 24)


def test_a_new_milestone_goes_last_and_starts_its_history(ben: User, world: World) -> None:
    first = services.create_milestone(project=world.tram, by=ben, on=ON, name="A", forecast_date=date(2027, 1, 1))
    second = services.create_milestone(project=world.tram, by=ben, on=ON, name="B")
    assert (first.position, second.position) == (1, 2)
    assert list(MilestoneForecast.objects.values_list("milestone", "recorded_on", "forecast_date")) == [
        (first.pk, ON, date(2027, 1, 1))
    ]


def test_a_forecast_is_remembered_once_a_day(ben: User, world: World) -> None:
    milestone = make.milestone(world.tram, forecasts={date(2026, 10, 1): date(2027, 1, 15)})
    for version, (day, forecast) in enumerate(
        [(ON, date(2027, 2, 1)), (ON, date(2027, 3, 1)), (date(2026, 12, 1), None)], start=1
    ):
        services.update_milestone(
            milestone=milestone, by=ben, version=version, changes={"forecast_date": forecast}, on=day
        )
    assert list(milestone.forecasts.values_list("recorded_on", "forecast_date")) == [
        (date(2026, 10, 1), date(2027, 1, 15)),
        (ON, date(2027, 3, 1)),
        (date(2026, 12, 1), None),
    ]
    assert Project.objects.get(pk=world.tram.pk).data_date == date(2026, 12, 1)
    assert Project.objects.get(pk=world.tram.pk).version == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"actual_date": date(2026, 11, 25)}, "actual_date"), ({"forecast_date": date(2026, 11, 23)}, "forecast_date")],
)
def test_dates_on_the_wrong_side_of_today(ben: User, world: World, changes: dict[str, date], field: str) -> None:
    milestone = make.milestone(world.tram)
    with pytest.raises(DomainError) as caught:
        services.update_milestone(milestone=milestone, by=ben, version=1, changes=changes, on=ON)
    assert caught.value.field == field
    milestone.refresh_from_db()
    assert (milestone.version, milestone.forecasts.count()) == (1, 0)


def test_a_milestone_stays_in_its_project(ben: User, world: World) -> None:
    milestone = make.milestone(world.tram)
    with pytest.raises(InvalidFields):
        services.update_milestone(milestone=milestone, by=ben, version=1, changes={"project": world.harbour}, on=ON)


def test_deleting_checks_the_version_and_tells_the_history(ben: User, world: World) -> None:
    milestone = make.milestone(world.tram, name="Essais")
    with pytest.raises(StaleVersion):
        services.delete_milestone(milestone=milestone, by=ben, version=7, on=ON)
    services.delete_milestone(milestone=milestone, by=ben, version=1, on=ON)
    event = AuditEvent.objects.latest("pk")
    assert (event.action, event.project_id, event.changes["name"]) == ("delete", world.tram.pk, ["Essais", None])
