"""One night a day, whatever the clocks do (security.md exam 68)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pmo_portal.core.models import PeriodicRun, Work
from reporting.health import tasks
from tests import make

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    "first", [datetime(2026, 11, 2), datetime(2026, 10, 24), datetime(2027, 3, 27)], ids=["plain", "winter", "summer"]
)
def test_two_beats_and_jumping_clocks_make_one_night_a_day(first: datetime) -> None:
    """Three days, looked at every twenty minutes by two beats whose clocks are an hour early or late at times."""
    project = make.project("P")
    PeriodicRun.objects.all().delete()
    Work.objects.filter(subject_id=project.pk).update(wanted=0, done=0)
    start = first.replace(hour=12, tzinfo=PARIS).astimezone(ZoneInfo("UTC"))
    for tick in range(3 * 24 * 3):
        for jump in (0, (-60, 0, 60)[tick % 3]):
            now = start + timedelta(minutes=20 * tick + jump)
            tasks.begin_the_night(now.astimezone(PARIS))
    slots = sorted(run.slot.astimezone(PARIS).date() for run in PeriodicRun.objects.all())
    assert slots == [(first + timedelta(days=day)).date() for day in range(4)]
    assert Work.objects.get(subject_id=project.pk).wanted == 4
