"""The flash report as a slide, opened again: native parts only, described, in their places, in one language."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import combinations
from typing import Any

import pytest
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.util import Emu

from projects.hierarchy.models import Project
from reporting.exports.building import sheet_of
from reporting.exports.selectors import told
from reporting.exports.sheet import Sheet
from reporting.exports.slide import pptx
from tests import make
from tests.reporting.exports import reported

AT = datetime(2026, 9, 30, 12, tzinfo=UTC)
TOUCHING = 9144  # a hundredth of an inch: what two neighbours may share
EVIL = ("=HYPERLINK(1)", "\x00\x0b\x1f", "<a:t>&amp;", "\ud800", "+cmd|' /C calc'!A0")


@pytest.fixture
def erp(db: None) -> Project:
    made = reported.project()
    reported.registers(made, title=200)
    return made


def sheet(project: Project, language: str = "fr", role: str = "pmo", **fields: Any) -> Sheet:
    periods = reported.months(project, "green", "red", **{**reported.said(longest=True), **fields})
    found = told(project, make.user(role=role), period=periods[-1].pk, as_of=None, now=AT)
    assert found is not None
    return sheet_of(found, language)


def opened(made: bytes) -> Any:
    deck = Presentation(BytesIO(made))
    assert len(deck.slides) == 1
    return deck


def texts(shape: Any) -> list[str]:
    if shape.has_text_frame:
        return [shape.text_frame.text]
    return [cell.text for row in shape.table.rows for cell in row.cells] if getattr(shape, "has_table", False) else []


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_part_lies_in_its_place_and_over_no_other(erp: Project, language: str) -> None:
    full = sheet(erp, language)
    deck = opened(pptx(replace(full, asks=full.asks * 3, issues=full.risks[:2], strip=full.strip * 6)))
    shapes = list(deck.slides[0].shapes)
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, rel=0.001)
    for one in shapes:
        assert 0 <= one.left < one.left + one.width <= deck.slide_width, one.name
        assert 0 <= one.top < one.top + one.height <= deck.slide_height, one.name
    over = [(one.name, other.name) for one, other in combinations(shapes, 2) if shared(one, other)]
    assert over == []


def shared(one: Any, other: Any) -> bool:
    wide = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    high = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    return bool(wide > Emu(TOUCHING) and high > Emu(TOUCHING))


def test_it_is_made_of_native_parts_that_are_described(erp: Project) -> None:
    deck = opened(pptx(sheet(erp)))
    shapes = list(deck.slides[0].shapes)
    assert [one for one in shapes if one.shape_type == MSO_SHAPE_TYPE.PICTURE] == []
    assert len([one for one in shapes if one.has_table]) == 3
    title = deck.slides[0].shapes.title
    assert "Remplacement de l’ERP" in title.text_frame.text
    silent = [one.name for one in shapes if one != title and not one._element.xpath(".//p:cNvPr")[0].get("descr")]
    assert silent == []
    (chart,) = [one.chart for one in shapes if one.has_chart]
    plan, actual, forecast = (list(one.values) for one in chart.plots[0].series)
    assert plan[-1] == 2_502_000
    assert actual[9] == forecast[9], "the forecast goes on where the actuals end"
    assert (actual[10], forecast[8]) == (None, None)
    assert (deck.core_properties.language, deck.core_properties.title.startswith("SOC-01")) == ("fr", True)
    runs = {run.get("lang") for run in deck.slides[0]._element.iter("{*}rPr") if run.get("lang")}
    assert runs == {"fr-FR"}


def test_who_sees_no_money_gets_a_slide_without_and_the_note_is_on_none(erp: Project) -> None:
    made = sheet(erp, role="viewer", confidential_note="L’éditeur serait en vente.")
    shapes = list(opened(pptx(made)).slides[0].shapes)
    assert [one for one in shapes if one.has_chart] == []
    written = " ".join(text for one in shapes for text in texts(one))
    assert ("2\u202f768" in written, "465" in written) == (False, False)
    seen = replace(made, note="L’éditeur serait en vente.")
    assert all("en vente" not in text for one in opened(pptx(seen)).slides[0].shapes for text in texts(one))


def test_what_people_wrote_neither_breaks_the_file_nor_runs(erp: Project) -> None:
    full = sheet(erp)
    for evil in EVIL:
        line = replace(full.risks[0], label=evil, owner=evil)
        made = pptx(
            replace(
                full, message=evil, highlights=(evil,), risks=(line,), title=evil, head=replace(full.head, name=evil)
            )
        )
        (chart,) = [one.chart for one in opened(made).slides[0].shapes if one.has_chart]
        assert [one.name for one in chart.plots[0].series] == ["Budget cumulé", "Consommé cumulé", "Atterrissage"]


def test_an_empty_report_is_a_slide_too(db: None) -> None:
    silent = make.project("SILENT")
    found = told(silent, make.user(role="pmo"), period=None, as_of=None, now=AT)
    assert found is not None
    assert "Non renseignée" in " ".join(
        text for one in opened(pptx(sheet_of(found, "fr"))).slides[0].shapes for text in texts(one)
    )
