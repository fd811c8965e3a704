"""The schema's table of contents."""

from portfolio.capacity.models import GroupLoad, PersonLoad, Picture, Stale
from portfolio.relief.models import Proposal

__all__ = ["GroupLoad", "PersonLoad", "Picture", "Proposal", "Stale"]
