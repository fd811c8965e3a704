"""The resource manager's cockpit: the queue of requests, one request with who fits it, and many answers at once."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from pmo_portal.core import formats
from pmo_portal.core.errors import DomainError, StaleVersion
from pmo_portal.core.navigation import find_url
from pmo_portal.core.pages import wants_fragment
from pmo_portal.core.undo_views import told
from pmo_portal.core.views import ListPage, Page
from projects.access.policy import ANSWER_ALLOCATION, REQUEST_ALLOCATION
from projects.resources import services
from projects.resources.forms.answers import ManyForm, answer_form
from projects.resources.grid import pk_in
from projects.resources.models import Allocation
from projects.resources.queue_table import QueueTable
from projects.resources.selectors import fit, queue, reach
from projects.resources.selectors.team import RELATED
from projects.resources.services import Answer, Crowded
from projects.resources.services.crowding import marks_of
from projects.resources.services.months import stored
from projects.resources.wording import reasons

VIEWS = ("waiting", "astray", "all")
MOST_AT_ONCE = 200


class QueuePage(ListPage):
    """`?view=waiting` (what waits), `astray` (granted to who is not there), `all`; `mine=1`: of the units one manages."""

    template = "projects/resources/queue.html"
    fragment = "components/list.html"
    permission = ANSWER_ALLOCATION

    def context(self, **extra: Any) -> dict[str, Any]:
        everything = queue.answerable(self.user)
        view = self.request.GET.get("view", "waiting")
        view = view if view in VIEWS else "waiting"
        kinds = {"waiting": queue.waiting(everything), "astray": queue.astray(everything), "all": everything}
        rows, units = kinds[view], queue.units_managed_by(self.user)
        mine = bool(units) and self.request.GET.get("mine") == "1"
        if mine:
            rows = queue.of_units(rows, [one.pk for one in units])
        table = QueueTable(self.request, today=timezone.localdate())
        table.load(queue.with_sums(rows.select_related(*RELATED, "project")))
        counts = {} if wants_fragment(self.request) else {name: kinds[name].count() for name in ("waiting", "astray")}
        imports = find_url("projects:allocation-import-create") if self.user.has_perm(REQUEST_ALLOCATION) else ""
        return super().context(
            table=table, view_key=view, mine=mine, units=units, counts=counts, imports=imports, **extra
        )


class AnswerPage(Page):
    """One request: what is asked, who could do it and why, and the answer."""

    template = "projects/resources/answer.html"
    permission = ANSWER_ALLOCATION
    title = gettext_lazy("Answer the request")

    def queryset(self) -> Any:
        return Allocation.objects.visible_to(self.user).select_related(*RELATED, "project__portfolio", "origin")

    def check_right(self, target: Any = None) -> None:
        super().check_right(target)
        if not reach.answers_for(self.user, self.object):
            raise PermissionDenied

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        self.check_right(self.object)
        return self.shown(None)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        self.check_right(self.object)
        form = self.form(request.POST)
        if not form.is_valid():
            return self.shown(form, status=422)
        try:
            form.give(by=self.user, on=timezone.localdate())
        except StaleVersion as stale:
            self.object = self.get_object()
            return self.shown(None, status=409, problem=stale.message)
        except Crowded as crowded:
            return self.shown(form, status=409, crowded=crowded)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return self.shown(form, status=error.status)
        told(request, form.done)
        return self.moved(reverse("projects:allocation-list"))

    def form(self, data: Any = None) -> Any:
        units = reach.reach(self.user, ANSWER_ALLOCATION, self.object.project)
        return answer_form(self.object, stored([self.object.pk])[self.object.pk], data, units=units)

    def shown(self, form: Any, *, status: int = 200, **extra: Any) -> HttpResponse:
        named = self.request.GET.get("q", "").strip()[:60]
        theirs = reach.may_give(self.user, self.object)
        found = fit.candidates(self.object, reader=self.user, on=timezone.localdate(), named=named, theirs=theirs)
        marks = marks_of([one.person.pk for one in found])
        fitting = [(one, reasons(one, self.object), marks[one.person.pk]) for one in found]
        return self.answer(
            status=status, object=self.object, form=form or self.form(), fitting=fitting, named=named,
            project=self.object.project, parts=self.parts(), may_refuse=services.may_refuse(self.user, self.object), **extra,
        )  # fmt: skip

    def parts(self) -> list[Allocation]:
        """What shares its days with this request."""
        root = self.object.origin_id or self.object.pk
        rows = Allocation.objects.filter(origin=root) | Allocation.objects.filter(pk=root)
        return list(rows.exclude(pk=self.object.pk).select_related("person", "role", "unit"))


class AnswersPage(Page):
    """The same answer to the requests ticked in the queue: looked at first, then given; each stands for itself."""

    template = "projects/resources/answers.html"
    permission = ANSWER_ALLOCATION
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.check_right()
        self.verb = request.GET.get("verb", "")
        if self.verb not in ("confirm", "refuse"):
            raise Http404
        ids = [pk for one in request.POST.getlist("sel") if (pk := pk_in(one)) is not None][:MOST_AT_ONCE]
        rows = list(queue.with_sums(queue.answerable(self.user).filter(pk__in=ids)).select_related(*RELATED, "project"))
        bound = "apply" in request.POST
        form = ManyForm(request.POST if bound else None, verb=self.verb)
        if not bound or not form.is_valid():
            return self.answer(status=422 if bound else 200, rows=rows, form=form, verb=self.verb, outcomes=None)
        answers = [Answer(row.pk, self.seen(row), self.verb, dict(form.cleaned_data)) for row in rows]
        outcomes = services.answer_many(by=self.user, on=timezone.localdate(), answers=answers)
        done = sum(one.done for one in outcomes)
        words = ngettext("%(count)s request answered", "%(count)s requests answered", done)
        if done:
            told(request, words % {"count": formats.number(done)})
        if done == len(outcomes):
            return self.moved(reverse("projects:allocation-list"))
        by_id = {row.pk: row for row in rows}
        left = [(by_id[one.asked.allocation], one.error) for one in outcomes if not one.done]
        return self.answer(status=409, rows=[row for row, _error in left], form=form, verb=self.verb, outcomes=left)

    def seen(self, row: Allocation) -> int:
        """The version the page showed."""
        return pk_in(self.request.POST.get(f"version-{row.pk}", "")) or 0
