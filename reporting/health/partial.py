"""Of how many projects a reader sees some, said without saying how many confidential ones there are."""

from collections.abc import Sequence
from typing import Any

from projects.hierarchy.models import Node, Project
from reporting.health.models import ProjectHealth, Rollup


def projects_known(user: Any, nodes: Sequence[Node]) -> dict[int, int]:
    """{container: the projects figures count in it that are no secret, whoever may see them, and the confidential ones this
    user sees}. Today's; two queries. A confidential project the user does not see changes nothing here.
    """
    if not nodes:
        return {}
    public = dict(Rollup.objects.filter(node__in=nodes, audience="open").values_list("node_id", "projects"))
    confidential = ProjectHealth.objects.visible_to(user).filter(
        counted=True, project__confidentiality=Project.Confidentiality.CONFIDENTIAL
    )
    paths = list(confidential.values_list("path", flat=True))
    return {node.pk: public.get(node.pk, 0) + sum(1 for path in paths if path.startswith(node.path)) for node in nodes}
