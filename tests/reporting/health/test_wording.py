"""Every reason the rules can give has words, in both languages, that quote its facts."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from reporting.health.wording import WORDS, sentence, sentences, troubles

ON = date(2026, 11, 24)
EXAMPLES = {
    ("overall", "amber_too_long"): [{"reports": 3}],
    ("schedule", "slip"): [
        {"days": 24, "percent": 7.1},
        {"days": -3, "percent": None},
        {"days": 0, "percent": 0.0},
        {"days": 1, "percent": None},
    ],
    ("schedule", "overdue"): [{"since": "2026-11-01"}],
    ("schedule", "key_milestone_late"): [
        {"name": "Recette", "name_en": "Acceptance", "baseline": "2026-10-01", "expected": "2026-12-01"},
        {"name": "Recette", "name_en": "", "baseline": "2026-10-01", "expected": None},
    ],
    ("cost", "variance"): [
        {"amount": amount, "percent": 2.5, "basis": basis}
        for amount in ("1000", "-1000", "0")
        for basis in ("whole_life", "year")
    ],
    ("cost", "nothing_budgeted"): [{"basis": "whole_life", "amount": "5"}, {"basis": "whole_life", "amount": "0"}],
    ("risk", "highest"): [{"title": "Sol", "title_en": "Ground", "level": 20, "open": 3}],
    ("freshness", "dated"): [{"date": "2026-11-20"}, {"date": "2026-11-24"}],
    ("resources", "staffing"): [{"percent": 75.0, "missing": 5.0}, {"percent": 100.0, "missing": 0.0}],
    ("resources", "crowded"): [{"people": count, "percent": 12.5} for count in (1, 2, 3)],
    ("overall", "state"): [{"state": "suspended"}],
    ("overall", "stale"): [{"date": "2026-01-01"}],
    ("overall", "missing"): [{"dimensions": ["schedule", "cost"]}],
    ("overall", "worst"): [{"dimensions": ["cost"]}],
}


def test_every_code_of_the_rules_has_words():
    source = (Path(settings.BASE_DIR) / "reporting/health/rules.py").read_text()
    said = set(re.findall(r'_say\(reasons, "(\w+)", "(\w+)"', source)) | {
        ("cost", "no_budget"),
        ("cost", "no_forecast"),
    }
    assert said <= set(WORDS)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("key", WORDS, ids="-".join)
def test_the_words_are_a_sentence_without_holes(key, language):
    dimension, code = key
    with translation.override(language):
        for params in EXAMPLES.get(key, [{}]):
            words = sentence({"dimension": dimension, "code": code, "colour": "red", "params": params}, ON, "EUR")
            assert words
            assert not re.search(r"%\(|None|\{", words), words
            assert not words.endswith("."), words


def test_french_and_english_differ():
    for key in WORDS:
        reason = {"dimension": key[0], "code": key[1], "colour": "red", "params": EXAMPLES.get(key, [{}])[0]}
        with translation.override("fr"):
            french = sentence(reason, ON, "EUR")
        with translation.override("en"):
            assert french != sentence(reason, ON, "EUR"), key


def test_ages_are_those_of_the_day_shown():
    reason = {"dimension": "freshness", "code": "dated", "colour": "green", "params": {"date": "2026-11-20"}}
    with translation.override("en"):
        assert sentence(reason, ON, "EUR") == "Data of 20 Nov 2026, 4 days old"
        assert sentence(reason, date(2026, 11, 21), "EUR") == "Data of 20 Nov 2026, 1 day old"


def test_an_unknown_code_says_nothing_and_troubles_come_red_first():
    reasons = [
        {"dimension": "schedule", "code": "slip", "colour": "amber", "params": {"days": 3, "percent": None}},
        {"dimension": "cost", "code": "of the future", "colour": "red", "params": {}},
        {"dimension": "overall", "code": "worst", "colour": "red", "params": {"dimensions": ["cost"]}},
        {"dimension": "risk", "code": "none_open", "colour": "green", "params": {}},
    ]
    assert [one["dimension"] for one in troubles(reasons)] == ["cost", "schedule"]
    assert len(sentences(reasons, ON, "EUR")) == 3
