"""The four generic pages. A page declares its template, form and service; journeys (submit, approve…) are plain functions.

Errors: 404 outside the reader's scope, 403 without the right, 422 for an invalid form, 409 when someone saved meanwhile.
"""

from typing import Any, ClassVar, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views import View

from pmo_portal.core.as_of import as_of
from pmo_portal.core.conflict import differences
from pmo_portal.core.errors import DomainError, NotAllowed, StaleVersion
from pmo_portal.core.models import User
from pmo_portal.core.pages import page, wants_fragment
from pmo_portal.core.undo_views import told


class Page(View):
    """Base of the generic pages: scope, right, and the answer as a page or a fragment."""

    template: ClassVar[str]
    fragment: ClassVar[str] = ""
    permission: ClassVar[str] = ""
    model: ClassVar[type[Model]]

    @property
    def user(self) -> User:
        """The signed-in reader; the middleware lets nobody else in."""
        return cast(User, self.request.user)

    def queryset(self) -> Any:
        """The rows this reader may see. Models without `visible_to` must override."""
        return self.model.objects.visible_to(self.request.user)  # type: ignore[attr-defined]

    def get_object(self) -> Any:
        """The row of the URL within the reader's scope, else 404."""
        return get_object_or_404(self.queryset(), pk=self.kwargs["pk"])

    def check_right(self, target: Any = None) -> None:
        """403 when the reader may not do this to `target`."""
        if self.permission and not self.request.user.has_perm(self.permission, target):
            raise PermissionDenied

    def context(self, **extra: Any) -> dict[str, Any]:
        """What the template reads; call super and add to it."""
        return {"view": self, **extra}

    def answer(self, *, status: int = 200, **extra: Any) -> HttpResponse:
        return page(self.request, self.template, self.context(**extra), fragment=self.fragment, status=status)

    def read_only(self) -> HttpResponse | None:
        """The answer of a page that writes, asked as of a past day: nothing is written there. None today."""
        day = as_of(self.request)
        if day is None:
            return None
        back = f"{self.cancel_url()}?as_of={day.isoformat()}"
        return page(
            self.request,
            "generic/past.html",
            {"title": getattr(self, "title", ""), "back": back, "supports_as_of": True},
            status=200 if self.request.method == "GET" else 409,
        )

    def cancel_url(self) -> str:
        """Where a page that writes leads back to."""
        raise NotImplementedError

    def moved(self, url: str) -> HttpResponse:
        """Go to `url`, also when htmx asked."""
        if wants_fragment(self.request):
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        return HttpResponseRedirect(url)


class ListPage(Page):
    """A list: build the table in `context`. `fragment` answers filters, sorting and "load more"."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.check_right()
        return self.answer()


class DetailPage(Page):
    """One object, named `object` in the template."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        self.check_right(self.object)
        return self.answer(object=self.object)


class EditPage(Page):
    """Create (no `pk` in the URL) or update through one form and one service call, with an optimistic lock.

    `save` receives the valid form and the version the editor saw; it returns the saved object.
    """

    template = "generic/edit.html"
    form_class: ClassVar[type[BaseForm]]
    saved_message: ClassVar[Any] = ""
    title: ClassVar[Any] = ""
    button: ClassVar[Any] = ""  # what the button says where it does not save

    def get_target(self) -> Any:
        """The object to edit, None to create."""
        return self.get_object() if "pk" in self.kwargs else None

    def right_target(self) -> Any:
        """What the right is asked on: the object itself unless a page says otherwise (its parent when creating)."""
        return self.object

    def get_form(self, data: Any = None) -> Any:
        """The form; plain forms override this to give `initial`."""
        return self.form_class(data, instance=self.object) if self.object else self.form_class(data)  # type: ignore[call-arg]

    def save(self, form: Any, version: int | None) -> Any:
        """Call the service. DomainError becomes a form error, StaleVersion the 409 page."""
        raise NotImplementedError

    def success_url(self, saved: Any) -> str:
        return saved.get_absolute_url()

    def cancel_url(self) -> str:
        return self.object.get_absolute_url() if self.object else ".."

    def prepare(self) -> None:
        self.object = self.get_target()
        self.check_right(self.right_target())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.prepare()
        return self.read_only() or self.form_answer(self.get_form(), version=getattr(self.object, "version", None))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.prepare()
        if past := self.read_only():
            return past
        seen = request.POST.get("version", "")
        version = int(seen) if seen.isdecimal() else None
        form = self.get_form(request.POST)
        if not form.is_valid():
            return self.form_answer(form, version=version, status=422)
        try:
            saved = self.save(form, version)
        except StaleVersion as stale:
            return self.form_answer(
                form, version=stale.version, status=409, differences=differences(form, self.object, stale)
            )
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            return self.form_answer(form, version=version, status=error.status)
        told(request, self.saved_message or _("Saved"))
        return self.moved(self.success_url(saved))

    def form_answer(self, form: Any, *, version: int | None, status: int = 200, **extra: Any) -> HttpResponse:
        return self.answer(
            status=status, form=form, version=version, object=self.object, cancel_url=self.cancel_url(), **extra
        )


class DeletePage(Page):
    """Asks before deleting; `delete` calls the service."""

    template = "generic/delete.html"
    title: ClassVar[Any] = ""
    deleted_message: ClassVar[Any] = ""

    def delete_object(self) -> None:
        """Call the service; a DomainError is shown on the page."""
        raise NotImplementedError

    def success_url(self) -> str:
        raise NotImplementedError

    def cancel_url(self) -> str:
        return self.object.get_absolute_url()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        self.check_right(self.object)
        return self.read_only() or self.answer(object=self.object, cancel_url=self.cancel_url())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()
        self.check_right(self.object)
        if past := self.read_only():
            return past
        try:
            self.delete_object()
        except DomainError as error:
            return self.answer(
                status=error.status, object=self.object, cancel_url=self.cancel_url(), error=error.message
            )
        told(request, self.deleted_message or _("Deleted"))
        return self.moved(self.success_url())
