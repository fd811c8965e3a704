"""The cast: one small organisation and the people who look at it. Fixtures, made available to every test by `conftest`.

Portfolio NORTH holds programme RAIL with the project "tram"; SOUTH holds "harbour", and "secret", a confidential one.
ada is PMO of everything, ben manages tram, dan contributes to tram, cleo views NORTH, eve is an executive over everything,
omar is an outsider: he signs in and belongs to nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.utils import translation

from pmo_portal.core.models import User
from projects.hierarchy.models import Node, Project
from tests import make


@dataclass(frozen=True)
class World:
    """The places of the cast."""

    north: Node
    rail: Node
    south: Node
    tram: Project
    harbour: Project
    secret: Project


@pytest.fixture
def world(db: None) -> World:
    north, south = (
        make.portfolio("NORTH", name="Nord", name_en="North"),
        make.portfolio("SOUTH", name="Sud", name_en="South"),
    )
    rail = make.programme("RAIL", parent=north, name="Rail", name_en="Railways")
    return World(
        north=north,
        rail=rail,
        south=south,
        tram=make.project("TRAM", node=rail, name="Ligne de tram", name_en="Tram line"),
        harbour=make.project("HARBOUR", node=south, name="Port", name_en="Harbour"),
        secret=make.project(
            "SECRET", node=south, name="Projet secret", name_en="Secret project", confidentiality="confidential"
        ),
    )


@pytest.fixture
def ada(world: World) -> User:
    return make.user("ada", role="pmo", first_name="Ada", last_name="Martin")


@pytest.fixture
def ben(world: World) -> User:
    return make.user("ben", role="project_manager", on=world.tram, first_name="Ben", last_name="Durand")


@pytest.fixture
def dan(world: World) -> User:
    return make.user("dan", role="contributor", on=world.tram, first_name="Dan", last_name="Petit")


@pytest.fixture
def cleo(world: World) -> User:
    return make.user("cleo", role="viewer", on=world.north, first_name="Cleo", last_name="Moreau")


@pytest.fixture
def eve(world: World) -> User:
    return make.user("eve", role="executive", first_name="Eve", last_name="Laurent")


@pytest.fixture
def omar(world: World) -> User:
    return make.user("omar", first_name="Omar", last_name="Roux")


@pytest.fixture
def english() -> Iterator[None]:
    """Messages as the sources write them, for tests that read them."""
    with translation.override("en"):
        yield
