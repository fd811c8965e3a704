"""The table of dependencies between projects: what is given, by whom, for whom, when, and whether that is in time."""

from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.filters import Filter
from pmo_portal.core.navigation import find_url
from pmo_portal.core.tables import Column, Table
from pmo_portal.core.templatetags.days import slip
from pmo_portal.core.templatetags.ui import avatar, tag
from projects.hierarchy.models import Node
from projects.hierarchy.visibility import Access
from projects.raid.models import InterProjectDependency, Standing
from projects.raid.models.dependency import RECEIVER, SIDES, SUPPLIER, WORST_FIRST
from projects.raid.selectors.dependencies import ANOTHER, Seen, as_seen

TAB = "projects:dependency-list"
DEEPER = "\u2003"


def what(table: Any, one: Seen) -> SafeString:
    address = f"{reverse(TAB, args=[one.home.pk])}#dependency-{one.row.pk}"
    return format_html('<a href="{}">{}</a> <span class="muted">{}</span>', address, one.label, one.code)


def side(name: str) -> Any:
    """The cell of a project: its name, or that it is one the reader does not see."""

    def cell(table: Any, one: Seen) -> SafeString | str:
        project = one.project(name)
        if project is None:
            return format_html('<span class="muted">{}</span>', ANOTHER)
        return format_html(
            '<a href="{}" title="{}">{}</a>', reverse(TAB, args=[project.pk]), project.label, project.code
        )

    return cell


def needed(table: Any, one: Seen) -> str:
    return formats.date(one.row.needed_by)


def promise(table: Any, one: Seen) -> SafeString | str:
    if one.row.promise is None:
        return format_html('<span class="muted">{}</span>', _("not promised"))
    day = formats.date(one.row.promise)
    if one.moved:
        return format_html("{} {}", day, moved_words(one))
    return day


def moved_words(one: Seen) -> SafeString:
    """The milestone that gives it moved beyond the promise: until when, and what that is against the need."""
    day = formats.date(one.row.milestone_day, "day")
    return format_html('<span class="c-warn">{}</span>', _("its milestone: %(day)s") % {"day": day})


def against(table: Any, one: Seen) -> str:
    return slip(one.slip_days)


def standing(table: Any, one: Seen) -> SafeString:
    return tag(one.standing_words, one.tone, one.icon)


def owner(table: Any, one: Seen) -> str:
    return avatar(one.supplier_owner.name) if one.supplier_owner else ""


def of_standing(rows: Any, values: list[str]) -> Any:
    return rows.filter(standing__in=values)


def node_choices(table: Any) -> list[tuple[str, str]]:
    return table.nodes


class DependencyTable(Table):
    """Rows are annotated by `with_standing`. Nothing is found by what its reader does not see of it."""

    key = "dependencies"
    caption = gettext_lazy("Dependencies between projects")
    default_sort = "state,needed"
    search_fields = ("title", "title_en", "code")
    search_label = gettext_lazy("What is given, or its number")
    empty_icon = "link"
    empty_title = gettext_lazy("No dependency between projects")
    empty_text = gettext_lazy(
        "Who edits a project says there what it needs of another one: Risks and decisions, Dependencies."
    )
    columns = (
        Column("what", gettext_lazy("What is given"), what, hideable=False, css="fill"),
        Column("supplier", pgettext_lazy("dependency", "Given by"), side(SUPPLIER), phone_label=True),
        Column("receiver", pgettext_lazy("dependency", "Needed by project"), side(RECEIVER), phone_label=True),
        Column("needed", pgettext_lazy("dependency", "Needed by"), needed, sort="needed_by",
               phone_label=True),
        Column("promised", gettext_lazy("Promised for"), promise, sort="promise", phone_label=True),
        Column("slip", pgettext_lazy("dependency", "Against the need"), against, align="r"),
        Column("state", gettext_lazy("State"), standing, sort="rank", phone="badge"),
        Column("owner", gettext_lazy("Who gives it"), owner, shown=False),
    )  # fmt: skip
    filters = (
        Filter("standing", gettext_lazy("State"), [(one.value, one.label) for one in WORST_FIRST], where=of_standing),
        Filter("portfolio", gettext_lazy("Portfolio or programme"), node_choices, where=lambda rows, values: rows),
    )

    def __init__(self, *args: Any, reader: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader

    @cached_property
    def nodes(self) -> list[tuple[str, str]]:
        rows = Node.objects.visible_to(self.reader).order_by("path")
        return [(row.code, DEEPER * (len(row.ancestor_ids) - 1) + row.label) for row in rows]

    @property
    def only_open(self) -> bool:
        """What was delivered is listed where somebody asks for it."""
        return Standing.DELIVERED not in self.query.get("standing", "").split(",")

    def filtered(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """A search finds what is seen whole alone: what it says of another project must not be found by guessing."""
        if self.words:
            whole = InterProjectDependency.objects.seen_whole_by(self.reader)
            queryset = queryset.filter(pk__in=whole.values("pk"))
        return super().filtered(self.of_portfolios(queryset))

    def of_portfolios(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those with a visible side in one of the portfolios or programmes asked for."""
        chosen = self.chosen(self.filters[1])
        if not chosen:
            return queryset
        access, inside = Access.of(self.reader), Q(pk__in=[])
        for path in Node.objects.visible_to(self.reader).filter(code__in=chosen).values_list("path", flat=True):
            for name in SIDES:
                inside |= Q(**{f"{name}__path__startswith": path}) & access.projects(name)
        return queryset.filter(inside)

    def show(self, rows: Any, *, after: str = "") -> None:
        super().show(as_seen(rows, self.reader), after=after)

    def row_id(self, row: Seen) -> str:
        return str(row.row.pk)

    def row_class(self, row: Seen) -> str:
        return f" dep-{row.row.standing}" if row.row.standing in (Standing.LATE, Standing.AT_RISK) else ""

    @property
    def export_url(self) -> str:
        """Where these rows become a file; this slice knows nothing of files."""
        query = self.query.copy()
        for key in ("after", "seen", "columns"):
            query.pop(key, None)
        address = find_url("projects:dependency-export")
        return f"{address}?{query.urlencode()}" if address else ""
