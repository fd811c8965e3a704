"""What the pages of one project share: found within the reader's scope, asked for one right, shown under one header."""

import json
from datetime import date
from typing import Any, ClassVar

from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core.as_of import as_of
from pmo_portal.core.models import User
from pmo_portal.core.pages import page, wants_fragment
from pmo_portal.core.views import DeletePage, EditPage, ListPage, Page
from projects.hierarchy import past
from projects.hierarchy.models import Project
from projects.hierarchy.past import Trail
from projects.hierarchy.selectors import projects_with_header

EDIT_PROJECT = "projects.edit_project"
EDIT_REGISTERS = "projects.edit_registers"


def find_project(user: User, pk: int) -> Project:
    """The project of the address within the reader's scope, else 404."""
    return get_object_or_404(projects_with_header(user), pk=pk)


def unrecorded(request: HttpRequest, project: Project, day: date) -> HttpResponse:
    """404 with what is known: since when the project is recorded, or when it left, and the way to a day that can be shown."""
    context = {"project": project, "day": day, "first": past.first_photograph(project), "supports_as_of": True}
    return page(request, "projects/unrecorded.html", context, status=404)


class OfProject(Page):
    """A page below `/projects/<project>/`."""

    tab: ClassVar[str] = ""
    project: Project

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.project = self.find_project()

    def find_project(self) -> Project:
        return find_project(self.user, self.kwargs["project"])

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(project=self.project, tab=self.tab, **extra)


class ProjectTab(OfProject, ListPage):
    """A tab: whoever sees the project sees it. As of a past day it shows the rows of that day, of the models in `kinds`."""

    kinds: ClassVar[tuple[Any, ...]] = ()
    trail: Trail | None = None
    day: date | None = None  # the past day that is shown

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        day = self.day = as_of(request)
        if day is not None:
            photo = past.photograph(self.project, day)
            if photo is None:
                return unrecorded(request, self.project, day)
            past.as_it_was(self.project, photo, day)
            self.trail = Trail.of(self.project, day, *self.kinds) if self.kinds else None
        return super().get(request, *args, **kwargs)

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(supports_as_of=True, as_of_days=self.dated_days, trail=self.trail, **extra)

    def dated_days(self) -> list[date]:
        """The states of a project of an archived portfolio, for the as-of picker; none: the usual presets."""
        return past.dated_days(self.project)


class ProjectEditPage(OfProject, EditPage):
    """A form about the project itself or about one of its rows; the right is asked on the project."""

    template = "projects/edit.html"
    permission = EDIT_PROJECT
    back: ClassVar[str] = ""

    def right_target(self) -> Project:
        return self.project

    def back_url(self) -> str:
        """The tab the form belongs to (`back` is its URL name), else the overview."""
        return reverse(self.back, args=[self.project.pk]) if self.back else self.project.get_absolute_url()

    def success_url(self, saved: Any) -> str:
        return self.back_url()

    def cancel_url(self) -> str:
        return self.back_url()

    @property
    def on(self) -> date:
        """The day the facts are written: today."""
        return timezone.localdate()


class RowEditPage(ProjectEditPage):
    """A form about one row of a project, found by its own id: the address cannot pair it with another project."""

    row_model: ClassVar[Any]

    def find_project(self) -> Project:
        self.row = get_object_or_404(self.row_model.objects.visible_to(self.user), pk=self.kwargs["pk"])
        return find_project(self.user, self.row.project_id)

    def get_target(self) -> Any:
        return self.row_model.objects.get(pk=self.row.pk)  # the form changes its own copy


class InPlace(ProjectEditPage):
    """A form that is one row of a table: htmx gets `fragment`, the row, back, saved or with what went wrong in it.

    Without scripts the same address answers the tab, or the form on a page of its own.
    """

    http_method_names = ["post"]
    announces: ClassVar[tuple[str, ...]] = ()  # browser events that other parts of the page wait for

    def moved(self, url: str) -> HttpResponse:
        if not wants_fragment(self.request):
            return redirect(url)
        offered = [
            message.extra_tags for message in get_messages(self.request)
        ]  # the row itself says that it was saved
        response = self.answer(saved=True, **self.row_context())
        change = offered[-1].partition(":")[2] if offered else ""
        happened: dict[str, Any] = dict.fromkeys(self.announces, "")
        if change:
            happened["row-saved"] = {"change": change, "words": str(self.saved_message or _("Saved"))}
        if happened:
            response["HX-Trigger"] = json.dumps(happened)
        return response

    def form_answer(self, form: Any, *, version: int | None, status: int = 200, **extra: Any) -> HttpResponse:
        return super().form_answer(form, version=version, status=status, **self.row_context(), **extra)

    def row_context(self) -> dict[str, Any]:
        """What the row shows, as it is stored now."""
        raise NotImplementedError


class RowDeletePage(DeletePage):
    """Deletes one row of a project and goes back to its tab (`back` is the URL name)."""

    permission = EDIT_PROJECT
    back: ClassVar[str]

    @property
    def on(self) -> date:
        return timezone.localdate()

    def back_url(self) -> str:
        return reverse(self.back, args=[self.object.project_id])

    def success_url(self) -> str:
        return self.back_url()

    def cancel_url(self) -> str:
        return self.back_url()
