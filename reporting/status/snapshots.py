"""What a frozen report keeps: the whole of a project as it stood, as JSON that any page, file or program can be made from.

Shape (`FORMAT` 1): `project` who and what it is; `report` what was declared; `health` the colours, figures and reasons as
computed then; `milestones` and `risks` lists; `money` {"budget", "eac", "actual", "committed", "etc", "months": [[month, kind,
amount]]}; `assessment` the independent review in force, None without one (older ones have no such key); `confidential` the note.
Days are ISO, amounts strings in the project's currency. `money`, `assessment` and `confidential` are for those who may see them
(`shown_to`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from projects.hierarchy.visibility import Access
from projects.raid.models import Assessment as Review
from reporting.health import unseen
from reporting.health.facts import Assessment
from reporting.health.selectors import Subject
from reporting.status.models import DIMENSIONS, Snapshot, StatusReport

FORMAT = 1
MONEY = ("budget", "eac", "committed", "actual", "year_budget", "year_forecast")
MONEY_OF_HEALTH = ("cost_variance", "cost_variance_percent")
OF_MONEY = ("exception_cause", "exception_plan")  # words about it
HEADER = (
    "code", "external_ref", "name", "name_en", "portfolio_id", "path", "state", "phase", "manager_name", "must_win",
    "priority", "start_date", "baseline_start", "baseline_end", "forecast_end", "currency", "data_date", "counted",
)  # fmt: skip
SAID = (
    "revision", "state", "way", "declared", "declared_reason", "declared_evidence", "trend", "key_message", "summary",
    *(f"{one}{part}" for one in DIMENSIONS for part in ("", "_comment", "_reason", "_evidence")),
    "percent_complete", "percent_reason", "exception_cause", "exception_plan", "highlights", "next_steps", "milestones",
    "ask", "ask_question", "ask_options", "ask_recommendation", "ask_needed_by", "ask_committee", "back_to_green",
    "confirmed", "submitted_at", "review_comment", "revision_reason",
)  # fmt: skip


def content(
    report: StatusReport, subject: Subject, judged: Assessment, *, reported: bool, parts: Mapping[str, Any]
) -> dict[str, Any]:
    """The whole of one project. `parts`: its `milestones`, `risks`, `months` and other lists, already plain; `named` its people.

    What nobody submitted is not told: a draft is not a report.
    """
    health = {key: value for key, value in asdict(judged).items() if key not in MONEY_OF_HEALTH}
    copied = subject.copied
    lists = {key: value for key, value in parts.items() if key not in ("months", "named")}
    money = {key: copied[key] for key in MONEY} | {key: getattr(judged, key) for key in MONEY_OF_HEALTH}
    told = told_by(report) if reported else {}
    return plain({
        "format": FORMAT,
        "project": {key: copied[key] for key in HEADER} | parts.get("named", {}),
        "report": told,
        "health": health | {"declared": copied["declared"], "late_milestones": copied["late_milestones"]},
        **lists,
        "money": money | ({"etc": report.etc, "ask_amount": report.ask_amount} if reported else {})
        | {"months": parts.get("months", [])},
        "confidential": {"note": report.confidential_note if reported else ""},
    })  # fmt: skip


def reworded(before: Mapping[str, Any], report: StatusReport) -> dict[str, Any]:
    """The same content with what a later revision says."""
    money = before["money"] | plain({"etc": report.etc, "ask_amount": report.ask_amount})
    return {**before, "report": plain(told_by(report)), "money": money}


def told_by(report: StatusReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in SAID} | {"author_name": named(report)}


def named(report: StatusReport) -> str:
    return report.author.label if report.author else ""


def plain(value: Any) -> Any:
    """The same as JSON holds it: days and moments as ISO, amounts as strings."""
    return orjson.loads(orjson.dumps(value, default=_as_text, option=orjson.OPT_NON_STR_KEYS))


def _as_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def review_told(review: Review) -> dict[str, Any]:
    """What a snapshot keeps of an independent review."""
    kept = {
        name: getattr(review, name)
        for name in ("scale", "rating", "assessed_on", "released_at", "summary", "recommendations")
    }
    return {"id": review.pk, **kept, "reviewer": review.judge}


def kept_review(content: Mapping[str, Any]) -> Review | None:
    """The independent review a snapshot kept, never to be saved; None where it kept none or from before there were any."""
    told = content.get("assessment")
    if told is None:
        return None
    return Review(
        pk=told["id"],
        scale=told["scale"],
        rating=told["rating"],
        assessed_on=date.fromisoformat(told["assessed_on"]),
        released_at=datetime.fromisoformat(told["released_at"]),
        reviewer_name=told["reviewer"],
        summary=told["summary"],
        recommendations=told["recommendations"],
        state=Review.State.RELEASED,
    )


def digest(told: Mapping[str, Any]) -> str:
    """SHA-256 of the content, keys in order."""
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def shown_to(snapshot: Snapshot, user: Any) -> dict[str, Any]:
    """The content without what the reader may not see, under the rights of today (decision 0160)."""
    access, told = Access.of(user), dict(snapshot.content)
    roles = access.roles_at(snapshot.project_id, snapshot.path, snapshot.confidential)
    if not access.sees_money_at(snapshot.project_id, snapshot.path, snapshot.confidential):
        told["money"] = None
        told["health"] = {**told["health"], "reasons": unseen.told(told["health"]["reasons"])}
        told["report"] = {key: "" if key in OF_MONEY else value for key, value in told["report"].items()}
    if "assessment" in told and not roles & access.seeing("assessments"):  # older ones kept none
        told["assessment"] = None
    if not roles & access.seeing("confidential_note"):
        told["confidential"] = None
    return told
