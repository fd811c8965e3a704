"""Priority rules: a key moves a whole project among the others; inside a project the latest start decides."""

import numpy as np

from portfolio.capacity.leveling.compiled import Floats
from portfolio.capacity.leveling.prepared import Prepared

SHARES = (0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3)  # of the projects, that make place for the others
FACTORS = (0, 1, 2, 3, 4, 6, 8, 12)  # periods of precedence for each point of a weight, were the mean weight MEAN
MEAN = 5.5


def rules(ready: Prepared) -> dict[str, Floats]:
    """Name → key by project, in periods. Latest start with precedence by weight is the best by far where lateness is weighed."""
    weights = ready.work.weights
    scaled = weights * (MEAN / weights.mean()) if weights.any() else weights
    span = float(np.ptp(ready.base)) + 1 if len(ready.base) else 1.0
    released = np.zeros(len(weights))
    for project, (begin, end) in enumerate(zip(ready.begins[:-1].tolist(), ready.begins[1:].tolist(), strict=True)):
        released[project] = ready.early[begin:end].min() if end > begin else 0
    latest = {f"latest_start_{factor}": -factor * scaled for factor in FACTORS}
    return {**latest, **_sacrificed(ready, latest, span), "weight_first": -scaled * span, "first_come": released * span}


def _sacrificed(ready: Prepared, latest: dict[str, Floats], span: float) -> dict[str, Floats]:
    """With the projects of least weight for their work behind all others: lateness is counted by the week, so what must be late
    costs less when few projects are very late than when many are late a little."""
    work = ready.work
    units = np.bincount(work.project, (work.needs * work.durations[:, None]).sum(axis=1), len(work.weights))
    cheapest = np.argsort(work.weights / np.maximum(1, units), kind="stable")
    found = {}
    for share in SHARES:
        behind = cheapest[: round(share * len(cheapest))]
        for name in ("latest_start_0", "latest_start_1", "latest_start_3"):
            key = latest[name].copy()
            key[behind] += span
            found[f"{name}_without_{100 * share:g}_percent"] = key
    return found
