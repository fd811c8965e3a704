"""The flash report as files: one page, tagged, in one language, and nothing of what people wrote is ever read as code."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from projects.hierarchy.models import Project
from reporting.exports import drawings
from reporting.exports.building import elapsed, sheet_of
from reporting.exports.pdf import pdf
from reporting.exports.selectors import told
from reporting.exports.sheet import Sheet, clipped
from tests import make
from tests.reporting.dashboards.pages import client_of
from tests.reporting.exports import reported

AT = datetime(2026, 8, 31, 12, tzinfo=UTC)


@pytest.fixture
def erp(db: None) -> Project:
    made = reported.project()
    reported.registers(made, title=200)
    return made


def sheet(project: Project, language: str, **fields: Any) -> Sheet:
    """What the PMO gets of a frozen August that says `fields`."""
    period = reported.months(project, "red", **fields)[0] if not project.snapshots.exists() else None
    pk = period.pk if period else project.snapshots.get().period_id
    reader = make.user(role="pmo")
    found = told(project, reader, period=pk, as_of=None, now=AT)
    assert found is not None
    return sheet_of(found, language)


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", content))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_longest_texts_fit_one_page(erp: Project, language: str) -> None:
    """Six milestones, three risks, five achievements and as many steps, every text at its limit, in the wider language too."""
    Project.objects.filter(pk=erp.pk).update(name=reported.long(300), name_en=reported.long(300))
    longest = sheet(erp, language, **reported.said(longest=True))
    counts = (len(longest.milestones), len(longest.risks), len(longest.highlights), len(longest.next_steps))
    assert counts == (6, 3, 5, 5)
    waiting = replace(longest.asks[0], question=reported.long(160), options=(), recommendation=reported.long(120))
    full = replace(
        longest, asks=[*longest.asks, waiting, waiting], issues=longest.risks[:2], changes=[reported.long(60)] * 4
    )
    made = pdf(full, at=AT)
    assert pages(made) == 1
    assert f"/Lang ({language}".encode() in made or f"<dc:language><rdf:Bag><rdf:li>{language}".encode() in made


def test_it_is_tagged_has_a_title_and_is_the_same_file_every_time(erp: Project) -> None:
    found = sheet(erp, "fr", **reported.said())
    made = pdf(found, at=AT)
    assert made == pdf(found, at=AT)
    for mark in (b"/StructTreeRoot", b"/MarkInfo", b"<pdfuaid:part>1</pdfuaid:part>", b"Fiche projet"):
        assert mark in made, mark


@pytest.mark.parametrize("text", [
    '#panic("x")', "$ x^2 $ *bold* _it_ `raw` <label> @ref", '"; #read("/etc/passwd")', "\\u{41} // /* */", "= Heading",
    "</svg><script>alert(1)</script>", "\u202eevil\u2066", "a\nb\tc",
])  # fmt: skip
def test_text_is_never_markup(erp: Project, text: str) -> None:
    found = sheet(erp, "en", key_message=text, highlights=[text], schedule_comment=text)
    assert clipped(text, 140) == found.message
    assert pages(pdf(found, at=AT)) == 1


def test_letters_that_no_font_of_ours_has_do_not_stop_it(erp: Project) -> None:
    assert pages(pdf(sheet(erp, "en", key_message="迁移完成 🎉"), at=AT)) == 1


KINDS = {
    "pdf": ("application/pdf", b"%PDF-"),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", b"PK"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_download_is_named_after_its_project_period_and_language(erp: Project, kind: str) -> None:
    (august,) = reported.months(erp, "green")
    client, (media, start) = client_of(make.user(role="pmo", language="fr")), KINDS[kind]
    for query, ending in (({}, "fr"), ({"language": "en"}, "en"), ({"language": "xx"}, "fr")):
        answer = client.get(f"/projects/{erp.pk}/flash.{kind}", {"period": august.pk, **query})
        assert answer.headers["Content-Type"] == media
        assert answer.headers["Content-Disposition"] == f'attachment; filename="SOC-01_2026-08_{ending}.{kind}"'
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.content.startswith(start)


def test_a_code_cannot_break_out_of_the_name_of_the_file(erp: Project) -> None:
    Project.objects.filter(pk=erp.pk).update(code='É/..\\"x\r\n;')
    assert re.fullmatch(r"[A-Za-z0-9._-]+_2026-08_en", sheet(erp, "en").file_name)


def test_colours_of_files_are_those_of_the_pages() -> None:
    css = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text()
    light = dict(re.findall(r"--([\w-]+): light-dark\((#\w+),", css))
    assert {name: light[name] for name in drawings.TOKENS} == drawings.TOKENS


@pytest.mark.parametrize(("start", "end", "on", "share"), [
    (date(2026, 1, 1), date(2026, 12, 31), date(2026, 7, 2), 50.0), (date(2026, 1, 1), date(2026, 12, 31), date(2025, 7, 2), 0),
    (date(2026, 1, 1), date(2026, 12, 31), date(2028, 7, 2), 100), (None, date(2026, 12, 31), date(2026, 7, 2), None),
    (date(2026, 1, 1), date(2026, 1, 1), date(2026, 7, 2), None),
])  # fmt: skip
def test_planned_progress_is_the_share_of_the_baseline_that_has_passed(
    start: date | None, end: date, on: date, share: float | None
) -> None:
    assert elapsed(start, end, on) == share
