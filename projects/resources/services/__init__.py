"""People and their time: every write."""

from projects.resources.services import allocation_undo
from projects.resources.services.answers import (
    Whom,
    confirm_allocation,
    may_refuse,
    propose_allocation,
    refuse_allocation,
    split_allocation,
)
from projects.resources.services.cells import Cell, set_cells
from projects.resources.services.crowding import Crowded
from projects.resources.services.handover import Handed, earliest, hand_over
from projects.resources.services.many import Answer, answer_many
from projects.resources.services.many_requests import Wanted, hold_projects, request_many
from projects.resources.services.people import RATE, SUPPLY, create_person, may_name, update_person
from projects.resources.services.requests import change_allocation, request_allocation, withdraw_allocation
from projects.resources.services.supply import create_supply, delete_supply, update_supply

__all__ = [
    "RATE",
    "SUPPLY",
    "Answer",
    "Cell",
    "Crowded",
    "Handed",
    "Wanted",
    "Whom",
    "allocation_undo",
    "answer_many",
    "change_allocation",
    "confirm_allocation",
    "create_person",
    "create_supply",
    "delete_supply",
    "earliest",
    "hand_over",
    "hold_projects",
    "may_name",
    "may_refuse",
    "propose_allocation",
    "refuse_allocation",
    "request_allocation",
    "request_many",
    "set_cells",
    "split_allocation",
    "update_person",
    "update_supply",
    "withdraw_allocation",
]
