"""The lists of a sheet, each cut to what fits a page: milestones, risks, issues, decisions that are asked for."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from pmo_portal.core import formats
from projects.raid.models import Risk
from reporting.exports.selectors import Content
from reporting.exports.sheet import (
    MOST_ASKS,
    MOST_ISSUES,
    MOST_MILESTONES,
    MOST_RISKS,
    Ask,
    Mark,
    MilestoneLine,
    RiskLine,
    clipped,
)  # fmt: skip
from reporting.exports.words import day_of
from reporting.status.selectors import left
from reporting.status.wording import label_of

RECENT = timedelta(days=45)  # how long a milestone that was reached is still news
REACHED_SHOWN = 2
HIGH, MODERATE = 15, 10  # levels from which a risk is red, then amber (domain.md §2.8.5)
Row = Mapping[str, Any]


def milestones(content: Content, before: Content | None, on: date) -> tuple[MilestoneLine, ...]:
    """The last ones reached and those ahead, key ones first where there are too many; in the order of time.

    What the report says of a milestone (its forecast, that it is reached, why) counts before what is recorded.
    """
    said = content["report"].get("milestones") or {}
    rows = [_milestone(row, said.get(str(row["id"]), {})) for row in content["milestones"]]
    reached = sorted((row for row in rows if row["reached"]), key=lambda row: row["reached"])
    news = [row for row in reached if on - row["reached"] <= RECENT][-REACHED_SHOWN:]
    ahead = sorted((row for row in rows if not row["reached"] and row["expected"]), key=lambda row: row["expected"])
    chosen = news + sorted(ahead, key=lambda row: not row["is_key"])[: MOST_MILESTONES - len(news)]
    if len(chosen) < MOST_MILESTONES and reached:
        older = [row for row in reached if row not in news]
        chosen = (
            older[len(older) - (MOST_MILESTONES - len(chosen)) if len(older) > MOST_MILESTONES - len(chosen) else 0 :]
            + chosen
        )
    then = {row["id"]: row for row in before["milestones"]} if before else {}
    ordered = sorted(chosen, key=lambda row: row["reached"] or row["expected"])
    return tuple(_line(row, then.get(row["id"]), on) for row in ordered)


def _milestone(row: Row, said: Row) -> dict[str, Any]:
    reached = day_of(said.get("reached")) or day_of(row["actual_date"])
    expected = reached or day_of(said.get("forecast")) or day_of(row["forecast_date"]) or day_of(row["baseline_date"])
    note = said.get("cause") or said.get("note") or ""
    return {**row, "reached": reached, "expected": expected, "baseline": day_of(row["baseline_date"]), "note": note}


def _line(row: Row, then: Row | None, on: date) -> MilestoneLine:
    slip = (row["expected"] - row["baseline"]).days if row["baseline"] else None
    past = day_of(then["actual_date"] or then["forecast_date"] or then["baseline_date"]) if then else None
    return MilestoneLine(
        label=clipped(label_of(row), 90),
        is_key=row["is_key"],
        baseline=formats.date(row["baseline"], "short"),
        previous=formats.date(past, "short"),
        forecast=formats.date(row["expected"], "short"),
        slip=formats.days(slip),
        mark=_reached(row, slip, on),
        note=clipped(row["note"], 90),
    )


def _reached(row: Row, slip: int | None, on: date) -> Mark:
    if row["reached"]:
        return Mark("green", pgettext("milestone", "Reached"))
    if row["expected"] < on:
        return Mark("red", pgettext("milestone", "Overdue"))
    if slip is not None and slip > 0:
        return Mark("amber", pgettext("milestone", "Late"))
    return Mark("green", pgettext("milestone", "On time"))


def risks(content: Content, before: Content | None) -> tuple[RiskLine, ...]:
    """The open threats of the highest level after their response."""
    then = {row["id"]: left(row) for row in before["risks"]} if before else None
    return tuple(_risk(row, then) for row in _threats(content)[:MOST_RISKS])


def _threats(content: Content) -> list[Any]:
    return [row for row in content["risks"] if row["kind"] == Risk.Kind.THREAT]


def highest(content: Content) -> str:
    """The figure of the risk dimension: the highest level, and how many are open."""
    threats = _threats(content)
    count = ngettext("%(count)s open", "%(count)s open", len(threats)) % {"count": formats.number(len(threats))}
    return f"{max(map(left, threats))}/25 · {count}" if threats else ""


def _risk(row: Any, then: Mapping[int, int] | None) -> RiskLine:
    level = left(row)
    residual = row["residual_probability"] and row["residual_impact"]
    pair = ("residual_probability", "residual_impact") if residual else ("probability", "impact")
    moved = "" if then is None else _moved(then.get(row["id"]), level)
    response = str(Risk.Response(row["response"]).label) if row["response"] else ""
    return RiskLine(
        label=clipped(label_of(row, "title"), 110),
        level=level,
        made_of=f"{row[pair[0]]} × {row[pair[1]]}",
        mark=_level(level),
        moved=moved,
        moved_words=_moved_words(moved),
        response=clipped(" – ".join(part for part in (response, row["response_note"]) if part), 130),
        owner=row["owner__name"] or "",
        due=formats.date(day_of(row["due_date"]), "short") if row["due_date"] else "",
    )


def _level(level: int) -> Mark:
    """A level as a colour that says its band, not a project's health."""
    if level >= HIGH:
        return Mark("red", pgettext("level", "Critical"))
    return (
        Mark("amber", pgettext("level", "High")) if level >= MODERATE else Mark("green", pgettext("level", "Moderate"))
    )


