"""The accounts people sign in with."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core import quotas
from pmo_portal.core.identity import letters
from pmo_portal.core.identity.fresh import fresh_required
from pmo_portal.core.identity.lost_factor import factors_of
from pmo_portal.core.identity.sessions import sessions_of
from pmo_portal.core.models import User
from pmo_portal.core.navigation import Entry, others
from pmo_portal.core.tables import Column, Table
from pmo_portal.core.templatetags.ui import tag
from pmo_portal.core.views import EditPage, ListPage
from projects.access import services
from projects.access.forms import ReasonForm, UserForm
from projects.access.policy import MANAGE_ACCOUNTS, VIEW_AS, allowed_everywhere
from projects.access.selectors import roles_of_account, users_with_roles
from projects.access.services.factors import remove_second_factor
from projects.access.services.signing_out import end_sessions
from projects.hierarchy import records
from projects.hierarchy.visibility import ADMINISTRATOR


def user_cell(table: Table, row: User) -> SafeString:
    address = reverse("projects:user-edit", args=[row.pk])
    return format_html('<span class="prj"><a href="{}">{}</a></span>', address, row.label)


def look_cell(table: Table, row: User) -> str | SafeString:
    """The way to see the portal as this person, where there is one."""
    if row.is_superuser or not row.is_active or any(one.role == ADMINISTRATOR for one in row.memberships.all()):
        return ""
    name = _("See the portal as %(name)s") % {"name": row.label}
    address = reverse("projects:view-as-start", args=[row.pk])
    return format_html('<a class="btn ghost" href="{}" aria-label="{}">{}</a>', address, name, _("See as…"))


def roles_cell(table: Table, row: User) -> str:
    """The roles of a user; those that were prefetched, so that a row costs no query. A superuser needs none: they may do all."""
    held: dict[str, None] = {_("Administrator"): None} if row.is_superuser else {}
    held |= {one.get_role_display(): None for one in row.memberships.all()}
    return ", ".join(held) or _("none")


# What every list of accounts says.
USERNAME = Column("username", gettext_lazy("User name"), lambda t, row: row.username, sort="username")
ROLES = Column("roles", gettext_lazy("Roles"), roles_cell)
ACTIVE = Column(
    "active",
    gettext_lazy("Account"),
    lambda t, row: tag(_("active"), "ok") if row.is_active else tag(_("deactivated")),
    sort="is_active",
    phone="badge",
)


class UserTable(Table):
    key = "users"
    caption = gettext_lazy("Users")
    default_sort = "name"
    search_fields = ("last_name", "first_name", "username", "email")
    search_label = gettext_lazy("Name or e-mail")
    columns: ClassVar[Sequence[Column]] = (
        Column("name", gettext_lazy("Name"), user_cell, sort="last_name", hideable=False, css="fill"),
        USERNAME,
        Column("email", gettext_lazy("E-mail"), lambda t, row: row.email, sort="email"),
        ROLES,
        ACTIVE,
    )
    empty_icon = "users"


class UserTableForAdministrators(UserTable):
    columns = (*UserTable.columns, Column("look", gettext_lazy("Action"), look_cell, hideable=False))


class EverythingManaged:
    """Accounts belong to no place: only who manages the whole organisation handles them."""

    permission = MANAGE_ACCOUNTS
    request: HttpRequest

    def check_right(self, target: Any = None) -> None:
        if not manages_everything(self.request):
            raise PermissionDenied

    def get_target(self) -> Any:
        """The right comes first: who has none does not learn which accounts there are."""
        self.check_right()
        return super().get_target()  # type: ignore[misc]


class UserList(EverythingManaged, ListPage):
    template = "projects/access/user_list.html"
    fragment = "components/list.html"

    def context(self, **extra: Any) -> dict[str, Any]:
        administers = allowed_everywhere(self.user, VIEW_AS)
        table = (UserTableForAdministrators if administers else UserTable)(self.request)
        table.load(users_with_roles())
        return super().context(table=table, administers=administers, **extra)


@method_decorator(fresh_required, name="dispatch")
class UserCreate(EverythingManaged, EditPage):
    template = "projects/access/edit.html"
    title = gettext_lazy("New user")
    saved_message = gettext_lazy("User created")
    form_class = UserForm

    def save(self, form: Any, version: int | None) -> User:
        given = {**form.cleaned_data}
        password = given.pop("password") or None
        with transaction.atomic():  # an account whose letter may not be sent is not made
            user = services.create_user(by=self.user, password=password, **given)
            if password is None:
                quotas.take("mails_per_hour", by=self.user)
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

    def check_right(self, target: Any = None) -> None:
        """A form that may not be sent is not opened either."""
        super().check_right(target)
        if target is not None and not services.may_change_account(target, by=self.user):
            raise PermissionDenied(_("Only an administrator may change an administrator's account."))

    def context(self, **extra: Any) -> dict[str, Any]:
        """With what one asks before changing an account: what it opens and what guards it, and whether somebody is in."""
        return super().context(
            factors=factors_of(self.object),
            roles=roles_of_account(self.object, reader=self.user),
            sessions=len(sessions_of(self.object)),
            **extra,
        )

    def save(self, form: Any, version: int | None) -> User:
        password = form.cleaned_data.pop("password")
        return services.update_user(by=self.user, user=self.object, changes=form.cleaned_data, password=password)


class FactorRemove(UserEdit):
    """For somebody who lost their second factor, and asked."""

    template = "projects/access/factor_remove.html"
    title = gettext_lazy("Remove the second factor")
    saved_message = gettext_lazy("Second factor removed. The person was told.")

    def get_form(self, data: Any = None) -> ReasonForm:
        return ReasonForm(data)

    def save(self, form: Any, version: int | None) -> User:
        remove_second_factor(by=self.user, user=self.object, reason=form.cleaned_data["reason"])
        return cast(User, self.object)

    def success_url(self, saved: Any) -> str:
        return self.cancel_url()

    def cancel_url(self) -> str:
        return reverse("projects:user-edit", args=[self.object.pk])


class SessionsEnd(FactorRemove):
    """Out of every browser, without closing the account."""

    template = "projects/access/sessions_end.html"
    title = gettext_lazy("End all sessions")
    saved_message = gettext_lazy("Signed out everywhere. The person was told.")

    def save(self, form: Any, version: int | None) -> User:
        end_sessions(by=self.user, user=self.object, reason=form.cleaned_data["reason"])
        return cast(User, self.object)


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


records.add("account", User, rows=accounts, home=lambda user: reverse("projects:user-list"))
