"""The schema's table of contents."""

from portfolio.capacity.models import GroupLoad, PersonLoad, Picture, Stale
from portfolio.relief.models import Leveling, Proposal

__all__ = ["GroupLoad", "Leveling", "PersonLoad", "Picture", "Proposal", "Stale"]
