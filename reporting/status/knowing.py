"""What the system knows when a report is written, read from the facts and the reports before (`facts.Known`)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from projects.hierarchy.declared import WORDS
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.planning.models import Milestone
from projects.raid.models import Issue, Risk
from reporting.health import rules as health
from reporting.health.selectors import LimitBook, Subject, subjects
from reporting.status.facts import Danger, Known, Mark
from reporting.status.models import DIMENSIONS, Snapshot, StatusReport
from reporting.status.rules import RAG_OF_LEVEL

BEFORE = 3  # reports looked back at
MOST_RISKS = 3
NOTHING_LEFT = (
    Project.State.CLOSING,
    Project.State.CLOSED,
    Project.State.STOPPED,
)  # to be spent, whatever the progress


class Facts:
    """What is read for the reports of a batch: a fixed number of queries for those of periods that start on the same day."""

    def __init__(self, reports: Iterable[StatusReport], *, on: date) -> None:
        reports = list(reports)
        ids = sorted({report.project_id for report in reports})
        self.subjects: dict[int, Subject] = {one.project_id: one for one in subjects(ids, on=on)}
        self.limits = LimitBook.read()
        self.milestones: dict[int, list[Milestone]] = defaultdict(list)
        for mark in Milestone.objects.filter(project__in=ids).order_by("position", "pk"):
            self.milestones[mark.project_id].append(mark)
        self.risks: dict[int, list[Risk]] = defaultdict(list)
        for risk in Risk.objects.filter(project__in=ids, status__in=Risk.OPEN).select_related("owner"):
            self.risks[risk.project_id].append(risk)
        self.issues: dict[int, list[str]] = defaultdict(list)
        open_ones = Issue.objects.filter(project__in=ids, status__in=Issue.OPEN).order_by("pk")
        for project, title in open_ones.values_list("project_id", "title"):
            self.issues[project].append(title)
        self.past: dict[tuple[int, date], list[Snapshot]] = defaultdict(list)
        for start in {report.period.starts_on for report in reports}:
            of = {report.project_id for report in reports if report.period.starts_on == start}
            for one in _last_snapshots(of, before=start):
                self.past[one.project_id, start].append(one)


def _last_snapshots(projects: Iterable[int], *, before: date) -> Iterable[Snapshot]:
    """Of each project the last ones, newest first."""
    newest = [F("frozen_at").desc(), F("revision").desc()]
    rank = Window(RowNumber(), partition_by=[F("project")], order_by=newest)
    past = Snapshot.objects.filter(project__in=projects, period__starts_on__lt=before)
    return past.annotate(rank=rank).filter(rank__lte=BEFORE).order_by("project", "rank")


class Knowledge:
    """The facts of one report, read once: `known` for the rules, the rest for the form. `facts` are those of its batch."""

    def __init__(self, report: StatusReport, *, user: Any, on: date, facts: Facts | None = None) -> None:
        facts = facts or Facts([report], on=on)
        self.report, self.project, self.on = report, report.project, on
        access = Access.of(user)
        self.sees_money = access.sees_money(self.project)
        self.sees_note = access.sees("confidential_note", self.project)
        self.subject: Subject = facts.subjects[self.project.pk]
        limits = facts.limits.of(self.subject)
        self.judged = health.assess(self.subject.facts, limits, self.subject.on)
        self.cost_limit = Decimal(str(limits.cost_percent[0])) + self.project.tolerance_cost
        self.milestones = facts.milestones[self.project.pk]
        self.risks = sorted(facts.risks[self.project.pk], key=lambda risk: (-risk.residual_level, risk.pk))
        self.issues = facts.issues[self.project.pk]
        self.past = facts.past[self.project.pk, report.period.starts_on]

    @property
    def last(self) -> Snapshot | None:
        """The last frozen report of the project that says something."""
        return next((one for one in self.past if one.is_reported), None)

    @property
    def etc(self) -> Decimal | None:
        """What remains to be spent as it is known: forecast at completion less what was spent."""
        copied = self.subject.copied
        return None if copied["eac"] is None else max(Decimal(0), copied["eac"] - (copied["actual"] or Decimal(0)))

    @property
    def computed(self) -> dict[str, str]:
        judged = self.judged
        return {
            "overall": judged.computed, "schedule": judged.schedule, "cost": judged.cost, "resources": judged.resources,
            "risk": judged.risk,
        }  # fmt: skip

    def marks(self) -> list[Milestone]:
        """The milestones of the form: those not reached, late ones first, then the next; six at most."""
        open_ones = [one for one in self.milestones if one.actual_date is None]
        return sorted(open_ones, key=lambda one: (one.forecast_date or one.baseline_date or date.max, one.pk))[:6]

    def dangers(self) -> list[Risk]:
        """The highest open threats."""
        return [risk for risk in self.risks if risk.kind == Risk.Kind.THREAT][:MOST_RISKS]

    def known(self) -> Known:
        copied, last = self.subject.copied, self.last
        told: dict[str, Any] = last.content["report"] if last else {}
        before = {name: told.get(name, "") for name in DIMENSIONS} | {
            "declared": RAG_OF_LEVEL.get(str(told.get("declared", "")), "")
        }
        money = last.content["money"] if last else {}
        said = [one.content["report"] for one in self.past if one.is_reported]
        renewals = 0
        for one in said:
            if one.get("way") != StatusReport.Path.RENEW:
                break
            renewals += 1
        return Known(
            today=self.on,
            levels=tuple(WORDS[self.project.portfolio.scale]),
            computed=self.computed,
            before=before,
            messages=[one["key_message"] for one in said[:2]],
            percents=[Decimal(one["percent_complete"]) for one in said if one.get("percent_complete")],
            marks=[
                Mark(one.pk, one.label, one.is_key, one.baseline_date, one.forecast_date, one.actual_date)
                for one in self.milestones
            ],
            dangers=[Danger(one.pk, one.label, one.residual_level, one.last_reviewed_on) for one in self.dangers()],
            titles=self.titles(),
            budget=copied["budget"],
            actual=copied["actual"],
            etc_before=_amount(money.get("etc")),
            actual_before=_amount(money.get("actual")),
            cost_limit=self.cost_limit,
            forecast_end=self.project.forecast_end,
            closing=self.project.state in NOTHING_LEFT,
            sees_money=self.sees_money,
            renewals=renewals,
            alerts=int((self.judged.gap or 0) >= 2) + int((copied["actual"] or 0) > (copied["budget"] or copied["actual"] or 0)),
            stale=self.project.data_date is None or self.project.data_date < self.report.period.starts_on,
        )  # fmt: skip

    def titles(self) -> list[str]:
        """Of what is open already: a new risk that looks the same is asked about."""
        own = self.report.new_risk_title.strip()  # brought by this report before it was taken back
        return [title for title in [*(risk.title for risk in self.risks), *self.issues] if title != own]

    def prefilled(self) -> dict[str, Any]:
        """The first values of a report: what was declared last, what is computed, what is known; nothing invented."""
        project, copied = self.project, self.subject.copied
        colours = {name: colour for name, colour in self.computed.items() if name in DIMENSIONS and colour != "grey"}
        last = {name: value for name, value in (self.last.content["report"] if self.last else {}).items()
                if name in DIMENSIONS and value}  # fmt: skip
        known = project.declared if project.declared in WORDS[project.portfolio.scale] else ""
        return {
            **dict.fromkeys(DIMENSIONS, ""), **last, **colours,  # what nobody judged and nothing computes is grey, not green
            "declared": known,
            "trend": project.declared_trend or Project.Trend.FLAT,
            "key_message": project.key_message,
            "percent_complete": copied["percent_complete"],
            "etc": self.etc if self.sees_money else None,
            "back_to_green": project.back_to_green,
            "confidential_note": project.confidential_note[:500] if self.sees_note else "",
            "highlights": self._highlights(),
            "next_steps": self._next_steps(),
        }  # fmt: skip

    def _highlights(self) -> list[str]:
        """The milestones reached in the period."""
        period = self.report.period
        reached = [one for one in self.milestones if one.actual_date and period.starts_on <= one.actual_date <= self.on]
        return [f"{one.label}"[:120] for one in reached[:5]]

    def _next_steps(self) -> list[str]:
        """The milestones expected until the end of the next period."""
        until = self.report.period.ends_on + (self.report.period.ends_on - self.report.period.starts_on)
        soon = [one for one in self.marks() if (one.forecast_date or one.baseline_date or date.max) <= until]
        return [one.label[:120] for one in soon[:5]]


def _amount(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
