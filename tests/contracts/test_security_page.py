"""docs/security.md and asvs.md promise only what exists: each file they name is there, each requirement has its line."""

import re
from collections import Counter
from functools import cache

import pytest

from tests.contracts.test_house import ROOT


@pytest.mark.parametrize("page", ["docs/security.md", "docs/security.fr.md", "docs/asvs.md"])
def test_every_file_it_names_exists(page: str) -> None:
    text = (ROOT / page).read_text()
    named = re.findall(
        r"`((?:tests|core|pmo_portal|projects|reporting|templates|static|docs)/[\w./-]+)`", text
    ) + re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", text)
    named += re.findall(r"`(Dockerfile|docker-compose\.yml|requirements\.txt|\.dockerignore)`", text)
    missing = [
        one for one in named if not any((base / one).exists() for base in (ROOT, ROOT / "pmo_portal", ROOT / "docs"))
    ]
    assert len(named) > 10
    assert missing == []


def test_every_class_has_its_line() -> None:
    lines = re.findall(r"^\| (T\d+) \|[^|]+\| (.+) \|$", (ROOT / "docs/security.md").read_text(), re.MULTILINE)
    assert [name for name, _test in lines] == [f"T{number}" for number in range(1, 29)]
    assert all("`tests/" in test or "—" in test for _name, test in lines)


STATES = ("met", "partly", "operator", "open", "not applicable")
# Requirements of levels 1 and 2 in each chapter of ASVS 5.0.0 (70 of level 1, 183 of level 2).
CHAPTERS = (27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7)


@cache
def requirements() -> list[tuple[str, str, str, str, str]]:
    """(id, level, matter, state, where) of each line of docs/asvs.md."""
    text = (ROOT / "docs/asvs.md").read_text()
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| V")]
    return [
        (number, level, matter, state, where)
        for number, level, matter, state, where in (map(str.strip, line) for line in lines)
    ]


def test_every_requirement_has_its_line_once_in_order() -> None:
    numbers = [tuple(int(part) for part in number[1:].split(".")) for number, *_told in requirements()]
    assert numbers == sorted(set(numbers))
    assert tuple(Counter(number[0] for number in numbers)[chapter] for chapter in range(1, 18)) == CHAPTERS
    assert Counter(level for _number, level, *_told in requirements()) == {"1": 70, "2": 183}


def test_what_is_met_or_missing_says_where_or_what() -> None:
    """Of what is met, at least nine in ten lines name a file: the others tell that something is not there."""
    assert {state for *_told, state, _where in requirements()} <= set(STATES)
    assert [number for number, _level, matter, _state, _where in requirements() if not matter] == []
    silent = [number for number, *_told, state, where in requirements() if not where and state != "not applicable"]
    assert silent == []
    met = [where for *_told, state, where in requirements() if state == "met"]
    assert sum("`" in where for where in met) > len(met) * 0.9


def test_the_summary_counts_what_the_page_says() -> None:
    rows = re.findall(
        r"^\| (?:V(\d+) [^|]+|\*\*in all\*\*) \|(.+)\|$", (ROOT / "docs/security.md").read_text(), re.MULTILINE
    )
    told = {chapter: [cell.strip() for cell in cells.split("|")] for chapter, cells in rows}
    chapters = [*(str(number) for number in range(1, 18)), ""]
    for chapter in chapters:
        mine = Counter(
            state
            for number, *_told, state, _where in requirements()
            if number.startswith(f"V{chapter}."[: 99 if chapter else 1])
        )
        assert told[chapter] == [str(mine[state] or "–") for state in STATES], chapter
