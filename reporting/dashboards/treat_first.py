"""What to treat first: the worst projects with the reasons of their colour in words, and what cannot be judged."""

from dataclasses import dataclass

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pmo_portal.core import formats
from reporting.dashboards.selectors.digest import Attention, Digest
from reporting.health.models import RollupFields
from reporting.health.scope import Scope
from reporting.health.wording import DIMENSION_WORDS, sentence, troubles

REASONS = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to treat: a project, or a group of projects without data."""

    state: str
    title: str
    why: str
    tag: str
    url: str


def treat_first(scope: Scope, sums: RollupFields, digest: Digest) -> list[Line]:
    """The lines, worst first; a last one for the projects nobody can judge."""
    lines = [_project(scope, one) for one in digest.attention]
    if sums.grey and len(lines) < len(digest.attention) + 1:
        lines.append(_unknown(scope, sums.grey))
    return lines


def _project(scope: Scope, one: Attention) -> Line:
    found = troubles(one.reasons)
    why = [words for words in (sentence(reason, scope.day, one.currency) for reason in found[:REASONS]) if words]
    if (one.gap or 0) > 0 and len(why) < REASONS:
        why.append(_("Declared better than computed"))
    name = one.name_en if one.name_en and get_language() == "en" else one.name
    tag = str(DIMENSION_WORDS[found[0]["dimension"]]) if found else ""
    day = f"?as_of={scope.as_of.isoformat()}" if scope.as_of else ""
    return Line(one.computed, name, ". ".join(why) + "." if why else "", tag, f"/projects/{one.project_id}/{day}")


def _unknown(scope: Scope, count: int) -> Line:
    title = ngettext("%(count)s project cannot be judged", "%(count)s projects cannot be judged", count)
    day = f"&as_of={scope.as_of.isoformat()}" if scope.as_of else ""
    return Line(
        "grey",
        title % {"count": formats.number(count)},
        _("A date, a budget or a forecast is missing, or the data is too old."),
        _("Data"),
        f"?health=grey{day}#projects",
    )
