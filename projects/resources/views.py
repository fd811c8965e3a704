"""The people named on projects, with or without an account."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.tables import Column, Table
from pmo_portal.core.views import EditPage, ListPage
from projects.access.policy import VIEW_PEOPLE
from projects.resources import services
from projects.resources.forms import PersonForm
from projects.resources.models import Person


def name_cell(table: Table, row: Person) -> SafeString:
    return format_html(
        '<span class="prj"><a href="{}">{}</a></span>', reverse("projects:person-edit", args=[row.pk]), row.name
    )


class PersonTable(Table):
    key = "people"
    caption = _("People")
    default_sort = "name"
    search_fields = ("name", "email", "organisation")
    search_label = _("Name, e-mail or organisation")
    columns = (
        Column("name", _("Name"), name_cell, sort="name", hideable=False, css="fill"),
        Column("email", _("E-mail"), lambda t, row: row.email, sort="email"),
        Column("organisation", _("Organisation"), lambda t, row: row.organisation, sort="organisation"),
    )
    empty_icon = "users"


class PersonList(ListPage):
    """Whoever names people on projects, or keeps resources, looks them up."""

    template = "projects/resources/person_list.html"
    fragment = "components/list.html"
    permission = VIEW_PEOPLE

    def context(self, **extra: Any) -> dict[str, Any]:
        table = PersonTable(self.request)
        table.load(Person.objects.all())
        return super().context(table=table, **extra)


class PersonCreate(EditPage):
    template = "projects/access/edit.html"
    title = _("New person")
    form_class = PersonForm
    model = Person

    def queryset(self) -> Any:
        return Person.objects.all()

    def check_right(self, target: Any = None) -> None:
        """A person belongs to no project: the right is asked anywhere at all."""
        if not services.may_name(self.user):
            raise PermissionDenied

    def get_form(self, data: Any = None) -> PersonForm:
        held = Person.objects.get(pk=self.object.pk) if self.object else None
        return PersonForm(data, by=self.user, instance=held, initial={} if held else self.request.GET.dict())

    def save(self, form: Any, version: int | None) -> Person:
        return services.create_person(by=self.user, **form.cleaned_data)

    def success_url(self, saved: Any) -> str:
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("projects:person-list")


class PersonEdit(PersonCreate):
    title = _("Edit the person")

    def save(self, form: Any, version: int | None) -> Person:
        return services.update_person(person=self.object, by=self.user, version=version or 0, changes=form.cleaned_data)
