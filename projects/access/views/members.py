"""Who has which role where, since when, until when and from whom."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.filters import Filter
from pmo_portal.core.identity.fresh import fresh_required
from pmo_portal.core.search import fold, words_in
from pmo_portal.core.tables import Column, Table
from pmo_portal.core.templatetags.ui import icon, tag
from pmo_portal.core.views import DeletePage, EditPage, ListPage, Page
from projects.access import services
from projects.access.forms import EndForm, MemberForm, project_words, user_words
from projects.access.models import Membership, in_force
from projects.access.policy import MANAGE_MEMBERS
from projects.access.selectors import (
    NEVER_LENT,
    may_manage,
    memberships_managed_by,
    people_to_name,
    projects_managed_by,
)
from projects.access.services.terms import change_end
from projects.access.views.accounts import manages_everything
from projects.hierarchy import records


def member_cell(table: Table, row: Membership) -> SafeString:
    return format_html(
        '<span class="prj"><span>{}</span> <span class="muted">{}</span></span>', row.user.label, row.user.username
    )


def place_cell(table: Table, row: Membership) -> str:
    place = row.project or row.node
    words = (
        format_html('<a href="{}">{}</a>', place.get_absolute_url(), place.label) if place else _("Whole organisation")
    )
    if row.unit is None:
        return words
    return format_html("{} {}", words, tag(_("people of %(unit)s") % {"unit": row.unit.label}, "info"))


def period_cell(table: Table, row: Membership) -> str | SafeString:
    """Until when it holds; in words where it does not hold today."""
    first = formats.date(timezone.localdate(row.valid_from)) if row.valid_from else ""
    last = formats.date(timezone.localdate(row.valid_until)) if row.valid_until else ""
    if row.source == Membership.Source.EMERGENCY:
        last = formats.moment(row.valid_until)
    if row.valid_until and row.valid_until <= timezone.now():
        return format_html("{} {}", tag(_("over")), last)
    if row.valid_from and row.valid_from > timezone.now():
        return format_html("{} {} – {}", tag(_("to come"), "info"), first, last or "…")
    return _("until %(day)s") % {"day": last} if last else ""


def source_cell(table: Table, row: Membership) -> str | SafeString:
    """Who gave it, or what: a group of the sign-in service, an emergency."""
    if row.source == Membership.Source.EMERGENCY:
        return tag(_("emergency access"), "bad")
    if row.source == Membership.Source.SSO:
        return tag(_("sign-in service"), "info")
    return row.granted_by.label if row.granted_by else formats.MISSING


def in_state(rows: Any, values: list[str]) -> Any:
    """Rows in force, to come or over."""
    now = timezone.now()
    where = {
        "now": in_force(),
        "coming": Q(valid_from__gt=now),
        "over": Q(valid_until__lte=now),
        "lent": Q(in_force("delegations__"), delegations__isnull=False),
    }
    return rows.filter(reduce(or_, (where[value] for value in values))).distinct()


def from_source(rows: Any, values: list[str]) -> Any:
    return rows.filter(source__in=["" if value == "hand" else value for value in values])


STATES = (
    ("now", gettext_lazy("in force")),
    ("coming", gettext_lazy("to come")),
    ("over", gettext_lazy("over")),
    ("lent", gettext_lazy("lent to someone")),
)
SOURCES = (
    ("hand", gettext_lazy("someone")),
    ("sso", gettext_lazy("sign-in service")),
    ("emergency", gettext_lazy("emergency access")),
)


def revoke_cell(table: Table, row: Membership) -> SafeString:
    name = _("Take away: %(membership)s") % {"membership": row}
    address = reverse("projects:member-delete", args=[row.pk])
    past = _("History: %(label)s") % {"label": row}
    words = _("Have someone stand in: %(membership)s") % {"membership": row}
    way = reverse("projects:member-lend", args=[row.pk])
    lends = row.role not in NEVER_LENT and row.source != Membership.Source.EMERGENCY
    mark, short = '<a class="btn ghost icon" href="{}" title="{}" aria-label="{}">{}</a>', _("Have someone stand in")
    lend = format_html(mark, way, short, words, icon("users"))
    until = _("Change until when: %(membership)s") % {"membership": row}
    end = format_html(mark, reverse("projects:member-edit", args=[row.pk]), _("Until when"), until, icon("pencil"))
    return format_html(
        '<span class="acts">{}{}<a class="btn ghost" href="{}" aria-label="{}">{}</a>'
        '<a class="btn ghost icon" href="{}" title="{}" aria-label="{}">{}</a></span>',
        end if row.source == Membership.Source.HAND else "",
        lend if lends else "",
        address,
        name,
        _("Take away"),
        records.address("projects.Membership", row.pk),
        _("History"),
        past,
        icon("history"),
    )


class MemberTable(Table):
    key = "members"
    caption = gettext_lazy("Memberships")
    default_sort = "user"
    search_fields = ("user__last_name", "user__first_name", "user__username", "node__name", "project__name")
    search_label = gettext_lazy("Person or place")
    filters = (
        Filter("role", gettext_lazy("Role"), Membership.Role.choices, "role"),
        Filter("state", gettext_lazy("State"), STATES, where=in_state),
        Filter("from", gettext_lazy("Given by"), SOURCES, where=from_source),
    )
    columns = (
        Column(
            "user",
            gettext_lazy("Person"),
            member_cell,
            sort="user__last_name",
            hideable=False,
            css="fill",
        ),
        Column("role", gettext_lazy("Role"), lambda t, row: row.get_role_display(), sort="role", phone="badge"),
        Column("place", gettext_lazy("Where"), place_cell),
        Column("period", gettext_lazy("Period"), period_cell, sort="valid_until"),
        Column("source", gettext_lazy("Given by"), source_cell, phone_label=True),
        Column("reason", gettext_lazy("Why"), lambda t, row: row.reason or formats.MISSING, shown=False),
        Column("revoke", gettext_lazy("Action"), revoke_cell, hideable=False),
    )
    empty_icon = "users"


class MemberList(ListPage):
    """`?project=` and `?node=` keep the memberships of one place."""

    template = "projects/access/member_list.html"
    fragment = "components/list.html"
    permission = MANAGE_MEMBERS

    def context(self, **extra: Any) -> dict[str, Any]:
        rows = memberships_managed_by(self.user)
        for name in ("project", "node"):
            asked = self.request.GET.get(name, "")
            rows = rows.filter(**{name: asked}) if asked.isdecimal() else rows
        table = MemberTable(self.request)
        table.load(rows)
        everything = manages_everything(self.request)
        return super().context(table=table, manages_everything=everything, **extra)


@method_decorator(fresh_required, name="dispatch")
class MemberCreate(EditPage):
    template = "projects/access/edit.html"
    title = gettext_lazy("Give a role")
    saved_message = gettext_lazy("Role given")
    permission = MANAGE_MEMBERS

    def get_form(self, data: Any = None) -> MemberForm:
        return MemberForm(data, by=self.user, initial=self.request.GET.dict())

    def save(self, form: Any, version: int | None) -> Membership:
        return services.grant_membership(by=self.user, **form.cleaned_data)

    def success_url(self, saved: Any) -> str:
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("projects:member-list")


@method_decorator(fresh_required, name="dispatch")
class MemberEdit(EditPage):
    """Until when a role holds. Whose, which and where make it another role: that one is given."""

    template = "projects/access/edit.html"
    title = gettext_lazy("Until when the role holds")
    saved_message = gettext_lazy("End of the role changed")
    permission = MANAGE_MEMBERS
    model = Membership

    def queryset(self) -> Any:
        return memberships_managed_by(self.user)

    def check_right(self, target: Any = None) -> None:
        """A form that may not be sent is not opened either."""
        if not may_manage(self.object, by=self.user):
            raise PermissionDenied

    def get_form(self, data: Any = None) -> EndForm:
        last = self.object.valid_until
        return EndForm(data, initial={"valid_until": timezone.localdate(last) if last else None})

    def save(self, form: Any, version: int | None) -> Membership:
        end = form.cleaned_data["valid_until"] if form.has_changed() else self.object.valid_until
        return change_end(by=self.user, membership=self.object, valid_until=end, now=timezone.now())

    def success_url(self, saved: Any) -> str:
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("projects:member-list")


class MemberChoices(Page):
    """What the fields of `MemberForm` offer, those with the words of `?q=`: projects, or with `?of=user` people."""

    permission = MANAGE_MEMBERS
    OFFERED = 30

    def get(self, request: HttpRequest) -> JsonResponse:
        self.check_right()
        plain = fold(request.GET.get("q", ""))
        match request.GET.get("of", "project"):
            case "project":
                rows = projects_managed_by(self.user).filter(words_in(plain, "code", "name", "name_en"))
                words: Callable[[Any], str] = project_words
            case "user":
                rows = people_to_name().filter(words_in(plain, "first_name", "last_name", "username"))
                words = user_words
            case _:
                raise Http404
        return JsonResponse({"results": [{"value": str(row.pk), "label": words(row)} for row in rows[: self.OFFERED]]})


@method_decorator(fresh_required, name="dispatch")
class MemberDelete(DeletePage):
    title = gettext_lazy("Take the role away")
    deleted_message = gettext_lazy("Role taken away")
    model = Membership

    def queryset(self) -> Any:
        return memberships_managed_by(self.user)

    def delete_object(self) -> None:
        services.revoke_membership(by=self.user, membership=self.object)

    def success_url(self) -> str:
        return reverse("projects:member-list")

    def cancel_url(self) -> str:
        return self.success_url()


records.add(
    "membership", Membership, rows=memberships_managed_by, home=lambda membership: reverse("projects:member-list")
)
