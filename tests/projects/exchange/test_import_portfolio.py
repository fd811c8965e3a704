"""The command scripts rely on: its JSON, its files, its refusals."""

import json
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pmo_portal.core.models import User
from projects.models import ImportBatch, Project
from tests.projects.exchange.files import csv_bytes

pytestmark = pytest.mark.django_db

GOOD = [["Code", "Nom du projet", "Budget"], ["A", "Réseau", "12"], ["B", "Paie", "7"]]
BAD = [*GOOD, ["C", "Site", "beaucoup"]]


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("import_portfolio", *map(str, arguments), "--portfolio", "OWN", stdout=out, stderr=StringIO())
    return out.getvalue()


def file(folder: Path, rows: list[list[str]], name: str = "plan.csv") -> Path:
    path = folder / name
    path.write_bytes(csv_bytes(rows))
    return path


def test_a_dry_run_prints_exactly_its_report_and_writes_nothing(tmp_path: Path) -> None:
    told = json.loads(run(file(tmp_path, BAD), "--dry-run", "--json"))
    assert list(told) == ["rows", "created", "updated", "unchanged", "problems"]
    assert (told["rows"], told["created"]) == (3, 2)  # what the good rows would create, as --skip-bad-rows would
    assert [list(problem) for problem in told["problems"]] == [["row", "column", "message"]]
    assert (told["problems"][0]["row"], told["problems"][0]["column"]) == (4, "Budget")
    assert not Project.objects.exists()


def test_files_in_order_are_states_in_order(tmp_path: Path) -> None:
    newer = [["Code", "Nom du projet", "Budget"], ["A", "Réseau", "13"]]
    run(file(tmp_path, GOOD), file(tmp_path, newer, "newer.csv"))
    assert ImportBatch.objects.count() == 2
    assert Project.objects.get(code="A").budget_lines.get().amount == 13


def documents(*arguments: object) -> dict[str, Any]:
    """The one document the command prints, whether it succeeds or not."""
    out = StringIO()
    with suppress(CommandError):
        call_command("import_portfolio", *map(str, arguments), "--portfolio", "OWN", "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def test_several_files_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    good, bad = file(tmp_path, GOOD), file(tmp_path, BAD, "bad.csv")
    told = documents(good, bad)
    assert not ImportBatch.objects.exists()
    assert not Project.objects.exists()
    assert (told["rows"], told["created"]) == (5, 2)
    assert [(one["file"], one["row"]) for one in told["problems"]] == [("bad.csv", 4)]
    assert [(one["file"], one["rows"]) for one in told["files"]] == [("plan.csv", 2), ("bad.csv", 3)]
    gone = documents(good, tmp_path / "nowhere.csv")
    assert "nowhere.csv" in gone["problems"][0]["message"]
    assert not Project.objects.exists()


def test_the_dry_run_of_several_files_compares_each_with_those_before_it(tmp_path: Path) -> None:
    newer = [["Code", "Nom du projet", "Budget"], ["A", "Réseau", "13"], ["D", "Parc", "1"]]
    told = documents(file(tmp_path, GOOD), file(tmp_path, newer, "newer.csv"), "--dry-run")
    assert [(one["created"], one["updated"]) for one in told["files"]] == [(2, 0), (1, 1)]
    assert not Project.objects.exists()
    assert not ImportBatch.objects.exists()


def test_a_missing_file_is_told_in_the_document(tmp_path: Path) -> None:
    told = documents(tmp_path / "nowhere.csv", "--dry-run")
    assert list(told) == ["rows", "created", "updated", "unchanged", "problems"]
    assert "nowhere.csv" in told["problems"][0]["message"]


def test_a_bad_row_stops_the_file_unless_it_may_be_left_out(tmp_path: Path) -> None:
    path = file(tmp_path, BAD)
    with pytest.raises(CommandError, match=r"plan\.csv"):
        run(path)
    assert not Project.objects.exists()
    run(path, "--skip-bad-rows")
    assert Project.objects.count() == 2
    assert "beaucoup" in (tmp_path / "plan-left-out.csv").read_text("utf-8-sig")


def test_the_rights_of_the_person_named(tmp_path: Path, ada: User, cleo: User) -> None:
    path = file(tmp_path, GOOD)
    with pytest.raises(CommandError):
        run(path, "--by", cleo.username)
    run(path, "--by", ada.username)
    assert ImportBatch.objects.get().by == ada


def test_a_file_that_is_not_read_at_all_says_so_in_the_report_too(tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_bytes(b"PK\x03\x04 and nothing else")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("import_portfolio", str(path), "--dry-run", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["rows"], told["problems"][0]["row"]) == (0, None)


@pytest.mark.parametrize(
    "arguments", [("nowhere.csv",), ("{plan}", "--profile", "nothing"), ("{plan}", "--by", "nobody")]
)
def test_a_wrong_call_says_what_to_do(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    path = file(tmp_path, GOOD)
    with pytest.raises(CommandError):
        run(*[argument.replace("{plan}", str(path)) for argument in arguments])
