"""What a month of a request counts."""

from decimal import Decimal

from projects.resources.models import Allocation


def amounts(asked: Decimal, granted: Decimal | None, status: str, firmness: str) -> tuple[Decimal, Decimal]:
    """(hard, tentative) of a month of a request (decision 0220)."""
    held, nothing = granted or Decimal(0), Decimal(0)
    firm = firmness == Allocation.Firmness.HARD
    if status in (Allocation.Status.REQUESTED, Allocation.Status.PROPOSED):
        return nothing, asked
    if status == Allocation.Status.CHANGED:
        return (held, max(asked - held, nothing)) if firm else (nothing, max(asked, held))
    if status == Allocation.Status.CONFIRMED:
        return (held, nothing) if firm else (nothing, held)
    return nothing, nothing
