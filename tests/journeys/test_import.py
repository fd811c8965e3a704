"""The PMO's first journey: a tracker becomes a portfolio, seen before it is written, and taken back."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from pmo_portal.core.models import User
from projects.models import Project
from tests.journeys.conftest import DESKTOP, NARROWEST, PHONE
from tests.projects.exchange.files import csv_bytes

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [
    [
        "Code",
        "Nom du projet",
        "Programme",
        "Chef de projet",
        "Météo",
        "Fin de référence",
        "Fin estimée",
        "Budget révisé (k€)",
        "Truc",
    ],
    ["R1", "Réseau d'agences", "Infrastructures", "Ada Martin", "vert", "30/06/2026", "31/12/2026", "1 200", "a"],
    ["R2", "Paie", "Ressources humaines", "Ben Durand", "orange", "30/06/2027", "30/06/2027", "300,5", "b"],
    ["R3", "Site web", "Infrastructures", "Ada Martin", "rouge", "15/09/2026", "bientôt", "80", "c"],
]


def shot(page: Any, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_tracker_becomes_a_portfolio(visit: Any, ada: User, tmp_path: Path) -> None:
    ada.language = "fr"
    ada.save()
    file = tmp_path / "suivi.csv"
    file.write_bytes(csv_bytes(ROWS, encoding="cp1252", delimiter=";"))
    visitor = visit(ada)
    page = visitor.go("/imports/")
    visitor.check()
    shot(page, "import-list")
    page.get_by_role("link", name="Importer un fichier").first.click()
    visitor.check()
    shot(page, "import-create")
    page.set_input_files("input[type=file]", file)
    page.select_option("select[name=portfolio]", "+")
    page.fill("input[name=new_code]", "SI-2027")
    page.get_by_role("button", name="Voir ce qui changerait").click()
    page.wait_for_load_state("networkidle")
    assert page.get_by_text("bientôt").first.is_visible()
    visitor.check(allowed=("422",))
    shot(page, "import-review")

    first = page.locator("details.new-project summary").first
    first.focus()
    page.keyboard.press("Enter")  # every value of a new project, by keyboard
    expect(page.get_by_text("Fin de référence").locator("visible=true").first).to_be_visible()
    for viewport in (NARROWEST, PHONE):
        page.set_viewport_size(viewport)
        visitor.check()
        shot(page, f"import-review-{viewport['width']}")
    page.set_viewport_size(DESKTOP)

    page.check("input[name=skip]")
    page.get_by_role("button", name="Appliquer l’import").click()
    page.wait_for_load_state("networkidle")
    visitor.check()
    shot(page, "import-applied")
    assert Project.objects.filter(portfolio__code="SI-2027").count() == 2

    page.set_viewport_size(PHONE)
    visitor.check()
    shot(page, "import-applied-phone")
    page.get_by_role("button", name="Annuler l’import").click()
    page.wait_for_load_state("networkidle")
    assert not Project.objects.filter(portfolio__code="SI-2027").exists()
