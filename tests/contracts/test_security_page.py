"""docs/security.md promises only what exists: each file it names is there, each class of vulnerabilities has its line."""

import re

import pytest

from tests.contracts.test_house import ROOT


@pytest.mark.parametrize("page", ["docs/security.md", "docs/security.fr.md"])
def test_every_file_it_names_exists(page: str) -> None:
    text = (ROOT / page).read_text()
    named = re.findall(r"`((?:tests|core|projects|docs)/[\w./-]+)`", text) + re.findall(
        r"\]\(([\w./-]+)(?:#[\w-]+)?\)", text
    )
    missing = [
        one for one in named if not any((base / one).exists() for base in (ROOT, ROOT / "pmo_portal", ROOT / "docs"))
    ]
    assert len(named) > 10
    assert missing == []


def test_every_class_has_its_line() -> None:
    lines = re.findall(r"^\| (T\d+) \|[^|]+\| (.+) \|$", (ROOT / "docs/security.md").read_text(), re.MULTILINE)
    assert [name for name, _test in lines] == [f"T{number}" for number in range(1, 29)]
    assert all("`tests/" in test or "—" in test for _name, test in lines)
