"""Pages that write projects: create, edit, declare, move, delete."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.navigation import Entry, others
from pmo_portal.core.views import DeletePage, EditPage
from projects.hierarchy import services
from projects.hierarchy.forms import MoveForm, NewProjectForm, ProjectForm, StatusForm
from projects.hierarchy.models import Node, Project
from projects.hierarchy.selectors import projects_with_header
from projects.hierarchy.services.places import CREATE_PROJECT
from projects.hierarchy.views.base import ProjectEditPage


class ProjectCreate(EditPage):
    """A new project; `?node=` chooses its container beforehand."""

    template = "projects/hierarchy/project_edit.html"
    title = _("New project")
    permission = CREATE_PROJECT

    def get_form(self, data: Any = None) -> NewProjectForm:
        asked = self.request.GET.get("node", "")
        node = Node.objects.visible_to(self.user).filter(pk=asked).first() if asked.isdecimal() else None
        initial = {"node": node, "currency": node.currency} if node else {}
        return NewProjectForm(data, by=self.user, initial=initial)

    def save(self, form: Any, version: int | None) -> Project:
        return services.create_project(by=self.user, on=timezone.localdate(), **form.cleaned_data)

    def cancel_url(self) -> str:
        return "/projects/"


class ProjectEdit(ProjectEditPage):
    """The facts of a project."""

    template = "projects/hierarchy/project_edit.html"
    title = _("Edit the project")
    saved_message = _("Project saved")

    def get_target(self) -> Project:
        return get_object_or_404(projects_with_header(self.user), pk=self.project.pk)  # the form changes its own copy

    def get_form(self, data: Any = None) -> ProjectForm:
        form = ProjectForm(data, instance=self.object)
        form.keep_agreed(project=self.project, by=self.user)
        return form

    def save(self, form: Any, version: int | None) -> Project:
        return services.update_project(
            project=self.project, by=self.user, version=version or 0, changes=form.cleaned_data, on=self.on
        )


class ProjectStatus(ProjectEditPage):
    """Declare how the project stands."""

    title = _("Declare the status")
    saved_message = _("Status declared")

    def get_target(self) -> Project:
        return self.project

    def get_form(self, data: Any = None) -> Any:
        names = ("declared", "declared_trend", "key_message", "back_to_green", "confidential_note")
        initial = {name: getattr(self.project, name) for name in names}
        return StatusForm(data, project=self.project, by=self.user, initial=initial)

    def save(self, form: Any, version: int | None) -> Project:
        given = form.cleaned_data
        return services.declare_status(
            project=self.project,
            by=self.user,
            version=version or 0,
            level=given["declared"],
            trend=given["declared_trend"],
            key_message=given["key_message"],
            back_to_green=given["back_to_green"],
            confidential_note=given.get("confidential_note"),
            on=self.on,
        )


class ProjectMove(ProjectStatus):
    """Put the project somewhere else in the tree."""

    title = _("Move the project")
    saved_message = _("Project moved")
    permission = "projects.delete_project"  # the PMO's, as creating is; the destination is checked by the service

    def get_form(self, data: Any = None) -> Any:
        initial = {"node": self.project.node_id, "parent": self.project.parent_id}
        return MoveForm(data, by=self.user, project=self.project, initial=initial)

    def save(self, form: Any, version: int | None) -> Project:
        return services.move_project(
            project=self.project, by=self.user, version=version or 0, on=self.on, **form.cleaned_data
        )


class ProjectDelete(DeletePage):
    """Delete a project and all its facts."""

    template = "projects/hierarchy/project_delete.html"
    title = _("Delete the project")
    permission = "projects.delete_project"
    model = Project

    def delete_object(self) -> None:
        services.delete_project(project=self.object, by=self.user, version=self.object.version)

    def success_url(self) -> str:
        return self.object.node.get_absolute_url()


others.add("new project", Entry(_("New project"), "projects:project-create", "plus", permission=CREATE_PROJECT))
