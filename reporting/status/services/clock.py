"""What the clock does with periods: opens, closes and freezes those whose day has come, whatever it missed."""

import logging
from datetime import date, datetime

from reporting.status.models import ReportingCalendar
from reporting.status.services import freezing, periods

log = logging.getLogger(__name__)


def move_on(*, on: date, at: datetime) -> int:
    """Bring every calendar to the day `on`, one step and one transaction at a time; returns how many steps were taken.

    Begun again after a kill it goes on where it was. A clock that went back undoes nothing: no step has a way back.
    """
    for calendar in ReportingCalendar.objects.filter(is_active=True).select_related("node"):
        periods.plan(calendar, on=on)
    taken = 0
    while steps := [one for one in periods.due_steps(on=on) if one[0] != "join"]:
        for step, period in steps:
            if step == "open":
                periods.open_period(period, by=None, on=on, at=at)
            elif step == "close":
                periods.close_collection(period, by=None)
            else:
                freezing.freeze(period, by=None, on=on, at=at)
            log.info("period %s: %s", period.pk, step)
        taken += len(steps)
    for _step, period in periods.due_steps(on=on):
        periods.join(period, on=on)
    return taken
