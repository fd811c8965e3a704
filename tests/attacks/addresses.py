"""Every address of the site, made concrete with rows of the cast."""

from collections.abc import Iterator

from django.urls import get_resolver

from projects.access.models import Membership
from projects.hierarchy.models import Project
from tests import make
from tests.cast import World
from tests.contracts.test_house import patterns, sample


def furnish(world: World) -> None:
    """One row of each kind that pages name, so that an address with a number finds something."""
    make.milestone(world.tram)
    make.risk(world.tram)
    make.budget_line(world.tram)
    make.person("Zoé")


def addresses() -> Iterator[tuple[str, str]]:
    """(name, address): numbers become the lowest row of what the address speaks of, words a code that exists."""
    lowest = Project.objects.order_by("pk").values_list("pk", flat=True)[0]
    member = Membership.objects.order_by("pk").values_list("pk", flat=True).first() or 1
    for name, path in patterns(get_resolver()):
        address = (
            sample(path).replace("/projects/1/", f"/projects/{lowest}/").replace("/members/1/", f"/members/{member}/")
        )
        for words in ("portfolios", "programmes", "thresholds"):
            address = address.replace(f"/{words}/x/", f"/{words}/NORTH/")
        # What remains of the regular expressions of api_urls.py: whatever else there is, with and without its last slash.
        yield name, address.replace("[sS]*", "nowhere").replace("[/]", "x").removesuffix("Z")
