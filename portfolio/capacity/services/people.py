"""The rows of people: computed, compared with what is stored, and only what differs is written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db import connection

from portfolio.capacity.horizon import piece_days
from projects.resources.selectors.time import hard, tentative, time_of
from projects.resources.worktime import Floats, Horizon, too_much

FIGURES = ("capacity", "hard", "tentative", "over")
PLACES = 6  # of a day: sums of stored rows are exact to what anybody reads
STORED = """
    SELECT array_agg(person_id), array_agg(starts_on - %s), array_agg(capacity), array_agg(hard), array_agg(tentative),
        array_agg(over) FROM portfolio_personload WHERE person_id = ANY(%s) AND starts_on BETWEEN %s AND %s
"""
WRITE = """
    INSERT INTO portfolio_personload (person_id, starts_on, capacity, hard, tentative, over)
    SELECT p, %s + d, c, h, t, o FROM unnest(%s::bigint[], %s::int[], %s::float[], %s::float[], %s::float[], %s::float[])
        AS fresh(p, d, c, h, t, o) ORDER BY p, d
    ON CONFLICT (person_id, starts_on) DO UPDATE SET capacity = EXCLUDED.capacity, hard = EXCLUDED.hard,
        tentative = EXCLUDED.tentative, over = EXCLUDED.over
"""
OUTSIDE = """
    DELETE FROM portfolio_personload WHERE person_id = ANY(%s)
        AND (starts_on < %s OR starts_on > %s OR NOT person_id = ANY(%s))
"""


def array(values: Iterable[float | int]) -> str:
    """A PostgreSQL array as one text: the driver would quote each of a million numbers by itself."""
    return "{" + ",".join(map(str, values)) + "}"


@dataclass(frozen=True)
class Moved:
    """How much the pieces of some people differ from what was stored: (people, pieces, figures)."""

    ids: Sequence[int]
    by: Floats

    @property
    def changed(self) -> list[int]:
        """Those of whom anything differs."""
        return [pk for row, pk in enumerate(self.ids) if self.by[row].any()]


def refresh_people(ids: Sequence[int], horizon: Horizon) -> Moved:
    """Compute these people and store what differs. The caller holds them; who is gone leaves no rows."""
    time = time_of(ids, horizon)
    firm, soft = time.load(hard(time.ids, horizon)), time.load(tentative(time.ids, horizon))
    capacity = time.worked.capacity
    by_day = np.stack([capacity, firm, soft, too_much(firm, capacity)], axis=1)
    fresh = np.round(horizon.by_piece(by_day), PLACES).transpose(0, 2, 1)  # (people, pieces, figures)
    offsets = [day.toordinal() - horizon.first for day in piece_days(horizon)]
    known, before = _stored(time.ids, horizon, offsets)
    first, last = date.fromordinal(horizon.first), date.fromordinal(horizon.last)
    with connection.cursor() as cursor:
        cursor.execute(OUTSIDE, [list(ids), first, last, list(time.ids)])
        rows, pieces = np.nonzero(~known | (fresh != before).any(axis=2))
        if len(rows):
            people, days = np.array(time.ids)[rows], np.array(offsets)[pieces]
            figures = [array(fresh[rows, pieces, number].tolist()) for number in range(len(FIGURES))]
            cursor.execute(WRITE, [first, array(people.tolist()), array(days.tolist()), *figures])
    return Moved(time.ids, np.round(fresh - before, PLACES))


def _stored(ids: Sequence[int], horizon: Horizon, offsets: Sequence[int]) -> tuple[np.ndarray, Floats]:
    """(which pieces are stored, their figures): zero where there is none."""
    known = np.zeros((len(ids), len(offsets)), dtype=bool)
    figures = np.zeros((len(ids), len(offsets), len(FIGURES)))
    first, last = date.fromordinal(horizon.first), date.fromordinal(horizon.last)
    with connection.cursor() as cursor:
        cursor.execute(STORED, [first, list(ids), first, last])
        people, days, *columns = cursor.fetchone()
    if people:
        row = np.searchsorted(np.array(ids), np.array(people))
        piece = np.searchsorted(np.array(offsets), np.array(days))
        known[row, piece] = True
        for number, column in enumerate(columns):
            figures[row, piece, number] = column
    return known, figures
