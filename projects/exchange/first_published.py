"""What an edition published first, as the baseline of what later editions publish: dates, and costs. Pure.

In its first edition a project has nothing to be late against: its baseline stays unknown, so that its schedule is grey and
never green without evidence. When a later edition arrives, the forecast stored from the earlier one becomes the baseline. A
baseline that an edition publishes itself, or that is stored already, wins.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from projects.exchange.records import BudgetKey
from projects.exchange.state import KnownProject

_BUDGET: BudgetKey = (None, "revised", "", "")
_ESTIMATE: BudgetKey = (None, "forecast", "", "")
_BASELINE = frozenset({"baseline_start", "baseline_end"})


def is_later(known: KnownProject | None, on: date | None) -> bool:
    """Whether facts of the day `on` (None: of no day of their own) are of a later edition than what is stored."""
    before = known.values.get("data_date") if known else None
    return on is not None and before is not None and before < on


def without_blanks(told: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of a project without the baseline ones that are empty: an edition that gives none keeps what is stored."""
    return {name: value for name, value in told.items() if value is not None or name not in _BASELINE}


def project_dates(told: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The baseline cells of a project that a later edition names again; none without a forecast from before."""
    first = stored.get("forecast_end")
    if first is None or stored.get("baseline_end") or told.get("baseline_end"):
        return {}
    start = stored.get("baseline_start") or stored.get("start_date")
    return {"baseline_start": start if start is None or start <= first else None, "baseline_end": first}


def milestone_dates(told: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The same for one of its milestones."""
    first = stored.get("forecast_date")
    if first is None or stored.get("baseline_date") or told.get("baseline_date"):
        return {}
    return {"baseline_date": first}


def costs(
    told: Mapping[BudgetKey, Decimal | None], stored: Mapping[BudgetKey, Any], *, later: bool
) -> Mapping[BudgetKey, Decimal | None]:
    """The amounts with the whole-life cost of a later edition as the estimate at completion, the first one staying the budget.

    An edition read a second time finds its estimate stored and goes there again; one that gives no cost keeps the first.
    """
    if _BUDGET not in told or _ESTIMATE in told or _BUDGET not in stored:
        return told
    if not later and _ESTIMATE not in stored and told[_BUDGET] is not None:
        return told
    return {_ESTIMATE if key == _BUDGET else key: amount for key, amount in told.items()}
