"""A report as it is read: from its snapshot once it is frozen, from its row before. Without what the reader may not see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from projects.hierarchy.declared import rag_of
from projects.hierarchy.visibility import Access
from reporting.health.models import ProjectHealth
from reporting.status import rules, snapshots, wording
from reporting.status.models import DIMENSIONS, Snapshot, StatusReport


@dataclass(frozen=True, slots=True)
class Reading:
    """`said` are the fields of the report with their Python values, empty when nothing was submitted; `etc` is in `currency`,
    None where it is unknown or not for this reader; `note` is '' likewise. `computed` is the colour beside what was declared,
    `gap` the ranks between them (BR-21). `snapshot` None: not frozen yet."""

    code: str
    label: str
    portfolio: tuple[str, str]  # code, name
    scale: str
    currency: str
    author: str
    said: Mapping[str, Any]
    etc: Decimal | None
    note: str
    computed: str = ""
    gap: int | None = None
    snapshot: Snapshot | None = None

    @property
    def dimensions(self) -> list[tuple[str, str, str, str]]:
        """(name, colour, comment, reason) of each, in the order of the form."""
        return [
            (wording.dimension(name), *(self.said[f"{name}{part}"] for part in ("", "_comment", "_reason")))
            for name in (DIMENSIONS if self.said else ())
        ]


def reading(report: StatusReport, user: Any) -> Reading:
    """One report; a frozen one as it was kept, whatever became of its project."""
    kept = Snapshot.objects.filter(report=report).first()
    return _kept(kept, user) if kept else _now(report, user)


def _now(report: StatusReport, user: Any) -> Reading:
    project, access = report.project, Access.of(user)
    said = {name: getattr(report, name) for name in snapshots.SAID} if report.submitted_at else {}
    computed = ProjectHealth.objects.filter(project=project).values_list("computed", flat=True).first() or ""
    return Reading(
        code=project.code,
        label=project.label,
        portfolio=(project.portfolio.code, project.portfolio.label),
        scale=project.portfolio.scale,
        currency=project.currency,
        author=snapshots.named(report),
        said=said,
        etc=report.etc if said and access.sees_money(project) else None,
        note=report.confidential_note if said and access.sees("confidential_note", project) else "",
        computed=computed,
        gap=rules.gap(rag_of(report.declared).value, computed),
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
        etc=_amount(money.get("etc")),
        note=note.get("note", ""),
        computed=kept.computed,
        gap=kept.gap,
        snapshot=kept,
    )


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
