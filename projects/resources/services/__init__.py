"""People and their time: every write."""

from projects.resources.services.people import RATE, SUPPLY, create_person, may_name, update_person
from projects.resources.services.supply import create_supply, delete_supply, update_supply

__all__ = [
    "RATE",
    "SUPPLY",
    "create_person",
    "create_supply",
    "delete_supply",
    "may_name",
    "update_person",
    "update_supply",
]
