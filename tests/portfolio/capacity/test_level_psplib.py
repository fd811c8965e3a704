"""`manage.py level_psplib`: what it writes, and what it refuses."""

import json
import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from portfolio.capacity.leveling import psplib
from portfolio.management.commands import level_psplib
from tests.portfolio.capacity.networks import PSPLIB, optima
from tests.portfolio.capacity.psplib_files import GOOD, spoiled

# Easy ones, and those on which a weak search stays above the optimum.
SAMPLE = ["j301_1", "j302_3", "j305_2", "j3017_1", "j3026_4", "j3033_8", "j3037_5", "j3041_2", "j3045_1", "j3048_1"]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/small.sm").write_text(GOOD)
    return tmp_path / "in"


def run(directory: Path, **options: Any) -> tuple[dict[str, dict[str, int]], str]:
    out = StringIO()
    target = directory.parent / "out.json"
    call_command("level_psplib", directory, **{"seconds": 0.5, "out": target, **options}, stdout=out)
    return json.loads(target.read_text()), plain(out.getvalue())


def plain(text: str) -> str:
    """With spaces and apostrophes as they are typed here."""
    return text.translate({0xA0: " ", 0x202F: " ", ord("’"): "'"})


def refused(directory: Path, **options: Any) -> str:
    with pytest.raises(CommandError) as error:
        run(directory, **options)
    assert not (directory.parent / "out.json").exists()
    return plain(str(error.value))


def test_starts_by_file_and_job(directory: Path) -> None:
    found, said = run(directory)
    (starts,) = found.values()
    assert list(found) == ["small.sm"]
    assert list(starts) == ["1", "2", "3", "4", "5"]
    assert starts["5"] == 7  # 3 with 2 or 4 is too much for resource 1 or 2
    assert "small.sm : 7, durée minimale prouvée" in said
    assert "1 fichier nivelé" in said
    with translation.override("en"):
        assert "small.sm: 7, proven the shortest" in run(directory)[1]


def test_psplib_to_the_optimum(tmp_path: Path) -> None:
    if not PSPLIB.is_dir():
        pytest.skip(f"{PSPLIB} is not there: the PSPLIB sets lie beside the published portfolios (DEMO_DATA)")
    (tmp_path / "in").mkdir()
    for name in SAMPLE:
        shutil.copy(PSPLIB / "j30" / f"{name}.sm", tmp_path / "in")
    found, _said = run(tmp_path / "in", seconds=2, verbosity=0)
    best = optima()
    lengths = {name: max(starts.values()) for name, starts in found.items()}  # the last job takes no time
    assert sum(lengths.values()) <= 1.001 * sum(best[name] for name in found)
    assert all(lengths[name] >= best[name] for name in found)
    for name, starts in found.items():
        assert follows_its_file(tmp_path / "in" / name, starts)


def follows_its_file(path: Path, starts: dict[str, int]) -> bool:
    """Read again from the text, without the engine: every successor after, no period above the capacities."""
    text = path.read_text().splitlines()
    at = next(index for index, line in enumerate(text) if line.startswith("PRECEDENCE"))
    rows = [list(map(int, line.split())) for line in text[at + 2 : at + 2 + len(starts)]]
    at = next(index for index, line in enumerate(text) if line.startswith("REQUESTS"))
    needs = [list(map(int, line.split())) for line in text[at + 3 : at + 3 + len(starts)]]
    room = list(map(int, text[at + 3 + len(starts) + 3].split()))
    begin = {int(job): start for job, start in starts.items()}
    lasting = {row[0]: row[2] for row in needs}
    if any(begin[later] < begin[row[0]] + lasting[row[0]] for row in rows for later in row[3:]):
        return False
    return all(
        sum(row[3 + kind] for row in needs if begin[row[0]] <= period < begin[row[0]] + row[2]) <= room[kind]
        for period in range(max(begin.values()))
        for kind in range(len(room))
    )


