"""The fix list of a question of hygiene: one field of each project, filled in beside its name."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from pmo_portal.core.forms import DateField
from pmo_portal.core.models import User
from projects.access.policy import EDIT_PROJECT
from projects.hierarchy.models import Project
from projects.resources.models import Person
from reporting.dashboards.selectors.collection import MOST
from reporting.dashboards.selectors.hygiene import QUESTIONS, Question, asked_projects, unclean
from reporting.status.models import ReportingPeriod

PEOPLE = "people"  # id of the list of names the page offers
MOST_NAMES = 500


def posted(data: Any) -> list[int]:
    """The ids of the projects a fix list sends, 100 at most."""
    keys = [name.partition("version-")[2] for name in data if name.startswith("version-")]
    return [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 18][:MOST]


class PersonField(forms.CharField):
    """A person by name, as the list of the page offers it. Cleaned: a Person, None when left empty."""

    def clean(self, value: Any) -> Any:
        name = super().clean(value)
        if not name:
            return None
        found = list(Person.objects.filter(name__iexact=name)[:2])
        if not found:
            raise forms.ValidationError(
                _("Nobody is called “%(name)s”. Choose a name of the list."), params={"name": name}
            )
        if len(found) > 1:
            raise forms.ValidationError(
                _("Several people are called “%(name)s”: choose on the page of the project."), params={"name": name}
            )
        return found[0]


class FixForm(forms.Form):
    """`projects` are those of the question; those a user may edit have a field. `wanted` is what `change_each` takes."""

    def __init__(
        self, data: Any = None, *, name: str, question: Question, projects: list[Project], editable: set[int]
    ) -> None:
        super().__init__(data, auto_id="fix-%s")
        self.name, self.question, self.projects = name, question, projects
        for project in projects:
            if question.field and project.pk in editable:
                self.fields[f"value-{project.pk}"] = self._field(project)
                self.fields[f"version-{project.pk}"] = forms.IntegerField(
                    initial=project.version, required=False, widget=forms.HiddenInput
                )

    @classmethod
    def of(cls, user: User, period: ReportingPeriod, name: str, data: Any = None) -> "FixForm":
        projects = unclean(user, period, name)
        if data is not None:  # what was on the page when it was filled in, though somebody may have answered meanwhile
            projects = list(asked_projects(user, period).filter(pk__in=posted(data)).order_by("code"))
        editable = {one.pk for one in projects if user.has_perm(EDIT_PROJECT, one)}
        return cls(data, name=name, question=QUESTIONS[name], projects=projects, editable=editable)

    def _field(self, project: Project) -> forms.Field:
        label = f"{project.code} · {project.label}"
        if self.question.field in ("project_manager", "sponsor"):
            return PersonField(label=label, required=False, widget=forms.TextInput(attrs={"list": PEOPLE}))
        return DateField(label=label, required=False)

    @property
    def people(self) -> list[str]:
        """The names offered."""
        if self.question.field not in ("project_manager", "sponsor"):
            return []
        return list(Person.objects.order_by("name").values_list("name", flat=True).distinct()[:MOST_NAMES])

    @property
    def lines(self) -> list[tuple[Project, Any, Any]]:
        """(project, its field, its version); None twice for who may not edit it."""
        return [
            (one, self[f"value-{one.pk}"], self[f"version-{one.pk}"])
            if f"value-{one.pk}" in self.fields else (one, None, None)
            for one in self.projects
        ]  # fmt: skip

    @property
    def wanted(self) -> list[tuple[Project, int, Mapping[str, Any]]]:
        given = self.cleaned_data
        return [
            (one, given[f"version-{one.pk}"] or 0, {self.question.field: given[f"value-{one.pk}"]})
            for one in self.projects
            if given.get(f"value-{one.pk}")
        ]
