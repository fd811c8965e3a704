"""The rules of a status report: what is said against what is known. Plain Python, no clock, no database.

Sources: domain.md §7.2 (the three paths), §7.4 (VR-01 to VR-18). An *error* keeps a report from being submitted, a *warning* asks
for a word, or for one click that says “it is so”. An honest red is never kept back: what a red must say can be answered in
one click (“none”, “not known yet”).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from reporting.status.facts import ERROR, HINT, WARNING, Finding, Known

RANK = {"green": 2, "amber": 1, "red": 0}
RAG_OF_LEVEL = {"green": "green", "amber_green": "green", "amber": "amber", "amber_red": "amber", "red": "red"}
DIMENSIONS = ("schedule", "cost", "scope", "resources", "risk")
SHORT_MESSAGE, SHORT_REASON, SHORT_TITLE = 3, 15, 8
MANY_LINES, LONG_LINE = 5, 120
FAR_MOVE, OLD_REVIEW, HIGH_RISK = 30, 45, 10  # days, days, level 1–25
NEARLY_DONE, SAME_TIMES = 95, 3  # %, periods: the “90 % syndrome”
SPENT_SHARE = Decimal("0.05")  # of the budget: more was spent and the rest was not estimated again
CHECKS = 17
SIMILAR = 0.6  # trigrams


def findings(said: Mapping[str, Any], known: Known) -> list[Finding]:
    """Everything there is to say about a report, errors first; what was confirmed stays away.

    `said`: the fields of a report by name, with their Python values.
    """
    found = [one for rule in RULES for one in rule(said, known)]
    kept = [one for one in found if one.kind == ERROR or one.key not in said["confirmed"]]
    return sorted(kept, key=lambda one: (ERROR, WARNING, HINT).index(one.kind))


def quality(found: Iterable[Finding]) -> tuple[int, int]:
    """(rules that have nothing to say, rules there are): VR-01 to VR-17; VR-18 is the submission itself."""
    return CHECKS - len({one.rule[: len("VR-00")] for one in found}), CHECKS


def gap(declared: str, computed: str) -> int | None:
    """BR-21: rank declared − rank computed; None when one of them is no colour."""
    return RANK[declared] - RANK[computed] if declared in RANK and computed in RANK else None


def overall_level(said: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    """VR-01, VR-04, VR-03 of the whole."""
    if said["declared"] not in known.levels:
        yield Finding("VR-01", "declared", ERROR)
        return
    rag = RAG_OF_LEVEL[said["declared"]]
    worst = min((RANK[said[one]] for one in DIMENSIONS if said[one] in RANK), default=None)
    if worst is not None and RANK[rag] - worst >= 2:
        yield Finding("VR-04", "declared", WARNING)
    yield from _better(said, "declared", rag, known.computed.get("overall", ""))


def dimensions(said: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    """VR-03 and VR-05 of each dimension."""
    for name in DIMENSIONS:
        colour = said[name]
        if not colour:
            continue
        better = gap(colour, known.computed.get(name, ""))
        yield from _better(said, name, colour, known.computed.get(name, ""))
        worse = gap(colour, known.before.get(name, ""))
        if (colour != "green" or (worse or 0) < 0) and not said[f"{name}_comment"] and not (better or 0) > 0:
            yield Finding("VR-05", f"{name}_comment", WARNING, {"dimension": name})


def _better(said: Mapping[str, Any], name: str, colour: str, computed: str) -> Iterator[Finding]:
    """VR-03: better than computed needs a reason and what it rests on."""
    if (gap(colour, computed) or 0) > 0 and (
        len(said[f"{name}_reason"].strip()) < SHORT_REASON or not said[f"{name}_evidence"]
    ):
        yield Finding("VR-03", f"{name}_reason", WARNING, {"dimension": name, "computed": computed})


def message(said: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    """VR-02."""
    text = said["key_message"].strip()
    if len(text) < SHORT_MESSAGE:
        yield Finding("VR-02", "key_message", WARNING)
    elif text in known.messages:
        yield Finding("VR-02b", "key_message", WARNING)


def milestones(said: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    """VR-06 to VR-08, and the 100 % of VR-09."""
    last: date | None = None
    for mark in known.marks:
        told = said["milestones"].get(str(mark.pk), {})
        reached, forecast = _day(told, "reached", mark.reached), _day(told, "forecast", mark.forecast)
        if reached and reached > known.today:
            yield Finding("VR-06b", f"milestones.{mark.pk}.reached", ERROR, {"name": mark.name})
        if not reached and "forecast" in told and forecast and forecast < known.today:
            yield Finding("VR-06", f"milestones.{mark.pk}.forecast", ERROR, {"name": mark.name})
        if not reached and forecast and last and forecast < last:
            yield Finding("VR-07", f"milestones.{mark.pk}.forecast", WARNING, {"name": mark.name})
        days = (forecast - mark.forecast).days if forecast and mark.forecast else 0
        if mark.is_key and abs(days) > FAR_MOVE and not told.get("cause"):
            yield Finding("VR-08", f"milestones.{mark.pk}.cause", WARNING, {"name": mark.name, "days": days})
        last = None if reached else forecast or last


def _day(told: Mapping[str, Any], name: str, otherwise: date | None) -> date | None:
    """What the report says of a date of a milestone ('' takes it away), else what is known."""
    if name not in told:
        return otherwise
    return date.fromisoformat(told[name]) if told[name] else None


def progress(said: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    """VR-09."""
    percent = said["percent_complete"]
    if percent is None:
        return
    if known.percents and percent < known.percents[0] and not said["percent_reason"]:
        yield Finding("VR-09", "percent_reason", WARNING, {"before": known.percents[0]})
    if percent == 100 and any(
        not _day(said["milestones"].get(str(m.pk), {}), "reached", m.reached) for m in known.marks
    ):
        yield Finding("VR-09b", "percent_complete", WARNING)
    recent = [percent, *known.percents[: SAME_TIMES - 1]]
    if len(recent) == SAME_TIMES and all(NEARLY_DONE <= one < 100 for one in recent):
        yield Finding("VR-09c", "percent_complete", HINT, {"periods": SAME_TIMES})


def money(said: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    """VR-10 to VR-12; nothing for a writer who sees no money."""
    etc = said["etc"]
    if not known.sees_money or etc is None:
        return
    if etc < 0:
        yield Finding("VR-10", "etc", ERROR)
    if etc == 0 and not known.closing and said["percent_complete"] != 100:
        yield Finding("VR-10b", "etc", ERROR)
    if known.budget and known.cost_limit is not None:
        over = 100 * ((known.actual or Decimal(0)) + etc - known.budget) / known.budget
        if over > known.cost_limit and not (said["exception_cause"] and said["exception_plan"]):
            yield Finding("VR-11", "exception_cause", WARNING, {"over": round(over, 1)})
    spent = (known.actual or Decimal(0)) - (known.actual_before or Decimal(0))
    if (
        known.budget
        and etc == known.etc_before
        and known.actual_before is not None
        and spent > SPENT_SHARE * known.budget
    ):
        yield Finding("VR-12", "etc", WARNING)


def risks(said: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    """VR-14: what is high, or was not looked at for long, is confirmed or closed."""
    for danger in known.dangers:
        age = (known.today - danger.reviewed).days if danger.reviewed else OLD_REVIEW + 1
        if (age > OLD_REVIEW or (age > 0 and danger.level >= HIGH_RISK)) and str(danger.pk) not in said["risks"]:
            yield Finding("VR-14", f"risks.{danger.pk}", WARNING, {"title": danger.title})


def new_risk(said: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    """VR-15."""
    title = said["new_risk_title"].strip()
    if not title:
        return
    if len(title) < SHORT_TITLE:
        yield Finding("VR-15", "new_risk_title", WARNING)
    if said["new_risk_probability"] is None or said["new_risk_impact"] is None:
        yield Finding("VR-15c", "new_risk_probability", ERROR)
    same = next((one for one in known.titles if alike(one, title) > SIMILAR), None)
    if same:
        yield Finding("VR-15b", "new_risk_title", WARNING, {"title": same})


def ask(said: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    """VR-16: who needs support says which, or that none is asked for."""
    level = RAG_OF_LEVEL.get(said["declared"], "")
    if level in ("amber", "red") and not said["ask"]:
        yield Finding("VR-16", "ask", ERROR)
    if said["ask"] != "asked":
        return
    if not said["ask_question"].strip():
        yield Finding("VR-16b", "ask_question", ERROR)
    if said["ask_needed_by"] is None or said["ask_needed_by"] < known.today:
        yield Finding("VR-16c", "ask_needed_by", WARNING)
    if said["ask_amount"] and len(said["ask_options"]) < 2:
        yield Finding("VR-16d", "ask_options", WARNING)


def back_to_green(said: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    """VR-17: a day, or the click that says it is not known yet."""
    day = said["back_to_green"]
    if RAG_OF_LEVEL.get(said["declared"]) == "red" and day is None and "VR-17:back_to_green" not in said["confirmed"]:
        yield Finding("VR-17", "back_to_green", ERROR)
    if day and known.forecast_end and day > known.forecast_end:
        yield Finding("VR-17b", "back_to_green", WARNING, {"end": known.forecast_end})


RULES = (overall_level, dimensions, message, milestones, progress, money, risks, new_risk, ask, back_to_green)


def alike(one: str, other: str) -> float:
    """Share of common trigrams of two texts, 0–1, as pg_trgm counts them."""
    first, second = _trigrams(one), _trigrams(other)
    return len(first & second) / len(first | second) if first and second else 0.0


def _trigrams(text: str) -> set[str]:
    words = "".join(char if char.isalnum() else " " for char in text.casefold()).split()
    return {f"  {word} "[start : start + 3] for word in words for start in range(len(word) + 1)}


def may_renew(known: Known) -> list[str]:
    """Why “nothing to report” is not offered (§7.2): codes; empty when it is."""
    reasons = []
    if known.computed.get("overall") != "green":
        reasons.append("not_green")
    if known.alerts:
        reasons.append("alerts")
    if known.stale:
        reasons.append("stale")
    if known.renewals >= 2:
        reasons.append("third")
    return reasons


def path_of(said: Mapping[str, Any]) -> str:
    """Express with at most one dimension that is not green and nothing asked, else full."""
    bad = sum(1 for one in DIMENSIONS if said[one] not in ("", "green"))
    return "express" if bad <= 1 and said["ask"] != "asked" else "full"
