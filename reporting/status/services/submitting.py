"""Submitting: everything is checked again, the facts a report tells become the project's, in one transaction."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing, trace
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from pmo_portal.core.periods import first_of_month
from projects.hierarchy.models import Project
from projects.hierarchy.services import declare_status, update_project
from projects.money.models import BudgetLine
from projects.money.services import Cell, set_budget_cells
from projects.planning.models import Milestone
from projects.planning.services import update_milestone
from projects.raid.models import Decision, DecisionOption, Issue, Risk
from projects.raid.services.decisions import create_decision, update_decision
from projects.raid.services.issues import create_issue
from projects.raid.services.options import Choice
from projects.raid.services.risks import create_risk, update_risk
from reporting.status import rules, sent
from reporting.status.facts import ERROR, WARNING, Finding, Known
from reporting.status.knowing import Knowledge
from reporting.status.models import StatusReport
from reporting.status.services.drafts import check_right, count_time, opened

State, Path = StatusReport.State, StatusReport.Path
SHOWN = "shown"  # what `confirmed` keeps of a warning that was let pass with one click


class NotYet(DomainError):
    """What keeps a report from being submitted: `findings`, errors first."""

    def __init__(self, found: list[Finding]) -> None:
        super().__init__(_("Some points are missing before the report can be submitted."))
        self.findings = found


def submit(
    *, report: StatusReport, by: User, on: date, at: datetime, confirmed: Collection[str] = (), renew: bool = False
) -> StatusReport:
    """Submit a report and give the project its facts. Submitting again what is submitted changes nothing.

    `confirmed` are the keys of warnings that are as they are; `renew`: nothing to report, the last values stand. Raises NotYet.
    """
    with editing.writing(), trace.acting(by, action="submit"):
        held = editing.hold(Project, report.project_id)
        row = editing.hold(StatusReport, report.pk)
        check_right(row, by=by)
        if row.state in (State.SUBMITTED, State.VALIDATED):
            return row
        row = opened(row, by=by, on=on)
        knowledge = Knowledge(row, user=by, on=on)
        known = knowledge.known()
        if renew:
            check_renewal(known)
        row.confirmed = row.confirmed | {key: SHOWN for key in confirmed if key.startswith("VR-")}
        found = rules.findings(said(row), known)
        left = [one for one in found if one.kind == ERROR or (one.kind == WARNING and not renew)]
        if left:
            raise NotYet(left)
        row.way = Path.RENEW if renew else rules.path_of(said(row))
        if len(row.key_message.strip()) < rules.SHORT_MESSAGE:
            row.key_message = held.key_message or str(_("Nothing to report."))
        apply_facts(row, held, knowledge, by=by, on=on)
        count_time(row, at)
        row.state, row.submitted_at, row.author = State.SUBMITTED, at, by
        row.sent = sent.kept(row)
        row.save()
        return row


def take_back(*, report: StatusReport, by: User) -> StatusReport:
    """A submitted report becomes a draft again, until the period is frozen."""
    with editing.writing(), trace.acting(by):
        row = editing.hold(StatusReport, report.pk)
        check_right(row, by=by)
        if row.state in StatusReport.OVER:
            raise DomainError(_("This period is frozen: the report stays as it was reported."))
        if row.state in (State.SUBMITTED, State.VALIDATED):
            row.state, row.submitted_at = State.DRAFT, None
            row.save()
        return row


def check_renewal(known: Known) -> None:
    if reasons := rules.may_renew(known):
        from reporting.status.wording import NO_RENEWAL

        told = ", ".join(str(NO_RENEWAL[one]) for one in reasons)
        raise DomainError(_("“Nothing to report” is not possible: %(why)s.") % {"why": told})


def said(row: StatusReport) -> dict[str, Any]:
    """The report as the rules read it."""
    return {one.name: getattr(row, one.attname) for one in row._meta.concrete_fields}


def apply_facts(row: StatusReport, project: Project, knowledge: Knowledge, *, by: User, on: date) -> None:
    """Write what the report says of the project where it belongs; what did not change is not written."""
    if is_latest(row):  # an older period's report that comes late does not turn the project's status back
        declare_status(
            project=project, by=by, version=project.version, level=row.declared, trend=row.trend or Project.Trend.FLAT,
            key_message=row.key_message, on=on, back_to_green=until(row.back_to_green, project),
            confidential_note=row.confidential_note if knowledge.sees_note else None,
        )  # fmt: skip
    if row.percent_complete is not None and row.percent_complete != project.percent_complete:
        fresh = Project.objects.get(pk=project.pk)
        update_project(
            project=fresh, by=by, version=fresh.version, changes={"percent_complete": row.percent_complete}, on=on
        )
    for mark in Milestone.objects.filter(project=project, pk__in=[int(pk) for pk in row.milestones]):
        _move(mark, row.milestones[str(mark.pk)], by=by, on=on)
    for risk in Risk.objects.filter(project=project, status__in=Risk.OPEN, pk__in=[int(pk) for pk in row.risks]):
        changes: dict[str, Any] = {"last_reviewed_on": on}
        if row.risks[str(risk.pk)] == "closed":
            changes["status"] = Risk.Status.CLOSED
        update_risk(risk=risk, by=by, version=risk.version, changes=changes, on=on)
    if knowledge.sees_money and row.etc is not None and row.etc != knowledge.etc:
        estimate_again(row, project, knowledge, by=by, on=on)
    _new_risk(row, project, by=by, on=on)
    _ask(row, project, by=by, on=on)


def is_latest(row: StatusReport) -> bool:
    """Whether no report of a later period was submitted for the same project."""
    later = StatusReport.objects.filter(project=row.project_id, period__starts_on__gt=row.period.starts_on)
    return not later.filter(submitted_at__isnull=False).exists()


def until(day: date | None, project: Project) -> date | None:
    """A day after the end is told in the report only: the project keeps none (VR-17)."""
    return None if day and project.forecast_end and day > project.forecast_end else day


def _move(mark: Milestone, told: dict[str, str], *, by: User, on: date) -> None:
    changes: dict[str, Any] = {}
    if told.get("reached"):
        changes["actual_date"] = date.fromisoformat(told["reached"])
    elif "forecast" in told:
        changes["forecast_date"] = date.fromisoformat(told["forecast"]) if told["forecast"] else None
    changes = {name: value for name, value in changes.items() if getattr(mark, name) != value}
    if changes:
        update_milestone(milestone=mark, by=by, version=mark.version, changes=changes, on=on)


def estimate_again(row: StatusReport, project: Project, knowledge: Knowledge, *, by: User, on: date) -> None:
    """Bring the forecast to what remains: the whole-life figure where one is known, else the months to come in proportion."""
    etc = row.etc or Decimal(0)
    lines = list(
        BudgetLine.objects.filter(project=project, kind=BudgetLine.Kind.FORECAST).exclude(category="fiscal_year")
    )
    whole = [line for line in lines if line.month is None]
    if whole:
        spent = knowledge.subject.copied["actual"] or Decimal(0)
        cells = _shared(whole, spent + etc)
    elif lines:
        cells = _shared(lines, etc)
    else:
        cells = [Cell(first_of_month(row.period.ends_on), BudgetLine.Kind.FORECAST, etc)]
    set_budget_cells(project=project, by=by, on=on, cells=cells)


def _shared(lines: list[BudgetLine], total: Decimal) -> list[Cell]:
    """The lines with their amounts in proportion, to the cent; the last one takes what rounding leaves."""
    before = sum((line.amount for line in lines), Decimal(0))
    shares = [
        (line.amount * total / before if before else total / len(lines)).quantize(Decimal("0.01")) for line in lines
    ]
    shares[-1] += total - sum(shares, Decimal(0))
    return [
        Cell(line.month, line.kind, amount, line.cost_type, line.category)
        for line, amount in zip(lines, shares, strict=True)
    ]


def _new_risk(row: StatusReport, project: Project, *, by: User, on: date) -> None:
    """Once: a report that is submitted again does not bring it again."""
    title = row.new_risk_title.strip()
    if not title:
        return
    owner = {"owner": row.new_risk_owner} if row.new_risk_owner else {}
    if row.new_risk_kind == "issue":
        if not Issue.objects.filter(project=project, title=title).exists():
            create_issue(project=project, by=by, on=on, title=title, urgency=row.new_risk_probability or 3,
                         impact=row.new_risk_impact or 3, **owner)  # fmt: skip
    elif not Risk.objects.filter(project=project, title=title).exists():
        create_risk(project=project, by=by, on=on, title=title, probability=row.new_risk_probability,
                    impact=row.new_risk_impact, **owner)  # fmt: skip


def _ask(row: StatusReport, project: Project, *, by: User, on: date) -> None:
    """A decision that is asked for, once: asked again in other words, the open one is reworded."""
    if row.ask != "asked":
        return
    fields: dict[str, Any] = {
        "question": row.ask_question[:200], "recommendation": row.ask_recommendation, "needed_by": row.ask_needed_by,
        "committee": row.ask_committee,
    }  # fmt: skip
    if row.ask_amount is not None:
        fields["amount_asked"] = row.ask_amount
    open_ones = Decision.objects.filter(project=project, status__in=Decision.OPEN)
    known = (
        open_ones.filter(external_ref=f"report:{row.pk}").first()
        or open_ones.filter(question=fields["question"]).first()
    )
    options = _options(row, list(known.options.all()) if known else [])
    if known:
        update_decision(decision=known, by=by, version=known.version, changes=fields, on=on, options=options)
    else:
        create_decision(project=project, by=by, on=on, options=options, external_ref=f"report:{row.pk}", **fields)


def _options(row: StatusReport, stored: Sequence[DecisionOption]) -> list[Choice]:
    """The options as the report names them; what the register knows of one (cost, delay, note) stays with its name."""
    known = {option.label: option for option in stored}
    named = row.ask_recommendation in row.ask_options
    choices = []
    for label in row.ask_options:
        one, recommended = known.get(label), label == row.ask_recommendation
        if one is None:
            choices.append(Choice(label, recommended=recommended))
        else:
            recommended = recommended if named else one.recommended
            choices.append(Choice(label, one.cost, one.delay_days, one.note, recommended))
    return choices
