"""Where things may go. Pages, API and import ask here before they create in, or move to, a container (security.md T2)."""

from django.utils.translation import gettext as _

from pmo_portal.core import editing
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from projects.hierarchy.models import Node, Project

CREATE_PROJECT = "projects.create_project"
EDIT_TREE = "projects.edit_tree"
VIEW_PROJECT = "projects.view_project"
WHOLE_ORGANISATION = Node()  # covered only by memberships over everything
TREE = (7201, 1)  # the lock the triggers of migration 0002 take


def check_container(node: Node | None, *, by: User, right: str, field: str) -> None:
    """Refuse a container the actor may not see (as if it did not exist) or where they lack `right`. None: the top of the tree."""
    target = node or WHOLE_ORGANISATION
    if by.has_perm(right, target):
        return
    if node is None or Node.objects.visible_to(by).filter(pk=node.pk).exists():
        raise NotAllowed(
            _("Your role does not let you put anything there. Ask the PMO of that portfolio."), field=field
        )
    raise DomainError(_("This portfolio or programme does not exist. Choose another one."), field=field)


def check_whole(parent: Project, *, by: User, right: str) -> None:
    """Refuse a parent project the actor may not see (as if it did not exist), or into which they may not put a part."""
    if not by.has_perm(VIEW_PROJECT, parent):
        raise DomainError(_("This project does not exist. Choose another one."), field="parent")
    check_container(parent.node, by=by, right=right, field="parent")


def hold_tree(*, shared: bool = False) -> None:
    """Hold the shape of the tree before locking any row, as the triggers do: moves wait for each other, never in a circle."""
    editing.advisory_lock(*TREE, shared=shared)
