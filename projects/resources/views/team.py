"""The team of a project: who does what by month, and the requests behind it."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.periods import add_months, first_of_month
from projects.access.policy import ANSWER_ALLOCATION, REQUEST_ALLOCATION
from projects.hierarchy import records
from projects.hierarchy.views.base import ProjectEditPage, ProjectTab, RowDeletePage, RowEditPage
from projects.resources import services
from projects.resources.forms.allocations import AllocationForm, NewAllocationForm
from projects.resources.grid import FIRST, LAST
from projects.resources.models import Allocation, AllocationMonth
from projects.resources.selectors import queue, reach
from projects.resources.selectors.team import SPAN, months_from, team, team_then

TAB = "projects:team"
JUMP = 6


def month_of(text: str, default: date) -> date:
    """A month of an address, `2027-01`, within the years people plan for; the default for what is none."""
    try:
        return min(max(date.fromisoformat(f"{text}-01"), FIRST), LAST)
    except ValueError:
        return first_of_month(default)


def month_text(month: date) -> str:
    return f"{month:%Y-%m}"


class TeamPage(ProjectTab):
    """`?from=2027-01` chooses the first of thirteen months."""

    template = "projects/resources/team.html"
    tab = "team"
    kinds = (Allocation, AllocationMonth)

    def context(self, **extra: Any) -> dict[str, Any]:
        today = (self.trail.day if self.trail else self.project.portfolio.status_date) or timezone.localdate()
        first = month_of(self.request.GET.get("from", ""), today)
        months = months_from(first, SPAN)
        found = team_then(self.trail, months) if self.trail else team(self.project, months)
        return super().context(
            team=found, earlier=month_text(add_months(first, -JUMP)), later=month_text(add_months(first, JUMP)),
            over=not self.project.goes_on, moved=first != first_of_month(today),
            this_month=first_of_month(today), elsewhere=self.elsewhere(), **extra,
        )  # fmt: skip

    def elsewhere(self) -> set[int]:
        """The requests that others answer, for who answers for the people of some units."""
        if reach.reach(self.user, ANSWER_ALLOCATION, self.project) is None:
            return set()
        rows, mine = Allocation.objects.filter(project=self.project), queue.answerable(self.user)
        return set(rows.exclude(pk__in=mine.values("pk")).values_list("pk", flat=True))


class AllocationCreate(ProjectEditPage):
    title = _("Ask for somebody")
    saved_message = _("Request sent")
    permission = REQUEST_ALLOCATION
    back = TAB

    def get_target(self) -> None:
        return None

    def get_form(self, data: Any = None) -> NewAllocationForm:
        month = first_of_month(self.on).isoformat()
        first = {"first_month": month, "last_month": add_months(self.on, 2).isoformat()}
        return NewAllocationForm(data, today=self.on, initial=first)

    def save(self, form: Any, version: int | None) -> Allocation:
        return services.request_allocation(
            project=self.project, by=self.user, on=self.on, months=form.months(), **form.changes()
        )


class AllocationEdit(RowEditPage):
    title = _("Change the request")
    saved_message = _("Request changed")
    permission = REQUEST_ALLOCATION
    row_model = Allocation
    form_class = AllocationForm
    back = TAB

    def save(self, form: Any, version: int | None) -> Allocation:
        return services.change_allocation(
            allocation=self.row, by=self.user, version=version or 0, on=self.on, changes=form.cleaned_data
        )

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(delete_url=reverse("projects:allocation-delete", args=[self.row.pk]), **extra)


class AllocationDelete(RowDeletePage):
    title = _("Withdraw the request")
    deleted_message = _("Request withdrawn")
    permission = REQUEST_ALLOCATION
    model = Allocation
    back = TAB

    def delete_object(self) -> None:
        services.withdraw_allocation(allocation=self.object, by=self.user, version=self.object.version, on=self.on)


records.add("allocation", Allocation, tab=TAB)
records.add("allocation-month", AllocationMonth, tab=TAB)
