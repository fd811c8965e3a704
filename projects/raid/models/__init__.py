"""The registers of a project: what could happen (risks), what did (issues), what is to be done, and what is to be decided;
and what somebody independent thinks of it; what one project gives and another needs.
"""

from projects.raid.models.action import Action
from projects.raid.models.assessment import Assessment
from projects.raid.models.decision import Decision, DecisionOption
from projects.raid.models.dependency import InterProjectDependency, Standing
from projects.raid.models.entry import ONE_TO_FIVE
from projects.raid.models.issue import Issue
from projects.raid.models.risk import Risk

__all__ = [
    "ONE_TO_FIVE",
    "Action",
    "Assessment",
    "Decision",
    "DecisionOption",
    "InterProjectDependency",
    "Issue",
    "Risk",
    "Standing",
]
