"""The schedule tab: the milestones, their dates changed in place, and the forms behind them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from projects.hierarchy import records
from projects.hierarchy.views.base import (
    EDIT_REGISTERS,
    InPlace,
    ProjectEditPage,
    ProjectTab,
    RowDeletePage,
    RowEditPage,
)
from projects.planning import services
from projects.planning.forms import DatesForm, MilestoneForm
from projects.planning.models import Milestone
from projects.planning.selectors import schedule, schedule_then

TAB = "projects:milestone-list"


class MilestoneList(ProjectTab):
    template = "projects/planning/milestone_list.html"
    tab = "schedule"
    kinds = (Milestone,)

    def context(self, **extra: Any) -> dict[str, Any]:
        rows = schedule_then(self.trail) if self.trail else schedule(self.project)
        return super().context(milestones=rows, **extra)


class MilestoneCreate(ProjectEditPage):
    title = _("New milestone")
    saved_message = _("Milestone added")
    form_class = MilestoneForm
    back = TAB

    def get_target(self) -> None:
        return None

    def save(self, form: Any, version: int | None) -> Milestone:
        return services.create_milestone(project=self.project, by=self.user, on=self.on, **form.cleaned_data)


class MilestoneEdit(RowEditPage):
    title = _("Edit the milestone")
    saved_message = _("Milestone saved")
    row_model = Milestone
    back = TAB

    def get_form(self, data: Any = None) -> MilestoneForm:
        form = MilestoneForm(data, instance=self.object)
        form.keep_agreed(project=self.project, by=self.user)
        return form

    def save(self, form: Any, version: int | None) -> Milestone:
        return services.update_milestone(
            milestone=self.row, by=self.user, version=version or 0, changes=form.cleaned_data, on=self.on
        )

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(delete_url=f"/milestones/{self.row.pk}/delete/", **extra)


class MilestoneDelete(RowDeletePage):
    template = "projects/planning/milestone_delete.html"
    title = _("Delete the milestone")
    model = Milestone
    back = TAB

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(forecasts=self.object.forecasts.count(), **extra)

    def delete_object(self) -> None:
        services.delete_milestone(milestone=self.object, by=self.user, version=self.object.version, on=self.on)


class MilestoneDates(InPlace, RowEditPage):
    """Forecast and actual of one row of the table."""

    title = _("Dates of the milestone")
    saved_message = _("Dates of the milestone saved")
    fragment = "projects/planning/_milestone_row.html"
    permission = EDIT_REGISTERS
    row_model = Milestone
    back = TAB

    def get_form(self, data: Any = None) -> DatesForm:
        return DatesForm(data)

    def save(self, form: Any, version: int | None) -> Milestone:
        return services.update_milestone(
            milestone=self.row, by=self.user, version=version or 0, changes=form.cleaned_data, on=self.on
        )

    def row_context(self) -> dict[str, Any]:
        return {"milestone": schedule(self.project).get(pk=self.row.pk), "dates_too": True}


records.add("milestone", Milestone, tab=TAB)
