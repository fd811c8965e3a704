"""The recipes of docs/api.md against the demo itself: `manage.py portal --demo`, with all its processes."""

import json
from pathlib import Path

from tests.core.processes import free_port, portal, read_until
from tests.core.test_api_recipes import RECIPES, run_all


def test_against_the_demo(short_directory: Path, monkeypatch) -> None:
    monkeypatch.setenv("DEMO_DATA", str(short_directory / "nowhere"))
    port = free_port()
    with portal(short_directory, port, "--demo") as process:
        said = read_until(process, f"http://127.0.0.1:{port}")
        demo = json.loads((short_directory / "demo.json").read_text("utf-8"))
        done = run_all(f"{demo['url']}/api/v1", demo["users"]["pmo"]["token"])
    print(f"\n{done} programs of {len(RECIPES)} recipes did what they show")  # noqa: T201
    assert done == 2 * len(RECIPES), said
