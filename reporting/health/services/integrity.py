"""Does what is stored twice agree? Each check returns findings in plain words; none means all is well."""

from collections.abc import Iterable

from django.db import connection
from django.utils import timezone

from projects.hierarchy.models import Project
from reporting.health import rules, selectors
from reporting.health.services import photographs, rollups

BATCH = 1000

TREE = """
    WITH RECURSIVE tree AS (
        SELECT id, id || '/' AS path FROM projects_node WHERE parent_id IS NULL
        UNION ALL SELECT child.id, tree.path || child.id || '/' FROM projects_node child JOIN tree ON child.parent_id = tree.id
    )
    SELECT 'container ' || node.code || ': path ' || node.path || ', from its parents ' || coalesce(tree.path, 'none')
    FROM projects_node node LEFT JOIN tree USING (id) WHERE node.path IS DISTINCT FROM tree.path
    UNION ALL
    SELECT 'project ' || project.id || ': path ' || project.path || ', from its parents ' || coalesce(parent.path, node.path)
        || 'p' || project.id || '/'
    FROM projects_project project JOIN projects_node node ON node.id = project.node_id
    LEFT JOIN projects_project parent ON parent.id = project.parent_id
    WHERE project.path <> coalesce(parent.path, node.path) || 'p' || project.id || '/'
        OR project.portfolio_id IS DISTINCT FROM projects_portfolio_of(node.path)
"""
HISTORY = """
    SELECT 'project ' || project_id || ': two states at once from ' || valid_from FROM (
        SELECT project_id, valid_from, valid_to,
            lead(valid_from) OVER (PARTITION BY project_id ORDER BY valid_from) AS following
        FROM reporting_healthhistory
    ) AS states WHERE following IS NOT NULL AND (valid_to IS NULL OR valid_to > following)
"""


def findings() -> list[str]:
    """Every disagreement found, tree first; reads everything, writes nothing."""
    return [*_sql(TREE), *_sql(HISTORY), *_health(), *rollups.differences()]


def _sql(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


def _health() -> Iterable[str]:
    """Projects whose stored photograph is not what computing them now gives."""
    ids = list(Project.objects.order_by("pk").values_list("pk", flat=True))
    limits, today = selectors.LimitBook.read(), timezone.localdate()
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        stored = photographs.stored(batch)
        for subject in selectors.subjects(batch, on=today):
            fresh = None
            if not subject.left:
                verdict = rules.assess(subject.facts, limits.of(subject), subject.on)
                fresh = photographs.photograph(subject, verdict)
            if stored.get(subject.project_id) != fresh:
                yield f"project {subject.project_id}: the stored health is not what its facts give"
