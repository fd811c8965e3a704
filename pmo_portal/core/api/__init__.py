"""What every API answer has in common. The names the settings point at are re-exported here; none of these modules imports
`rest_framework.views`, which reads the settings while it is being imported. Resources start from `core.api.viewsets`.
"""

from pmo_portal.core.api.pages import KeyCursorPagination
from pmo_portal.core.api.problems import problem_handler
from pmo_portal.core.api.rendering import OrjsonRenderer

__all__ = ["KeyCursorPagination", "OrjsonRenderer", "problem_handler"]
