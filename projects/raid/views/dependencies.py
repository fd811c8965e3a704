"""Dependencies between projects: those of a project, all of them, and the forms behind them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.pages import wants_fragment
from pmo_portal.core.views import ListPage
from projects.hierarchy import records
from projects.hierarchy.models import Project
from projects.hierarchy.views.base import (
    EDIT_PROJECT,
    EDIT_REGISTERS,
    OfProject,
    ProjectEditPage,
    RowDeletePage,
    find_project,
)
from projects.raid import services
from projects.raid.dependency_table import DependencyTable
from projects.raid.forms.dependencies import DependencyForm
from projects.raid.models import InterProjectDependency
from projects.raid.models.dependency import RECEIVER, SIDES, SUPPLIER
from projects.raid.selectors.dependencies import Seen, counted, dependencies, of_project, sides_edited, sides_seen
from projects.raid.views.base import ClosePage, leaves

TAB = "projects:dependency-list"


class DependencyList(OfProject, ListPage):
    """What a project needs of others and what it gives. `?show=all` lists what was delivered too."""

    template = "projects/raid/dependency_list.html"
    tab = "risks"

    def context(self, **extra: Any) -> dict[str, Any]:
        needs, gives = of_project(self.project, self.user, on=timezone.localdate())
        everything = self.request.GET.get("show") == "all"
        found = [*needs, *gives]
        return super().context(
            needs=[one for one in needs if everything or one.row.is_open],
            gives=[one for one in gives if everything or one.row.is_open],
            open_count=sum(one.row.is_open for one in found),
            all_count=len(found),
            everything=everything,
            registers=leaves(self.project, "dependency", self.user, past=False),
            **extra,
        )


class DependencyCreate(ProjectEditPage):
    template = "projects/raid/dependency_edit.html"
    title = _("New dependency")
    saved_message = _("Dependency added")
    permission = EDIT_REGISTERS
    back = TAB

    def get_target(self) -> None:
        return None

    def get_form(self, data: Any = None) -> DependencyForm:
        return DependencyForm(data, by=self.user, receiver=self.project)

    def save(self, form: Any, version: int | None) -> InterProjectDependency:
        return services.create_dependency(receiver=self.project, by=self.user, on=self.on, **form.cleaned_data)


class OfDependency:
    """A page about one dependency, for who sees a side of it, shown where they see it; who edits a side may use it."""

    def shown_in(self: Any, row: InterProjectDependency) -> Project:
        """The receiver as long as they see it; the side they came from, where they edit no other."""
        seen, edited = sides_seen(self.user, row), sides_edited(self.user, row)
        side = RECEIVER if RECEIVER in seen and (RECEIVER in edited or SUPPLIER not in edited) else SUPPLIER
        return getattr(row, side) if side in seen else getattr(row, RECEIVER)

    def check_side(self: Any, row: InterProjectDependency) -> None:
        if not sides_edited(self.user, row):
            raise PermissionDenied


class DependencyEdit(OfDependency, ProjectEditPage):
    template = "projects/raid/dependency_edit.html"
    title = _("Edit the dependency")
    saved_message = _("Dependency saved")
    back = TAB

    def find_project(self) -> Project:
        rows = InterProjectDependency.objects.visible_to(self.user).select_related(*SIDES)
        self.row = get_object_or_404(rows, pk=self.kwargs["pk"])
        return find_project(self.user, self.shown_in(self.row).pk)

    def check_right(self, target: Any = None) -> None:
        self.check_side(self.row)

    def get_target(self) -> Any:
        return InterProjectDependency.objects.select_related(*SIDES).get(pk=self.row.pk)

    def get_form(self, data: Any = None) -> DependencyForm:
        return DependencyForm(data, instance=self.object, by=self.user)

    def save(self, form: Any, version: int | None) -> InterProjectDependency:
        return services.update_dependency(
            dependency=self.row, by=self.user, version=version or 0, changes=form.cleaned_data, on=self.on
        )

    def context(self, **extra: Any) -> dict[str, Any]:
        seen = Seen(self.row, sides_seen(self.user, self.row))
        deletes = RECEIVER in seen.sides and self.user.has_perm(EDIT_PROJECT, self.row)
        delete_url = f"/dependencies/{self.row.pk}/delete/" if deletes else ""
        return super().context(seen=seen, delete_url=delete_url, **extra)


class DependencyClose(OfDependency, ClosePage):
    title = _("It is delivered")
    button = _("It is delivered")
    deleted_message = _("Dependency delivered")
    explanation = _("It stays in the register as delivered today. You can reopen it by editing it.")
    template = "projects/raid/dependency_close.html"
    model = InterProjectDependency

    def queryset(self) -> Any:
        return super().queryset().select_related(*SIDES)

    def check_right(self, target: Any = None) -> None:
        self.check_side(target)

    def back_url(self) -> str:
        return reverse(TAB, args=[self.shown_in(self.object).pk])

    def context(self, **extra: Any) -> dict[str, Any]:
        seen = Seen(self.object, sides_seen(self.user, self.object))
        return super().context(**{**extra, "object": seen.label}, shown_in=self.shown_in(self.object))

    def delete_object(self) -> None:
        services.update_dependency(
            dependency=self.object, by=self.user, version=self.object.version, on=self.on,
            changes={"status": InterProjectDependency.Status.DELIVERED},
        )  # fmt: skip


class DependencyDelete(RowDeletePage):
    """For who edits the project that needs it, and sees it; who sees the other side alone has nothing to take away."""

    title = _("Delete the dependency")
    model = InterProjectDependency
    back = TAB

    def queryset(self) -> Any:
        return super().queryset().select_related(*SIDES)

    def context(self, **extra: Any) -> dict[str, Any]:
        seen = Seen(self.object, sides_seen(self.user, self.object))
        return super().context(**{**extra, "object": seen.label})

    def delete_object(self) -> None:
        services.delete_dependency(dependency=self.object, by=self.user, version=self.object.version, on=self.on)


class DependencyPage(ListPage):
    """`/dependencies/`: all that the reader may know of, with how many of them are in danger (K-P25) under the same portfolio."""

    template = "projects/raid/dependencies.html"
    fragment = "components/list.html"

    def context(self, **extra: Any) -> dict[str, Any]:
        today = timezone.localdate()
        rows = dependencies(self.user, on=today)
        table = DependencyTable(self.request, reader=self.user)
        table.load(rows.open() if table.only_open else rows)
        counts = None if wants_fragment(self.request) else counted(table.of_portfolios(rows))
        return super().context(table=table, counts=counts, **extra)


def home(row: Any) -> str:
    return reverse(TAB, args=[row.receiver_id])


def whole(reader: Any) -> Any:
    return InterProjectDependency.objects.seen_whole_by(reader)


records.add("dependency", InterProjectDependency, rows=whole, home=home)
