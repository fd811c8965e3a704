"""What only an administrator does, and what is told to those it concerns: see as someone else, emergency access."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from pmo_portal.core.identity.fresh import fresh_required
from pmo_portal.core.models import User
from pmo_portal.core.navigation import Entry, others
from pmo_portal.core.views import EditPage
from projects.access import view_as
from projects.access.forms import EmergencyForm, ReasonForm
from projects.access.models import Membership
from projects.access.policy import BREAK_GLASS, VIEW_AS, allowed_everywhere
from projects.access.services.emergency import close_emergency, open_emergency
from projects.access.services.viewing import start_viewing, why_not


@method_decorator(fresh_required, name="dispatch")
class ViewAsStart(EditPage):
    """Whom, and why; from then on every page is theirs, to look at."""

    template = "projects/access/view_as.html"
    title = gettext_lazy("See as…")
    permission = VIEW_AS
    form_class = ReasonForm

    def get_target(self) -> User:
        self.check_right()  # first: who has no right does not learn which accounts there are
        return get_object_or_404(User, pk=self.kwargs["pk"])

    def right_target(self) -> None:
        return None

    def get_form(self, data: Any = None) -> ReasonForm:
        return ReasonForm(data)

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(refused=why_not(self.object, by=self.user), **extra)

    def save(self, form: Any, version: int | None) -> User:
        start_viewing(by=self.user, target=self.object, reason=form.cleaned_data["reason"])
        view_as.begin(self.request, self.object)
        return cast(User, self.object)

    saved_message = gettext_lazy("Only to look: nothing can be changed.")

    def success_url(self, saved: Any) -> str:
        return reverse("core:home")

    def cancel_url(self) -> str:
        return reverse("projects:user-list")


@require_POST
def view_as_end(request: HttpRequest) -> HttpResponse:
    """Back to one's own eyes, on the list of users."""
    kept = request.session.get(view_as.KEY)
    if kept is not None:
        view_as.leave(request, get_object_or_404(User, pk=kept["user"]), "asked")
    return redirect("projects:user-list" if allowed_everywhere(request.user, VIEW_AS) else "core:home")


@method_decorator(fresh_required, name="dispatch")
class EmergencyOpen(EditPage):
    """One project or portfolio, for an hour at most."""

    template = "projects/access/emergency.html"
    title = gettext_lazy("Emergency access")
    saved_message = gettext_lazy("Emergency access opened. Everyone concerned was told.")
    permission = BREAK_GLASS

    def get_form(self, data: Any = None) -> EmergencyForm:
        return EmergencyForm(data)

    def save(self, form: Any, version: int | None) -> Membership:
        given = form.cleaned_data
        return open_emergency(
            by=self.user,
            place=given["place"],
            minutes=int(given["minutes"]),
            reason=given["reason"],
            now=timezone.now(),
        )

    def success_url(self, saved: Membership) -> str:
        place: Any = saved.project or saved.node
        return str(place.get_absolute_url())

    def cancel_url(self) -> str:
        return reverse("projects:user-list")


@require_POST
def emergency_end(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Membership.objects.in_force().filter(user=request.user.pk, source=Membership.Source.EMERGENCY)
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    close_emergency(by=cast(User, request.user), membership=row)
    messages.success(request, _("The emergency access is over"))
    return redirect("core:home")


others.add(
    "emergency",
    Entry(
        gettext_lazy("Emergency access"),
        "projects:emergency-open",
        "shield-alert",
        words=gettext_lazy("break glass incident urgent"),
        may=lambda user: allowed_everywhere(user, BREAK_GLASS),
    ),
)
