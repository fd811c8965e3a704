"""A conflict to look at: a role with one person and 30 days asked of her where 20 or so are hers."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from pmo_portal.core.periods import add_months
from portfolio.capacity.selectors.periods import MONTH, period_of
from portfolio.capacity.services import refresh
from portfolio.relief.selectors.conflict import Conflict, conflict
from projects.resources.models import Allocation, Person, Role
from tests import make
from tests.cast import World
from tests.make import TODAY


@dataclass
class Short:
    role: Role
    ann: Person
    month: date
    tram: Allocation
    harbour: Allocation
    secret: Allocation

    @property
    def query(self) -> str:
        return f"?by=role&grain=month&row={self.role.pk}&at={self.month}"

    def seen_by(self, user) -> Conflict:
        period = period_of(MONTH, self.month)
        return conflict("role", self.role.pk, "Architect", period, reader=user, today=timezone.localdate())


def short_role(world: World) -> Short:
    """Three months ahead: 20 days of tram, 10 tentative of the harbour, 3 of the secret project, all of Ann."""
    month = add_months(timezone.localdate().replace(day=1), 3)
    role = make.role("ARCH", name="Architecte", name_en="Architect")
    ann = make.person("Ann Architecte", role=role)
    given = {"role": role, "person": ann, "status": "confirmed", "answered_on": TODAY}
    short = Short(
        role, ann, month,
        tram=make.allocation(world.tram, months={month: (20, 20)}, **given),
        harbour=make.allocation(world.harbour, months={month: (10, 10)}, firmness="tentative", **given),
        secret=make.allocation(world.secret, months={month: (3, 3)}, **given),
    )  # fmt: skip
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    return short
