from decimal import Decimal

import pytest

from projects.exchange import values
from projects.exchange.dates import DateStyle
from projects.exchange.numbers import NumberStyle
from projects.exchange.values import Markers
from projects.exchange.vocabulary import CHOICES

PLAIN, PROSE = Markers(), Markers(prose=True)


@pytest.mark.parametrize(
    "text",
    [
        "Exempt under Section 43 of the Freedom of Information Act 2000 (Commercial Interests)",
        "Data exempt under section 27", "Date exempt under section 43", "N/A", "#N/A", "n/a - no costs yet reported", "-", "TBC",
        "TBD", "No end date", "Not Applicable", "Reset", "Data Not Provided", "En cadrage", "à définir", "non renseigné", "NULL",
        "The project is not in a position to provide this information",
    ],
)  # fmt: skip
def test_text_that_says_why_there_is_no_value_is_missing_and_kept_never_zero(text: str) -> None:
    for read in (
        values.amount(text, NumberStyle(), PLAIN),
        values.day(text, DateStyle(), PLAIN),
        values.quantity(text, NumberStyle(), PLAIN),
    ):
        assert (read.value, read.note, read.problem) == (None, text, "")


@pytest.mark.parametrize("text", ["abc", "Nancy", "Naples", "quatre", "12 personnes", "no idea at all about it"])
def test_a_wrong_value_is_a_problem(text: str) -> None:
    assert values.amount(text, NumberStyle(), PLAIN).problem == "not_a_number"
    assert values.day(text, DateStyle(), PLAIN).problem == "not_a_date"


def test_a_publication_that_writes_prose_in_its_columns_says_so_in_its_profile() -> None:
    text = "Legal sensitivity around this programme prevented the authority from answering"
    assert values.amount(text, NumberStyle(), PROSE).note == text
    assert values.amount("abc", NumberStyle(), PROSE).problem == "not_a_number"


def test_the_scale_of_the_cell_wins_over_that_of_its_header() -> None:
    assert values.amount("£1.90m", NumberStyle(), PLAIN, scale=1_000_000).value == Decimal("1900000.00")
    assert values.amount("£1.90", NumberStyle(), PLAIN, scale=1_000_000).value == Decimal("1900000.00")
    assert values.amount(1.9, NumberStyle(), PLAIN, scale=1_000).value == Decimal("1900.00")


def test_percentages() -> None:
    assert values.percent("12 %", NumberStyle(), PLAIN).value == Decimal(12)
    assert values.percent(0.45, NumberStyle(), PLAIN, fractions=True).value == Decimal(45)
    assert values.percent("120", NumberStyle(), PLAIN).problem == "percent_out_of_range"


def test_durations_carry_their_unit() -> None:
    assert values.quantity("580 days", NumberStyle(), PLAIN).value == 580
    assert values.quantity("6,4 ans", NumberStyle(","), PLAIN).value == Decimal("6.4")


@pytest.mark.parametrize(
    "text", ["Soleil ?", "Green?", "? vert", "≈ vert", "vert → orange", "green -> amber", "Soleil (?)"]
)
def test_a_status_that_is_not_certain_is_a_problem_and_never_a_declared_status(text: str) -> None:
    read = values.choice(text, CHOICES["levels"], PROSE, missing="not_rated")
    assert (read.value, read.problem) == (None, "uncertain_choice")


@pytest.mark.parametrize(("text", "level"), [("Soleil", "green"), ("SOLEIL !", "green"), ("Amber/ Red", "amber_red")])
def test_case_blanks_and_marks_that_change_nothing_do_not_matter(text: str, level: str) -> None:
    assert values.choice(text, CHOICES["levels"], PLAIN).value == level


@pytest.mark.parametrize("text", ["?", "??", " ? "])
def test_a_lone_question_mark_is_missing(text: str) -> None:
    assert values.choice(text, CHOICES["levels"], PLAIN).problem == ""
    assert values.choice(text, CHOICES["levels"], PLAIN).value is None


def test_numbers_dates_and_answers_with_a_question_mark_are_problems() -> None:
    assert values.amount("12 k€ ?", NumberStyle(), PLAIN).problem == "not_a_number"
    assert values.percent("50 % ?", NumberStyle(), PLAIN).problem == "not_a_number"
    assert values.integer("3 ?", PLAIN, lowest=1, highest=5).problem == "not_a_number"
    assert values.day("déc. 2026 ?", DateStyle(), PLAIN).problem == "not_a_date"
    assert values.boolean("oui ?").problem == "uncertain_choice"
    assert values.amount("?12.50", NumberStyle(), PLAIN).value == Decimal("12.50")  # a pound sign that was lost
