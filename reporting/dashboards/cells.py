"""The cells of project tables: small functions from a photograph to escaped HTML (performance.md, point 2)."""

from functools import cache, lru_cache
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from pmo_portal.core import formats
from pmo_portal.core.templatetags.days import timeline
from pmo_portal.core.templatetags.health import counts, dims, dims_legend, health, mark_of, tone_of
from pmo_portal.core.templatetags.money import variance, variance_tone
from pmo_portal.core.templatetags.ui import avatar, icon, progress, quoted, sprite
from projects.hierarchy.declared import rag_of, word_of
from projects.hierarchy.models import Project
from reporting.health.models import HealthFields, RollupFields

FINISHED = frozenset({str(Project.State.CLOSED), str(Project.State.STOPPED)})


def name(table: Any, row: Any) -> SafeString:
    """Code and name, linked to the project on the day the list shows."""
    label, marks = escape(row.label), ""
    if row.confidential:
        marks += _mark("lock", gettext("Confidential"))
    if row.must_win:
        marks += _mark("star", gettext("Must-win"))
    address = quoted(f"/projects/{row.project_id}/{table.link_query}")
    return mark_safe(f"<span class=prj><i>{escape(row.code)}</i><a href={address}>{label}</a>{marks}</span>")


@cache
def _mark(icon_name: str, words: str) -> str:
    drawn = f'<use href="{sprite()}#{icon_name}"/>'
    return f'<svg class="i muted" role="img"><title>{escape(words)}</title>{drawn}</svg>'


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
    return mark_safe(mark_of(f"c-{tone}", published or word_of(level, scale)) + _gap_mark(gap))


def _gap_mark(gap: int | None) -> str:
    if not gap:
        return ""
    words, css = (
        (gettext("Cautious: declared worse than computed"), "t-flat fall")
        if gap < 0
        else (gettext("Optimistic: declared better than computed"), "t-down rise")
        if gap == 1
        else (gettext("Very optimistic: declared much better than computed"), "t-down rise")
    )
    return mark_of(css, words)


def review_cell(table: Any, row: Any) -> SafeString:
    """The independent review as a mark, and whether it is far below what is declared; a grey dash where there is none."""
    review = row.review
    if review is None:
        return mark_safe(f'<span class="muted">{formats.MISSING}</span>')
    far = (
        mark_of("t-down rise", gettext("Reviewed far below what is declared")) if review.far_below(row.declared) else ""
    )
    said = f"{review.label} – {formats.date(review.assessed_on)}, {review.judge}"
    return mark_safe(mark_of(f"c-{tone_of(review.rag)}", said) + far)


def dimensions_cell(table: Any, row: HealthFields) -> SafeString:
    return dims(row)


def dimensions_head(table: Any) -> SafeString:
    """One letter over each dimension, their words on hover; and the words of every mark below."""
    words = [gettext("Schedule"), gettext("Cost"), gettext("Risks"), gettext("Data age")]
    letters = "".join(f'<i title="{escape(word)}">{escape(word[0])}</i>' for word in words)
    said = escape(gettext("Schedule, cost, risks, data age and trend"))
    return mark_safe(
        f'<span class="dh"><span aria-hidden="true">{letters}</span><span class="vh">{said}</span></span>{dims_legend()}'
    )


def manager_cell(table: Any, row: HealthFields) -> SafeString:
    return avatar(row.manager_name)


def progress_cell(table: Any, row: HealthFields) -> SafeString:
    return progress(row.percent_complete)


def timeline_cell(table: Any, row: HealthFields) -> SafeString:
    row.start_date = row.start_date or row.baseline_start
    return timeline(row, table.first, table.last)


def due_cell(table: Any, row: HealthFields) -> SafeString:
    """The expected end and how far it is from the baseline."""
    words, days = formats.date(row.forecast_end or row.baseline_end, "short"), row.slip_days
    late = f"<b class={'d-bad' if days > 0 else 'd-ok'}>{formats.days(days)}</b>" if days else ""
    return mark_safe(words + late)


def budget_cell(table: Any, row: HealthFields) -> str:
    """The budget in the unit of the column; with its own currency when the column has none or another one."""
    if row.budget is None:
        return formats.MISSING
    if row.currency != table.currency:
        return formats.money(row.budget, row.currency, scale="auto")
    return formats.number(row.budget / table.divisor, table.places)


def variance_cell(table: Any, row: HealthFields) -> SafeString:
    value = row.cost_variance_percent
    if value is None:
        return mark_safe(formats.MISSING)
    return mark_safe(f"<b class={variance_tone(value)}>{formats.percent(value, 1, sign=True)}</b>")


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
