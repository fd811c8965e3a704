"""Users and rights: who has which role where, and the accounts."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core.filters import Filter
from pmo_portal.core.identity import letters
from pmo_portal.core.identity.fresh import fresh_required
from pmo_portal.core.models import User
from pmo_portal.core.navigation import Entry, others
from pmo_portal.core.tables import Column, Table
from pmo_portal.core.templatetags.ui import icon, tag
from pmo_portal.core.views import DeletePage, EditPage, ListPage
from projects.access import services
from projects.access.forms import MemberForm, UserForm
from projects.access.models import Membership
from projects.access.policy import MANAGE_ACCOUNTS, MANAGE_MEMBERS, allowed_everywhere
from projects.access.selectors import memberships_managed_by, users_with_roles
from projects.hierarchy import records


def member_cell(table: Table, row: Membership) -> SafeString:
    return format_html(
        '<span class="prj"><span>{}</span> <span class="muted">{}</span></span>', row.user.label, row.user.username
    )


def place_cell(table: Table, row: Membership) -> str:
    place = row.project or row.node
    return (
        format_html('<a href="{}">{}</a>', place.get_absolute_url(), place.label) if place else _("Whole organisation")
    )


def revoke_cell(table: Table, row: Membership) -> SafeString:
    name = _("Take away: %(membership)s") % {"membership": row}
    address = reverse("projects:member-delete", args=[row.pk])
    past = _("History: %(label)s") % {"label": row}
    return format_html(
        '<a class="btn ghost" href="{}" aria-label="{}">{}</a><a class="btn ghost icon" href="{}" aria-label="{}">{}</a>',
        address,
        name,
        _("Take away"),
        records.address("projects.Membership", row.pk),
        past,
        icon("history"),
    )


class MemberTable(Table):
    key = "members"
    caption = gettext_lazy("Memberships")
    default_sort = "user"
    search_fields = ("user__last_name", "user__first_name", "user__username", "node__name", "project__name")
    search_label = gettext_lazy("Person or place")
    filters = (Filter("role", gettext_lazy("Role"), Membership.Role.choices, "role"),)
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
            rows = rows.filter(**{name: asked}) if asked.isdigit() else rows
        table = MemberTable(self.request)
        table.load(rows)
        everything = manages_everything(self.request)
        return super().context(table=table, manages_everything=everything, **extra)


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


def user_cell(table: Table, row: User) -> SafeString:
    address = reverse("projects:user-edit", args=[row.pk])
    return format_html('<span class="prj"><a href="{}">{}</a></span>', address, row.label)


def roles_cell(table: Table, row: User) -> str:
    """The roles of a user; those that were prefetched, so that a row costs no query. A superuser needs none: they may do all."""
    held: dict[str, None] = {_("Administrator"): None} if row.is_superuser else {}
    held |= {one.get_role_display(): None for one in row.memberships.all()}
    return ", ".join(held) or _("none")


class UserTable(Table):
    key = "users"
    caption = gettext_lazy("Users")
    default_sort = "name"
    search_fields = ("last_name", "first_name", "username", "email")
    search_label = gettext_lazy("Name or e-mail")
    columns = (
        Column("name", gettext_lazy("Name"), user_cell, sort="last_name", hideable=False, css="fill"),
        Column("username", gettext_lazy("User name"), lambda t, row: row.username, sort="username"),
        Column("email", gettext_lazy("E-mail"), lambda t, row: row.email, sort="email"),
        Column("roles", gettext_lazy("Roles"), roles_cell),
        Column(
            "active",
            gettext_lazy("Account"),
            lambda t, row: tag(_("active"), "ok") if row.is_active else tag(_("deactivated")),
            sort="is_active",
            phone="badge",
        ),
    )
    empty_icon = "users"


class EverythingManaged:
    """Accounts belong to no place: only who manages the whole organisation handles them."""

    permission = MANAGE_ACCOUNTS
    request: HttpRequest

    def check_right(self, target: Any = None) -> None:
        if not manages_everything(self.request):
            raise PermissionDenied


class UserList(EverythingManaged, ListPage):
    template = "projects/access/user_list.html"
    fragment = "components/list.html"

    def context(self, **extra: Any) -> dict[str, Any]:
        table = UserTable(self.request)
        table.load(users_with_roles())
        return super().context(table=table, **extra)


@method_decorator(fresh_required, name="dispatch")
class UserCreate(EverythingManaged, EditPage):
    template = "projects/access/edit.html"
    title = gettext_lazy("New user")
    saved_message = gettext_lazy("User created")
    form_class = UserForm

    def save(self, form: Any, version: int | None) -> User:
        given = {**form.cleaned_data}
        password = given.pop("password") or None
        user = services.create_user(by=self.user, password=password, **given)
        if password is None:
            link = self.request.build_absolute_uri(reverse("account_reset_password"))
            letters.post(letters.write("welcome", user.email, user, {"username": user.username, "choose_url": link}))
        return user

    def success_url(self, saved: Any) -> str:
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("projects:user-list")


class UserEdit(UserCreate):
    """With the person whom the account belongs to, through the relation that `projects.resources` declares."""

    template = "projects/access/user_edit.html"
    title = gettext_lazy("Edit the user")
    saved_message = gettext_lazy("User saved")
    model = User

    def queryset(self) -> Any:
        return User.objects.filter(is_service=False)

    def save(self, form: Any, version: int | None) -> User:
        password = form.cleaned_data.pop("password")
        return services.update_user(by=self.user, user=self.object, changes=form.cleaned_data, password=password)


def manages_everything(request: HttpRequest) -> bool:
    return allowed_everywhere(request.user, MANAGE_ACCOUNTS)


others.add(
    "users",
    Entry(
        gettext_lazy("Users"),
        "projects:user-list",
        "users",
        words=gettext_lazy("accounts passwords"),
        may=lambda user: allowed_everywhere(user, MANAGE_ACCOUNTS),
    ),
)


def accounts(reader: Any) -> Any:
    """The accounts whose history this reader may read."""
    return User.objects.all() if allowed_everywhere(reader, MANAGE_ACCOUNTS) else User.objects.none()


records.add(
    "membership", Membership, rows=memberships_managed_by, home=lambda membership: reverse("projects:member-list")
)
records.add("account", User, rows=accounts, home=lambda user: reverse("projects:user-list"))
