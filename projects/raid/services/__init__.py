"""Writes of the registers, split by noun. Callers have checked the right on the project."""

from projects.raid.services.actions import create_action, delete_action, update_action
from projects.raid.services.assessments import (
    create_assessment,
    delete_assessment,
    release_assessment,
    update_assessment,
)
from projects.raid.services.decisions import create_decision, delete_decision, update_decision
from projects.raid.services.dependencies import create_dependency, delete_dependency, update_dependency
from projects.raid.services.issues import create_issue, delete_issue, update_issue
from projects.raid.services.options import Choice
from projects.raid.services.risks import create_risk, delete_risk, update_risk
from projects.raid.services.verdicts import (
    ask_decision_again,
    lapse_decision,
    refuse_decision,
    schedule_decision,
    take_decision,
)

__all__ = [
    "Choice",
    "ask_decision_again",
    "create_action",
    "create_assessment",
    "create_decision",
    "create_dependency",
    "create_issue",
    "create_risk",
    "delete_action",
    "delete_assessment",
    "delete_decision",
    "delete_dependency",
    "delete_issue",
    "delete_risk",
    "lapse_decision",
    "refuse_decision",
    "release_assessment",
    "schedule_decision",
    "take_decision",
    "update_action",
    "update_assessment",
    "update_decision",
    "update_dependency",
    "update_issue",
    "update_risk",
]
