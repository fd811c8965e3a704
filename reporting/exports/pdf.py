"""A sheet as a one-page PDF: tagged, PDF/UA-1, in the language of its recipient, set by typst.

The template is ours and never changes with the data: they reach it as JSON, as strings, so that no text of theirs is ever read as
markup or code. The compiler sees no network, no package and no file but the template.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from reporting.exports.drawings import MARKS, TOKENS, TONES, curve_in_file, pictogram
from reporting.exports.sheet import Sheet

HERE = Path(__file__).parent
STANDARD = "ua-1"
NO_GLYPH = "could not be displayed"


def pdf(sheet: Sheet, *, at: datetime) -> bytes:
    """`at` is the moment it speaks of, so that a frozen report is the same file whenever it is made.

    A text in letters that none of our fonts has (an emoji, Chinese) is set in those of the server and without the promise of
    PDF/UA, which asks for a visible glyph for every letter.
    """
    given = {"sheet": json.dumps(_data(sheet), ensure_ascii=False, default=str)}
    try:
        return _compiled(given, at, fonts(system=False), [STANDARD])
    except typst.TypstError as error:
        if NO_GLYPH not in f"{error.message} {error.diagnostic}":
            raise
        return _compiled(given, at, fonts(system=True), [])


def _compiled(given: dict[str, str], at: datetime, known: Any, standards: list[Any]) -> bytes:
    compiler = typst.Compiler(input=template(), root=HERE / "templates", font_paths=known, sys_inputs=given)
    made = compiler.compile(format="pdf", pdf_standards=standards, timestamp=int(at.timestamp()))
    if not isinstance(made, bytes):
        raise TypeError("typst made no file")
    return made


@cache
def template() -> bytes:
    return (HERE / "templates" / "flash.typ").read_bytes()


@cache
def fonts(*, system: bool) -> Any:
    """Inter as the pages show it, then those that come with typst; looked for once."""
    return typst.Fonts(include_system_fonts=system, include_embedded_fonts=True, font_paths=[HERE / "fonts"])


def _data(sheet: Sheet) -> dict[str, Any]:
    """The sheet as the template reads it: with what is drawn, and the summary as far as it is visible."""
    data = asdict(sheet)
    data["summary"] = sheet.visible_summary
    budget = sheet.budget
    if budget is not None and budget.curve is not None:
        data["budget"]["curve"] = {
            "svg": curve_in_file(budget, budget.curve),
            "words": budget.curve.words,
            "has_forecast": len(budget.curve.forecast) > 1,
        }
    data["colours"], data["tones"] = TOKENS, TONES
    data["icons"] = {name: pictogram(name, colour) for name, colour in dict(_icons(sheet)).items()}
    return data


def _icons(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """(name of the symbol, its colour). A sheet has one scale, so that each weather icon has one colour."""
    for state, name in MARKS.items():
        yield name, TOKENS[f"{TONES[state]}-fill"]
    for mark in (sheet.confidence.declared, sheet.confidence.previous, *(cell.mark for cell in sheet.strip)):
        if mark.weather:
            yield mark.weather, TOKENS[f"{TONES[mark.state]}-fill"]
    for name in ("arrow-up-right", "arrow-right", "arrow-down-right", "flag", "lock"):
        yield name, TOKENS["text-2"]
