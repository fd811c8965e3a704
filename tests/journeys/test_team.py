"""Requests for people in a real browser: the pages in both themes and widths, and the grid typed like a spreadsheet."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pmo_portal.core.periods import add_months, first_of_month
from projects.models import Allocation, AllocationMonth
from tests import make
from tests.journeys.conftest import DESKTOP, PHONE

NOW = first_of_month(timezone.localdate())
PASTE = """([selector, text]) => {
  const data = new DataTransfer(); data.setData('text', text);
  const told = { clipboardData: data, bubbles: true, cancelable: true };
  document.querySelector(selector).dispatchEvent(new ClipboardEvent('paste', told));
}"""


@pytest.fixture
def world(transactional_db: None) -> Any:
    """A project with a request in every state, and its PMO, who asks and answers."""
    ada = make.user("ada", role="pmo", first_name="Ada", last_name="Martin", language="fr")
    tram = make.project("TN-021", node=make.portfolio("NORTH", name="Mobilités"), name="Tramway T3")
    dev, python = make.role("DEV", name="Développeur"), make.skill("PY", name="Python")
    lea = make.person("Léa Petit", role=dev, leaves_on=add_months(NOW, 2))
    make.person_skill(lea, python, level=4)
    given: dict[str, Any] = {"answered_on": NOW, "answered_by": ada, "answer": "Deux jours par semaine"}
    make.allocation(tram, role=dev, skill=python, level=3, note="Reprise", months={NOW: 10, add_months(NOW, 1): 8})
    make.allocation(
        tram, role=dev, person=lea, status="confirmed", **given, months={NOW: (10, 8), add_months(NOW, 5): (5, 5)}
    )
    make.allocation(tram, role=dev, person=lea, status="proposed", firmness="tentative", months={NOW: (3, 3)})
    make.allocation(tram, role=dev, measure="percent", status="refused", **given, months={NOW: (300, 0)})
    return ada, tram


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "dark"), (PHONE, "light")])
def test_pages_are_for_everybody(world: Any, visit: Any, viewport: Any, scheme: str) -> None:
    ada, tram = world
    visitor = visit(ada, viewport=viewport, scheme=scheme)
    asked = Allocation.objects.get(status="requested")
    team = f"/projects/{tram.pk}/team/"
    for path in (team, f"{team}new/", f"{team}grid/", "/allocations/", f"/allocations/{asked.pk}/"):
        visitor.go(path)
        visitor.check()


def cell(row: Allocation, month: date) -> str:
    return f'tr[data-row="{row.pk}"] input[name="c-{month:%Y-%m}"]'


def stored(row: Allocation) -> dict[date, Decimal]:
    return dict(AllocationMonth.objects.filter(allocation=row, asked__gt=0).values_list("month", "asked"))


def test_the_grid_is_typed_like_a_spreadsheet(world: Any, visit: Any) -> None:
    ada, tram = world
    visitor = visit(ada)
    page = visitor.go(f"/projects/{tram.pk}/team/grid/")
    row = Allocation.objects.get(status="requested")
    months = [add_months(NOW, n) for n in range(13)]
    first = page.locator(cell(row, months[0]))
    first.click()
    page.keyboard.type("2,5")
    page.keyboard.press("ArrowRight")
    expect(page.locator(cell(row, months[1]))).to_be_focused()
    page.keyboard.press("Control+r")
    expect(page.locator(cell(row, months[12]))).to_have_value("8")
    page.keyboard.press("Control+z")
    expect(page.locator(cell(row, months[12]))).to_have_value("")
    page.keyboard.press("Control+z")
    expect(first).to_have_value("10")
    page.evaluate(PASTE, [cell(row, months[2]), "1 250,5\t12.5\tabc\n"])
    expect(page.locator(cell(row, months[2]))).to_have_value("1250,5")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-g=bad]")).to_be_visible()
    expect(page.locator("[data-g=bad] li")).to_have_count(1)
    assert stored(row)[months[2]] == Decimal("1250.5")
    assert stored(row)[months[3]] == Decimal("12.5")
    # Somebody else writes where we are typing: both values are shown, one is kept.
    AllocationMonth.objects.filter(allocation=row, month=months[0]).update(asked=4)
    page.locator(cell(row, months[4])).fill("")
    first.fill("6")
    page.keyboard.press("Control+s")
    message = page.locator("[data-g=bad] li")
    expect(message).to_contain_text("Quelqu’un a écrit 4 ici entre-temps, vous avez saisi 6.")
    message.get_by_role("button", name="Garder la mienne").click()
    page.keyboard.press("Control+s")
    page.locator("[data-g=save]").click()
    expect(page.locator("[data-g=words]")).to_have_text("Enregistré")
    assert stored(row)[months[0]] == 6
    visitor.check(axe=False)


def test_thousands_of_pasted_cells_are_saved(world: Any, visit: Any) -> None:
    ada, tram = world
    role = make.role()
    Allocation.objects.bulk_create(Allocation(project=tram, role=role, asked_on=NOW) for _ in range(42))
    visitor = visit(ada)
    page = visitor.go(f"/projects/{tram.pk}/team/grid/?span=60")
    top = page.locator("tbody tr:has(.b-none)").nth(1).get_attribute("data-row")
    text = "\n".join("\t".join(str(1 + (r + c) % 9) for c in range(60)) for r in range(40))
    page.evaluate(PASTE, [f'tr[data-row="{top}"] input[name="c-{NOW:%Y-%m}"]', text])
    expect(page.locator("[data-g=words]")).to_contain_text("Cellules collées")
    page.locator("[data-g=save]").click()
    expect(page.locator("[data-g=words]")).to_have_text("Enregistré", timeout=30_000)
    assert AllocationMonth.objects.filter(allocation__role=role).count() == 2400
    visitor.check(axe=False)


def test_the_grid_works_without_scripts(world: Any, visit: Any) -> None:
    ada, tram = world
    page = visit(ada, java_script_enabled=False).go(f"/projects/{tram.pk}/team/grid/")
    row = Allocation.objects.get(status="requested")
    page.locator(cell(row, NOW)).fill("7,5")
    page.locator(f'tr[data-row="{row.pk}"]').get_by_role("button").click()
    assert stored(row)[NOW] == Decimal("7.5")
