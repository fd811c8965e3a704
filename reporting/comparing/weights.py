"""How much each difference weighs, in SQL: the weights of `reporting.health.changes`, so that ten thousand projects are put in
order without being read. A test holds the two together.

`a_` is before, `b_` after. Impact = (0.35 + budget / largest budget among those that moved) × the sum of the weights.
"""

from projects.hierarchy.declared import RANK
from projects.hierarchy.models import Project
from reporting.health.changes import END_DAYS, HIGH_RISK, MONEY_PERCENT

GRAVE = (Project.State.STOPPED, Project.State.SUSPENDED)
BOTH = "a_project_id IS NOT NULL AND b_project_id IS NOT NULL"
DAYS = "(b_forecast_end - a_forecast_end)"

RANKS = " ".join(f"WHEN '{colour}' THEN {value}" for colour, value in RANK.items())


def rank(column: str) -> str:
    return f"(CASE {column} {RANKS} END)"


def percent(column: str) -> str:
    return f"(100 * (b_{column} - a_{column}) / nullif(a_{column}, 0))"


def colour(changed: str, shown: str) -> str:
    steps = f"({rank(f'a_{shown}')} - {rank(f'b_{shown}')})"
    return f"CASE WHEN a_{changed} <> b_{changed} THEN coalesce(3 + greatest({steps}, 0), 1.5) ELSE 0 END"


def worse(shown: str) -> str:
    return f"{rank(f'b_{shown}')} < {rank(f'a_{shown}')}"


def better(shown: str) -> str:
    return f"{rank(f'b_{shown}')} > {rank(f'a_{shown}')}"


GRAVE_STATES = ", ".join(f"'{state}'" for state in GRAVE)
IS_GRAVE = f"b_state IN ({GRAVE_STATES})"
# What a comparison can be narrowed to: {word of the address: condition}.
KINDS: dict[str, str] = {
    "declared": "a_declared <> b_declared",
    "computed": "a_computed <> b_computed",
    "end": f"abs{DAYS} > {END_DAYS}",
    "landing": f"abs{percent('eac')} > {MONEY_PERCENT}",
    "budget": f"abs{percent('budget')} > {MONEY_PERCENT}",
    "risk": f"coalesce(b_max_risk, 0) >= {HIGH_RISK} AND coalesce(a_max_risk, 0) < {HIGH_RISK}",
    "late": "b_late_milestones > a_late_milestones",
    "reached": "reached > 0",
    "phase": "a_phase <> b_phase AND a_phase <> '' AND b_phase <> ''",
    "state": "a_state <> b_state",
    "arrived": "a_project_id IS NULL",
    "left": "b_project_id IS NULL",
}
MONEY = frozenset({"landing", "budget"})
WEIGHTS: dict[str, str] = {
    "declared": colour("declared", "declared_rag"),
    "computed": colour("computed", "computed"),
    "end": f"CASE WHEN {KINDS['end']} THEN 1 + greatest(least({DAYS} / 60.0, 3), 0) ELSE 0 END",
    "landing": f"CASE WHEN {KINDS['landing']} THEN 1 + greatest(least({percent('eac')} / 10, 3), 0) ELSE 0 END",
    "budget": f"CASE WHEN {KINDS['budget']} THEN 1 ELSE 0 END",
    "risk": f"CASE WHEN {KINDS['risk']} THEN 2 ELSE 0 END",
    "late": f"CASE WHEN {KINDS['late']} THEN 1 ELSE 0 END",
    "reached": f"CASE WHEN {KINDS['reached']} THEN 1 ELSE 0 END",
    "phase": f"CASE WHEN {KINDS['phase']} THEN 1 ELSE 0 END",
    "state": f"CASE WHEN {KINDS['state']} THEN CASE WHEN {IS_GRAVE} THEN 4 ELSE 2 END ELSE 0 END",
}
ARRIVED_OR_LEFT = 2
SEVERITY = f"CASE WHEN {BOTH} THEN {' + '.join(WEIGHTS.values())} ELSE {ARRIVED_OR_LEFT} END"
WAYS: dict[str, str] = {
    "worse": " OR ".join(
        [worse("declared_rag"), worse("computed"), f"{DAYS} > {END_DAYS}", f"{percent('eac')} > {MONEY_PERCENT}",
         f"({KINDS['risk']})", KINDS["late"], f"({KINDS['state']} AND {IS_GRAVE})"]
    ),
    "better": " OR ".join(
        [better("declared_rag"), better("computed"), f"{DAYS} < -{END_DAYS}", f"{percent('eac')} < -{MONEY_PERCENT}"]
    ),
}  # fmt: skip
