"""The grid: requests by month, typed like a spreadsheet. Of one project, or of a role, a person or a unit across projects."""

from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pmo_portal.core import formats
from pmo_portal.core.periods import add_months, first_of_month
from pmo_portal.core.undo_views import told as tell
from pmo_portal.core.views import Page
from projects.access.policy import ANSWER_ALLOCATION, REQUEST_ALLOCATION
from projects.hierarchy.views.base import OfProject
from projects.resources import grid, services
from projects.resources.grid import MOST_ROWS, pk_in
from projects.resources.models import Allocation, AllocationMonth, Person, Role, Unit
from projects.resources.selectors import queue
from projects.resources.selectors.team import LONG_SPAN, RELATED, SPAN, Team, assembled, months_from
from projects.resources.services.cells import ASKED, GRANTED, RIGHTS
from projects.resources.views.team import month_of, month_text

JUMP = 6
KINDS: dict[str, tuple[Any, str]] = {"role": (Role, "role"), "person": (Person, "person"), "unit": (Unit, "unit")}
ANSWERED = (*Allocation.GRANTED, Allocation.Status.PROPOSED)  # before somebody is named there is nothing to grant


class GridPage(Page):
    """`?span=13` or `60` months, `?from=2027-01`; `?of=asked` or `granted` is what is typed."""

    template = "projects/resources/grid.html"
    title = gettext_lazy("Requests by month")
    rows_of: ClassVar[Any]

    def rows(self) -> Any:
        """The requests of the grid, of those this editor may change."""
        raise NotImplementedError

    def may(self, what: str) -> bool:
        """Whether the editor may write this anywhere here."""
        raise NotImplementedError

    def check_right(self, target: Any = None) -> None:
        if not self.kinds_of_cells:
            raise PermissionDenied

    @property
    def kinds_of_cells(self) -> list[str]:
        return [what for what in (ASKED, GRANTED) if self.may(what)]

    @property
    def what(self) -> str:
        asked = self.request.GET.get("of", "")
        return asked if asked in self.kinds_of_cells else (self.kinds_of_cells or [ASKED])[0]

    @property
    def months(self) -> list[date]:
        span = LONG_SPAN if self.request.GET.get("span") == str(LONG_SPAN) else SPAN
        return months_from(month_of(self.request.GET.get("from", ""), timezone.localdate()), span)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.check_right()
        return self.read_only() or self.shown()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.check_right()
        if past := self.read_only():
            return past
        by_script = request.content_type == "application/json"
        try:
            typed = grid.read_json(request) if by_script else grid.read_row(request, self.months)
        except grid.Unreadable as problem:
            words = str(problem) if isinstance(problem, grid.TooMany) else _("The request is not valid")
            return HttpResponseBadRequest(words, content_type="text/plain; charset=utf-8")
        outcome = services.set_cells(
            by=self.user, on=timezone.localdate(), cells=typed.cells, what=typed.what, anyway=typed.anyway
        )
        outcome.wrong = [*typed.wrong, *outcome.wrong]
        if by_script:
            return JsonResponse(grid.told(outcome))
        if outcome.wrong:
            sent = {month: request.POST.get(f"c-{month:%Y-%m}", "") for month in self.months}
            return self.shown(outcome=outcome, typed={int(request.POST["row"]): sent}, status=422)
        words = ngettext("%(count)s cell saved", "%(count)s cells saved", outcome.changed)
        tell(request, words % {"count": formats.number(outcome.changed)})
        return self.moved(request.get_full_path())

    def shown(self, *, outcome: Any = None, typed: Any = None, status: int = 200) -> HttpResponse:
        months, what = self.months, self.what
        rows = list(self.rows().select_related(*RELATED, "project")[: MOST_ROWS + 1])
        team = self.team(rows[:MOST_ROWS], months)
        bad: dict[int, dict[date, Any]] = {}
        for one in outcome.wrong if outcome else ():
            bad.setdefault(one.allocation, {})[one.month] = one
        lines = [
            (line, grid.seen(line, what),
             grid.cells(line, what, typed=(typed or {}).get(line.row.pk, {}), wrong=bad.get(line.row.pk, {})))
            for line in team.lines
        ]  # fmt: skip
        names = {line.row.pk: f"{line.row.project.code} · {line.row}" for line in team.lines}
        first = months[0]
        return self.answer(
            status=status, lines=lines, months=months, what=what, kinds_of_cells=self.kinds_of_cells,
            too_many=len(rows) > MOST_ROWS, most=MOST_ROWS, long=len(months) > SPAN, span=len(months),
            wrong=list(grid.in_words(outcome.wrong, names)) if outcome else [],
            earlier=month_text(add_months(first, -JUMP)), later=month_text(add_months(first, JUMP)),
            moved=first != first_of_month(timezone.localdate()),
        )  # fmt: skip

    def team(self, rows: list[Allocation], months: list[date]) -> Team:
        amounts = AllocationMonth.objects.filter(allocation__in=rows, month__gte=months[0], month__lte=months[-1])
        return assembled(rows, amounts, months)


class TeamGrid(OfProject, GridPage):
    """The requests of one project."""

    tab = "team"

    def rows(self) -> Any:
        found = Allocation.objects.filter(project=self.project)
        if self.what == GRANTED:
            found = found.filter(pk__in=queue.answerable(self.user).values("pk"), status__in=ANSWERED)
        return found

    def may(self, what: str) -> bool:
        return self.user.has_perm(RIGHTS[what], self.project)

    def cancel_url(self) -> str:
        return reverse("projects:team", args=[self.project.pk])


class AllocationGrid(GridPage):
    """The requests of a role, a person or a unit on all projects where the editor asks or answers."""

    def rows(self) -> Any:
        found = self.theirs().exclude(status=Allocation.Status.REFUSED)
        for name in KINDS:
            if (pk := pk_in(self.request.GET.get(name, ""))) is not None:
                found = queue.of_units(found, [pk]) if name == "unit" else found.filter(**{name: pk})
        return found if any(self.request.GET.get(name) for name in KINDS) else found.none()

    def theirs(self) -> Any:
        if self.what == GRANTED:
            return queue.answerable(self.user).filter(status__in=ANSWERED)
        return queue.askable(self.user, RIGHTS[self.what])

    def may(self, what: str) -> bool:
        return self.user.has_perm({ASKED: REQUEST_ALLOCATION, GRANTED: ANSWER_ALLOCATION}[what])

    def cancel_url(self) -> str:
        return reverse("projects:allocation-list" if self.may(GRANTED) else "reporting:my-day")

    def context(self, **extra: Any) -> dict[str, Any]:
        seen = self.theirs().exclude(status=Allocation.Status.REFUSED).order_by()
        choices = {
            name: [(str(one.pk), str(one)) for one in model.objects.filter(pk__in=seen.values(field)).order_by("name")]
            for name, (model, field) in KINDS.items()
        }
        chosen = {name: self.request.GET.get(name, "") for name in KINDS}
        return super().context(choices=choices, chosen=chosen, across=True, **extra)
