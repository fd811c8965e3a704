"""Figures as French and English readers write them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from pmo_portal.core import formats
from pmo_portal.core.typography import french
from projects.resources.week import in_words

NN, NB = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "fr",
            [
                f"1{NN}234,57",
                f"−12,3{NB}%",
                f"1{NN}234{NB}k€",
                f"−1{NN}234,6{NB}M£",
                f"5{NB}CHF",
                "1er avr. 2027",
                f"+24{NB}j",
                f"1,2{NB}Md£",
            ],
        ),
        ("en", ["1,234.57", "−12.3%", "€1,234k", "−£1,234.6M", f"CHF{NB}5", "1 Apr 2027", f"+24{NB}d", "£1.2bn"]),
    ],
)
def test_each_language_has_its_own_figures(language: str, expected: list[str]) -> None:
    with translation.override(language):
        assert [
            formats.number(1234.565, 2),
            formats.percent(Decimal("-12.34"), 1),
            formats.money(1_234_000, "EUR"),
            formats.money(Decimal(-1_234_567_890), "GBP", scale="M"),
            formats.money(5, "CHF", scale="1"),
            formats.date(dt.date(2027, 4, 1)),
            formats.days(24),
            formats.money(1_234_567_890, "GBP", scale="G"),
        ] == expected


def test_missing_is_a_dash_and_zero_is_zero() -> None:
    for missing in (
        formats.number(None),
        formats.money(None, "EUR"),
        formats.percent(None),
        formats.date(None),
        formats.days(None),
    ):
        assert missing == "–"
    assert formats.number(0) == "0"
    assert formats.number(-0.001, 1, sign=True) in {"0,0", "0.0"}


def test_rounding_is_half_up_as_in_a_spreadsheet() -> None:
    with translation.override("en"):
        assert [formats.number(Decimal(text)) for text in ("0.5", "1.5", "2.5", "-2.5")] == ["1", "2", "3", "−3"]


def test_ago_says_how_long() -> None:
    now = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
    with translation.override("en"):
        spans = [
            dt.timedelta(seconds=20),
            dt.timedelta(minutes=3),
            dt.timedelta(hours=5),
            dt.timedelta(days=1),
            dt.timedelta(days=400),
        ]
        assert [formats.ago(now - span, now) for span in spans] == [
            "just now",
            "3 min ago",
            "5 h ago",
            "1 day ago",
            "20 Oct 2025",
        ]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Quoi ?!", f"Quoi{NN}?!"),
        ("Nom : %(n)s", f"Nom{NB}: %(n)s"),
        ("« Oui », à 10:30", f"«{NB}Oui{NB}», à 10:30"),
        ("12% de l'écart", f"12{NB}% de l’écart"),
        ("1 234 k€ ; voir https://x.fr/a?b=1", f"1{NN}234 k€{NN}; voir https://x.fr/a?b=1"),
        ("&nbsp; {count} projet(s)", "&nbsp; {count} projet(s)"),
    ],
)
def test_french_spacing(typed: str, kept: str) -> None:
    assert french(typed) == kept
    assert french(kept) == kept


@pytest.mark.parametrize(
    ("value", "places", "french", "english"),
    [(0, 0, 1, 2), (1, 0, 1, 1), (0.5, 1, 1, 2), (1.5, 1, 1, 2), (-1.5, 1, 1, 2), (1.96, 1, 2, 2), (1.04, 1, 1, 1), (2, 1, 2, 2)],
)  # fmt: skip
def test_the_plural_of_a_figure_is_that_of_what_is_shown(value: float, places: int, french: int, english: int) -> None:
    for language, form in (("fr", french), ("en", english)):
        with translation.override(language):
            assert formats.plural(value, places) == form


def test_one_and_a_half_days_in_both_languages() -> None:
    for language, words in (("fr", "1,5 jour"), ("en", "1.5 days")):
        with translation.override(language):
            assert in_words([100, 50, 0, 0, 0, 0, 0]).replace("\u202f", " ").endswith(words)
