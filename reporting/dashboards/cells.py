"""The cells of project tables: small functions from a photograph to escaped HTML (performance.md, point 2)."""

from functools import cache, lru_cache
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from pmo_portal.core import formats
from pmo_portal.core.templatetags.days import day, slip, timeline
from pmo_portal.core.templatetags.health import counts, dims, health, tone_of
from pmo_portal.core.templatetags.money import variance
from pmo_portal.core.templatetags.ui import avatar, icon, progress, sprite
from projects.hierarchy.declared import rag_of, word_of
from projects.hierarchy.models import Project
from reporting.health.models import HealthFields, RollupFields

SHORT_CODE = 7
FINISHED = frozenset({str(Project.State.CLOSED), str(Project.State.STOPPED)})


def name(table: Any, row: Any) -> SafeString:
    """Code and name, linked to the project on the day the list shows."""
    label, marks = escape(row.label), ""
    if row.confidential:
        marks += _mark("lock", gettext("Confidential"))
    if row.must_win:
        marks += _mark("star", gettext("Must-win"))
    return mark_safe(
        f'<span class="prj"><span class="code"{_full(row.code)}>{escape(row.code)}</span>'
        f'<a href="/projects/{row.project_id}/{table.link_query}" title="{label}">{label}</a>{marks}</span>'
    )


def _full(code: str) -> str:
    """The whole code on hover when the column cuts it."""
    return f' title="{escape(code)}"' if len(code) > SHORT_CODE else ""


@cache
def _mark(icon_name: str, words: str) -> str:
    return _said(icon_name, "muted", words)


def state(row: HealthFields) -> str:
    """The colour a list shows: a project on hold or finished is said to be so instead of being called grey."""
    return "hold" if row.state == Project.State.SUSPENDED else row.computed


def health_cell(table: Any, row: HealthFields) -> SafeString:
    if row.state in FINISHED:
        return _finished(row.state, get_language())
    return health(state(row))


@cache
def _finished(value: str, _language: str | None) -> SafeString:
    words = escape(Project.State(value).label)
    return mark_safe(f'<span class="badge b-none">{icon("square-check-big")}<span>{words}</span></span>')


def declared_cell(table: Any, row: HealthFields) -> SafeString:
    """What was declared as a mark, and whether that is better or worse than what is computed."""
    return _declared(row.declared, table.scale_of(row), row.declared_label, row.gap, get_language())


@lru_cache(maxsize=512)
def _declared(level: str, scale: str, published: str, gap: int | None, _language: str | None) -> SafeString:
    tone = tone_of(rag_of(level))
    words = gettext("Declared: %(level)s") % {"level": published or word_of(level, scale)}
    return mark_safe(f'<span class="dims">{_said(f"i-{tone}", f"c-{tone}", words)}{_gap_mark(gap)}</span>')


def _said(icon_name: str, css: str, words: str) -> str:
    """An icon that speaks for itself: its words on hover and to screen readers."""
    drawn = f'<use href="{sprite()}#{icon_name}"/>'
    return f'<svg class="i {css}" role="img"><title>{escape(words)}</title>{drawn}</svg>'


def _gap_mark(gap: int | None) -> str:
    if not gap:
        return ""
    words, css, icon_name = (
        (gettext("Cautious: declared worse than computed"), "t-flat", "trending-down")
        if gap < 0
        else (gettext("Optimistic: declared better than computed"), "t-down", "trending-up")
        if gap == 1
        else (gettext("Very optimistic: declared much better than computed"), "t-down", "trending-up")
    )
    return _said(icon_name, f"trend {css}", words)


def dimensions_cell(table: Any, row: HealthFields) -> SafeString:
    return dims(row)


def dimensions_head(table: Any) -> SafeString:
    """One letter over each dimension; the words for screen readers and on hover."""
    words = [gettext("Schedule"), gettext("Cost"), gettext("Risks"), gettext("Data age")]
    letters = "".join(f'<i title="{escape(word)}">{escape(word[0])}</i>' for word in words)
    said = escape(gettext("Schedule, cost, risks, data age and trend"))
    return mark_safe(f'<span class="dh"><span aria-hidden="true">{letters}</span><span class="vh">{said}</span></span>')


def manager_cell(table: Any, row: HealthFields) -> SafeString:
    return avatar(row.manager_name)


def progress_cell(table: Any, row: HealthFields) -> SafeString:
    return progress(row.percent_complete)


def timeline_cell(table: Any, row: HealthFields) -> SafeString:
    row.start_date = row.start_date or row.baseline_start
    return timeline(row, table.first, table.last, table.scope.day)


def due_cell(table: Any, row: HealthFields) -> SafeString:
    """The expected end and how far it is from the baseline."""
    return mark_safe(
        f'<span class="due">{day(row.forecast_end or row.baseline_end, "short")}{slip(row.slip_days)}</span>'
    )


def budget_cell(table: Any, row: HealthFields) -> str:
    """The budget in the unit of the column; with its own currency when the column has none or another one."""
    if row.budget is None:
        return formats.MISSING
    if row.currency != table.currency:
        return formats.money(row.budget, row.currency, scale="auto")
    return formats.number(row.budget / table.divisor, table.places)


def variance_cell(table: Any, row: HealthFields) -> SafeString:
    return variance(row.cost_variance_percent)


def counts_total(table: Any, sums: RollupFields) -> SafeString:
    """The distribution of a group."""
    return counts(green=sums.green, amber=sums.amber, red=sums.red, grey=sums.grey, hold=sums.hold)


def budget_total(table: Any, sums: RollupFields) -> str:
    """The budgets of a group that are known and in the column's currency; nothing when there is none."""
    if not sums.budget_known or not table.currency:
        return ""
    return formats.number(sums.budget / table.divisor, table.places)


def variance_total(table: Any, sums: RollupFields) -> SafeString | str:
    """Ratio of sums over the projects of a group whose budget and forecast are both known (BR-31)."""
    if not sums.compared_budget:
        return ""
    return variance(100 * (sums.compared_eac - sums.compared_budget) / sums.compared_budget)
