"""From a cell that is short to the yes of its owner, in a real browser: who proposes and who answers are two people."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pmo_portal.core.periods import add_months, first_of_month
from portfolio.capacity.services import refresh
from portfolio.relief.models import Proposal
from projects.models import Allocation
from tests import make

MONTH = add_months(first_of_month(timezone.localdate()), 3)


@pytest.fixture
def world(transactional_db: None) -> Any:
    """An architect asked for by two projects at once, a PMO, and the manager of one of them."""
    ada = make.user("ada", role="pmo", first_name="Ada", last_name="Martin", language="fr")
    node = make.portfolio("NORTH", name="Mobilités")
    tram = make.project("TN-021", node=node, name="Tramway T3", forecast_end=None, baseline_end=None)
    make.milestone(tram, name="Mise en service", baseline_date=MONTH, forecast_date=MONTH.replace(day=27))
    ben = make.user("ben", role="project_manager", on=tram, first_name="Ben", last_name="Petit", language="fr")
    role = make.role("ARCH", name="Architecte")
    given: dict[str, Any] = {"role": role, "person": make.person("Ann Arnaud", role=role), "status": "confirmed"}
    given |= {"answered_on": timezone.localdate(), "answered_by": ada}
    make.allocation(tram, months={MONTH: (20, 20)}, **given)
    make.allocation(make.project("TN-022", node=node, name="Port"), months={MONTH: (15, 15)}, **given)
    refresh.at_once(on=timezone.localdate(), at=timezone.now())
    return ada, ben, tram


def test_what_gives_way_is_proposed_then_its_owner_accepts(world: Any, visit: Any) -> None:
    ada, ben, tram = world
    visitor = visit(ada)
    page = visitor.go("/capacity/?by=role&grain=month")
    page.locator("td.h-over a").click()
    page.get_by_role("link", name="Ce qui cède").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Architecte")
    visitor.check()
    page.get_by_label("Pourquoi, en une phrase").fill("Le port passe avant.")
    page.get_by_role("button", name="Proposer Décaler le projet Tramway T3").click()
    expect(page.get_by_text("Proposé : rien ne bouge")).to_be_visible()
    (row,) = Proposal.objects.all()
    assert Allocation.objects.get(project=tram).status == "confirmed"  # nothing moves before

    owner = visit(ben)
    page = owner.go("/my-day/")
    page.get_by_role("link", name="Décaler le projet").click()
    expect(page.get_by_text("Le port passe avant.")).to_be_visible()
    owner.check()
    page.get_by_role("button", name="Accepter").click()
    expect(page.get_by_role("heading", name="La réponse")).to_be_visible()
    row.refresh_from_db()
    assert (row.state, row.answered_by) == ("accepted", ben)
    assert Allocation.objects.get(project=tram).status == "changed"
    owner.check()
