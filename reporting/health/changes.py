"""What moved between two photographs of a project, in words; the gravest weighs most (domain.md §6.1, block A)."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from pmo_portal.core import formats
from pmo_portal.core.templatetags.health import STATES
from projects.hierarchy.declared import RANK, word_of
from projects.hierarchy.models import Project
from reporting.health.models import HealthFields

END_DAYS = 10
MONEY_PERCENT = 3
HIGH_RISK = 15


@dataclass(frozen=True, slots=True)
class Move:
    """One difference. `tone` is bad, ok or flat; `weight` is its severity, multiplied by the size of the project in lists."""

    words: str
    tone: str
    weight: float


@dataclass(frozen=True, slots=True)
class Comparison:
    before: HealthFields
    after: HealthFields
    scale: str


def moves(before: HealthFields, after: HealthFields, scale: str) -> list[Move]:
    """Every difference worth a line, gravest first: state, colours, end, money, risks."""
    pair = Comparison(before, after, scale)
    found = [move for move in (one(pair) for one in DIFFERENCES) if move is not None]
    return sorted(found, key=lambda move: -move.weight)


def _state(pair: Comparison) -> Move | None:
    before, after = pair.before.state, pair.after.state
    if before == after:
        return None
    grave = after in {Project.State.STOPPED, Project.State.SUSPENDED}
    words = _("%(before)s → %(after)s") % {"before": Project.State(before).label, "after": Project.State(after).label}
    return Move(words, "bad" if grave else "flat", 4 if grave else 2)


def _computed(pair: Comparison) -> Move | None:
    before, after = pair.before.computed, pair.after.computed
    if before == after:
        return None
    words = _("Computed: %(before)s → %(after)s") % {"before": STATES[before][1], "after": STATES[after][1]}
    return _ranked(words, before, after, 3)


def _declared(pair: Comparison) -> Move | None:
    before, after = pair.before.declared, pair.after.declared
    if before == after:
        return None
    words = _("Declared: %(before)s → %(after)s") % {
        "before": word_of(before, pair.scale),
        "after": word_of(after, pair.scale),
    }
    return _ranked(words, pair.before.declared_rag, pair.after.declared_rag, 3)


def _ranked(words: str, before: str, after: str, weight: float) -> Move:
    """Worse is bad and weighs more than better; to or from grey is neither."""
    if before not in RANK or after not in RANK:
        return Move(words, "flat", weight / 2)
    steps = RANK[before] - RANK[after]
    return Move(words, "bad" if steps > 0 else "ok" if steps < 0 else "flat", weight + max(steps, 0))


def _end(pair: Comparison) -> Move | None:
    before, after = pair.before.forecast_end, pair.after.forecast_end
    if before is None or after is None or abs((after - before).days) <= END_DAYS:
        return None
    days = (after - before).days
    words = _("End moved from %(before)s to %(after)s (%(days)s)") % {
        "before": formats.date(before), "after": formats.date(after), "days": formats.days(days),
    }  # fmt: skip
    return Move(words, "bad" if days > 0 else "ok", 1 + min(abs(days) / 60, 3) if days > 0 else 1)


def _forecast(pair: Comparison) -> Move | None:
    return _money(_("Forecast cost"), pair.before.eac, pair.after.eac, pair.after.currency, worse_up=True)


def _budget(pair: Comparison) -> Move | None:
    return _money(_("Budget"), pair.before.budget, pair.after.budget, pair.after.currency, worse_up=False)


def _money(label: str, before: Decimal | None, after: Decimal | None, currency: str, *, worse_up: bool) -> Move | None:
    if before is None or after is None or not before:
        return None
    percent = float(100 * (after - before) / before)
    if abs(percent) <= MONEY_PERCENT:
        return None
    words = _("%(label)s %(amount)s (%(percent)s)") % {
        "label": label,
        "amount": formats.money(after - before, currency, scale="auto", sign=True),
        "percent": formats.percent(percent, 1, sign=True),
    }
    worse = percent > 0 and worse_up
    return Move(words, "bad" if worse else "ok" if worse_up else "flat", 1 + min(abs(percent) / 10, 3) if worse else 1)


def _risk(pair: Comparison) -> Move | None:
    before, after = pair.before.max_risk or 0, pair.after.max_risk or 0
    if after < HIGH_RISK or before >= HIGH_RISK:
        return None
    return Move(_("A risk reaches level %(level)s") % {"level": after}, "bad", 2)


def _milestones(pair: Comparison) -> Move | None:
    more = pair.after.late_milestones - pair.before.late_milestones
    if more <= 0:
        return None
    words = _("Late milestones: %(before)s → %(after)s") % {
        "before": pair.before.late_milestones, "after": pair.after.late_milestones,
    }  # fmt: skip
    return Move(words, "bad", 1)


DIFFERENCES: tuple[Callable[[Comparison], Move | None], ...] = (
    _state, _computed, _declared, _end, _forecast, _budget, _risk, _milestones,
)  # fmt: skip
