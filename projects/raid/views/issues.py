"""Issues: the list, and the forms behind it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from projects.hierarchy import records
from projects.hierarchy.views.base import EDIT_REGISTERS, ProjectEditPage, RowDeletePage, RowEditPage
from projects.raid import services
from projects.raid.forms.registers import IssueForm
from projects.raid.models import Issue
from projects.raid.selectors import issues, issues_then
from projects.raid.views.base import ClosePage, RegisterTab

TAB = "projects:issue-list"


class IssueList(RegisterTab):
    template = "projects/raid/issue_list.html"
    register = "issue"
    kinds = (Issue,)

    def rows(self) -> list[Issue]:
        return issues_then(self.trail) if self.trail else issues(self.project)


class IssueCreate(ProjectEditPage):
    title = _("New issue")
    saved_message = _("Issue added")
    permission = EDIT_REGISTERS
    form_class = IssueForm
    back = TAB

    def get_target(self) -> None:
        return None

    def save(self, form: Any, version: int | None) -> Issue:
        return services.create_issue(project=self.project, by=self.user, on=self.on, **form.cleaned_data)


class IssueEdit(RowEditPage):
    title = _("Edit the issue")
    saved_message = _("Issue saved")
    permission = EDIT_REGISTERS
    row_model = Issue
    form_class = IssueForm
    back = TAB

    def save(self, form: Any, version: int | None) -> Issue:
        return services.update_issue(
            issue=self.row, by=self.user, version=version or 0, changes=form.cleaned_data, on=self.on
        )

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(delete_url=f"/issues/{self.row.pk}/delete/", **extra)


class IssueClose(ClosePage):
    title = _("Resolve the issue")
    button = _("Resolve the issue")
    deleted_message = _("Issue resolved")
    explanation = _("It stays in the register as resolved today. You can reopen it by editing it.")
    model = Issue
    back = TAB

    def delete_object(self) -> None:
        services.update_issue(
            issue=self.object, by=self.user, version=self.object.version, changes={"status": Issue.Status.RESOLVED}, on=self.on
        )  # fmt: skip


class IssueDelete(RowDeletePage):
    title = _("Delete the issue")
    model = Issue
    back = TAB

    def delete_object(self) -> None:
        services.delete_issue(issue=self.object, by=self.user, version=self.object.version, on=self.on)


records.add("issue", Issue, tab=TAB)
