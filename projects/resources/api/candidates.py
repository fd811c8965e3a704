"""Who fits a request, as the API tells it: the order and the reasons of the page, and the mark to confirm with."""

from datetime import date
from typing import Any

from rest_framework import serializers

from pmo_portal.core.api.params import Param
from pmo_portal.core.models import User
from projects.resources.models import Allocation
from projects.resources.selectors import fit, reach
from projects.resources.services.crowding import marks_of
from projects.resources.wording import reasons

PARAMS = {"q": Param("Instead of those of the role or with the skill, people with these words in their name.")}
DAYS = "Days of work."


class CandidateMonthSerializer(serializers.Serializer):
    """A month of what is still to be given."""

    month = serializers.DateField(help_text="Its first day.")
    need = serializers.FloatField(help_text=f"{DAYS} Asked of the month.")
    free = serializers.FloatField(help_text=f"{DAYS} What they can do of it, beside what is firmly on them.")


class FitReasonSerializer(serializers.Serializer):
    """Why they stand where they stand."""

    words = serializers.CharField(help_text="In the language of the request.")
    tone = serializers.CharField(help_text="`ok`, `warn`, `bad`, or nothing.")


class CandidateSerializer(serializers.Serializer):
    """Somebody who could do it."""

    person = serializers.IntegerField(help_text="Id of the person.")
    person_name = serializers.CharField()
    role = serializers.IntegerField(allow_null=True, help_text="Id of the role they have.")
    points = serializers.FloatField(
        help_text="Of a hundred: free days 60, skill 20, role and unit 9, continuity 7, cost 4."
    )
    need = serializers.FloatField(help_text=f"{DAYS} All that is still to be given.")
    free = serializers.FloatField(help_text=f"{DAYS} What they can do of it.")
    tentative = serializers.FloatField(help_text=f"{DAYS} The part of `free` that is tentatively asked of them.")
    months = CandidateMonthSerializer(many=True)
    level = serializers.IntegerField(allow_null=True, help_text="Of the skill that is asked; null without it.")
    reasons = FitReasonSerializer(many=True)
    daily_rate = serializers.DecimalField(
        max_digits=9, decimal_places=2, allow_null=True, help_text="Null where it is not known, or not for you."
    )
    rate_currency = serializers.CharField(allow_null=True)
    mark = serializers.CharField(help_text="What is given to them now: send it as `seen` when you confirm.")


class CandidatesSerializer(serializers.Serializer):
    """Those who fit best, twelve at most, the best first."""

    allocation = serializers.IntegerField(help_text="Id of the request.")
    results = CandidateSerializer(many=True)


def candidates_of(row: Allocation, *, reader: User, on: date, named: str) -> dict[str, Any]:
    """The answer: a fixed number of statements whatever the number of people."""
    theirs = reach.may_give(reader, row)
    found = fit.candidates(row, reader=reader, on=on, named=named, theirs=theirs)
    marks = marks_of([one.person.pk for one in found])
    return {"allocation": row.pk, "results": [_told(one, row, marks[one.person.pk]) for one in found]}


def _told(one: fit.Candidate, row: Allocation, mark: str) -> dict[str, Any]:
    return {
        "person": one.person.pk,
        "person_name": one.person.name,
        "role": one.person.role_id,
        "points": round(one.points, 1),
        **{"need": round(one.need, 2), "free": round(one.free, 2), "tentative": round(one.soft, 2)},
        "months": [
            {"month": month, "need": round(need, 2), "free": round(free, 2)} for month, need, free in one.by_month
        ],
        "level": one.level,
        "reasons": [{"words": reason.words, "tone": reason.tone} for reason in reasons(one, row)],
        "daily_rate": None if one.rate is None else f"{one.rate:.2f}",
        "rate_currency": one.currency or None,
        "mark": mark,
    }
