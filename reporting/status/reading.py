"""A report as it is read: from its snapshot once it is frozen, from its row before. Without what the reader may not see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from projects.hierarchy.declared import rag_of
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.raid.models import Assessment
from projects.raid.selectors import review_beside
from reporting.status import rules, snapshots, wording
from reporting.status.models import DIMENSIONS, Snapshot, StatusReport
from reporting.status.sent import as_submitted


@dataclass(frozen=True, slots=True)
class Reading:
    """`said` are the fields of the report with their Python values, empty when nothing was submitted; `computed` the colours
    computed beside it, by dimension and of the `overall`; `gap` (BR-21) in ranks, None when one of the two is grey.

    `etc` is in `currency`, None where it is unknown or not for this reader; `note` is '' likewise. `snapshot` None: not frozen.
    """

    code: str
    label: str
    portfolio: tuple[str, str]  # code, name
    scale: str
    currency: str
    author: str
    said: Mapping[str, Any]
    computed: Mapping[str, str]
    gap: int | None
    etc: Decimal | None
    note: str
    snapshot: Snapshot | None = None
    review: Assessment | None = None  # the independent one beside it, for who reads it

    @property
    def dimensions(self) -> list[tuple[str, str, str, str, str]]:
        """(name, declared, computed or '', comment, reason) of each, in the order of the form."""
        return [
            (
                wording.dimension(name), self.said[name], self.computed.get(name, ""),
                self.said[f"{name}_comment"], self.said[f"{name}_reason"],
            )
            for name in (DIMENSIONS if self.said else ())
        ]  # fmt: skip


def reading(report: StatusReport, user: Any) -> Reading:
    """One report; a frozen one as it was kept, whatever became of its project."""
    kept = Snapshot.objects.filter(report=report).first()
    return _kept(kept, user) if kept else _now(report, user)


def _now(report: StatusReport, user: Any) -> Reading:
    report, project, access = as_submitted(report), report.project, Access.of(user)
    said = {name: getattr(report, name) for name in snapshots.SAID} if report.submitted_at else {}
    return Reading(
        code=project.code,
        label=project.label,
        portfolio=(project.portfolio.code, project.portfolio.label),
        scale=project.portfolio.scale,
        currency=project.currency,
        author=snapshots.named(report),
        said=said,
        computed=computed_now(project),
        gap=rules.gap(rag_of(report.declared).value, computed_now(project).get("overall", "")) if said else None,
        etc=report.etc if said and access.sees_money(project) else None,
        note=report.confidential_note if said and access.sees("confidential_note", project) else "",
        review=review_beside(project, user),
    )


def _kept(kept: Snapshot, user: Any) -> Reading:
    content = snapshots.shown_to(kept, user)
    project, money, note = content["project"], content["money"] or {}, content["confidential"] or {}
    return Reading(
        code=project["code"],
        label=wording.label_of(project),
        portfolio=(project["portfolio_code"], wording.label_of(project, "portfolio_name")),
        scale=project["scale"],
        currency=project["currency"],
        author=content["report"].get("author_name", ""),
        said=typed(content["report"]),
        computed={**content["health"], "overall": content["health"]["computed"]},
        gap=kept.gap,
        etc=_amount(money.get("etc")),
        note=note.get("note", ""),
        snapshot=kept,
        review=snapshots.kept_review(content),
    )


def computed_now(project: Project) -> dict[str, str]:
    """The colours of today, by dimension and of the `overall`; nothing for a project that was never judged."""
    held = getattr(project, "health", None)
    return {} if held is None else {
        "overall": held.computed, "schedule": held.schedule, "cost": held.cost, "resources": held.resources,
        "risk": held.risk,
    }  # fmt: skip


def typed(told: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a report as its model has them, from what a snapshot kept."""
    given = dict(told)
    for name in ("back_to_green", "ask_needed_by"):
        given[name] = date.fromisoformat(given[name]) if given.get(name) else None
    if told:
        given["percent_complete"] = _amount(given["percent_complete"])
        given["submitted_at"] = datetime.fromisoformat(given["submitted_at"]) if given["submitted_at"] else None
    return given if told else {}


def _amount(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def revisions(report: StatusReport, user: Any) -> QuerySet[StatusReport]:
    """Every revision of the same report that the reader sees, oldest first; `reviewer` is who made it."""
    rows = StatusReport.objects.visible_to(user).filter(project=report.project_id, period=report.period_id)
    return rows.select_related("reviewer").order_by("revision")
