"""Money is `Decimal` plus a currency code. Rounding is half-up, to the cent, at the edge only."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    """Rounded half-up to two decimals, as accountants do."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def percent_of(part: Decimal, whole: Decimal) -> Decimal | None:
    """100 × part / whole to two decimals, or None when the whole is zero: the ratio does not exist."""
    return to_cents(100 * part / whole) if whole else None
