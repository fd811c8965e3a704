"""A sheet from what is told: the words of one language, nothing read and nothing computed that a snapshot does not hold."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from pmo_portal.core import formats
from pmo_portal.core.templatetags.health import TRENDS
from projects.hierarchy.models import Project
from projects.hierarchy.words import phase_of
from reporting.exports import amounts, lists, words
from reporting.exports.selectors import Content, Told
from reporting.exports.sheet import (
    MOST_LINES,
    Cell,
    Confidence,
    Fact,
    Head,
    Indicator,
    Mark,
    Progress,
    Sheet,
    clipped,
)  # fmt: skip
from reporting.exports.since import changes
from reporting.exports.words import day_of
from reporting.status.models import DIMENSIONS
from reporting.status.periods_models import in_words
from reporting.status.snapshots import kept_review
from reporting.status.wording import label_of

BEHIND = (-5, -15)  # points of progress behind the plan from which it is amber, then red (K-E20)
LINE = 120  # characters of an achievement or a step (VR-13)
UNSAFE_IN_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def sheet_of(told: Told, language: str) -> Sheet:
    """The flash report in "fr" or "en". A text that exists in one language only is told in that one."""
    with translation.override(language):
        content, report = told.content, told.content["report"]
        head = _head(told)
        return Sheet(
            language=language,
            file_name=_file_name(told, language),
            title=f"{head.code} {head.name} – {_('Flash report')}, {head.period}",
            head=head,
            confidence=_confidence(told),
            message=clipped(report.get("key_message", ""), 140),
            summary=" ".join(report.get("summary", "").split()),
            indicators=tuple(_indicator(key, told) for key in DIMENSIONS),
            progress=_progress(told),
            budget=amounts.budget(content),
            milestones=lists.milestones(content, told.before, told.on),
            highlights=_lines(report.get("highlights")),
            next_steps=_lines(report.get("next_steps")),
            risks=lists.risks(content, told.before),
            issues=lists.issues(content),
            asks=lists.asks(content),
            changes=changes(content, told.before),
            strip=_strip(told),
            note=clipped((content["confidential"] or {}).get("note", ""), 500),
            words=words.headings(),
        )


def _file_name(told: Told, language: str) -> str:
    period = told.period
    when = words.stamp(period.starts_on, period.cadence) if period else told.on.isoformat()
    code = UNSAFE_IN_A_NAME.sub("-", told.content["project"]["code"]).strip("-.") or "project"
    return f"{code}_{when}_{language}"


def _head(told: Told) -> Head:
    project, period = told.content["project"], told.period
    when = period.label if period else formats.date(told.on, "long")
    portfolio = label_of(project, "portfolio_name")
    phase = " · ".join(
        part for part in (str(Project.State(project["state"]).label), phase_of(project["phase"])) if part
    )
    given = [
        (_("Sponsor"), project["sponsor_name"]), (_("Project manager"), project["manager_name"]), (_("Phase"), phase),
        (_("Size"), project["size"]), (_("Portfolio"), portfolio),
    ]  # fmt: skip
    return Head(
        code=project["code"],
        name=clipped(label_of(project), 140),
        portfolio=portfolio,
        period=when,
        day=formats.date(told.on),
        facts=tuple(Fact(label, text) for label, text in given if text),
        standing=_standing(told),
        is_frozen=told.frozen_at is not None,
        is_reported=told.is_reported,
        confidential=_("Confidential") if told.is_confidential else "",
    )


def _standing(told: Told) -> str:
    if told.frozen_at is None:
        return _("Draft of %(day)s, not frozen") % {"day": formats.date(told.on)}
    day = formats.date(timezone.localdate(told.frozen_at))
    if told.revision > 1:
        return _("Frozen on %(day)s, revision %(number)d") % {"day": day, "number": told.revision}
    return _("Frozen on %(day)s") % {"day": day}


def _confidence(told: Told) -> Confidence:
    content, report = told.content, told.content["report"]
    scale, health = content["project"]["scale"], content["health"]
    before = told.before["report"].get("declared", "") if told.before else None
    trend = report.get("trend", "")
    gap = health["gap"] if told.is_reported else None
    review = kept_review(content)
    return Confidence(
        declared=words.declared(report.get("declared", ""), scale),
        trend=trend,
        trend_words=str(TRENDS[trend][2]) if trend in TRENDS else "",
        previous=words.declared(before, scale) if before is not None else Mark(),
        computed=words.rag(health["computed"]),
        gap=gap,
        gap_words=_gap(gap),
        reason=clipped(report.get("declared_reason", ""), 160) if gap else "",
        review=words.declared(review.rating, review.scale) if review else Mark(),
        review_on=formats.date(review.assessed_on) if review else "",
        review_by=review.judge if review else "",
        review_far=review.far_below(report.get("declared", "")) if review else False,
    )


def _gap(gap: int | None) -> str:
    if gap is None:
        return ""
    return (
        _("Aligned")
        if gap == 0
        else _("Cautious")
        if gap < 0
        else _("Optimistic")
        if gap == 1
        else _("Very optimistic")
    )


def _indicator(key: str, told: Told) -> Indicator:
    """Judged where somebody did, computed where nobody did and it can be."""
    content, report = told.content, told.content["report"]
    said, computed = report.get(key, ""), content["health"].get(key, "")
    return Indicator(
        key=key,
        label=str(words.INDICATORS[key]),
        mark=words.rag(said or computed or "grey"),
        previous=words.rag(_judged(told.before, key)),
        computed=words.rag(computed) if said and computed not in ("", "grey", said) else Mark(),
        figure=_figure(key, content),
        comment=clipped(report.get(f"{key}_comment", ""), 160),
    )


def _judged(content: Content | None, key: str) -> str:
    if content is None:
        return ""
    colour: str = content["report"].get(key, "") or content["health"].get(key, "grey")
    return colour


def _figure(key: str, content: Content) -> str:
    health, money = content["health"], content["money"]
    if key == "schedule" and health["slip_days"] is not None:
        share = health["slip_percent"]
        parts = [formats.days(health["slip_days"]), formats.percent(Decimal(share), 1) if share is not None else ""]
    elif key == "cost" and money and money["cost_variance"] is not None:
        share = money["cost_variance_percent"]
        parts = [
            formats.money(Decimal(money["cost_variance"]), content["project"]["currency"], scale="auto", sign=True),
            formats.percent(Decimal(share), 1, sign=True) if share is not None else "",
        ]
    elif key == "risk" and content["risks"]:
        parts = [lists.highest(content)]
    else:
        parts = []
    return " / ".join(part for part in parts if part)


def _progress(told: Told) -> Progress:
    project, report = told.content["project"], told.content["report"]
    actual = report.get("percent_complete") or project["percent_complete"]
    done = float(actual) if actual is not None else None
    planned = elapsed(
        day_of(project["baseline_start"] or project["start_date"]), day_of(project["baseline_end"]), told.on
    )
    gap = done - planned if done is not None and planned is not None else None
    slip, green = told.content["health"]["slip_days"], day_of(report.get("back_to_green"))
    dates = [
        Fact(_("Baseline end"), formats.date(day_of(project["baseline_end"]))),
        Fact(_("Forecast end"), formats.date(day_of(project["forecast_end"])), _late(slip), strong=True),
        Fact(_("Back to green"), formats.date(green) if green else ""),
    ]
    return Progress(
        actual=done,
        planned=planned,
        actual_text=formats.percent(done),
        planned_text=formats.percent(planned),
        gap_text=_("%(points)s points") % {"points": formats.number(round(gap), sign=True)} if gap is not None else "",
        state="" if gap is None or gap >= BEHIND[0] else "amber" if gap >= BEHIND[1] else "red",
        dates=tuple(one for one in dates if one.text),
    )


def _late(slip: int | None) -> str:
    return "red" if slip is not None and slip > 0 else ""


def elapsed(start: date | None, end: date | None, on: date) -> float | None:
    """The share of the baseline duration that has passed, 0–100; None without both of its days."""
    if start is None or end is None or end <= start:
        return None
    return round(min(max((on - start).days / (end - start).days, 0), 1) * 100, 1)


def _lines(given: Any) -> tuple[str, ...]:
    lines = (clipped(str(one), LINE) for one in given or ())
    return tuple(one for one in lines if one)[:MOST_LINES]


def _strip(told: Told) -> tuple[Cell, ...]:
    """The last periods, this one at the end."""
    scale = told.content["project"]["scale"]
    shown = [(one.starts_on, one.cadence, one.declared) for one in told.past]
    if told.period is not None:
        shown.append((told.period.starts_on, told.period.cadence, told.content["report"].get("declared", "")))
    return tuple(
        Cell(words.short_period(starts, cadence), in_words(starts, cadence), words.declared(level, scale))
        for starts, cadence, level in shown
    )
