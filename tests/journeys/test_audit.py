"""The history in a browser: the log by keyboard, filtered, followed to a record, taken back from there, kept as a file."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pmo_portal.core.models import AuditEvent, User
from projects.money.services import create_budget_line, update_budget_line
from projects.raid.services import create_risk
from tests import make
from tests.cast import World
from tests.journeys.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "/administration/audit/"


@pytest.mark.parametrize(
    ("viewport", "scheme", "language"),
    [(DESKTOP, "light", "fr"), (DESKTOP, "dark", "en"), (PHONE, "dark", "fr"), (PHONE, "light", "en")],
    ids=["desktop-fr", "desktop-en", "phone-fr", "phone-en"],
)
def test_from_the_log_to_a_record_and_back_to_what_it_was(
    visit: Any, world: World, ada: User, ben: User, viewport: Any, scheme: str, language: str, tmp_path: Path
) -> None:
    User.objects.filter(pk=ada.pk).update(language=language)
    line = create_budget_line(
        project=world.tram, by=ben, on=make.TODAY, month=None, kind="revised", amount=Decimal(2640000)
    )
    update_budget_line(line=line, by=ben, version=1, on=make.TODAY, changes={"amount": Decimal(3105000)})
    create_risk(project=world.harbour, by=ada, on=make.TODAY, title="Houle", probability=1, impact=2)
    visitor = visit(ada, viewport=viewport, scheme=scheme)
    page = visitor.go("/help/")
    if viewport is DESKTOP:
        page.keyboard.press("g")
        page.keyboard.press("j")
        page.wait_for_url(f"**{LOG}")
    else:
        page = visitor.go(LOG)
    visitor.check()

    page.locator("#audit-f-kind summary").click()
    page.locator("#audit-f-kind input[value='projects.BudgetLine']").check()
    page.wait_for_url("**kind=projects.BudgetLine*")
    page.locator("#audit-f-who summary").click()
    page.fill("input[name=who]", "durand")
    visitor.check()
    page.keyboard.press("Enter")
    page.wait_for_url("**who=durand*")
    page.wait_for_function("document.querySelectorAll('#audit-list tbody tr.row').length === 2")
    visitor.check()

    with page.expect_download() as kept:
        page.locator("form.export button[value=csv]").click()
    kept.value.save_as(tmp_path / "log.csv")
    rows = list(csv.reader((tmp_path / "log.csv").read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert rows[0][0] == ("Quand" if language == "fr" else "When")
    assert {row[2] for row in rows[1:]} == {"ben"}
    assert AuditEvent.objects.get(action="export").actor == ada

    page.locator("#audit-list tbody tr.row a").first.click()
    page.wait_for_url(f"**/history/amount/{line.pk}/")
    assert ("Budget révisé" if language == "fr" else "Budget revised") in page.inner_text("main")
    visitor.check()
    with page.expect_navigation():
        page.locator("button[name=event]").click()
    line.refresh_from_db()
    assert line.amount == 2640000
    page.hover(".toast")  # read, it stays
    visitor.check()


def test_whoever_may_not_open_it_is_told_so(visit: Any, world: World, ben: User) -> None:
    visitor = visit(ben)
    page = visitor.go(LOG)
    assert page.locator("h1").count() == 1
    visitor.check(allowed=("403",))
    page = visitor.go(f"/projects/{world.tram.pk}/history/")
    assert page.locator(f"a[href*='{LOG}']").count() == 0
