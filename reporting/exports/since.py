"""What moved between a report and the one before it, in words (reporting.health.changes says what is worth a line)."""

from decimal import Decimal

from projects.hierarchy.declared import rag_of
from reporting.exports.selectors import Content
from reporting.exports.sheet import MOST_CHANGES
from reporting.exports.words import day_of
from reporting.health.changes import moves
from reporting.health.models import HealthFields, HealthPast
from reporting.status.selectors import left


def changes(content: Content, before: Content | None) -> tuple[str, ...]:
    """The gravest first; none without a report before."""
    if before is None:
        return ()
    found = moves(_photo(before), _photo(content), content["project"]["scale"])
    return tuple(move.words for move in found[:MOST_CHANGES])


def _photo(content: Content) -> HealthFields:
    """What a comparison reads, never to be saved; money is None where the reader sees none."""
    project, health, money = content["project"], content["health"], content["money"] or {}
    level = content["report"].get("declared", "")
    return HealthPast(
        state=project["state"],
        computed=health["computed"],
        declared=level,
        declared_rag=rag_of(level).value,
        forecast_end=day_of(project["forecast_end"]),
        eac=Decimal(money["eac"]) if money.get("eac") else None,
        budget=Decimal(money["budget"]) if money.get("budget") else None,
        currency=project["currency"],
        max_risk=max((left(risk) for risk in content["risks"]), default=0),
        late_milestones=health["late_milestones"],
    )