@pytest.mark.parametrize(
    ("line", "text", "problem"),
    [
        pytest.param(14, "   1   1   3   2   3   9", "ligne 14 : la tâche 9 n'existe pas", id="no such job"),
        pytest.param(14, "   1   1   2   2   3   4", "ligne 14 : la tâche 1 annonce 2 successeurs et en nomme 3", id="count"),
        pytest.param(15, "   2   2   1   5", "ligne 15 : la tâche 2", id="modes"),
        pytest.param(15, "   1   1   1   5", "ligne 15 : la tâche 1 a déjà une ligne", id="twice"),
        pytest.param(15, "   2   1", "ligne 15 : 2 nombres", id="columns"),
        pytest.param(18, "   5   1   1   2", "est, par ses successeurs, son propre successeur", id="circle"),
        pytest.param(15, "", "ligne 12 : la section « PRECEDENCE RELATIONS » a 4 lignes", id="rows"),
        pytest.param(24, "  2  1  3  4  0", "ligne 24 : la tâche 2 demande 4 de la ressource 1, qui en a 3", id="never fits"),
        pytest.param(24, "  2  1  -3  2  0", "ligne 24 : une durée ou une demande de la tâche 2 est négative", id="negative"),
        pytest.param(24, "  2  1  3,5  2  0", "ligne 24 : « 3,5 » est là où il faut un nombre entier", id="number"),
        pytest.param(24, "  2  1  99999999  2  0", "ligne 24 : 99999999 est trop grand", id="large"),
        pytest.param(24, "  2  1  3  2", "ligne 24 : 4 nombres au lieu de 5", id="demands"),
        pytest.param(31, "   3", "ligne 31 : 1 nombres au lieu de 2", id="capacities"),
        pytest.param(31, "   3  -1", "ligne 31 : une capacité est négative", id="capacity"),
        pytest.param(5, "", "il n'y a pas de ligne « jobs", id="jobs"),
        pytest.param(5, "jobs : 0", "ligne 5 : « jobs » vaut 0", id="no jobs"),
        pytest.param(9, "  - nonrenewable : 2 N", "ligne 9 : ", id="nonrenewable"),
        pytest.param(29, "RESOURCES LEFT", "la section « RESOURCEAVAILABILITIES » manque", id="section"),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_with_its_line(directory: Path, line: int, text: str, problem: str) -> None:
    (directory / "small.sm").rename(directory / "zbad.sm")
    (directory / "zbad.sm").write_text(spoiled(line, text))
    said = refused(directory)
    assert said.startswith(str(directory / "zbad.sm"))
    assert problem in said
    assert "Rien n'a été écrit" in said
    with translation.override("en"):
        assert "Nothing was written." in refused(directory)


def test_only_bad_files_are_all_named_and_the_last_result_stays(directory: Path) -> None:
    run(directory)
    before = (directory.parent / "out.json").read_bytes()
    (directory / "small.sm").write_text("")
    for number in range(24):
        (directory / f"bad{number}.sm").write_text("")
    with pytest.raises(CommandError, match="vide") as error:
        run(directory)
    assert len(str(error.value).splitlines()) == 22
    assert "5 autres" in plain(str(error.value))
    assert (directory.parent / "out.json").read_bytes() == before
    assert sorted(path.name for path in directory.parent.iterdir()) == ["in", "out.json"]


def test_a_bad_file_and_other_kinds_do_not_stop_the_good_ones(directory: Path) -> None:
    (directory / "BAD.SM").write_text(spoiled(5, ""))
    (directory / "GOOD.SM").write_bytes(GOOD.replace("\n", "\r\n").encode())
    (directory / "pat1.rcp").write_text("5 2")
    (directory / "j102_2.mm").write_text(GOOD)
    told, target = StringIO(), directory.parent / "out.json"
    with pytest.raises(CommandError, match="1 fichier n") as error:
        call_command("level_psplib", directory, seconds=0.5, out=target, stdout=StringIO(), stderr=told)
    assert error.value.returncode == 1
    assert list(json.loads(target.read_text())) == ["GOOD.SM", "small.sm"]
    assert "BAD.SM" in told.getvalue()
    assert "2 fichiers d'un autre type" in plain(told.getvalue())


def test_what_is_computed_is_written_before_the_end(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who interrupts a long run keeps what it has."""
    (directory / "tall.sm").write_text(GOOD)
    target, level = directory.parent / "out.json", level_psplib.single.level

    def interrupted(*args: Any, **options: Any) -> level_psplib.single.Schedule:
        if target.exists():
            raise KeyboardInterrupt
        return level(*args, **options)

    monkeypatch.setattr(level_psplib.single, "level", interrupted)
    with pytest.raises(CommandError, match=r"1 fichier.* sur 2"):
        call_command("level_psplib", directory, seconds=0.5, out=target, stdout=StringIO())
    assert list(json.loads(target.read_text())) == ["small.sm"]


def test_no_directory_no_file_no_place(directory: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="ne peut pas être lu"):
        call_command("level_psplib", directory / "none", seconds=1, out=tmp_path / "out.json")
    (directory / "empty").mkdir()
    with pytest.raises(CommandError, match=r"aucun fichier \.sm"):
        call_command("level_psplib", directory / "empty", seconds=1, out=tmp_path / "out.json")
    with pytest.raises(CommandError, match="ne peut pas être écrit"):
        call_command("level_psplib", directory, seconds=1, out=tmp_path / "none/out.json")
    with pytest.raises(CommandError, match="ne peut pas être écrit"):
        call_command("level_psplib", directory, seconds=1, out=tmp_path)
    for bad in ("0", "-1", "nan", "inf", "x"):
        with pytest.raises(CommandError, match="seconds"):
            call_command("level_psplib", str(directory), f"--seconds={bad}", f"--out={tmp_path / 'out.json'}")


def test_larger_files_and_other_ends_of_line_are_read() -> None:
    project = psplib.parse(GOOD.replace("\n", "\r\n").upper().replace("JOBS (INCL", "jobs (incl"))
    assert project.network.size == 5
    assert project.network.capacities.tolist() == [3, 1]
