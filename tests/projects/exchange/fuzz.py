"""Valid files of every kind, and what chance makes of them: the same seed gives the same files (security.md §11, exams 45, 46).

A mutation changes bytes, repeats or drops some, or puts a value that somebody may have typed, or an attacker, where another
one stood. Whatever comes out must be a table or a refusal with words, never an exception, and never half written.
"""

import json
import random
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from typing import Any

from django.db import transaction
from openpyxl import Workbook

from pmo_portal.core.errors import DomainError
from projects.exchange import changes, child, messages
from projects.exchange.problems import RefusedFile
from projects.exchange.sandbox import source_of
from projects.exchange.services import stage
from projects.exchange.services.apply import apply, report
from projects.exchange.table import Source
from projects.models import BudgetLine, ImportBatch, Milestone, Node, Project, Risk
from tests.projects.exchange.files import csv_bytes, order, xlsx_bytes

TYPED: list[Any] = [
    float("inf"), float("-inf"), float("nan"), 1e308, -1e300, 1e22, 1e15, 10**30, -5, -0.0, True, False, date(1900, 1, 1),
    date(9999, 12, 31), datetime(2026, 1, 1, 1, 1), "x" * 32_767, "x" * 500, "1e400", "9" * 200, "9" * 5000, "1E5", "NaN",
    "Infinity", "=1", "'=1", "|", "a|b", "%", "100%%", "%(x)s", "{0}", "٣", "²", "½", "１２", "--5", "1,2,3.4", "(5)", "(", "+",
    "€", "k€", "1 k€ 2", "31/02/2026", "0000-00-00", "99/99/9999", "2026-13", "T1 2026", "S5 2026", "2026 2027", "\u202e",
    "\u200b", "\ufeff", "  ", " ", "é" * 400, "oui", "non", "vert", "Soleil ?", "en cours", "EUR", "USD £", "12", "50%",
    "2026-05-01", "P1", "P2", "P3", "Budget", "capex", "5", "6", "0", "5.5", "\U0001f600", "\n", "a\nb", "\t", "Total", "note",
]  # fmt: skip
RAW = [
    b"-1", b"0", b"99999999999999999999", b"1e308", b"nan", b"inf", b"", b"s", b"d", b"b", b"e", b"str", b"inlineStr", b"n",
    b"A0", b"XFD1048576", b"\xc3\xa9", b"1899-12-30", b"9999-12-31T99:99:99", b"TRUE", b"&#0;", b"&#x1F;", b"=1", b"&lt;",
    b"2958466", b"-2958466", b"_x0000_", b"_xD800_", b"1" * 4000, b"1_000", b"0x10", b"\x00", b"\\u0000", b"\\ud800", b'"',
    b"null", b"[[[[", b"1e999", b"9" * 5000, b"\xff\xfe", b";", b"\n", b"\r",
]  # fmt: skip
SHEETS = {
    "Projets": [
        "Référence", "Code", "Nom du projet", "Nom anglais", "Description", "Programme", "Projet parent", "Statut", "Phase",
        "Taille", "Must-win", "Confidentialité", "Sponsor", "Chef de projet", "Début", "Fin de référence", "Fin estimée",
        "% avancement", "Météo", "Tendance", "Message clé", "Devise", "Budget révisé (k€)", "Consommé", "janv. 2026",
    ],
    "Jalons": ["Projet", "Code", "Jalon", "Référence", "Date estimée", "Date réelle", "Jalon majeur", "Poids"],
    "Budget": ["Projet", "Mois", "Nature", "CAPEX/OPEX", "Catégorie", "Montant", "Référence document"],
    "Risques": ["Projet", "Code", "Risque", "Statut", "Probabilité", "Impact", "Porteur", "Parade", "Échéance"],
}  # fmt: skip
_USUAL: dict[str, Any] = {
    "Statut": "en cours", "Must-win": "oui", "Confidentialité": "public", "Début": date(2026, 1, 5), "Taille": "M",
    "Fin de référence": date(2027, 3, 31), "Fin estimée": "30/04/2027", "% avancement": 0.4, "Météo": "vert",
    "Tendance": "stable",
    "Devise": "EUR", "Budget révisé (k€)": 1200.5, "Consommé": 310_000, "janv. 2026": 12, "Date estimée": date(2027, 1, 1),
    "Mois": date(2026, 5, 1), "Nature": "révisé", "CAPEX/OPEX": "CAPEX", "Montant": 5000, "Probabilité": 4, "Impact": 3,
    "Poids": 2, "Programme": "Infra", "Projet parent": None, "Référence document": "F-1", "Jalon majeur": "non",
    "Date réelle": None, "Échéance": date(2026, 9, 9), "Parade": None, "Code": None,
}  # fmt: skip
_LIST = ("Référence", "Code", "Nom du projet", "Programme", "Statut", "Météo", "Fin estimée", "Budget révisé (k€)")


