"""What the pages about people share: asked for anywhere at all, since they belong to no project."""

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.shortcuts import get_object_or_404
from django.urls import reverse

from pmo_portal.core.views import DeletePage, EditPage, ListPage, Page
from projects.access.policy import EDIT_RESOURCES, VIEW_PEOPLE
from projects.hierarchy.visibility import Access
from projects.resources.models import Person, Rate
from projects.resources.selectors import reach
from projects.resources.services import create_supply, delete_supply, keeping, update_supply


class OfPeople(Page):
    """Whoever looks people up; what is written, by who keeps resources."""

    permission = VIEW_PEOPLE

    def check_right(self, target: Any = None) -> None:
        if not self.user.has_perm(self.permission) or (self.of_rates and not sees_rates(self.user)):
            raise PermissionDenied

    @property
    def of_rates(self) -> bool:
        return getattr(self, "model", None) is Rate

    def queryset(self) -> Any:
        rows = self.model._default_manager.all()
        return rows.none() if self.of_rates and not sees_rates(self.user) else rows


def sees_rates(user: Any) -> bool:
    return Access.of(user).sees_everywhere("rates")


class PeopleList(OfPeople, ListPage):
    """One of the lists; `here` marks it in the switch above them."""

    here: ClassVar[str]
    of_units: ClassVar[bool] = False  # also for who keeps the people of some units
    template = "projects/resources/supply_list.html"
    fragment = "components/list.html"

    def context(self, **extra: Any) -> dict[str, Any]:
        editable = self.user.has_perm(EDIT_RESOURCES) and (self.of_units or reach.keeps(self.user) is None)
        return super().context(
            here=self.here,
            editable=editable,
            rates=sees_rates(self.user),
            looks_up=self.user.has_perm(VIEW_PEOPLE),
            **extra,
        )


class SupplyEdit(OfPeople, EditPage):
    """Create or change one record through its form; `back` is the URL name of its list."""

    permission = EDIT_RESOURCES
    template = "projects/resources/edit.html"

    def check_right(self, target: Any = None) -> None:
        """A form that may not be sent is not opened either."""
        super().check_right(target)
        held = getattr(self, "object", None)
        if not (keeping.keeps(self.user, held) if held else keeping.keeps_kind(self.user, self.model)):
            raise PermissionDenied

    back: ClassVar[str] = "projects:person-list"
    noun: ClassVar[str] = ""  # its addresses are `projects:<noun>-edit` and `-delete`

    def get_form(self, data: Any = None) -> Any:
        held = self.model._default_manager.get(pk=self.object.pk) if self.object else None
        return self.form_class(data, instance=held)  # type: ignore[call-arg]

    def owner(self) -> dict[str, Model]:
        """What a new record belongs to."""
        return {}

    def save(self, form: Any, version: int | None) -> Any:
        if self.object:
            return update_supply(row=self.object, by=self.user, version=version or 0, changes=form.cleaned_data)
        return create_supply(self.model, by=self.user, **self.owner(), **form.cleaned_data)

    def cancel_url(self) -> str:
        return reverse(self.back)

    def success_url(self, saved: Any) -> str:
        return self.cancel_url()

    def context(self, **extra: Any) -> dict[str, Any]:
        delete_url = reverse(f"projects:{self.noun}-delete", args=[self.object.pk]) if self.object else ""
        return super().context(delete_url=delete_url, **extra)


class SupplyDelete(OfPeople, DeletePage):
    permission = EDIT_RESOURCES
    back: ClassVar[str] = "projects:person-list"

    def delete_object(self) -> None:
        delete_supply(row=self.object, by=self.user, version=self.object.version)

    def cancel_url(self) -> str:
        return reverse(self.back)

    def success_url(self) -> str:
        return self.cancel_url()


class OfOnePerson(SupplyEdit):
    """A record of one person, whose page it leads back to. New ones: `/people/<person>/…/new/`."""

    def get_target(self) -> Any:
        if "person" in self.kwargs:
            self.person = get_object_or_404(Person, pk=self.kwargs["person"])
            return None
        found = self.get_object()
        self.person = found.person
        return found

    def check_right(self, target: Any = None) -> None:
        super().check_right(target)
        if not keeping.keeps_person(self.user, self.person.pk):
            raise PermissionDenied

    def owner(self) -> dict[str, Model]:
        return {"person": self.person}

    def cancel_url(self) -> str:
        return reverse("projects:person-detail", args=[self.person.pk])

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(person=self.person, **extra)


class OfOnePersonDelete(SupplyDelete):
    def cancel_url(self) -> str:
        return reverse("projects:person-detail", args=[self.object.person_id])
