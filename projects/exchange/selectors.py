"""What is stored of the projects a file names: a fixed number of queries, whatever the size of file and portfolio."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model, Q, QuerySet

from pmo_portal.core.models import User
from projects.access.policy import CREATE_PROJECT, EDIT_PROJECT, EDIT_TREE, IMPORT_FILES, allowed, allowed_everywhere
from projects.exchange.models import ExternalKey, ImportBatch, ImportProfile
from projects.exchange.profiles import Profile
from projects.exchange.records import BudgetKey, Reading
from projects.exchange.state import Current, KnownPart, KnownProject
from projects.exchange.targets import ALL, PEOPLE
from projects.exchange.words import fold
from projects.hierarchy import past
from projects.hierarchy.models import Node, Project
from projects.hierarchy.selectors import nodes_where
from projects.money.models import BudgetLine
from projects.planning.models import Milestone
from projects.raid.models import Risk
from projects.resources.models import Person

_NOT_COLUMNS = frozenset({"ref", "programme", "programme_name", "parent_ref", *PEOPLE})
PROJECT_FIELDS = (
    *(t.field for t in ALL.values() if t.entity == "project" and t.field not in _NOT_COLUMNS),
    "external_ref", "declared_label", "declared_on", "left_on", "data_date",
)  # fmt: skip
MILESTONE_FIELDS = (
    "code", "name", "name_en", "is_key", "is_fixed", "weight", "position", "baseline_date", "forecast_date",
    "actual_date",
)  # fmt: skip
RISK_FIELDS = tuple(t.field for t in ALL.values() if t.entity == "risk" and t.field not in ("ref", "project", "owner"))


def portfolio_called(code: str) -> Node | None:
    """The portfolio with this code, or None."""
    found: Node | None = Node.objects.filter(kind=Node.Kind.PORTFOLIO, code=code.upper()).first()
    return found


def current(portfolio: Node | None, code: str, reading: Reading, profile: Profile, *, by: User | None) -> Current:
    """The stored side of the comparison, with what the actor may do to it (`by` None: the installation itself, everything)."""
    everywhere = by is None or allowed_everywhere(by, EDIT_TREE)
    if portfolio is None:
        top = frozenset({code}) if everywhere else frozenset()
        return Current(code, containers={code: code}, creates_in=top, may_shape_tree=everywhere)
    nodes = list(Node.objects.below(portfolio).select_related(None).order_by("path"))
    light = list(
        Project.objects.filter(portfolio=portfolio).values_list("pk", "external_ref", "code", "name", "left_on")
    )
    keys = (
        dict(ExternalKey.objects.filter(portfolio=portfolio).values_list("key", "project_id")) if profile.names else {}
    )
    wanted = _wanted(light, reading, profile)
    containers = {node.code: node.code for node in nodes}
    for node in nodes[1:]:
        containers.setdefault(fold(node.name), node.code)
    return Current(
        portfolio_code=portfolio.code,
        projects=_projects(wanted, by),
        keys=keys,
        containers=containers,
        others=_others(light, wanted, portfolio, by) if profile.absent == "left" else {},
        codes=frozenset(fold(row[2]) for row in light),
        creates_in=frozenset(node.code for node in nodes if by is None or allowed(by, CREATE_PROJECT, node)),
        may_shape_tree=by is None or allowed(by, EDIT_TREE, portfolio),
        may_set_confidentiality=by is None or allowed(by, CREATE_PROJECT, portfolio),
        status_date=portfolio.status_date,
    )


def _wanted(light: list[Any], reading: Reading, profile: Profile) -> list[int]:
    """Ids of the stored projects that some record may mean."""
    if profile.names:
        return [row[0] for row in light]
    refs = set(reading.records)
    folded = {fold(ref.removeprefix("name:")) for ref in refs}
    parents = {record.parent_ref for record in reading.records.values()}
    return [
        pk
        for pk, ref, code, name, _left in light
        if ref in refs | parents or fold(code) in folded or fold(name) in folded
    ]


def _others(light: list[Any], wanted: Collection[int], portfolio: Node, by: User | None) -> dict[int, str]:
    """The projects the file does not name and that are still in the portfolio, where the actor may say that they left."""
    if by is not None and not allowed(by, CREATE_PROJECT, portfolio):
        return {}
    known = set(wanted)
    return {pk: name for pk, _ref, _code, name, left in light if pk not in known and left is None}


def _projects(ids: list[int], by: User | None) -> tuple[KnownProject, ...]:
    rows = Project.objects.filter(pk__in=ids).select_related("node", "parent", *PEOPLE).order_by("pk")
    milestones = _parts(Milestone, ids, MILESTONE_FIELDS, "name")
    risks = _parts(Risk, ids, RISK_FIELDS, "title", owner=True)
    budget = _budget(ids)
    return tuple(
        KnownProject(
            id=row.pk,
            ref=row.external_ref,
            code=row.code,
            label=row.name,
            values={
                **{name: getattr(row, name) for name in PROJECT_FIELDS},
                **{name: person.name if (person := getattr(row, name)) else "" for name in PEOPLE},
            },
            container=row.node.code,
            parent_ref=row.parent.external_ref if row.parent else "",
            may_edit=by is None or allowed(by, EDIT_PROJECT, row),
            left=row.left_on is not None,
            milestones=tuple(milestones.get(row.pk, ())),
            risks=tuple(risks.get(row.pk, ())),
            budget=budget.get(row.pk, {}),
        )
        for row in rows
    )


def _parts(
    model: type[Model], ids: list[int], names: tuple[str, ...], title: str, *, owner: bool = False
) -> Mapping[int, list[KnownPart]]:
    found: dict[int, list[KnownPart]] = defaultdict(list)
    extra = ("owner__name",) if owner else ()
    rows = model._default_manager.filter(project_id__in=ids).values_list(
        "project_id", "pk", "external_ref", *names, *extra
    )
    for project_id, pk, ref, *cells in rows.order_by("pk"):
        values = dict(zip((*names, *(("owner",) if owner else ())), cells, strict=True))
        found[project_id].append(KnownPart(pk, ref, str(values.get("code") or ""), str(values[title]), values))
    return found


def _budget(ids: list[int]) -> Mapping[int, dict[BudgetKey, tuple[int, Decimal]]]:
    found: dict[int, dict[BudgetKey, tuple[int, Decimal]]] = defaultdict(dict)
    rows = BudgetLine.objects.filter(project_id__in=ids)
    for project_id, pk, month, kind, cost, category, amount in rows.values_list(
        "project_id", "pk", "month", "kind", "cost_type", "category", "amount"
    ):
        found[project_id][month, kind, cost, category] = (pk, amount)
    return found


def people(names: Collection[str]) -> dict[str, int]:
    """{folded name: id} of the people who bear one of these names; the first of namesakes counts."""
    wanted = {fold(name) for name in names}
    found: dict[str, int] = {}
    for pk, name in Person.objects.order_by("pk").values_list("pk", "name"):
        if fold(name) in wanted:
            found.setdefault(fold(name), pk)
    return found


def batches_of(user: User) -> QuerySet[ImportBatch]:
    """The imports a person may look at: those into portfolios they may import into, and their own into one still to be made.

    An import tells every cell it changed, of every project of its portfolio: to see the portfolio's name is not enough, and
    whoever may no longer import there no longer reads what they imported.
    """
    theirs, over = Q(by=user), Q(state__in=(ImportBatch.State.APPLIED, ImportBatch.State.UNDONE))
    within = Q(portfolio__in=nodes_where(user, IMPORT_FILES))
    rows = ImportBatch.objects.exclude(profile__in=ImportBatch.APART).filter(
        (within & (theirs | over)) | (theirs & Q(portfolio=None))
    )
    return rows.select_related("by", "portfolio").defer("content", "bad_rows", "changes")


def days_of(requests: Iterable[str]) -> dict[str, date]:
    """The days of the data of imports, by the mark they leave on audit rows; nothing is asked when no request is an import."""
    ids = [int(mark[7:]) for mark in requests if mark.startswith("import:") and mark[7:].isdecimal()]
    rows = ImportBatch.objects.filter(pk__in=ids, on_date__isnull=False).only("on_date") if ids else ()
    return {batch.request_id: batch.on_date for batch in rows if batch.on_date}


def profiles_of(user: User) -> QuerySet[ImportProfile]:
    """The saved mappings a person may use: their own and the shared ones."""
    return ImportProfile.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner")


past.dated.add("imports", days_of)
