"""What a page of lists and sums says of the day it looks at: which periods froze on it, and where they are read whole."""

from dataclasses import dataclass

from django.urls import reverse

from projects.access.policy import VALIDATE_STATUS, allowed
from reporting.health.scope import Scope
from reporting.status.selectors import frozen_that_day

FEW = 3


@dataclass(frozen=True, slots=True)
class Freeze:
    """`periods` in the reader's words, each with its portfolio where few froze in several; `url` the collection of the only one,
    '' for who does not review reports.
    """

    periods: str
    url: str


def freeze_of(scope: Scope) -> Freeze | None:
    """None on a day without a freeze here, and today. One query, on past days only."""
    found = frozen_that_day(scope)
    if not found:
        return None
    opens = len(found) == 1 and allowed(scope.user, VALIDATE_STATUS, None)
    url = f"{reverse('reporting:collection')}?period={found[0].pk}" if opens else ""
    apart = scope.node is None and len(found) <= FEW
    names = [f"{one.calendar.node.label}, {one.label}" if apart else one.label for one in found]
    return Freeze((" · " if apart else ", ").join(dict.fromkeys(names)), url)
