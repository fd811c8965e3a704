"""The published portfolios, through the importer: the yearly files are dated states in their order. Nothing is copied here."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from projects.exchange.models import ImportBatch
from projects.exchange.services import stage
from projects.exchange.services.apply import apply
from projects.exchange.services.stage import Order


@dataclass(frozen=True, slots=True)
class Published:
    """A portfolio and where its files are: `folder` below DEMO_DATA, `pattern` of their names, `home` where to get them."""

    code: str
    profile: str
    folder: str
    pattern: str
    home: str


PUBLISHED = (
    Published(
        "GMPP", "gmpp", "gmpp", "uk_20[0-9][0-9].csv", "https://www.gov.uk/government/collections/major-projects-data"
    ),
    Published("DINUM", "dinum", "dinum", "*.csv", "https://github.com/DISIC/panorama"),
    Published(
        "MW",
        "melbourne_water",
        "melbourne_water",
        "*.csv",
        "https://github.com/arinbaruah/capital_delivery_model_analysis",
    ),
    Published("NYCSCA", "nyc_sca", "nyc_sca", "*.csv", "https://data.cityofnewyork.us"),
    Published(
        "USHIT",
        "us_health_it",
        "us_health_it_2013",
        "*.json",
        "https://github.com/lawrencerowland/Data-models-for-portfolios",
    ),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """One file: how many projects it created and changed; `known` when it had been imported before."""

    name: str
    created: int = 0
    updated: int = 0
    known: bool = False


def files(one: Published, data: Path) -> list[Path]:
    """Its files in order of their names, which is the order of their dates; none when the folder is missing."""
    return sorted((data / one.folder).glob(one.pattern))


def load(one: Published, data: Path, *, today: date, say: Callable[[str], None]) -> Iterator[Loaded]:
    """Import each file that was not imported yet, as the installation itself."""
    known = set(
        ImportBatch.objects.filter(portfolio__code=one.code, state=ImportBatch.State.APPLIED).values_list(
            "sha256", flat=True
        )
    )
    for path in files(one, data):
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() in known:
            yield Loaded(path.name, known=True)
            continue
        order = Order(
            profile=stage.profile_for(one.profile),
            by=None,
            today=today,
            portfolio=one.code,
            skip_bad_rows=True,
            file_name=path.name,
        )
        staged, _batch = apply(stage.parse(content, path.name), order, content=content)
        if staged.skipped:
            say(f"{path.name}: {len(staged.skipped)} rows left out.")
        yield Loaded(path.name, staged.plan.count("create"), staged.plan.count("update"))
