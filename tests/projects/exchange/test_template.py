"""The workbook to fill: a column for every field, in French and in English, and what is filled in comes back whole."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from projects.exchange import targets, workbooks
from projects.models import Project
from tests.projects.exchange.files import dry_run, load

pytestmark = pytest.mark.django_db

# `milestone.status` only explains published milestones; the date that was reached says it here.
NOT_ASKED = {"milestone.status"}
DAY = date(2026, 3, 31)
FILLED: dict[str, Any] = {
    "project.ref": "X-1", "project.code": "P1", "project.name": "Refonte", "project.name_en": "Rebuild",
    "project.short_name": "RF", "project.description": "Tout refaire",
    "project.programme": "SI", "project.programme_name": "Système d'information",
    "project.parent_ref": None, "project.state": {"fr": "Suspendu", "en": "On hold"}, "project.phase": "Recette",
    "project.category": "Socle", "project.size": "XL", "project.delivery_mode": "agile", "project.investment_class": "grow",
    "project.must_win": {"fr": "oui", "en": "yes"}, "project.priority": {"fr": "haute", "en": "high"},
    "project.confidentiality": {"fr": "confidentiel", "en": "confidential"},
    "project.sponsor": "Anne Roy", "project.business_manager": "Luc Petit", "project.delivery_head": "Zoé Blin",
    "project.project_manager": "Paul Roux", "project.start_date": DAY, "project.baseline_start": date(2026, 1, 31),
    "project.baseline_end": date(2027, 1, 31), "project.forecast_end": date(2027, 2, 28), "project.actual_end": None,
    "project.resume_date": date(2027, 1, 15), "project.percent_complete": 40, "project.declared": {"fr": "orange", "en": "amber"},
    "project.declared_trend": {"fr": "stable", "en": "stable"}, "project.key_message": "En attente du fournisseur",
    "project.back_to_green": date(2027, 1, 20), "project.currency": "USD", "amount.initial": 90, "amount.revised": 100,
    "amount.committed": 60, "amount.actual": 50, "amount.forecast": 120,
    "milestone.project": "P1", "milestone.ref": "M-1", "milestone.code": "J1", "milestone.name": "Bascule",
    "milestone.name_en": "Switch", "milestone.baseline_date": DAY, "milestone.forecast_date": date(2027, 1, 31),
    "milestone.actual_date": None, "milestone.is_key": {"fr": "oui", "en": "yes"},
    "milestone.is_fixed": {"fr": "oui", "en": "yes"}, "milestone.weight": 3,
    "budget.project": "P1", "budget.month": date(2026, 5, 1), "budget.kind": {"fr": "engagé", "en": "committed"},
    "budget.cost_type": "CAPEX", "budget.category": "Licences", "budget.amount": 7, "budget.document_ref": "BC-7",
    "risk.project": "P1", "risk.ref": "R-1", "risk.code": "R1", "risk.title": "Retard", "risk.title_en": "Delay",
    "risk.description": "Le fournisseur", "risk.kind": {"fr": "menace", "en": "threat"},
    "risk.status": {"fr": "actif", "en": "active"}, "risk.probability": 3, "risk.impact": 4, "risk.residual_probability": 2,
    "risk.residual_impact": 3, "risk.owner": "Anne Roy", "risk.response": {"fr": "réduire", "en": "reduce"},
    "risk.response_note": "Deuxième source", "risk.due_date": date(2026, 12, 31), "risk.last_reviewed_on": date(2026, 11, 1),
}  # fmt: skip


def understood(language: str, content: bytes) -> list[list[str]]:
    """The field each column of the template goes to, sheet by sheet."""
    book = load_workbook(BytesIO(content))
    for sheet in book.worksheets:
        sheet.append(["x"] * sheet.max_column)
    out = BytesIO()
    book.save(out)
    read = dry_run(out.getvalue(), file_name="modele.xlsx").reading
    return [
        [next((b.target for b in sheet.mapped.bindings if index in b.columns), "") for index in range(len(headers))]
        for sheet, headers in zip(read.sheets, workbooks.TEMPLATE[language].values(), strict=True)
    ]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_field_has_its_column(language: str) -> None:
    found = [target for sheet in understood(language, workbooks.template(language)) for target in sheet]
    assert "" not in found
    assert len(found) == len(set(found))
    assert set(targets.ALL) - set(found) == NOT_ASKED


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_filled_in_comes_back(language: str) -> None:
    content = workbooks.template(language)
    book = load_workbook(BytesIO(content))
    for sheet, fields in zip(book.worksheets, understood(language, content), strict=True):
        cells = [FILLED[field] for field in fields]
        sheet.append([cell[language] if isinstance(cell, dict) else cell for cell in cells])
    out = BytesIO()
    book.save(out)
    staged, _batch = load(out.getvalue(), file_name="modele.xlsx")
    assert staged.plan.errors == []
    project = Project.objects.get(code="P1")
    plain = {
        name: value for name, value in FILLED.items()
        if name.startswith("project.") and not isinstance(value, dict | type(None))
    }  # fmt: skip
    for name in ("code", "name", "name_en", "short_name", "description", "phase", "category", "size", "delivery_mode",
                 "investment_class", "start_date", "baseline_start", "baseline_end", "forecast_end", "resume_date",
                 "percent_complete", "key_message", "back_to_green", "currency"):  # fmt: skip
        assert getattr(project, name) == plain[f"project.{name}"], name
    assert (project.external_ref, project.node.code, project.node.name) == ("X-1", "OWN-SI", "Système d'information")
    assert (project.state, project.must_win, project.priority, project.confidentiality) == (
        "suspended", True, 4, "confidential",
    )  # fmt: skip
    assert (project.declared, project.declared_trend) == ("amber", "flat")
    for name in ("sponsor", "business_manager", "delivery_head", "project_manager"):
        assert getattr(project, name).name == plain[f"project.{name}"]
    amounts = {(line.kind, line.category): line.amount for line in project.budget_lines.all()}
    assert amounts["committed", "Licences"] == Decimal(7)
    assert sorted(amounts.values()) == [Decimal(n) for n in (7, 50, 60, 90, 100, 120)]
    milestone = project.milestones.get()
    assert (milestone.name_en, milestone.is_key, milestone.is_fixed) == ("Switch", True, True)
    assert milestone.weight == Decimal(3)
    risk = project.risks.get()
    assert (risk.kind, risk.response, risk.owner.name, risk.last_reviewed_on) == (
        "threat", "reduce", "Anne Roy", date(2026, 11, 1),
    )  # fmt: skip
