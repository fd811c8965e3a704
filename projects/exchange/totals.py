"""A total beside its own months or years is counted once: lines of one kind are added up, so the total keeps what they leave."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from projects.exchange.records import BudgetKey


def beside_months(amounts: Mapping[BudgetKey, Decimal | None]) -> dict[BudgetKey, Decimal]:
    """{key of a total: what the months or years of the same kind say together} of one row, where both are given.

    A published year (a category of its own) is never part of a total.
    """
    dated = defaultdict[BudgetKey, Decimal](Decimal)
    for (month, kind, cost_type, category), amount in amounts.items():
        if month is not None and not category and amount is not None:
            dated[None, kind, cost_type, category] += amount
    return {key: covered for key, covered in dated.items() if covered and amounts.get(key) is not None}
