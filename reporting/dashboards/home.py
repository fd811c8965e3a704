"""The first page of each role (ux.md §3.1)."""

from typing import Any

from pmo_portal.core.site import landings
from projects.hierarchy.visibility import Access

PAGES = {
    "pmo": "reporting:portfolio-list",
    "portfolio_manager": "reporting:portfolio-list",
    "executive": "reporting:executive",
    "committee_member": "reporting:executive",
    "project_manager": "reporting:my-day",
    "sponsor": "reporting:my-day",
    "contributor": "reporting:my-day",
    "viewer": "reporting:portfolio-list",
}


def landing(user: Any) -> str:
    """The page of the highest role the user has anywhere; '' without any. Who only runs the portal begins with its accounts."""
    access = Access.of(user)
    roles = {grant.role for grant in access.grants}
    page = next((page for role, page in PAGES.items() if role in roles), "")
    return page or ("projects:user-list" if access.is_administrator and not roles else "")


landings.add("roles", landing)
