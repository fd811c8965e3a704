"""What may be said of a container to who sees some of its projects, without saying anything of the confidential ones."""

from collections.abc import Sequence
from typing import Any

from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import Access
from reporting.health.models import Audience, HealthPast, ProjectHealth, Rollup

CONFIDENTIAL = Project.Confidentiality.CONFIDENTIAL


def projects_known(user: Any, nodes: Sequence[Node]) -> dict[int, int]:
    """{container: the projects figures count in it that are no secret, whoever may see them, and the confidential ones this
    user sees}. Today's; two queries. A confidential project the user does not see changes nothing here.
    """
    if not nodes:
        return {}
    public = dict(Rollup.objects.filter(node__in=nodes, audience="open").values_list("node_id", "projects"))
    confidential = ProjectHealth.objects.visible_to(user).filter(counted=True, project__confidentiality=CONFIDENTIAL)
    paths = list(confidential.values_list("path", flat=True))
    return {node.pk: public.get(node.pk, 0) + sum(1 for path in paths if path.startswith(node.path)) for node in nodes}


def audience_ever(user: Any, node: Node) -> str | None:
    """Which stored sums of past days say what this user may see today: `Access.audience_of`, but not those for everybody when
    they counted a project that was made confidential since.
    """
    audience = Access.of(user).audience_of(node)
    if audience != Audience.OPEN:
        return audience
    counted = HealthPast.objects.filter(path__startswith=node.path, confidential=False)
    return None if counted.filter(project__confidentiality=CONFIDENTIAL).exists() else audience
