"""What rights cost: CPU per request of somebody with three memberships who sees every project, against a superuser's.

The memberships are what a portfolio's director has: an executive over the portfolio, contributor to a programme of it, manager of
one project. Both are asked in turns, so that what the machine does meanwhile weighs on both.
"""

import statistics
from typing import Any

from benchmarks import generation, load, meter, portal
from pmo_portal.core.models import User
from pmo_portal.demo import accounts
from projects.access.models import Membership
from projects.hierarchy.models import Node, Project

NAME = "bench-director"
PAGES = ("portfolio page", "project list", "REST list, 100 rows")


def measure(paths: dict[str, str], requests: int, rounds: int) -> dict[str, Any]:
    """{page: CPU ms of the superuser, of the three memberships, and the second over the first}: medians of the rounds."""
    director()
    headers = {name: {"Cookie": portal.cookie(name), "Accept-Encoding": "identity"} for name in (accounts.ADMIN, NAME)}
    told: dict[str, dict[str, list[float]]] = {page: {name: [] for name in headers} for page in PAGES}
    with portal.web() as (parent, port):
        for _round in range(rounds + 1):  # the first warms up
            for page in PAGES:
                for name, sent in headers.items():
                    load.fetch(port, paths[page], sent, 4)
                    told[page][name].append(_cpu(parent.pid, port, paths[page], sent, requests))
    return {page: _compared(each[accounts.ADMIN][1:], each[NAME][1:]) for page, each in told.items()}


def _cpu(parent: int, port: int, path: str, headers: dict[str, str], requests: int) -> float:
    cost = meter.measure(
        lambda: load.fetch(port, path, headers, requests), ours=lambda: meter.tree(parent), postgres=portal.backends
    )
    return cost.cpu_ms / requests


def _compared(superuser: list[float], three: list[float]) -> dict[str, float]:
    """The ratio is the median of the rounds' own ratios: a busy minute weighs on both of its sides."""
    ratios = [ours / theirs for ours, theirs in zip(three, superuser, strict=True)]
    return {
        "superuser_ms": round(statistics.median(superuser), 2),
        "three_ms": round(statistics.median(three), 2),
        "ratio": round(statistics.median(ratios), 3),
    }


def director() -> User:
    """The account with its three memberships."""
    user, _made = User.objects.get_or_create(username=NAME, defaults={"language": "en"})
    portfolio = Node.objects.get(code=generation.CODE)
    programme = Node.objects.filter(path__startswith=portfolio.path).exclude(pk=portfolio.pk).order_by("pk").first()
    project = Project.objects.filter(path__startswith=portfolio.path).order_by("pk").first()
    Membership.objects.filter(user=user).delete()
    Membership.objects.create(user=user, role="executive", node=portfolio)
    Membership.objects.create(user=user, role="contributor", node=programme or portfolio)
    Membership.objects.create(user=user, role="project_manager", project=project)
    return user
