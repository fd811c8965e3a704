"""The family of portfolio charts: health over time, the cost curve, where the overrun is. They only draw."""

from collections.abc import Sequence

import plotly.graph_objects as go
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core import formats
from reporting.charts import theme
from reporting.charts.registry import chart
from reporting.charts.selectors import money
from reporting.charts.selectors import trend as periods
from reporting.health.models import RAG_CHOICES

WORDS = dict(RAG_CHOICES)
SCALES = {"k": 10**3, "M": 10**6}


@chart("trend", label=gettext_lazy("Health of the projects over time"), select=periods.trend)
def trend(data: periods.Trend) -> go.Figure:
    """Stacked columns of the active projects per colour at each period's end."""
    figure = go.Figure()
    for state in ("green", "amber", "red", "grey"):
        figure.add_bar(
            x=data.labels,
            y=data.values(state),
            name=str(WORDS[state]),
            marker={
                "color": theme.fill(state),
                "pattern": theme.pattern(state),
                "line": {"width": 1, "color": theme.token("surface")},
            },
            hovertemplate="%{y}",
        )
    figure.update_layout(barmode="stack", bargap=0.28, hovermode="x unified", margin={"l": 34, "r": 8, "t": 8, "b": 30})
    figure.update_xaxes(type="category", tickangle=0, tickvals=_few(data.labels))
    figure.update_yaxes(rangemode="tozero", nticks=5)
    return figure


def _few(labels: list[str], most: int = 4) -> list[str]:
    """At most four of the labels, the last one included: they must fit a phone."""
    step = max(1, -(-len(labels) // most))
    return labels[::-1][::step][::-1]


@chart("cost-curve", label=gettext_lazy("Cumulative budget, actuals and forecast"), select=money.cost_curve, money=True)
def cost_curve(data: money.CostCurve) -> go.Figure:
    """Plan dotted, actuals solid, forecast dashed; each line is named at its end."""
    figure = go.Figure()
    if data.is_empty:
        return figure
    ends = [line[-1] for line in (data.plan, data.actual, data.forecast) if line]
    scale = "M" if max(ends) >= 10**6 else "k"
    spent, months = len(data.actual), list(data.months)

    def scaled(values: object) -> list[float]:
        return [round(float(value) / SCALES[scale], 3) for value in values]  # type: ignore[attr-defined]

    def line(name: str, x: list, y: object, **style: object) -> None:
        figure.add_scatter(x=x, y=scaled(y), name=name, mode="lines", line=style, hovertemplate="%{y:,.1f}")

    line(_("Budget"), months, data.plan, color=theme.token("text-3"), width=2, dash="dot")
    line(_("Actuals"), months[:spent], data.actual, color=theme.token("c1"), width=2.75)
    figure.data[-1].update(fill="tozeroy", fillcolor=theme.token("c1", 0.08))
    late = bool(data.forecast) and data.forecast[-1] > data.plan[-1]
    colour = "bad" if late else "ok"
    if data.forecast:
        line(
            _("Forecast cost"),
            months[-len(data.forecast) :],
            data.forecast,
            color=theme.token(f"{colour}-fill"),
            width=2.5,
            dash="dash",
        )
    if spent:
        now = months[spent - 1]
        figure.add_shape(
            type="line",
            x0=now,
            x1=now,
            y0=0,
            y1=1,
            yref="paper",
            line={"color": theme.token("border-strong"), "width": 1, "dash": "dot"},
        )
        _name(
            figure,
            now,
            scaled(data.actual)[-1],
            _("Actuals"),
            data.actual[-1],
            data.currency,
            scale,
            "accent",
            up=False,
        )
    _name(
        figure,
        months[-1],
        scaled(data.plan)[-1],
        _("Budget"),
        data.plan[-1],
        data.currency,
        scale,
        "text-2",
        up=not late,
    )
    if data.forecast:
        _name(
            figure,
            months[-1],
            scaled(data.forecast)[-1],
            _("Forecast cost"),
            data.forecast[-1],
            data.currency,
            scale,
            colour,
            up=late,
        )
    figure.update_layout(margin={"l": 40, "r": 132, "t": 14, "b": 30}, hovermode="x unified")
    figure.update_xaxes(tickformat="%b %Y", hoverformat="%B %Y", nticks=6, tickangle=0, range=[months[0], months[-1]])
    figure.update_yaxes(title={"text": formats.unit(data.currency, scale)}, rangemode="tozero", nticks=6)
    return figure


def _name(
    figure: go.Figure, x: object, y: float, words: str, value: object, currency: str, scale: str, tone: str, *, up: bool
) -> None:
    """Write a line's name and value beside its end."""
    text = f"{words} {formats.money(value, currency, scale=scale)}"  # type: ignore[arg-type]
    figure.add_annotation(
        x=x, y=y, text=text, xanchor="left", xshift=6, yshift=8 if up else -9, showarrow=False,
        font={"size": 11.5, "weight": 600, "color": theme.token(tone)},
    )  # fmt: skip


def apart(bubbles: Sequence[money.Bubble], data: money.Overruns, most: int = 4) -> list[money.Bubble]:
    """The first bubbles whose names do not cover each other: a name takes about a fifth of the width, a tenth of the height."""
    if not bubbles:
        return []
    across = max(float(one.x) for one in data.bubbles) - min(float(one.x) for one in data.bubbles) or 1.0
    up = max(float(one.y) for one in data.bubbles) - min(float(one.y) for one in data.bubbles) or 1.0
    kept: list[money.Bubble] = []
    for one in bubbles:
        free = all(
            abs(float(one.x) - float(other.x)) > across / 5 or abs(float(one.y) - float(other.y)) > up / 10
            for other in kept
        )
        if free and len(kept) < most:
            kept.append(one)
    return kept


@chart("overruns", label=gettext_lazy("Slippage and cost variance of each project"), select=money.overruns, money=True)
def overruns(data: money.Overruns) -> go.Figure:
    """One mark per project: days late across, percent over budget up, size by budget, shape and colour by health."""
    figure = go.Figure()
    largest = max((float(one.budget) for one in data.bubbles), default=1.0)
    for state in ("grey", "green", "amber", "red"):
        own = [one for one in data.bubbles if one.state == state]
        if not own:
            continue
        figure.add_scatter(
            x=[one.x for one in own],
            y=[one.y for one in own],
            name=str(WORDS[state]),
            mode="markers",
            text=[f"{one.code} {one.name}" for one in own],
            customdata=[formats.money(one.budget, data.currency, scale="auto") for one in own],
            marker={
                "symbol": theme.SYMBOLS[state],
                "color": theme.token(theme.FILLS[state], 0.7),
                "size": [round(7 + 26 * (float(one.budget) / largest) ** 0.5, 1) for one in own],
                "line": {"color": theme.token(theme.FILLS[state]), "width": 1.5 if state == "grey" else 0.5},
            },
            hovertemplate="%{text}<br>%{x} · %{y:+.1f} % · %{customdata}<extra></extra>",
        )
    for one in apart(sorted((one for one in data.bubbles if one.state == "red"), key=lambda one: -one.budget), data):
        figure.add_annotation(
            x=one.x, y=one.y, text=one.code, showarrow=False, yshift=-18, font={"size": 11, "weight": 600}
        )
    figure.update_layout(hovermode="closest", margin={"l": 52, "r": 16, "t": 10, "b": 40})
    figure.update_xaxes(title={"text": _("Slippage, days")}, zeroline=True, showgrid=True, nticks=7)
    figure.update_yaxes(title={"text": _("Cost variance, %")}, zeroline=True, nticks=6)
    return figure
