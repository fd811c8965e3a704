"""Risks: numbering, review, the matrix."""

from datetime import date

import pytest

from pmo_portal.core.editing import InvalidFields
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.raid import services
from projects.raid.selectors import band_of, matrix, register
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english")

ON = date(2026, 11, 24)


def test_risks_are_numbered_within_their_project(dan: User, world: World) -> None:
    make.risk(world.tram, code="R7")
    make.risk(world.harbour, code="R40")
    make.risk(world.tram, code="Rx")
    made = services.create_risk(project=world.tram, by=dan, on=ON, title="Sol", probability=2, impact=3)
    assert (made.code, made.last_reviewed_on) == ("R8", ON)


def test_levels_are_checked(dan: User, world: World) -> None:
    with pytest.raises(InvalidFields) as caught:
        services.create_risk(project=world.tram, by=dan, on=ON, title="Sol", probability=6, impact=0)
    assert set(caught.value.errors) == {"probability", "impact"}
    with pytest.raises(DomainError, match="or neither") as refused:
        services.create_risk(project=world.tram, by=dan, on=ON, title="Sol", probability=1, impact=1, residual_impact=2)
    assert refused.value.field == "residual_probability"


def test_the_matrix_counts_open_risks_where_they_stand(world: World) -> None:
    make.risk(world.tram, probability=4, impact=5, residual_probability=1, residual_impact=2)
    make.risk(world.tram, probability=4, impact=5)
    make.risk(world.tram, probability=4, impact=5, status="closed")
    risks = list(register(world.tram))
    assert [risk.status for risk in risks] == ["active", "active", "closed"]

    def where(residual: bool) -> dict[str, int]:
        return {s.at: s.count for _likely, squares in matrix(risks, residual=residual) for s in squares if s.count}

    assert (where(False), where(True)) == ({"4x5": 2}, {"1x2": 1, "4x5": 1})
    bands = [band_of(s.level) for _likely, squares in matrix([], residual=False) for s in squares]
    assert [bands.count(band) for band in (1, 2, 3, 4)] == [8, 7, 4, 6]