def tables(chance: random.Random, odd: float) -> dict[str, list[list[Any]]]:
    """Sheets of seven rows that belong together; a share `odd` of the cells holds what somebody may have typed."""
    filled: dict[str, list[list[Any]]] = {}
    for name, header in SHEETS.items():
        rows: list[list[Any]] = [list(header)]
        for number in range(1, 8):
            usual = [_usual(name, column, number) for column in header]
            rows.append([chance.choice(TYPED) if chance.random() < odd else value for value in usual])
        filled[name] = rows
    return filled


def _usual(sheet: str, column: str, number: int) -> Any:
    if column == "Projet" or (sheet == "Projets" and column in ("Code", "Référence")):
        return f"P{number}"
    return _USUAL.get(column, f"{column} {number}")


def as_json(sheets: dict[str, list[list[Any]]]) -> bytes:
    """The tables as nodes of a graph."""
    nodes = [
        {"id": f"{name}{number}", "label": name, **dict(zip(rows[0], row, strict=True))}
        for name, rows in sheets.items()
        for number, row in enumerate(rows[1:])
    ]
    return json.dumps({"nodes": nodes, "relations": [["P1", "has", "P2"]]}, default=str).encode()


def formatted() -> bytes:
    """A workbook as people make them: number formats, merged cells, a formula, a hidden sheet."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Projets"
    for row in tables(random.Random(0), 0.0)["Projets"]:
        sheet.append(row)
    sheet["R2"].number_format, sheet["W3"].number_format = "0%", '# ##0 "k€"'
    sheet["X3"] = "=1+1"
    sheet.merge_cells("A20:B21")
    hidden = book.create_sheet("Caché")
    hidden.sheet_state = "hidden"
    hidden.append([1])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def originals(chance: random.Random, odd: float) -> Iterator[tuple[str, bytes]]:
    """(file name, content) of one file of each kind."""
    sheets = tables(chance, odd)
    plain = {name: [[_storable(cell) for cell in row] for row in rows] for name, rows in sheets.items()}
    yield "plan.xlsx", xlsx_bytes(plain)
    yield "formats.xlsx", formatted()
    listed = [
        [cell for cell, name in zip(row, SHEETS["Projets"], strict=True) if name in _LIST] for row in plain["Projets"]
    ]
    for encoding, delimiter in (("utf-8-sig", ";"), ("utf-16-le-bom", "\t"), ("utf-8", ","), ("utf-16-be-bom", "|")):
        yield "plan.csv", csv_bytes(listed, encoding=encoding, delimiter=delimiter)
    windows = [[str(cell).encode("cp1252", "replace").decode("cp1252") for cell in row] for row in listed]
    yield "plan.csv", csv_bytes(windows, encoding="cp1252", delimiter=";")
    yield "graph.json", as_json(sheets)


def _storable(cell: Any) -> Any:
    """openpyxl refuses to write what it would read: infinity, and numbers beyond a double."""
    return str(cell) if isinstance(cell, float) and not abs(cell) < 1e307 else cell


def mutated(chance: random.Random, content: bytes) -> bytes:
    """The content with one to eight changes."""
    data = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 2, 4, 8])):
        kind, size = chance.random(), len(data)
        if not size:
            break
        at = chance.randrange(size)
        if kind < 0.2:
            data[at] = chance.randrange(256)
        elif kind < 0.3:
            del data[at : at + chance.randrange(1, 40)]
        elif kind < 0.4:
            data[at:at] = data[at : at + chance.randrange(1, 200)]
        elif places := list(re.finditer(rb'"[^"<>]*"' if kind < 0.75 else rb"(?<=[>;,\t:])[^<>;,\t\n]*", data)):
            place = chance.choice(places)
            inside = 1 if place[0][:1] == b'"' else 0
            data[place.start() + inside : place.end() - inside] = chance.choice(RAW)
    return bytes(data)


def broken(chance: random.Random, name: str, content: bytes) -> bytes:
    """A mutation of a file; of a workbook, mostly inside one of its parts, which is packed again."""
    if not name.endswith(".xlsx") or chance.random() < 0.2:
        return mutated(chance, content)
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        parts = good.namelist()
        often = [part for part in parts if part.endswith(("sheet1.xml", "styles.xml", "workbook.xml", "Strings.xml"))]
        victim = chance.choice(often if chance.random() < 0.5 else parts)
        dropped = chance.random() < 0.03
        for part in parts:
            told = good.read(part)
            if part != victim:
                bad.writestr(part, told)
            elif not dropped:
                bad.writestr(part, mutated(chance, told))
    return out.getvalue()


def cases(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """So many files: a third with odd cells in a sound file, the others broken."""
    chance = random.Random(seed)
    while count > 0:
        for name, content in originals(chance, chance.choice([0.0, 0.02, 0.1, 0.3])):
            for file in (content, broken(chance, name, content), broken(chance, name, content)):
                if count > 0:
                    yield name, file
                    count -= 1


def as_the_parent_reads(content: bytes, name: str) -> Source:
    """What the child would send and the parent understand, without starting a process for each file."""
    lines = [json.loads(json.dumps(line)) for line in child.lines(child.read(content, name))]
    return source_of(iter(lines))


def counts() -> tuple[int, ...]:
    """What an import writes."""
    return tuple(model.objects.count() for model in (Node, Project, Milestone, BudgetLine, Risk, ImportBatch))


def outcome(name: str, content: bytes, *, write: bool = True) -> list[str]:
    """Import a file as the page does, all or nothing and then without its bad rows, and take everything back.

    Returns "refused: code", or for both ways "written", "bad rows" or "nothing"; any other exception goes through.
    """
    try:
        source = as_the_parent_reads(content, name)
    except RefusedFile as refused:
        return [f"refused: {_told(refused.code, messages.refusal(refused))}"]
    before, ended = counts(), []
    for skip in (False, True):
        asked = order(file_name=name, skip_bad_rows=skip)
        place = transaction.savepoint()
        try:
            staged = stage.dry_run(source, asked)
            changes.page(changes.pack(staged), 1)
            told = report(staged)
            assert all(problem["message"] for problem in (*told["problems"], *told["warnings"]))
            assert counts() == before, "a dry run wrote"
            if write:
                apply(source, asked, content=content)
            ended.append("written" if counts() != before else "nothing")
        except DomainError as refused:
            ended.append(_told("bad rows", refused.message))
            assert counts() == before, "half written"
        finally:
            transaction.savepoint_rollback(place)
    return ended


def _told(code: str, words: str) -> str:
    assert len(words) > 20, f"{code} is not explained"
    return code


def run(seed: int, count: int, *, write_every: int = 1) -> Counter[str]:
    """The outcomes of so many cases; the seed and number of a case that breaks are told by the exception's note."""
    seen: Counter[str] = Counter()
    for number, (name, content) in enumerate(cases(seed, count)):
        try:
            seen.update(outcome(name, content, write=number % write_every == 0))
        except Exception as error:
            error.add_note(f"fuzz seed {seed}, case {number}, {name}")
            raise
    return seen
