"""The door that core offers to whoever knows roles: which ones somebody has, and which a sign-in service gives them."""

from collections.abc import Callable
from typing import Any

from pmo_portal.core.registry import Registry

# Each gives the names of the roles a user holds today.
sources: Registry[Callable[[Any], frozenset[str]]] = Registry("sources of roles")
# Each makes the roles that come from a sign-in service equal to those named: (user, roles).
takers: Registry[Callable[[Any, frozenset[str]], None]] = Registry("takers of roles from a sign-in service")


def roles_of(user: Any) -> frozenset[str]:
    return frozenset(role for source in sources for role in source(user))


def give(user: Any, roles: frozenset[str]) -> None:
    """Pass on what a sign-in service says of somebody; roles given by people stay as they are."""
    for taker in takers:
        taker(user, roles)
