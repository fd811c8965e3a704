"""Pages that write portfolios and programmes."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from pmo_portal.core.views import DeletePage, EditPage
from projects.hierarchy import services
from projects.hierarchy.forms import NodeForm
from projects.hierarchy.models import Node
from projects.hierarchy.services.places import EDIT_TREE


class PortfolioCreate(EditPage):
    """A new portfolio; `?parent=` chooses where beforehand."""

    template = "projects/hierarchy/node_edit.html"
    title = _("New portfolio")
    permission = EDIT_TREE
    kind = Node.Kind.PORTFOLIO

    def get_form(self, data: Any = None) -> NodeForm:
        asked = self.request.GET.get("parent", "")
        parent = Node.objects.visible_to(self.user).filter(pk=asked).first() if asked.isdecimal() else None
        habits = {"parent": parent, "currency": parent.currency, "scale": parent.scale} if parent else {}
        return NodeForm(data, by=self.user, kind=self.kind, initial=habits)

    def save(self, form: Any, version: int | None) -> Node:
        return services.create_node(by=self.user, kind=self.kind, **form.cleaned_data)

    def cancel_url(self) -> str:
        return "/portfolios/"


class ProgrammeCreate(PortfolioCreate):
    title = _("New programme")
    kind = Node.Kind.PROGRAMME


class NodeEdit(EditPage):
    """Change, or move by choosing another parent."""

    template = "projects/hierarchy/node_edit.html"
    permission = EDIT_TREE
    model = Node

    @property
    def title(self) -> Any:
        return _("Edit the portfolio") if self.object.kind == Node.Kind.PORTFOLIO else _("Edit the programme")

    def get_form(self, data: Any = None) -> NodeForm:
        instance = Node.objects.get(pk=self.object.pk)  # the form changes its own copy
        return NodeForm(data, by=self.user, kind=instance.kind, instance=instance)

    def save(self, form: Any, version: int | None) -> Node:
        return services.update_node(node=self.object, by=self.user, version=version or 0, changes=form.cleaned_data)


class NodeDelete(DeletePage):
    """Delete an empty portfolio or programme."""

    permission = EDIT_TREE
    model = Node
    title = _("Delete the portfolio or programme")

    def delete_object(self) -> None:
        services.delete_node(node=self.object, by=self.user, version=self.object.version)

    def success_url(self) -> str:
        return self.object.parent.get_absolute_url() if self.object.parent else "/portfolios/"
