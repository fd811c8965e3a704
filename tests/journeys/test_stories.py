"""The three stories the first floor is for, from the first click to the last figure."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from pmo_portal.core.models import User
from projects.models import Project
from reporting.health.services import refresh
from reporting.models import ProjectHealth, Threshold
from tests.journeys.conftest import PHONE
from tests.projects.exchange.files import csv_bytes
from tests.reporting.dashboards.pages import compute

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = timezone.localdate()


def day(days: int) -> str:
    return f"{TODAY + timedelta(days=days):%d/%m/%Y}"


TRACKER = [
    ["Code", "Nom du projet", "Début de référence", "Fin de référence", "Fin estimée", "Budget révisé (k€)", "Météo"],
    ["R1", "Réseau d'agences", day(-200), day(200), day(200), "1 200", "vert"],
    ["R2", "Paie", day(-200), day(200), day(230), "300,5", "orange"],  # 7.5 % late: at risk above 5 %
    ["R3", "Site web", day(-200), day(200), day(300), "80", "vert"],  # 25 % late: off track
]


def test_a_pmo_goes_from_a_tracker_to_a_dashboard_to_a_threshold(visit: Any, ada: User, tmp_path: Path) -> None:
    User.objects.filter(pk=ada.pk).update(language="fr")
    file = tmp_path / "suivi.csv"
    file.write_bytes(csv_bytes(TRACKER, encoding="cp1252", delimiter=";"))
    visitor = visit(ada)
    page = visitor.go("/imports/new/")
    page.set_input_files("input[type=file]", file)
    page.select_option("select[name=portfolio]", "+")
    page.fill("input[name=new_code]", "SI-2027")
    page.get_by_role("button", name="Voir ce qui changerait").click()
    page.get_by_role("button", name="Appliquer l’import").click()
    page.wait_for_load_state("networkidle")
    refresh.drain()

    page = visitor.go("/portfolios/SI-2027/")
    assert page.locator("#tile-late .kpi-v").inner_text().startswith("2")
    visitor.check()
    page.locator("#tile-late a").first.click()
    page.wait_for_load_state("networkidle")
    rows = page.locator("tr.row")
    assert rows.count() == 2
    page.get_by_role("link", name="Paie").first.click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_text("30 jours après la référence").first.is_visible()

    before = ProjectHealth.objects.get(project__code="R2").schedule
    page = visitor.go("/settings/thresholds/SI-2027/")
    page.fill("input[name=slip_percent_amber]", "8")
    page.fill("input[name=slip_percent_red]", "30")
    page.locator("button[name=preview]").click()
    page.wait_for_load_state("networkidle")
    assert Threshold.objects.filter(node__code="SI-2027").count() == 0  # seen, not saved
    page.locator("button[name=save]").click()
    page.wait_for_load_state("networkidle")
    refresh.drain()
    assert (before, ProjectHealth.objects.get(project__code="R2").schedule) == ("amber", "green")
    assert ProjectHealth.objects.get(project__code="R3").schedule == "amber"


def test_what_a_project_manager_saves_shows_on_another_open_dashboard(
    visit: Any, world: Any, ben: User, ada: User
) -> None:
    compute(on=TODAY)
    dashboard = visit(ada).go("/portfolios/NORTH/")
    assert dashboard.locator("#tile-late .kpi-v").inner_text().startswith("0")

    manager = visit(ben)
    page = manager.go(f"/projects/{world.tram.pk}/edit/")
    late = world.tram.baseline_end + timedelta(days=400)
    page.fill("input[name=forecast_end]", late.isoformat())
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_load_state("networkidle")
    assert Project.objects.get(pk=world.tram.pk).forecast_end == late
    refresh.drain()
    dashboard.locator("#tile-late .kpi-v", has_text="1 /").wait_for(timeout=9000)
    assert manager.problems == []


def test_an_executive_reads_the_key_figures_on_a_phone(visit: Any, world: Any, eve: User) -> None:
    compute(on=TODAY)
    visitor = visit(eve, viewport=PHONE)
    page = visitor.go("/")
    assert "/executive/" in page.url
    visitor.check()
    assert page.locator("h1").is_visible()
    assert "Secret" not in page.content()  # an executive sees no confidential project
    page.locator("main a[href*='/portfolios/']").first.click()
    page.wait_for_load_state("networkidle")
    visitor.check()
