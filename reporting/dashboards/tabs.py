"""The tabs above a project list: views everybody has, then the saved ones. A view is a name and a query string."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from reporting.dashboards.models import SavedView
from reporting.dashboards.selectors.digest import Digest
from reporting.health.models import RollupFields

OUTSIDE_A_VIEW = frozenset({"after", "seen", "rows", "as_of", "chart"})


@dataclass(frozen=True, slots=True)
class Tab:
    """`count` is the number of rows where a figure already says it; `pk` that of a saved view its reader may delete."""

    label: str
    query: str
    count: int | None = None
    hot: bool = False
    current: bool = False
    pk: int | None = None
    shared: bool = False


def tabs(query: QueryDict, sums: RollupFields, digest: Digest, saved: Iterable[SavedView], user_pk: int) -> list[Tab]:
    """Every tab; the one whose query the address carries is current."""
    here = canonical(query)
    given = [
        Tab(_("All"), "", sums.projects),
        Tab(_("To watch"), "health=red,amber", sums.red + sums.amber, hot=sums.red > 0),
        Tab(_("Late"), "slip=late", sums.late),
        Tab(_("Optimistic gap"), "gap=optimistic", sums.optimistic),
        Tab(_("Due in 60 days"), "due=60", digest.due_soon),
        Tab(_("Mine"), "manager=me"),
    ]
    given += [
        Tab(one.name, one.query, pk=one.pk if one.owner_id == user_pk else None, shared=one.shared) for one in saved
    ]
    return [_marked(tab, here) for tab in given]


def _marked(tab: Tab, here: str) -> Tab:
    current = canonical(QueryDict(tab.query)) == here
    return Tab(tab.label, tab.query, tab.count, tab.hot, current, tab.pk, tab.shared)


def unsaved(found: Sequence[Tab]) -> bool:
    """Whether the address shows something no tab shows: it can be saved as a view."""
    return not any(tab.current for tab in found)


def canonical(query: QueryDict) -> str:
    """A query string without what does not belong to a view, keys and values in one order."""
    pairs = []
    for key in sorted(query):
        values = sorted({part for given in query.getlist(key) for part in given.split(",") if part})
        if key not in OUTSIDE_A_VIEW and values:
            pairs.append(f"{key}={','.join(values)}")
    return "&".join(pairs)
