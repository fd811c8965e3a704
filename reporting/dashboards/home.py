"""The first page of each role (domain.md §1.5, ux.md §3.1)."""

from typing import Any

from pmo_portal.core.site import landings
from projects.hierarchy.visibility import Access
from reporting.status.models import ReportingCalendar

COLLECTION, PORTFOLIOS = "reporting:collection", "reporting:portfolio-list"
PAGES = {
    "pmo": COLLECTION,
    "portfolio_manager": PORTFOLIOS,
    "executive": "reporting:executive",
    "committee_member": "reporting:executive",
    "project_manager": "reporting:my-day",
    "sponsor": "reporting:my-day",
    "contributor": "reporting:my-day",
    "viewer": PORTFOLIOS,
}


def landing(user: Any) -> str:
    """The page of the highest role the user has anywhere; '' without any. Who only runs the portal begins with its accounts.

    A PMO collects where there is a reporting calendar, and begins with the portfolios where there is none.
    """
    access = Access.of(user)
    roles = {grant.role for grant in access.grants}
    page = next((page for role, page in PAGES.items() if role in roles), "")
    if page == COLLECTION and not ReportingCalendar.objects.visible_to(user).exists():
        return PORTFOLIOS
    return page or ("projects:user-list" if access.is_administrator and not roles else "")


landings.add("roles", landing)
