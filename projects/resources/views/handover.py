"""`/people/<person>/hand-over/?after=`: what somebody is still given after a day, each asked for anew or proposed to who fits."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pmo_portal.core import formats
from pmo_portal.core.errors import DomainError
from pmo_portal.core.undo_views import told
from pmo_portal.core.views import Page
from projects.access.policy import ANSWER_ALLOCATION, VIEW_PEOPLE
from projects.resources import services
from projects.resources.grid import pk_in
from projects.resources.models import Allocation, Person
from projects.resources.selectors import fit, queue, reach
from projects.resources.selectors.remaining import STATES, Remains, remaining
from projects.resources.selectors.team import RELATED
from projects.resources.services import Handed
from projects.resources.wording import reasons

MOST = 10  # of one time: each looks for who fits
KEEP, ANEW = "keep", "anew"


@dataclass(frozen=True, slots=True)
class Choice:
    """One request: what remains, who fits that, what is chosen."""

    left: Remains
    fitting: list[tuple[fit.Candidate, Any]]
    chosen: str


class HandOver(Page):
    template = "projects/resources/hand_over.html"
    title = gettext_lazy("Hand over what remains")

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.today = timezone.localdate()

    def check_right(self, target: Any = None) -> None:
        """Anywhere at all: which requests, their projects say."""
        if not (self.user.has_perm(ANSWER_ALLOCATION) and self.user.has_perm(VIEW_PEOPLE)):
            raise PermissionDenied

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.check_right()
        self.person = get_object_or_404(Person, pk=kwargs["pk"])
        return self.shown(request.GET)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.check_right()
        self.person = get_object_or_404(Person, pk=kwargs["pk"])
        data = request.POST
        try:
            done = services.hand_over(
                person=self.person, by=self.user, on=self.today, after=self.after(data), parts=self.parts(data),
                answer=data.get("answer", "")[:2000],
            )  # fmt: skip
        except DomainError as error:
            return self.shown(data, status=error.status, problem=error.message)
        words = ngettext("%(count)s request handed over", "%(count)s requests handed over", len(done))
        told(request, words % {"count": formats.number(len(done))})
        return self.moved(reverse("projects:person-detail", args=[self.person.pk]))

    def after(self, data: Any) -> date:
        """The day chosen, else their last one, else today."""
        try:
            return date.fromisoformat(data.get("after", ""))
        except ValueError:
            return self.person.leaves_on or self.today

    def parts(self, data: Any) -> list[Handed]:
        """What is to move, as the page showed it."""
        wanted = {pk: data.get(f"do-{pk}", KEEP) for one in data.getlist("row") if (pk := pk_in(one)) is not None}
        people = Person.objects.in_bulk([pk for to in wanted.values() if (pk := pk_in(to)) is not None])
        found = []
        for row, to in wanted.items():
            if to == KEEP:
                continue
            if to != ANEW and pk_in(to) not in people:
                raise DomainError(_("This person is no longer in the directory."))
            seen = pk_in(data.get(f"version-{row}", "")) or 0
            found.append(Handed(row, seen, people.get(pk_in(to) or 0)))
        return found

    def shown(self, data: Any, *, status: int = 200, **extra: Any) -> HttpResponse:
        after = max(self.after(data), services.earliest(self.person, on=self.today))
        theirs = Allocation.objects.filter(person=self.person, status__in=STATES)
        mine = queue.answerable(self.user).filter(pk__in=theirs.values("pk"))
        rows = list(mine.select_related(*RELATED, "project__portfolio").order_by("project_id", "pk"))
        left = remaining(self.person, rows, after=after)
        others = remaining(self.person, theirs.exclude(pk__in=[row.pk for row in rows]), after=after)
        words = _("%(name)s leaves on %(day)s.") % {"name": self.person.name, "day": formats.date(after, "long")}
        return self.answer(
            status=status, person=self.person, after=after, choices=[self.choice(one, data) for one in left[:MOST]],
            more=max(len(left) - MOST, 0), others=len(others), answer=data.get("answer", words), **extra,
        )  # fmt: skip

    def choice(self, left: Remains, data: Any) -> Choice:
        row = left.allocation
        need = fit.Need(left.months, row.measure == Allocation.Measure.PERCENT)
        theirs = reach.may_give(self.user, row)
        found = fit.candidates(row, reader=self.user, on=self.today, limit=4, need=need, theirs=theirs)
        others = [one for one in found if one.person.pk != self.person.pk][:3]
        return Choice(left, [(one, reasons(one, row)) for one in others], data.get(f"do-{row.pk}", KEEP))
