"""The recipes of docs/api.md do what they show: each is run by a real shell with curl, and by Python, against a portal."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from pmo_portal.core import tokens
from projects.models import Project
from tests import make
from tests.reporting.status.reports import opened

DOCS = Path(__file__).resolve().parents[2] / "docs"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^### (\d+)\. (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Recipe:
    """What a recipe of the document says."""

    number: str
    shell: str
    python: str
    outcome: str


def recipes(name: str) -> tuple[str, list[Recipe]]:
    """(how each Python recipe begins, the recipes) of a document."""
    text = (DOCS / name).read_text("utf-8").partition("\n## Rec")[2]
    head, *parts = HEADING.split(text)
    [preamble] = [code for kind, code in FENCE.findall(head) if kind == "python"]
    found = []
    for number, part in zip(parts[::3], parts[2::3], strict=True):
        blocks = dict(FENCE.findall(part))
        assert list(blocks) == ["sh", "python", "text"], f"recipe {number} of {name}"
        found.append(Recipe(number, *blocks.values()))
    return preamble, found


PREAMBLE, RECIPES = recipes("api.md")


def outcome(command: list[str], *, api: str, token: str) -> str:
    """What it writes; an AssertionError with its complaints when it fails."""
    environment = {**os.environ, "API": api, "TOKEN": token, "LC_ALL": "C.UTF-8", "no_proxy": "*"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.replace("\r\n", "\n").strip()


def run_all(api: str, token: str) -> int:
    """Run every recipe both ways; returns how many programs did what the document shows."""
    done = 0
    for recipe in RECIPES:
        for command in (
            ["bash", "-euo", "pipefail", "-c", recipe.shell],
            [sys.executable, "-c", PREAMBLE + recipe.python],
        ):
            assert outcome(command, api=api, token=token) == recipe.outcome.strip(), (recipe.number, command[0])
            done += 1
    return done


@pytest.fixture
def demo_like(transactional_db: None) -> str:
    """A few projects of the demo under their names, and a PMO's token."""
    demo = make.portfolio("DEMO")
    trf, reg = (make.portfolio(code, parent=demo) for code in ("DEMO-TRF", "DEMO-REG"))
    julie = make.person("Julie Moreau")
    for code, node, name, declared in (
        ("TRF-02", trf, "Nouvel outil de relation client (CRM)", "red"),
        ("TRF-03", trf, "Selfcare mobile", "green"),
        ("TRF-07", trf, "Entrepôt de données groupe", "green"),
        ("TRF-11", trf, "Tarification dynamique", "red"),
        ("REG-01", reg, "Facturation électronique obligatoire", "green"),
        ("REG-02", reg, "Résilience opérationnelle numérique (DORA)", "green"),
    ):
        project = make.project(code, node=node, name=name, project_manager=julie)
        Project.objects.filter(pk=project.pk).update(declared=declared, state="executing")
    opened(demo)
    return tokens.issue(user=make.user("pmo", role="pmo"), name="recipes")[1]


def test_each_recipe_does_what_it_shows(live_server: LiveServer, demo_like: str) -> None:
    assert run_all(f"{live_server.url}/api/v1", demo_like) == 2 * len(RECIPES) >= 20


def test_the_french_document_has_the_same_recipes() -> None:
    assert recipes("api.fr.md") == (PREAMBLE, RECIPES)
