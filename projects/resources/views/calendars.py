"""Working calendars: the list, one with its public holidays of two years, its exceptions."""

from typing import Any

from django.db.models import Model
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core.days_off import named_days_off, region_name
from pmo_portal.core.tables import Column, Table
from pmo_portal.core.templatetags.ui import tag
from pmo_portal.core.views import DetailPage
from projects.access.policy import EDIT_RESOURCES
from projects.resources import week
from projects.resources.forms.vocabulary import CalendarForm, ExceptionForm
from projects.resources.models import CalendarException, WorkingCalendar
from projects.resources.selectors import reach
from projects.resources.views.base import OfPeople, PeopleList, SupplyDelete, SupplyEdit


def place_of(calendar: WorkingCalendar) -> str:
    """The country and region of its public holidays."""
    if not calendar.country:
        return _("none")
    return " – ".join(part for part in (calendar.country, region_name(calendar.country, calendar.region)) if part)


def name_cell(table: Table, row: WorkingCalendar) -> str:
    address = reverse("projects:working-calendar-detail", args=[row.pk])
    usual = tag(_("usual"), "info") if row.is_default else ""
    return format_html('<span class="prj"><a href="{}">{}</a> {}</span>', address, row.name, usual)


class CalendarTable(Table):
    key = "working-calendars"
    caption = gettext_lazy("Working calendars")
    default_sort = "name"
    columns = (
        Column("name", gettext_lazy("Name"), name_cell, sort="name", hideable=False, css="fill"),
        Column("place", gettext_lazy("Public holidays"), lambda t, row: place_of(row), sort="country"),
        Column("week", gettext_lazy("Week"), lambda t, row: week.in_words(row.shares)),
    )
    empty_icon = "calendar-clock"


class CalendarList(PeopleList):
    here = "calendars"

    def context(self, **extra: Any) -> dict[str, Any]:
        table = CalendarTable(self.request)
        table.load(WorkingCalendar.objects.all())
        return super().context(
            table=table,
            heading=_("Working calendars"),
            lead=_("Which days are worked: a week, the public holidays of a country and region, and exceptions."),
            create_url=reverse("projects:working-calendar-create"),
            create=_("New calendar"),
            **extra,
        )


class CalendarDetail(OfPeople, DetailPage):
    model = WorkingCalendar
    template = "projects/resources/calendar_detail.html"

    def context(self, **extra: Any) -> dict[str, Any]:
        calendar, this_year = self.object, timezone.localdate().year
        years = [(year, named_days_off(calendar.country, calendar.region, year)) for year in (this_year, this_year + 1)]
        return super().context(
            years=years,
            place=place_of(calendar),
            week=week.in_words(calendar.shares),
            exceptions=calendar.exceptions.order_by("-first_day"),
            editable=self.user.has_perm(EDIT_RESOURCES) and reach.keeps(self.user) is None,
            **extra,
        )


class CalendarEdit(SupplyEdit):
    model, form_class, noun, back = WorkingCalendar, CalendarForm, "working-calendar", "projects:working-calendar-list"
    title = gettext_lazy("Working calendar")

    def success_url(self, saved: Any) -> str:
        return reverse("projects:working-calendar-detail", args=[saved.pk])

    def cancel_url(self) -> str:
        return self.success_url(self.object) if self.object else super().cancel_url()


class CalendarDelete(SupplyDelete):
    model, back, title = WorkingCalendar, "projects:working-calendar-list", gettext_lazy("Delete the calendar")


class ExceptionEdit(SupplyEdit):
    """Days of a calendar that are otherwise; new ones: `/working-calendars/<pk>/exceptions/new/`."""

    model, form_class, noun = CalendarException, ExceptionForm, "calendar-exception"
    title = gettext_lazy("Exception of a calendar")

    def get_target(self) -> Any:
        if "calendar" in self.kwargs:
            self.calendar = get_object_or_404(WorkingCalendar, pk=self.kwargs["calendar"])
            return None
        found = self.get_object()
        self.calendar = found.calendar
        return found

    def owner(self) -> dict[str, Model]:
        return {"calendar": self.calendar}

    def cancel_url(self) -> str:
        return reverse("projects:working-calendar-detail", args=[self.calendar.pk])

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(person=self.calendar, **extra)


class ExceptionDelete(SupplyDelete):
    model, title = CalendarException, gettext_lazy("Delete the exception")

    def cancel_url(self) -> str:
        return reverse("projects:working-calendar-detail", args=[self.object.calendar_id])
