"""Forms of units, roles, skills, calendars, generic capacity."""

import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.days_off import countries, regions
from pmo_portal.core.forms import Combobox, comfortable
from projects.hierarchy.forms import FactForm
from projects.resources.models import CalendarException, PooledCapacity, Role, Skill, Unit, WorkingCalendar
from projects.resources.models.calendar import DAYS

CODE = _("Short and stable, such as ARCH; files and the API find it again by it.")


class Plain(FactForm):
    """A form of one record, with the portal's widgets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        comfortable(self)


class RoleForm(Plain):
    class Meta:
        model = Role
        fields = ("code", "name", "name_en", "external_ref")
        help_texts: ClassVar = {"code": CODE}


class SkillForm(Plain):
    class Meta:
        model = Skill
        fields = ("code", "name", "name_en", "domain", "is_critical", "external_ref")
        help_texts: ClassVar = {
            "code": CODE,
            "is_critical": _("Watched: it is told when too few people have it."),
        }


class UnitForm(Plain):
    class Meta:
        model = Unit
        fields = ("code", "name", "name_en", "kind", "parent", "manager", "calendar", "external_ref")
        help_texts: ClassVar = {
            "code": CODE,
            "manager": _("Who answers requests for its people."),
            "calendar": _("Of its people who have none of their own. Leave it empty for the usual one."),
        }


class CalendarForm(Plain):
    """The country is chosen first; the regions offered are those of the country that was sent."""

    country = forms.ChoiceField(label=capfirst(_("public holidays of")), required=False, widget=Combobox)
    region = forms.ChoiceField(label=capfirst(_("region")), required=False)

    class Meta:
        model = WorkingCalendar
        fields = ("name", "country", "region", *DAYS, "hours_per_day", "is_default", "external_ref")
        help_texts: ClassVar = {
            "hours_per_day": _("Only for files that count in hours: the portal counts in days."),
            "is_default": _("For people whose unit has no calendar. The former one gives way."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country: Any = self.fields["country"]
        country.choices = [("", _("None: only the week counts")), *((code, code) for code in countries())]
        country.help_text = _("ISO code of the country, such as FR.")
        sent = self.data.get(self.add_prefix("country")) if self.is_bound else None
        held = self.instance.country if sent is None else sent
        region: Any = self.fields["region"]
        region.choices = [("", "–"), *regions(str(held))]
        region.help_text = _("One with public holidays of its own. For another country, save it first.")
        if self.is_bound and self.data.get(self.add_prefix("region"), "") not in dict(region.choices):
            self.data = {**self.data.dict(), self.add_prefix("region"): ""}  # type: ignore[attr-defined]  # of another country
        for name in DAYS:
            self.fields[name].help_text = ""


class ExceptionForm(Plain):
    class Meta:
        model = CalendarException
        fields = ("name", "first_day", "last_day", "share")
        help_texts: ClassVar = {
            "share": _("0 for days that are closed, 100 for days that are worked although they would not be."),
        }


class MonthInput(forms.DateInput):
    input_type = "month"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"placeholder": "2027-01", **(attrs or {})}, format="%Y-%m")


class MonthField(forms.DateField):
    """A month, as its first day."""

    widget = MonthInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m", "%m/%Y", "%Y-%m-%d"], **kwargs)

    def to_python(self, value: Any) -> dt.date | None:
        day = super().to_python(value)
        return day.replace(day=1) if day else None


class PoolForm(Plain):
    first_month = MonthField(label=capfirst(_("first month")))
    last_month = MonthField(label=capfirst(_("last month")))

    class Meta:
        model = PooledCapacity
        fields = ("role", "unit", "name", "first_month", "last_month", "fte", "external_ref")
        help_texts: ClassVar = {
            "fte": _("May exceed one: a team of four is 4."),
            "unit": _("They work the days of its calendar."),
        }
