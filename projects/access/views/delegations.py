"""Standing in for someone: what I lend, what I was lent, both ended by either side."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from pmo_portal.core.errors import NotAllowed
from pmo_portal.core.identity.fresh import fresh_required
from pmo_portal.core.models import User
from pmo_portal.core.navigation import Entry, others
from pmo_portal.core.site import way_back
from pmo_portal.core.views import EditPage, ListPage
from projects.access.forms import DelegationForm
from projects.access.models import Delegation, Membership, Notice
from projects.access.policy import MANAGE_MEMBERS
from projects.access.selectors import (
    delegations_of,
    delegations_visible_to,
    lendable,
    memberships_managed_by,
    told_without_place,
)
from projects.access.services.delegations import end_delegation, lend

TOLD_FOR = timedelta(days=90)


class DelegationList(ListPage):
    """My delegations: in force, to come, and those that ended lately."""

    template = "projects/access/delegation_list.html"

    def context(self, **extra: Any) -> dict[str, Any]:
        now = timezone.now()
        known = delegations_of(self.user, since=now - TOLD_FOR)
        forgotten = set(told_without_place(known, self.user).values_list("pk", flat=True))
        rows = [Line(row, self.user, now, forgotten=row.pk in forgotten) for row in known]
        return super().context(
            given=[row for row in rows if row.given],
            held=[row for row in rows if not row.given],
            lendable=lendable(self.user).exists(),
            **extra,
        )


class Line:
    """A delegation as one of its two people sees it."""

    def __init__(self, row: Delegation, reader: User, now: Any, *, forgotten: bool) -> None:
        self.row = row
        self.given = row.membership.user_id == reader.pk
        self.other = row.delegate if self.given else row.membership.user
        self.role = row.membership.get_role_display()
        place = str(row.membership.project or row.membership.node or _("Whole organisation"))
        unit = row.membership.unit
        self.place = "–" if forgotten else (f"{place} · {unit}" if unit else place)
        self.first, self.last = timezone.localdate(row.valid_from), timezone.localdate(row.valid_until)
        self.over = row.valid_until <= now
        self.coming = row.valid_from > now


@method_decorator(fresh_required, name="dispatch")
class DelegationCreate(EditPage):
    """One's own roles."""

    template = "projects/access/delegation_edit.html"
    title = gettext_lazy("Have someone stand in for me")
    saved_message = gettext_lazy("Delegation recorded. Both of you see it on every page while it lasts.")

    def lender(self) -> User:
        return self.user

    def memberships(self) -> Any:
        return lendable(self.user)

    def get_form(self, data: Any = None) -> DelegationForm:
        return DelegationForm(data, lender=self.lender(), memberships=self.memberships())

    def save(self, form: Any, version: int | None) -> list[Delegation]:
        given = form.cleaned_data
        return lend(
            by=self.user,
            memberships=list(given["memberships"]),
            to=given["delegate"],
            first=given["first"],
            last=given["last"],
            reason=given["reason"],
            now=timezone.now(),
        )

    def success_url(self, saved: Any) -> str:
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("projects:delegation-list")


class MemberLend(DelegationCreate):
    """Somebody else's role, for whoever could give it: they fell ill, or forgot."""

    title = gettext_lazy("Have someone stand in")
    permission = MANAGE_MEMBERS
    model = Membership

    def queryset(self) -> Any:
        return memberships_managed_by(self.user)

    def lender(self) -> User:
        lender: User = self.object.user
        return lender

    def memberships(self) -> Any:
        return lendable(self.object.user).filter(pk=self.object.pk)

    def right_target(self) -> Any:
        return self.object.project or self.object.node

    def cancel_url(self) -> str:
        return reverse("projects:member-list")


@require_POST
def delegation_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ended by the lender, the delegate, or whoever manages the role."""
    user: Any = request.user
    rows = delegations_visible_to(user).filter(valid_until__gt=timezone.now()).select_related("membership__user")
    row = get_object_or_404(rows, pk=pk)
    try:
        end_delegation(by=user, delegation=row)
    except NotAllowed as refused:  # to them it does not exist
        raise Http404 from refused
    messages.success(request, _("The delegation is over"))
    return redirect(way_back(request) if request.POST.get("next") else reverse("projects:delegation-list"))


@require_POST
def notice_seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Put away a notice of one's own."""
    notice = get_object_or_404(Notice, pk=pk, user=request.user.pk)
    Notice.objects.filter(pk=notice.pk, seen_at=None).update(seen_at=timezone.now())
    return redirect(way_back(request))


others.add(
    "delegations",
    Entry(
        gettext_lazy("Delegations"),
        "projects:delegation-list",
        "users",
        words=gettext_lazy("holidays stand in deputy absence lend roles"),
    ),
)
