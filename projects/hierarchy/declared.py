"""What a project manager declares: one ladder of levels, read through the words of a portfolio's scale (domain.md §2.8).

History is kept by level, so relabelling a scale never changes the past.
"""

from enum import StrEnum

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Rag(StrEnum):
    """The three colours a computation can give, and grey: nobody knows."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


RANK: dict[str, int] = {Rag.GREEN: 2, Rag.AMBER: 1, Rag.RED: 0}


class Level(models.TextChoices):
    GREEN = "green", _("Green")
    AMBER_GREEN = "amber_green", _("Amber/green")
    AMBER = "amber", _("Amber")
    AMBER_RED = "amber_red", _("Amber/red")
    RED = "red", _("Red")
    RESET = "reset", _("Reset")
    NOT_RATED = "not_rated", _("Not rated")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


class Scale(models.TextChoices):
    PILOTE = "pilote", _("Weather (objectives secured … at stake)")
    ENTREPRISE = "entreprise", _("Weather (sun, cloud, rain, storm)")
    DCA5 = "dca5", _("Delivery confidence, five levels")
    DCA3 = "dca3", _("Delivery confidence, three levels")
    CIO5 = "cio5", _("CIO evaluation, 5 to 1")


RAG_OF_LEVEL: dict[str, Rag] = {
    Level.GREEN: Rag.GREEN,
    Level.AMBER_GREEN: Rag.GREEN,
    Level.AMBER: Rag.AMBER,
    Level.AMBER_RED: Rag.AMBER,
    Level.RED: Rag.RED,
}

# One rank for every scale (domain.md §2.8.1: 4 the best … 1), so that what was judged on two of them compares: the four steps of
# the weather, where amber and amber/red are the same one.
COMMON_RANK: dict[str, int] = {
    Level.GREEN: 4,
    Level.AMBER_GREEN: 3,
    Level.AMBER: 2,
    Level.AMBER_RED: 2,
    Level.RED: 1,
}

Words = dict[str, str | Promise]

WORDS: dict[str, Words] = {
    Scale.PILOTE: {
        Level.GREEN: _("Objectives secured"),
        Level.AMBER_GREEN: _("Objectives achievable"),
        Level.AMBER: _("Support needed"),
        Level.RED: _("Objectives at stake"),
    },
    Scale.ENTREPRISE: {
        Level.GREEN: pgettext_lazy("weather", "Sun"),
        Level.AMBER_GREEN: pgettext_lazy("weather", "Cloud"),
        Level.AMBER_RED: pgettext_lazy("weather", "Rain"),
        Level.RED: pgettext_lazy("weather", "Storm"),
    },
    Scale.DCA5: {
        Level.GREEN: Level.GREEN.label,
        Level.AMBER_GREEN: Level.AMBER_GREEN.label,
        Level.AMBER: Level.AMBER.label,
        Level.AMBER_RED: Level.AMBER_RED.label,
        Level.RED: Level.RED.label,
    },
    Scale.DCA3: {Level.GREEN: Level.GREEN.label, Level.AMBER: Level.AMBER.label, Level.RED: Level.RED.label},
    Scale.CIO5: {
        Level.GREEN: _("5 – Low risk"),
        Level.AMBER_GREEN: _("4 – Moderately low risk"),
        Level.AMBER: _("3 – Medium risk"),
        Level.AMBER_RED: _("2 – Moderately high risk"),
        Level.RED: _("1 – High risk"),
    },
}


def rag_of(level: str) -> Rag:
    """The colour of a declared level; grey for anything that is not a judgement (reset, not rated, nothing)."""
    return RAG_OF_LEVEL.get(level, Rag.GREY)


def ranks_below(judged: str, declared: str) -> int | None:
    """By how many ranks a judgement is worse than what is declared, negative when it is better; None unless both are ranked."""
    if judged not in COMMON_RANK or declared not in COMMON_RANK:
        return None
    return COMMON_RANK[declared] - COMMON_RANK[judged]


def word_of(level: str, scale: str) -> str:
    """The level in the words of the scale; falls back on the level's own name, and says when nothing was reported."""
    if not level:
        return str(_("Not reported"))
    return str(WORDS.get(scale, {}).get(level) or Level(level).label)


def choices_of(scale: str) -> list[tuple[str, str | Promise]]:
    """The (level, words) pairs a person may declare on this scale, best first."""
    return list(WORDS[scale].items())
