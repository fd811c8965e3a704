"""Forms of people, and of what is known of one."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.forms import comfortable
from pmo_portal.core.models import User
from projects.access.forms import UserChoice
from projects.access.policy import EDIT_RESOURCES, MANAGE_ACCOUNTS, allowed_everywhere
from projects.hierarchy.forms import FactForm
from projects.hierarchy.visibility import Access
from projects.resources.models import Absence, Person, PersonSkill, Rate, UnitShare, WorkPattern
from projects.resources.models.calendar import DAYS
from projects.resources.models.person import LEVELS
from projects.resources.services import RATE, SUPPLY, keeping


class PersonForm(FactForm):
    """Who they are; what they are to the organisation, their rate and their account for who keeps these."""

    class Meta:
        model = Person
        fields = (
            "name", "email", "organisation", "role", "is_external", "arrives_on", "leaves_on", "calendar", "external_ref", "user",
            "daily_rate", "rate_currency",
        )  # fmt: skip
        help_texts: ClassVar = {
            "calendar": _("Leave it empty for that of their unit."),
            "leaves_on": _("The last day on which they are here. Leave it empty while nobody knows."),
            "external_ref": _("By which another system knows them; files and the API find them again by it."),
            "daily_rate": _("Used on days for which no dated rate is given."),
        }

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hidden = set() if Access.of(by).sees_everywhere("rates") else set(RATE)
        if not by.has_perm(EDIT_RESOURCES):
            hidden |= SUPPLY | {"external_ref"}
        elif self.instance.pk and not keeping.keeps_person(by, self.instance.pk):
            hidden |= SUPPLY
        for name in hidden:
            del self.fields[name]
        if allowed_everywhere(by, MANAGE_ACCOUNTS):
            self.fields["user"] = UserChoice(
                User.objects.filter(Q(is_active=True) | Q(pk=self.instance.user_id)).order_by("last_name", "username"),
                label=capfirst(_("user account")),
                required=False,
                help_text=_(
                    "The account by which this person signs in. Their projects are then “my projects” to them."
                ),
            )
        else:
            del self.fields["user"]
        comfortable(self)


class OfPerson(FactForm):
    """A row that belongs to one person: new ones are of `person`; what a row is of is not changed afterwards."""

    fixed: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in self.fixed:
                del self.fields[name]
        comfortable(self)


class PersonSkillForm(OfPerson):
    fixed = ("skill",)

    class Meta:
        model = PersonSkill
        fields = ("skill", "level")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        level: Any = self.fields["level"]
        level.widget = forms.Select(choices=LEVELS)


class UnitShareForm(OfPerson):
    fixed = ("unit",)

    class Meta:
        model = UnitShare
        fields = ("unit", "percent")
        help_texts: ClassVar = {"percent": _("In per cent of the person; their units come to 100 at most.")}


class WorkPatternForm(OfPerson):
    class Meta:
        model = WorkPattern
        fields = ("starts_on", *DAYS, "percent_run")
        help_texts: ClassVar = {
            "starts_on": _("It holds until the day before the next one. Days are in per cent of a whole day."),
            "percent_run": _("In per cent of what they work; it is no capacity for projects."),
        }


class AbsenceForm(OfPerson):
    class Meta:
        model = Absence
        fields = ("first_day", "last_day", "share", "kind")
        help_texts: ClassVar = {
            "share": _("In per cent of what they would have worked: 50 for half days."),
            "kind": _("Why somebody is away is not kept."),
        }


class RateForm(OfPerson):
    class Meta:
        model = Rate
        fields = ("starts_on", "daily_rate", "currency")
        help_texts: ClassVar = {"starts_on": _("It holds until the day before the next one.")}
