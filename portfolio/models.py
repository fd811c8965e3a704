"""The schema's table of contents."""

from portfolio.capacity.models import GroupLoad, PersonLoad, Picture, Stale

__all__ = ["GroupLoad", "PersonLoad", "Picture", "Stale"]