def _moved(then: int | None, level: int) -> str:
    return "new" if then is None else "flat" if then == level else "up" if level > then else "down"


def _moved_words(moved: str) -> str:
    words = {
        "new": pgettext("risk", "new"),
        "up": pgettext("risk", "rising"),
        "down": pgettext("risk", "falling"),
        "flat": _("stable"),
    }
    return words.get(moved, "")


def issues(content: Content) -> tuple[RiskLine, ...]:
    """The open issues that come first: urgency × impact. A snapshot from before there was a register has none."""
    rows = sorted(content.get("issues", ()), key=lambda row: (-row["urgency"] * row["impact"], row["id"]))
    return tuple(
        RiskLine(
            label=clipped(label_of(row, "title"), 110),
            level=row["urgency"] * row["impact"],
            made_of=f"{row['urgency']} × {row['impact']}",
            mark=_level(row["urgency"] * row["impact"]),
            moved="",
            moved_words="",
            response="",
            owner=row.get("owner__name") or "",
            due=formats.date(day_of(row["due_date"]), "short") if row.get("due_date") else "",
        )
        for row in rows[:MOST_ISSUES]
    )


def asks(content: Content) -> tuple[Ask, ...]:
    """What the report asks for, then what the register waits for, the most urgent first."""
    report, found = content["report"], []
    if report.get("ask") == "asked":
        found.append(
            Ask(
                question=clipped(report["ask_question"], 240),
                options=_options(report["ask_options"]),
                recommendation=clipped(report["ask_recommendation"], 160),
                needed_by=formats.date(day_of(report["ask_needed_by"])) if report["ask_needed_by"] else "",
                committee=clipped(report["ask_committee"], 60),
                amount=_amount((content["money"] or {}).get("ask_amount"), content),
            )
        )
    waiting = sorted(content.get("decisions", ()), key=lambda row: (row["needed_by"] or "9", row["id"]))
    asked = {one.question for one in found}
    found += [one for one in (_decision(row) for row in waiting) if one.question not in asked]
    return tuple(found[:MOST_ASKS])


def _options(given: Sequence[Any]) -> tuple[str, ...]:
    """The labels, the recommended one first."""
    rows = [one for one in given or () if isinstance(one, dict) and one.get("label")]
    return tuple(clipped(one["label"], 60) for one in sorted(rows, key=lambda one: not one.get("recommended")))[:4]


def _decision(row: Row) -> Ask:
    return Ask(
        question=clipped(label_of(row, "question"), 160),
        options=(),
        recommendation=clipped(row.get("recommendation") or "", 120),
        needed_by=formats.date(day_of(row["needed_by"])) if row["needed_by"] else "",
        committee=clipped(row.get("committee") or "", 60),
        amount="",
    )


def _amount(value: str | None, content: Content) -> str:
    return formats.money(Decimal(value), content["project"]["currency"], scale="auto") if value else ""
