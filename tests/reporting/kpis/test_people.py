"""K-R01 to K-R10 against vectors counted by hand (domain.md §4.3)."""

import pytest

from reporting.kpis.people import KPIS, Facts, Group, verdicts


def told(key: str, **facts: object) -> tuple[float | None, str]:
    value, colour = verdicts(Facts(**facts), [key])[key]
    return (None if value is None else round(value, 1)), colour


@pytest.mark.parametrize(
    ("key", "facts", "expected"),
    [
        ("K-R01", {"capacity": 118.0}, (118.0, "")),
        ("K-R02", {"hard": 15.0, "tentative": 117.0}, (132.0, "")),
        ("K-R03", {"hard": 80, "capacity": 100}, (80.0, "green")),
        ("K-R03", {"hard": 95, "capacity": 100}, (95.0, "amber")),
        ("K-R03", {"hard": 55, "capacity": 100}, (55.0, "amber")),
        ("K-R03", {"hard": 101, "capacity": 100}, (101.0, "red")),
        ("K-R03", {"hard": 49, "capacity": 100}, (49.0, "red")),
        ("K-R04", {"hard": 120, "tentative": 936, "capacity": 944}, (111.9, "red")),  # hours or days: it is a ratio
        ("K-R04", {"hard": 60, "tentative": 40, "capacity": 100}, (100.0, "green")),
        ("K-R05", {"quarters": {1: [Group(60, 60, 0)], 2: [Group(60, 50, 9)]}}, (0.0, "green")),
        ("K-R05", {"quarters": {1: [Group(60, 10, 0), Group(60, 50, 11)], 2: [Group(0, 1, 0)]}}, (2.0, "amber")),
        ("K-R05", {"quarters": {n: [Group(1, 2, 0)] for n in range(3)}}, (3.0, "red")),
        ("K-R06", {"required": 100, "staffed": 95}, (95.0, "green")),
        ("K-R06", {"required": 100, "staffed": 70}, (70.0, "amber")),
        ("K-R06", {"required": 100, "staffed": 69}, (69.0, "red")),
        ("K-R07", {"actual": 112, "planned": 100}, (12.0, "amber")),
        ("K-R07", {"actual": 75, "planned": 100}, (-25.0, "red")),
        ("K-R08", {"shares": [[0.5, 0.4, 0.05], [0.9], [0.02]]}, (1.5, "green")),
        ("K-R08", {"shares": [[0.25] * 4]}, (4.0, "red")),
        ("K-R09", {"skills": {1: (30, 20), 2: (5, 50), 3: (4, 1)}}, (13.0, "red")),
        ("K-R09", {"skills": {1: (30, 40), 2: (5, 50)}}, (-10.0, "green")),
        ("K-R10", {"external": 20, "sourced": 80, "hard": 10}, (25.0, "")),
    ],
)
def test_vectors(key: str, facts: dict, expected: tuple) -> None:
    assert told(key, **facts) == expected


@pytest.mark.parametrize("key", sorted(KPIS))
def test_without_data_every_one_is_grey(key: str) -> None:
    assert told(key) == (None, "grey")


def test_all_ten_are_there() -> None:
    assert list(KPIS) == [f"K-R{number:02}" for number in range(1, 11)]
