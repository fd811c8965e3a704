"""One report of the scenario, filled in by its project manager as on the page: saved as it is written, then submitted."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pmo_portal.core.errors import DomainError
from projects.raid.models import Decision, Risk
from reporting.status.facts import ERROR
from reporting.status.rules import HIGH_RISK, OLD_REVIEW
from reporting.status.services.drafts import Change, save_draft
from reporting.status.services.submitting import NotYet, submit

if TYPE_CHECKING:
    from pmo_portal.demo.scenario.stage import Month, Played

SOON = timedelta(days=21)  # when a question nobody answered is needed by, asked again
AGAIN, NO_DAY = "VR-02b:key_message", "VR-17:back_to_green"  # the message of last month; no day known for green yet


def report(one: "Played", month: "Month", *, on: date, at: datetime) -> None:
    """What this month's conduct makes of the report: nothing, a draft, “nothing to report”, or all of it."""
    assert one.report is not None
    if month.conduct.way == "none":
        return
    if month.conduct.way == "renew" and _renewed(one, on=on, at=at):
        return
    fields = one.pen.fields(month.snapshot, month.told, month.before)
    fields |= _asked(one, on) or ({"ask": "none"} if month.told.level in ("amber", "red") else {})
    fields |= {f"risks.{row.pk}": "kept" for row in one.risks.values() if _to_be_looked_at(row, on)}
    last = {"key_message": fields.pop("key_message")}
    first, second = month.conduct.pauses
    if first:
        _save(one, fields, on=on, at=at - timedelta(seconds=first + second))
        fields = {}
    _save(one, fields | last, on=on, at=at - timedelta(seconds=second))
    if month.conduct.way != "draft":
        again = month.before is not None and one.pen.stalls(month.snapshot.month)
        known = {AGAIN} if again else set()
        known |= {NO_DAY} if month.told.level == "red" and month.told.back_to_green is None else set()
        _submit(one, known, on=on, at=at)


def mend(one: "Played", month: "Month", *, on: date, at: datetime) -> None:
    """A report that came back, corrected and sent again."""
    _save(one, one.pen.mended(month.told), on=on, at=at - timedelta(seconds=month.conduct.pauses[0]))
    _submit(one, set(), on=on, at=at)


def _renewed(one: "Played", *, on: date, at: datetime) -> bool:
    """“Nothing to report”; False where that is not possible."""
    try:
        one.report = submit(report=_row(one), by=one.manager, on=on, at=at, renew=True)
    except NotYet:
        return False
    except DomainError:  # an alert, or nothing was written about the project
        return False
    _look_again(one)
    return True


def _save(one: "Played", fields: Mapping[str, Any], *, on: date, at: datetime) -> None:
    changes = {name: Change(value.isoformat() if isinstance(value, date) else value) for name, value in fields.items()}
    one.report = save_draft(report=_row(one), by=one.manager, changes=changes, on=on, at=at).report


def _submit(one: "Played", confirmed: set[str], *, on: date, at: datetime) -> None:
    """Sent; what is still asked for is let pass with a click, as far as it can be."""
    for _try in range(2):
        try:
            one.report = submit(report=_row(one), by=one.manager, on=on, at=at, confirmed=confirmed)
        except NotYet as left:
            if any(finding.kind == ERROR for finding in left.findings):
                raise
            confirmed = confirmed | {finding.key for finding in left.findings}
        else:
            break
    _look_again(one)


def _asked(one: "Played", on: date) -> dict[str, Any]:
    """The decision that waits, asked for again until it is taken."""
    open_ones = [row for row in one.registers.values() if isinstance(row, Decision) and row.is_open]
    if not open_ones:
        return {}
    row = open_ones[-1]
    labels = list(row.options.order_by("position").values_list("label", flat=True))
    needed = row.needed_by if row.needed_by and row.needed_by >= on else on + SOON
    return {
        "ask": "asked", "ask_question": row.question, "ask_options": labels, "ask_recommendation": row.recommendation,
        "ask_needed_by": needed, "ask_committee": row.committee, "ask_amount": row.amount_asked,
    }  # fmt: skip


def _to_be_looked_at(row: Risk, on: date) -> bool:
    """Whether a report has to say that this risk is still one (VR-14)."""
    age = (on - row.last_reviewed_on).days if row.last_reviewed_on else OLD_REVIEW + 1
    return row.status in Risk.OPEN and (age > OLD_REVIEW or (age > 0 and row.residual_level >= HIGH_RISK))


def _look_again(one: "Played") -> None:
    """The report became facts: what it changed is read again (the project itself when it moves)."""
    kept = {int(pk) for pk in _row(one).risks}
    asked = [row for row in one.registers.values() if isinstance(row, Decision) and row.is_open]
    for row in (*(risk for risk in one.risks.values() if risk.pk in kept), *asked):
        row.refresh_from_db()


def _row(one: "Played") -> Any:
    assert one.report is not None
    return one.report
