"""People and what they can do."""

from typing import Any

from django.urls import path

from projects.resources import histories
from projects.resources.views import calendars, grid, handover, people, queue, team, vocabulary


def of(noun: str, place: str, edit: Any, delete: Any) -> list[Any]:
    """The form of a record and the page that asks before it is deleted."""
    return [
        path(f"{place}/<int:pk>/edit/", edit.as_view(), name=f"{noun}-edit"),
        path(f"{place}/<int:pk>/delete/", delete.as_view(), name=f"{noun}-delete"),
    ]


urlpatterns = [
    path("people/", people.PersonList.as_view(), name="person-list"),
    path("people/new/", people.PersonCreate.as_view(), name="person-create"),
    path("people/<int:pk>/", people.PersonDetail.as_view(), name="person-detail"),
    path("people/<int:pk>/edit/", people.PersonEdit.as_view(), name="person-edit"),
    path("people/<int:pk>/hand-over/", handover.HandOver.as_view(), name="person-hand-over"),
    path("people/<int:person>/skills/new/", people.SkillOfPerson.as_view(), name="person-skill-create"),
    path("people/<int:person>/units/new/", people.UnitOfPerson.as_view(), name="person-unit-create"),
    path("people/<int:person>/patterns/new/", people.PatternOfPerson.as_view(), name="person-pattern-create"),
    path("people/<int:person>/absences/new/", people.AbsenceOfPerson.as_view(), name="person-absence-create"),
    path("people/<int:person>/rates/new/", people.RateOfPerson.as_view(), name="person-rate-create"),
    *of("person-skill", "person-skills", people.SkillOfPerson, people.SkillOfPersonDelete),
    *of("unit-share", "unit-shares", people.UnitOfPerson, people.UnitOfPersonDelete),
    *of("work-pattern", "work-patterns", people.PatternOfPerson, people.PatternOfPersonDelete),
    *of("absence", "absences", people.AbsenceOfPerson, people.AbsenceOfPersonDelete),
    path("units/", vocabulary.UnitList.as_view(), name="unit-list"),
    path("units/new/", vocabulary.UnitEdit.as_view(), name="unit-create"),
    *of("unit", "units", vocabulary.UnitEdit, vocabulary.UnitDelete),
    path("profiles/", vocabulary.ProfileList.as_view(), name="profile-list"),
    path("profiles/new/", vocabulary.ProfileEdit.as_view(), name="profile-create"),
    path("profiles/<int:pk>/rates/new/", vocabulary.RateOfRole.as_view(), name="profile-rate-create"),
    *of("profile", "profiles", vocabulary.ProfileEdit, vocabulary.ProfileDelete),
    path("skills/", vocabulary.SkillList.as_view(), name="skill-list"),
    path("skills/new/", vocabulary.SkillEdit.as_view(), name="skill-create"),
    *of("skill", "skills", vocabulary.SkillEdit, vocabulary.SkillDelete),
    path("generic-capacity/", vocabulary.PoolList.as_view(), name="generic-capacity-list"),
    path("generic-capacity/new/", vocabulary.PoolEdit.as_view(), name="generic-capacity-create"),
    *of("generic-capacity", "generic-capacity", vocabulary.PoolEdit, vocabulary.PoolDelete),
    path("rates/", vocabulary.RateList.as_view(), name="rate-list"),
    *of("rate", "rates", people.RateOfPerson, people.RateDelete),
    path("working-calendars/", calendars.CalendarList.as_view(), name="working-calendar-list"),
    path("working-calendars/new/", calendars.CalendarEdit.as_view(), name="working-calendar-create"),
    path("working-calendars/<int:pk>/", calendars.CalendarDetail.as_view(), name="working-calendar-detail"),
    path(
        "working-calendars/<int:calendar>/exceptions/new/",
        calendars.ExceptionEdit.as_view(),
        name="working-calendar-exception-create",
    ),
    *of("working-calendar", "working-calendars", calendars.CalendarEdit, calendars.CalendarDelete),
    *of("calendar-exception", "calendar-exceptions", calendars.ExceptionEdit, calendars.ExceptionDelete),
    path("projects/<int:project>/team/", team.TeamPage.as_view(), name="team"),
    path("projects/<int:project>/team/new/", team.AllocationCreate.as_view(), name="allocation-create"),
    path("projects/<int:project>/team/grid/", grid.TeamGrid.as_view(), name="team-grid"),
    path("allocations/grid/", grid.AllocationGrid.as_view(), name="allocation-grid"),
    path("allocations/<int:pk>/edit/", team.AllocationEdit.as_view(), name="allocation-edit"),
    path("allocations/<int:pk>/delete/", team.AllocationDelete.as_view(), name="allocation-delete"),
    path("allocations/", queue.QueuePage.as_view(), name="allocation-list"),
    path("allocations/answers/", queue.AnswersPage.as_view(), name="allocation-answers"),
    path("allocations/<int:pk>/", queue.AnswerPage.as_view(), name="allocation"),
]

__all__ = ["histories", "urlpatterns"]  # the histories and the menu know themselves
