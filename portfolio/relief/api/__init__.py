"""What gives way, in the API."""

from portfolio.relief.api.levelings import LevelingViewSet
from portfolio.relief.api.proposals import CapacityOptions, ProposalViewSet

__all__ = ["CapacityOptions", "LevelingViewSet", "ProposalViewSet"]
