"""The cells of a heat map as HTML: the one place where they are put together, by the thousand (performance.md, point 2)."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core import formats
from portfolio.capacity.selectors.periods import Period
from portfolio.capacity.selectors.picture import FULL, Figures, Row, band_of

LEVELS: dict[str, Promise] = {
    "over": pgettext_lazy("load", "More than there is"),
    "none": pgettext_lazy("load", "Load, and no capacity"),
    "maybe": pgettext_lazy("load", "Too much if the tentative comes"),
    "tight": pgettext_lazy("load", "90 to 100%"),
    "good": pgettext_lazy("load", "70 to 90%"),
    "low": pgettext_lazy("load", "50 to 70%"),
    "idle": pgettext_lazy("load", "Below 50%"),
    "empty": pgettext_lazy("load", "Nobody, nothing"),
}
BANDS = ("idle", "low", "good", "tight")
MOST = 999
MARKED_DAYS, MARKED_SHARE = (
    0.5,
    0.02,
)  # from how much on a corner is marked: a day of leave is not worth one in a whole team


@dataclass(frozen=True, slots=True)
class Words:
    """What every cell says, looked up once a page."""

    levels: dict[str, str]
    hard: str
    tentative: str
    of: str
    over: str
    no_capacity: str
    days: Callable[[float], str]

    @classmethod
    def here(cls) -> "Words":
        return cls(
            levels={key: escape(str(label)) for key, label in LEVELS.items()},
            hard=escape(_("hard")),
            tentative=escape(_("tentative")),
            of=escape(_("of")),
            over=escape(_("too much on single days")),
            no_capacity=escape(_("no capacity")),
            days=lambda value: formats.number(round(value, 1), 1),
        )


def percent(value: float | None, level: str = "") -> str:
    """A per cent as short as a cell is: no sign, no more digits than say “far too much”, and only those decimals without
    which it would be read as another level than it is."""
    if value is None or value > MOST:
        return "" if value is None else f">{MOST}"
    if level == "over":
        return formats.kept(value, lambda shown: shown > FULL)
    if level in BANDS:
        return formats.kept(value, band_of)
    return f"{value:.0f}"


def cell(row: Row, figures: Figures, period: Period, words: Words, *, days: bool, link: str, head: str) -> str:
    """One cell: the figure, what is tentative beside it, a mark where single people have too much; in words for who listens."""
    level = figures.level
    if level == "empty":
        return f'<td class="h h-empty" data-l="{head}"><span class="vh">{words.levels[level]}</span></td>'
    if days:
        main, extra = words.days(figures.hard), f"/{words.days(figures.capacity)}"
        more = f"<i>+{words.days(figures.tentative)}</i>" if figures.tentative >= 0.05 else ""
        shown = f"<b>{main}</b><small>{extra}</small>{more}"
    elif level == "none":
        shown = f"<b>{words.days(figures.demand)}</b><small>{words.no_capacity}</small>"
    else:
        soft = (figures.projected or 0.0) - (figures.used or 0.0)
        more = f"<i>+{percent(soft)}</i>" if soft >= 0.5 else ""
        shown = f"<b>{percent(figures.used, level)}</b>{more}"
    crowded = figures.over >= max(MARKED_DAYS, MARKED_SHARE * figures.capacity) and level not in ("over", "none")
    over = '<u aria-hidden="true"></u>' if crowded else ""
    said = (
        f"{words.days(figures.hard)} {words.hard}, {words.days(figures.tentative)} {words.tentative}, {words.of} "
        f"{words.days(figures.capacity)}. {words.levels[level]}"
    )
    if figures.over >= 0.05:
        said += f". {words.days(figures.over)} {words.over}"
    css = f"h h-{level}" if figures.demand >= 0.05 else f"h h-{level} zero"
    address = f"{link}&amp;row={row.ref}&amp;at={period.first.isoformat()}#cell"
    inside = f'{shown}{over}<span class="vh"> {said}</span>'
    return f'<td class="{css}" data-l="{head}"><a href="{address}" title="{said}">{inside}</a></td>'


def cells_of(row: Row, periods: list[Period], words: Words, *, days: bool, link: str) -> SafeString:
    """The cells of a row; `link` is the address of the page as it stands, already escaped."""
    return mark_safe(
        "".join(
            cell(row, figures, period, words, days=days, link=link, head=escape(period.label))
            for figures, period in zip(row.cells, periods, strict=True)
        )
    )
