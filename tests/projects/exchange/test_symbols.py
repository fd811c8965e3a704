"""Weather, traffic lights and arrows as people paste them, and characters that nobody sees."""

from datetime import date

import pytest

from projects.exchange import values
from projects.exchange.values import Markers
from projects.exchange.vocabulary import CHOICES, levels
from projects.hierarchy.declared import Scale
from projects.models import Node, Project
from tests.projects.exchange.files import csv_bytes, dry_run, load, xlsx_bytes

PLAIN = Markers()


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ("☀ ☀️ 🟢 🟢️ Soleil ensoleillé 🟢\xa0Vert ☀️Soleil", "green"),
        ("⛅ ⛅️ 🌤️ Couvert", "amber_green"),
        ("☁ ☁️ 🟡 🟠 Nuageux NUAGE nuages", "amber"),
        ("🌧 🌧️ Pluie pluvieux", "amber_red"),
        ("⛈ ⛈️ 🌩 🔴 Orage Orageux 🔴\xa0Rouge", "red"),
        ("⚪ gris", "not_rated"),
    ],
)
def test_weather_and_traffic_lights_are_read_in_text_and_in_emoji_form(texts: str, expected: str) -> None:
    for text in texts.split(" "):
        assert values.choice(text, CHOICES["levels"], PLAIN).value == expected, text


@pytest.mark.parametrize("text", ["🔴 Vert", "🟢 Orage", "☀ ?", "🟢 → 🔴", "🟢🔴", "🦄"])
def test_a_symbol_that_contradicts_its_word_is_no_status(text: str) -> None:
    read = values.choice(text, CHOICES["levels"], PLAIN)
    assert read.value is None
    assert read.problem or read.note


def test_a_cloud_is_one_step_milder_where_rain_follows_it() -> None:
    assert levels(["Soleil", "☁️", "Orage"], "pilote")["☁"] == "amber"
    assert levels(["Soleil", "Nuage", "🌧️"], "pilote")["nuage"] == "amber_green"
    assert levels(["Soleil", "Nuage"], "entreprise")["nuage"] == "amber_green"


def test_arrows_and_ticks() -> None:
    for text, trend in {"↗": "up", "➡️": "flat", "→": "flat", "⬇️": "down", "↘ en baisse": "down"}.items():
        assert values.choice(text, CHOICES["trends"], PLAIN).value == trend
    assert [values.boolean(text).value for text in ("✔️", "☑", "✅", "❌", "☐")] == [True, True, True, False, False]


@pytest.mark.django_db
def test_a_cloud_is_read_on_the_scale_on_which_the_portfolio_declares() -> None:
    rows = [["Code", "Nom", "Météo"], ["A", "Un", "☁️"], ["B", "Deux", "☀️"]]
    load(csv_bytes(rows))
    assert dict(Project.objects.values_list("code", "declared")) == {"A": "amber", "B": "green"}
    Node.objects.filter(code="OWN").update(scale=Scale.ENTREPRISE)
    load(csv_bytes(rows))
    assert dict(Project.objects.values_list("code", "declared")) == {"A": "amber_green", "B": "green"}


@pytest.mark.django_db
def test_characters_nobody_sees_are_taken_out_and_their_cells_are_named() -> None:
    rows = [
        ["\u200eCode", "Nom", "Début", "Budget"],
        ["PRJ-\u202e10\u202c", "Pro\u200bjet\x07", "\u200e31/12/2026", "\u202a1\u202f500\u202c"],
        ["PRJ-11", "Famille 👨\u200d👩\u200d👧", "01/01/2026", "2"],
    ]
    staged, _batch = load(csv_bytes(rows))
    project = Project.objects.get(code="PRJ-10")
    assert (project.name, project.start_date, project.budget_lines.get().amount) == ("Projet", date(2026, 12, 31), 1500)
    assert Project.objects.get(code="PRJ-11").name == "Famille 👨\u200d👩\u200d👧"
    named = [problem.cell for problem in staged.plan.problems if problem.code == "invisible_characters"]
    assert sorted(named) == ["A1", "A2", "B2", "C2", "D2"]
    assert load(csv_bytes([[cell.replace("\u202e", "") for cell in row] for row in rows]))[0].plan.changes_nothing


@pytest.mark.django_db
def test_two_codes_that_only_look_different_are_one_code_twice() -> None:
    staged = [["Code", "Nom"], ["A1", "Un"], ["A\u200b1", "Deux"]]
    found = dry_run(xlsx_bytes({"Projets": staged}), file_name="plan.xlsx").plan.errors
    assert [(error.code, error.cell) for error in found] == [("duplicate_reference", "A3")]
