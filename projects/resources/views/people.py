"""The people named on projects, with or without an account: the list, one person, and what is known of them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.filters import Filter
from pmo_portal.core.navigation import find_url
from pmo_portal.core.tables import Column, Table
from pmo_portal.core.templatetags.ui import tag
from pmo_portal.core.typography import NO_BREAK
from pmo_portal.core.views import DetailPage, EditPage
from projects.access.policy import ANSWER_ALLOCATION, EDIT_RESOURCES
from projects.resources import selectors, services, week
from projects.resources.forms.people import (
    AbsenceForm,
    PersonForm,
    PersonSkillForm,
    RateForm,
    UnitShareForm,
    WorkPatternForm,
)
from projects.resources.models import (
    Absence,
    Person,
    PersonSkill,
    Rate,
    Role,
    Skill,
    Unit,
    UnitShare,
    WorkPattern,
)
from projects.resources.selectors import queue
from projects.resources.selectors.going_on import going_on
from projects.resources.selectors.remaining import STATES
from projects.resources.services import keeping
from projects.resources.views.base import OfOnePerson, OfOnePersonDelete, OfPeople, PeopleList, sees_rates

PRESENCE = (
    ("here", gettext_lazy("Here today")),
    ("coming", gettext_lazy("To arrive")),
    ("gone", gettext_lazy("Gone")),
)


def by_presence(rows: Any, chosen: list[str]) -> Any:
    today = timezone.localdate()
    sets = {
        "here": selectors.present(rows, today),
        "coming": rows.filter(arrives_on__gt=today),
        "gone": rows.filter(leaves_on__lt=today),
    }
    return rows.filter(pk__in=[pk for name in chosen for pk in sets[name].values_list("pk", flat=True)])


def choices_of(model: Any) -> Any:
    """Every row of the model; a page asks several times, and it is read once."""

    def choices(table: Any) -> list[tuple[str, str]]:
        known: dict[Any, list[tuple[str, str]]] = table.__dict__.setdefault("known_choices", {})
        if model not in known:
            known[model] = [(str(row.pk), row.label) for row in model.objects.all()]
        return known[model]

    return choices


def through(model: Any, field: str) -> Any:
    return lambda rows, values: rows.filter(pk__in=model.objects.filter(**{f"{field}__in": values}).values("person"))


def name_cell(table: Table, row: Person) -> SafeString:
    external = tag(_("external"), "info") if row.is_external else ""
    address = reverse("projects:person-detail", args=[row.pk])
    return format_html('<span class="prj"><a href="{}">{}</a> {}</span>', address, row.name, external)


def units_cell(table: Table, row: Person) -> str:
    """Each unit, with the share where there are several."""
    shares = list(row.units.all())
    whole = len(shares) == 1 and shares[0].percent == 100
    return ", ".join(
        one.unit.label if whole else f"{one.unit.label}{NO_BREAK}{formats.percent(one.percent)}" for one in shares
    )


def skills_cell(table: Table, row: Person) -> str:
    return ", ".join(f"{one.skill.label}{NO_BREAK}{one.level}" for one in row.skills.all())


def day_cell(field: str) -> Any:
    return lambda table, row: formats.date(getattr(row, field), "short") if getattr(row, field) else ""


class PersonTable(Table):
    key = "people"
    caption = gettext_lazy("People")
    default_sort = "name"
    search_fields = ("name", "email", "organisation", "external_ref")
    search_label = gettext_lazy("Name, e-mail or organisation")
    columns = (
        Column("name", gettext_lazy("Name"), name_cell, sort="name", hideable=False, css="fill"),
        Column(
            "role",
            pgettext_lazy("people", "Role"),
            lambda t, row: row.role.label if row.role else "",
            sort="role__name",
            phone="badge",
        ),
        Column("units", pgettext_lazy("organisation", "Units"), units_cell, css="lst"),
        Column("skills", gettext_lazy("Skills and levels"), skills_cell, css="lst", phone="hide"),
        Column("arrives", gettext_lazy("Arrives"), day_cell("arrives_on"), sort="arrives_on", phone="hide"),
        Column("leaves", gettext_lazy("Last day"), day_cell("leaves_on"), sort="leaves_on", phone_label=True),
        Column("email", gettext_lazy("E-mail"), lambda t, row: row.email, sort="email", shown=False, phone="hide"),
        Column("organisation", gettext_lazy("Organisation"), lambda t, row: row.organisation, sort="organisation",
               shown=False, phone="hide"),
        Column("ref", gettext_lazy("External reference"), lambda t, row: row.external_ref, sort="external_ref", shown=False,
               phone="hide"),
    )  # fmt: skip
    filters = (
        Filter("role", pgettext_lazy("people", "Role"), choices_of(Role), "role"),
        Filter("unit", pgettext_lazy("organisation", "Unit"), choices_of(Unit), where=through(UnitShare, "unit")),
        Filter("skill", gettext_lazy("Skill"), choices_of(Skill), where=through(PersonSkill, "skill")),
        Filter("presence", gettext_lazy("Presence"), PRESENCE, where=by_presence),
        Filter(
            "from",
            gettext_lazy("From where"),
            (("inside", gettext_lazy("internal")), ("outside", gettext_lazy("external"))),
            where=lambda rows, values: rows.filter(is_external__in=[value == "outside" for value in values]),
        ),
    )
    empty_icon = "users"

    @property
    def export_url(self) -> str:
        """Where these rows become a file; this slice knows nothing of files."""
        query = self.query.copy()
        for key in ("after", "seen", "columns"):
            query.pop(key, None)
        address = find_url("projects:person-export")
        return f"{address}?{query.urlencode()}" if address else ""


class PersonList(PeopleList):
    """Whoever names people on projects, or keeps resources, looks them up."""

    here = "people"
    template = "projects/resources/person_list.html"

    def context(self, **extra: Any) -> dict[str, Any]:
        table = PersonTable(self.request)
        table.load(selectors.people_with_words())
        may_name, imports = services.may_name(self.user), find_url("projects:people-import-create")
        return super().context(table=table, may_name=may_name, imports=imports, **extra)


class PersonDetail(OfPeople, DetailPage):
    """One person: who they are, what they can do, when they work, when they are away; what they cost for who sees rates."""

    model = Person
    template = "projects/resources/person_detail.html"

    def queryset(self) -> Any:
        related = ("patterns", "units__unit__calendar", "skills__skill")
        return Person.objects.select_related("role", "calendar", "user").prefetch_related(*related)

    def context(self, **extra: Any) -> dict[str, Any]:
        person, today, rates = self.object, timezone.localdate(), sees_rates(self.user)
        calendar, whose = selectors.calendar_of(person)
        everything = self.request.GET.get("show") == "all"
        absences = person.absences.all() if everything else person.absences.filter(last_day__gte=today)
        return super().context(
            calendar=calendar,
            whose=whose,
            patterns=selectors.patterns_of(person, on=today),
            usual=week.in_words(calendar.shares if calendar else (100,) * 5 + (0, 0)),
            absences=absences,
            everything=everything,
            any_absence=person.absences.exists(),
            rates=list(selectors.rates_of(person)) if rates else None,
            shares=sum(one.percent for one in person.units.all()),
            today=today,
            editable=self.user.has_perm(EDIT_RESOURCES) and keeping.keeps_person(self.user, person.pk),
            may_name=services.may_name(self.user),
            given=self.given(person),
            **extra,
        )

    def given(self, person: Person) -> tuple[int, int] | None:
        """How many requests are given to them, how many of these from after they left, for who answers requests."""
        if not self.user.has_perm(ANSWER_ALLOCATION):
            return None
        theirs = queue.answerable(self.user).filter(going_on(), person=person, status__in=STATES)
        return theirs.count(), queue.astray(theirs).count() if person.leaves_on else 0


class PersonCreate(EditPage):
    template = "projects/resources/edit.html"
    title = gettext_lazy("New person")
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
        return reverse("projects:person-detail", args=[saved.pk])

    def cancel_url(self) -> str:
        return self.success_url(self.object) if self.object else reverse("projects:person-list")


class PersonEdit(PersonCreate):
    title = gettext_lazy("Edit the person")

    def save(self, form: Any, version: int | None) -> Person:
        return services.update_person(person=self.object, by=self.user, version=version or 0, changes=form.cleaned_data)


class SkillOfPerson(OfOnePerson):
    model, form_class, noun, title = PersonSkill, PersonSkillForm, "person-skill", gettext_lazy("Skill of a person")


class UnitOfPerson(OfOnePerson):
    model, form_class, noun, title = UnitShare, UnitShareForm, "unit-share", gettext_lazy("Unit of a person")


class PatternOfPerson(OfOnePerson):
    model, form_class, noun, title = WorkPattern, WorkPatternForm, "work-pattern", gettext_lazy("Working pattern")


class AbsenceOfPerson(OfOnePerson):
    model, form_class, noun, title = Absence, AbsenceForm, "absence", gettext_lazy("Absence")


class SkillOfPersonDelete(OfOnePersonDelete):
    model, title = PersonSkill, gettext_lazy("Take the skill away")


class UnitOfPersonDelete(OfOnePersonDelete):
    model, title = UnitShare, gettext_lazy("Take the person out of the unit")


class PatternOfPersonDelete(OfOnePersonDelete):
    model, title = WorkPattern, gettext_lazy("Delete the working pattern")


class AbsenceOfPersonDelete(OfOnePersonDelete):
    model, title = Absence, gettext_lazy("Delete the absence")


def rate_home(rate: Rate) -> str:
    if rate.person_id:
        return reverse("projects:person-detail", args=[rate.person_id])
    return reverse("projects:rate-list")


class RateOfPerson(OfOnePerson):
    model, form_class, noun, title = Rate, RateForm, "rate", gettext_lazy("Rate")

    def get_target(self) -> Any:
        if "person" in self.kwargs:
            return super().get_target()
        found = self.get_object()
        self.person = found.person or found.role
        return found

    def cancel_url(self) -> str:
        return rate_home(self.object) if self.object else super().cancel_url()


class RateDelete(OfOnePersonDelete):
    model, title = Rate, gettext_lazy("Delete the rate")

    def cancel_url(self) -> str:
        return rate_home(self.object)
