"""The registers of the API."""

from projects.raid.api.actions import ActionViewSet
from projects.raid.api.assessments import AssessmentViewSet
from projects.raid.api.decisions import DecisionViewSet
from projects.raid.api.dependencies import DependencyViewSet
from projects.raid.api.issues import IssueViewSet
from projects.raid.api.risks import RiskViewSet

__all__ = ["ActionViewSet", "AssessmentViewSet", "DecisionViewSet", "DependencyViewSet", "IssueViewSet", "RiskViewSet"]
