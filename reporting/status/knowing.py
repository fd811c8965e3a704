"""What the system knows when a report is written, read from the facts and the reports before (`rules.Known`)."""

from datetime import date
from decimal import Decimal
from typing import Any

from projects.hierarchy.declared import WORDS
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.planning.models import Milestone
from projects.raid.models import Issue, Risk
from reporting.health import rules as health
from reporting.health.selectors import LimitBook, Subject, subjects
from reporting.status.models import DIMENSIONS, Snapshot, StatusReport
from reporting.status.rules import RAG_OF_LEVEL, Danger, Known, Mark

BEFORE = 3  # reports looked back at
MOST_RISKS = 3
NOTHING_LEFT = (
    Project.State.CLOSING,
    Project.State.CLOSED,
    Project.State.STOPPED,
)  # to be spent, whatever the progress


class Knowledge:
    """The facts of one report, read once: `known` for the rules, the rest for the form."""

    def __init__(self, report: StatusReport, *, user: Any, on: date) -> None:
        self.report, self.project, self.on = report, report.project, on
        access = Access.of(user)
        self.sees_money = access.sees_money(self.project)
        self.sees_note = access.sees("confidential_note", self.project)
        self.subject: Subject = subjects([self.project.pk], on=on)[0]
        limits = LimitBook.read().of(self.subject)
        self.judged = health.assess(self.subject.facts, limits, self.subject.on)
        self.cost_limit = Decimal(str(limits.cost_percent[0])) + self.project.tolerance_cost
        self.milestones = list(Milestone.objects.filter(project=self.project).order_by("position", "pk"))
        risks = Risk.objects.filter(project=self.project, status__in=Risk.OPEN).select_related("owner")
        self.risks = sorted(risks, key=lambda risk: (-risk.residual_level, risk.pk))
        past = Snapshot.objects.filter(project=self.project, period__starts_on__lt=report.period.starts_on)
        self.past = list(past.order_by("-frozen_at", "-revision")[:BEFORE])

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
        return {"overall": judged.computed, "schedule": judged.schedule, "cost": judged.cost, "risk": judged.risk}

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
        issues = Issue.objects.filter(project=self.project, status__in=Issue.OPEN).values_list("title", flat=True)
        own = self.report.new_risk_title.strip()  # brought by this report before it was taken back
        return [title for title in [*(risk.title for risk in self.risks), *issues] if title != own]

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
